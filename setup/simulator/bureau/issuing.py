"""Uploaded invoices: each is checked by itself, kept once, and uses its quota."""

import json

from ..clock import plain
from ..world import World
from . import numbers, quota, red_forms
from .digests import digest
from .invoice_content import BLUE, RED, problem

TEXTS = {
    "ok": "成功",
    "not_drawn": "发票号码不是本纳税人领用的号码",
    "duplicate": "发票已上传，不可重复上传",
    "conflict": "发票号码已被使用且发票内容不一致",
    "discarded": "发票号码已废弃",
    "year": "发票号码年份与开票日期年份不一致，禁止跨年度使用",
    "quota_short": "授信额度不足，禁止超额度开票",
    "quota_validity": "授信额度不在有效期内 请先申报或者调整授信额度有效期",
    "quota_suspended": "已暂停授信，不能开票",
    "amount": "发票金额与明细不符",
    "vat": "税额与金额乘以税率的误差超过允许范围",
    "rate": "税率不合法",
    "tax_class": "税收分类编码不合法",
    "buyer": "购买方名称或统一社会信用代码缺失",
    "issue_time": "开票时间晚于当前日期",
    "field": "发票要素不合法",
    "summarised": "开票月份已汇总确认",
    "blue_missing": "未查询到对应的蓝字发票",
    "red_exceeds": "冲红金额超过蓝字发票可冲红的余额",
    "form_missing": "红字信息确认单不存在或状态不允许开具红字发票",
    "form_differs": "红字发票与红字信息确认单不一致",
}


def find(world: World, number: str):
    """An issued invoice, or None."""
    return world.store.one("SELECT * FROM issued WHERE number = ?", number)


def require_possible(world: World, taxpayer, payload: dict) -> None:
    """Refuse an upload as a whole."""
    quota.require_normal(taxpayer)


def work(world: World, taxpayer, payload: dict, platform: str) -> dict:
    """Take every invoice of an upload, or say why not."""
    red_forms.expire(world, taxpayer["tax_number"])
    results = []
    for invoice in payload["items"]:
        number = invoice["number"]
        forced = world.faults.invoice_code(
            platform, payload["service"], taxpayer["tax_number"], number
        )
        if forced is not None:
            result, where = f"forced:{forced}", ""
        elif "invalid" in invoice:
            result, where = "field", invoice["invalid"]
        else:
            result, where = _take(world, taxpayer, invoice)
        text = TEXTS.get(result, "税局返回异常")
        results.append(
            {
                "number": number,
                "result": result,
                "text": f"{text}（{where}）" if where else text,
            }
        )
    return {"items": results}


def _take(world: World, taxpayer, invoice: dict) -> tuple[str, str]:
    tax_number, number = taxpayer["tax_number"], invoice["number"]
    content = digest(invoice)
    known = find(world, number)
    if known and known["tax_number"] == tax_number:
        return "duplicate" if known["digest"] == content else "conflict", ""
    segment = numbers.segment_of(world, tax_number, number)
    if segment is None:
        return "not_drawn", ""
    if numbers.discarded(world, number):
        return "discarded", ""
    blue = find(world, invoice["blue_number"]) if invoice["kind"] == RED else None
    tolerance = world.settings.values.vat_tolerance
    refused, where = _moment_problem(world, tax_number, invoice), ""
    if not refused:
        refused, where = problem(invoice, tax_number, tolerance)
    if not refused:
        refused = _state_problem(world, taxpayer, invoice, blue)
    if refused:
        return refused, where
    charged = quota.charge(world, taxpayer, invoice, blue)
    _keep(world, tax_number, invoice, charged, content)
    numbers.spend(world, segment)
    return "ok", ""


def _moment_problem(world: World, tax_number: str, invoice: dict) -> str:
    """The year is that of the number; no invoice is of tomorrow."""
    issued = invoice["issued_at"]
    if invoice["number"][:2] != issued[2:4]:
        return "year"
    if issued[:10] > world.issuing_clock.now().date().isoformat():
        return "issue_time"
    confirmed = world.store.one(
        "SELECT 1 FROM summary WHERE tax_number = ? AND month = ?",
        tax_number,
        invoice["month"],
    )
    return "summarised" if confirmed else ""


def _state_problem(world: World, taxpayer, invoice: dict, blue) -> str:
    if invoice["kind"] == BLUE:
        return quota.refusal(world, taxpayer, invoice)
    if (
        blue is None
        or blue["tax_number"] != taxpayer["tax_number"]
        or blue["kind"] != BLUE
    ):
        return "blue_missing"
    return red_forms.refusal(world, invoice, blue)


def _keep(world: World, tax_number: str, invoice: dict, charged: int, content: str):
    values = {
        "number": invoice["number"],
        "tax_number": tax_number,
        "kind": invoice["kind"],
        "type": invoice["type"],
        "issued_at": invoice["issued_at"],
        "month": invoice["month"],
        "uploaded_at": plain(world.issuing_clock.now()),
        "buyer_tax_number": invoice["buyer_tax_number"],
        "buyer_name": invoice["buyer_name"],
        "net": invoice["net"],
        "vat": invoice["vat"],
        "charged": charged,
        "blue_number": invoice["blue_number"],
        "form": invoice["form"],
        "digest": content,
        "content": json.dumps(invoice, ensure_ascii=False),
    }
    names, marks = ", ".join(values), ", ".join("?" * len(values))
    world.store.run(f"INSERT INTO issued ({names}) VALUES ({marks})", *values.values())
    if invoice["form"]:
        red_forms.use(world, invoice["form"], invoice["number"])
