"""Leqi capability 203065: selection, statistics, confirmation, read-back."""

from typing import Annotated, Literal

from pydantic import Field

from ..bureau import calendar, jobs, jumps, periods, pool, statistics, taxpayers
from . import leqi_rows as rows
from .arguments import (
    Amount,
    Code,
    CompactDate,
    Cursor,
    Form,
    Number,
    Optional,
    Period,
    Reason,
    ReasonText,
    Serial,
    item_values,
    require_reasons,
)
from .leqi import done, refused, service
from .leqi_jobs import OfTaxpayer, Poll, refused_batch
from .leqi_jobs import poll as _poll
from .leqi_jobs import submit as _submit

CAPABILITY = "203065"
FILINGS = {"": "", "1": jumps.UNFINISHED, "2": jumps.FINISHED}
OptionalPeriod = Annotated[Optional, Field(pattern=r"^(2[0-9]{3}(0[1-9]|1[0-2]))?$")]


class OfPeriod(OfTaxpayer):
    """Asks about a period."""

    skssq: Period


class PeriodPage(OfPeriod):
    """Asks for a page of a period's invoices."""

    pageNumber: int = Field(1, ge=1, le=10**6)
    pageSize: int = Field(500, ge=1, le=500)


class Download(OfTaxpayer):
    """Asks for a file job."""

    kpyf: OptionalPeriod = ""
    jskpyf: OptionalPeriod = ""
    sjc: Cursor = ""
    ywlsh: Serial


class FilePoll(Poll):
    """Asks for one file of a file job."""

    wjxh: int = Field(1, ge=1, le=10**6)


class Item(Form):
    """One invoice of a selection."""

    kprq: CompactDate = ""
    fpdm: Code = ""
    fphm: Number
    fplx: Optional = ""
    yxse: Amount = ""
    bdkyy: Reason = ""
    bdkyysm: ReasonText = ""


class Select(OfPeriod):
    """Asks to select or revoke invoices."""

    gxlxDm: Literal["01", "02", "03", "04", "05"]
    ywlsh: Serial
    fpmx: Annotated[list[Item], Field(min_length=1, max_length=100)]


class ApplyStatistics(OfPeriod):
    """Asks to build (1) or revoke (2) the table."""

    sqbz: Literal["1", "2"]
    ywlsh: Serial


class Confirm(OfPeriod):
    """Asks to sign (1) or to cancel the signature (2)."""

    qrbz: Literal["1", "2"]
    sbqk: Annotated[Optional, Field(pattern=r"^[12]?$")] = ""
    ywlsh: Serial


class RollBack(OfTaxpayer):
    """Asks to go back to the period before."""

    bgsq: Period
    ywlsh: Serial


def _again(world, taxpayer):
    return taxpayers.get(world, taxpayer["tax_number"])


@service(CAPABILITY, "HQDQSKSSQYDQSKSSQTJZT", OfTaxpayer)
def current_period(world, taxpayer, form, call) -> dict:
    """The current period and how its statistics stand."""
    jobs.settle(world, taxpayer["tax_number"])
    taxpayer = _again(world, taxpayer)
    period = taxpayer["period"]
    state = statistics.state(world, taxpayer, period)
    table = statistics.get(world, taxpayer["tax_number"], period)
    first, last = periods.issue_range(period)
    return done(
        skssq=period,
        kssj=rows.digits(taxpayer["opened_at"]),
        sbjzrq=rows.digits(taxpayer["deadline"]),
        xyskssq=calendar.following(period, taxpayer["filing"]),
        kprqq=rows.digits(first),
        kprqz=rows.digits(last),
        tjzt=state,
        sbzt="N" if taxpayer["filing_known"] else "",
        yxcxtj="Y" if table and not table["signed_at"] else "N",
        yxqr="Y" if state == "02" and not periods.running(world, period) else "N",
        tjsj=rows.digits(table["built_at"]) if table else "",
        qrsj=rows.digits(table["signed_at"]) if table else "",
        **_roll_back(world, taxpayer),
    )


def _roll_back(world, taxpayer) -> dict:
    """The four conditions to go back, and to which period."""
    found = jumps.conditions(world, taxpayer)
    return {
        "httj": {
            "wqr": "Y" if found["not_confirmed"] else "N",
            "wsb": "Y" if found["not_filed"] else "N",
            "wd": "Y" if found["by_answer"] else "N",
            "zq": "Y" if found["in_window"] else "N",
        },
        "htsq": found["period"],
    }


@service(CAPABILITY, "WGXSJCSHQDXZSQDKGX", Download, has_job=True)
def download(world, taxpayer, form, call) -> dict:
    """Ask for a file job."""
    if not form.sjc:
        if not form.kpyf or not form.jskpyf or form.kpyf > form.jskpyf:
            return refused("INVALID_ARGUMENT", "开票月份不合法")
        if form.jskpyf > calendar.add_months(form.kpyf, 11):
            return refused("INVALID_ARGUMENT", "开票月份不能超过12个月")
    payload = {"first": form.kpyf, "last": form.jskpyf, "since": form.sjc}
    return _submit(world, taxpayer, call, form, "download", payload)


@service(CAPABILITY, "WGXSJCSHQDXZSQDKGXFK", FilePoll, has_job=True)
def download_result(world, taxpayer, form, call) -> dict:
    """One file of a file job."""
    job, result = _poll(world, taxpayer, call, form, "WGXSJCSHQDXZSQDKGX")
    if result is None:
        return done(clzt="0", wjsl=0, sjc="", fpxx=[])
    found = jobs.file_part(world, job, form.wjxh)
    if found is None and (form.wjxh > 1 or result["files"]):
        return refused("NOT_FOUND", "文件序号不存在")
    return done(
        clzt="1",
        wjsl=result["files"],
        sjc=result["cursor"],
        fpxx=[rows.invoice(row) for row in found or []],
    )


@service(CAPABILITY, "HQDQSKSSQFPDKGXCLJG", PeriodPage)
def of_period(world, taxpayer, form, call) -> dict:
    """The invoices selected or confirmed in a period."""
    jobs.settle(world, taxpayer["tax_number"])
    found = pool.of_period(world, taxpayer["tax_number"], form.skssq)
    start = (form.pageNumber - 1) * form.pageSize
    page = found[start : start + form.pageSize]
    return done(total=len(found), fpxx=[rows.invoice(row) for row in page])


@service(CAPABILITY, "PLFPDKGX", Select, has_job=True)
def select(world, taxpayer, form, call) -> dict:
    """Select invoices, or revoke that."""
    action, purpose = rows.ACTIONS[form.gxlxDm]
    if form.gxlxDm == "03":
        require_reasons(form.fpmx)
    payload = {
        "action": action,
        "purpose": purpose,
        "passenger": form.gxlxDm == rows.PASSENGER,
        "period": form.skssq,
        "items": [item_values(item, item.fplx) for item in form.fpmx],
    }
    return _submit(world, taxpayer, call, form, "select", payload)


@service(CAPABILITY, "CXFPDKGXCLJG", Poll, has_job=True)
def select_result(world, taxpayer, form, call) -> dict:
    """What became of every invoice of a selection."""
    job, result = _poll(world, taxpayer, call, form, "PLFPDKGX")
    if result is None:
        return done(clzt="0", plcode="", fpmx=[])
    if "refused" in result:
        fields = ("gxzt", "gxlxDm", "skssq", "yxse", "bdkyy")
        return refused_batch(job, result, *fields)
    lines = [
        rows.result_line(line, pool.by_id(world, line["id"]) if line["id"] else None)
        for line in result["items"]
    ]
    return done(clzt="1", plcode=rows.batch_code(result["items"]), fpmx=lines)


@service(CAPABILITY, "SQCXDKTJ", ApplyStatistics, has_job=True)
def apply_statistics(world, taxpayer, form, call) -> dict:
    """Build the table, or revoke it."""
    kind = "statistics" if form.sqbz == "1" else "revoke_statistics"
    return _submit(world, taxpayer, call, form, kind, {"period": form.skssq})


@service(CAPABILITY, "CXTJCLJG", Poll, has_job=True)
def statistics_result(world, taxpayer, form, call) -> dict:
    """What became of building or revoking."""
    job, result = _poll(world, taxpayer, call, form, "SQCXDKTJ")
    if result is None:
        return done(clzt="0", cljg="", clms="", tjzt="21")
    period = jobs.period_of(job)
    state = statistics.state(world, _again(world, taxpayer), period)
    if "refused" in result:
        return done(
            clzt="1",
            cljg="1",
            ycdm=result["refused"],
            clms=result["text"],
            tjzt=state,
        )
    answer = done(clzt="1", cljg="0", clms="成功", tjzt=state)
    if job["kind"] == "statistics":
        table = statistics.table(world, taxpayer["tax_number"], period)
        answer["tjxx"] = rows.table(table)
    return answer


@service(CAPABILITY, "SQQRDKTJ", Confirm, has_job=True)
def confirm(world, taxpayer, form, call) -> dict:
    """Sign the table, or cancel the signature."""
    payload = {"period": form.skssq}
    if form.qrbz == "2":
        return _submit(world, taxpayer, call, form, "cancel_sign", payload)
    payload["filing"] = FILINGS[form.sbqk]
    return _submit(world, taxpayer, call, form, "sign", payload)


@service(CAPABILITY, "CXQRTJCLJG", Poll, has_job=True)
def confirm_result(world, taxpayer, form, call) -> dict:
    """What became of signing or cancelling."""
    _job, result = _poll(world, taxpayer, call, form, "SQQRDKTJ")
    if result is None:
        return done(clzt="0", qrjg="", clms="", qrsj="", qrcs=0, fpmx=[])
    if "refused" in result:
        return done(
            clzt="1",
            qrjg="",
            ycdm=result["refused"],
            clms=result["text"],
            qrsj="",
            qrcs=0,
            fpmx=[],
        )
    return done(
        clzt="1",
        qrjg=result["sign_code"],
        clms=result["text"],
        qrsj=rows.digits(result["signed_at"]),
        qrcs=result["ordinal"] or 0,
        fpmx=[
            {"fpdm": line["code"], "fphm": line["number"]} for line in result["locked"]
        ],
    )


@service(CAPABILITY, "SQSKSSQBG", RollBack, has_job=True)
def roll_back(world, taxpayer, form, call) -> dict:
    """Go back to the period before."""
    payload = {"period": form.bgsq}
    return _submit(world, taxpayer, call, form, "roll_back", payload)


@service(CAPABILITY, "CXSKSSQBGJG", Poll, has_job=True)
def roll_back_result(world, taxpayer, form, call) -> dict:
    """What became of going back."""
    _job, result = _poll(world, taxpayer, call, form, "SQSKSSQBG")
    current = _again(world, taxpayer)["period"]
    if result is None:
        return done(clzt="0", cljg="", clms="", skssq=current)
    if "refused" in result:
        return done(
            clzt="1",
            cljg="1",
            ycdm=result["refused"],
            clms=result["text"],
            skssq=current,
        )
    return done(clzt="1", cljg="0", clms="成功", skssq=current)


@service(CAPABILITY, "HQTJBXX", OfPeriod)
def table_as_it_stands(world, taxpayer, form, call) -> dict:
    """The table of a period."""
    jobs.settle(world, taxpayer["tax_number"])
    taxpayer = _again(world, taxpayer)
    table = statistics.table(world, taxpayer["tax_number"], form.skssq)
    return done(
        tjzt=statistics.state(world, taxpayer, form.skssq), tjxx=rows.table(table)
    )
