"""The bureau by RPA: login, tasks, their results."""

import math

from fastapi import FastAPI
from starlette.requests import Request

from ..bureau import (
    calendar,
    digests,
    jobs,
    jumps,
    periods,
    pool,
    statistics,
    taxpayers,
)
from ..bureau.words import REFUSALS, Refused
from ..calls import Answer, Call, Platform
from ..faults import Fault, Target
from ..world import World
from . import arguments, routes, rpa_account, rpa_forms, rpa_tasks
from . import rpa_rows as rows
from .arguments import WrongValue
from .rpa_answers import answer, ok

GATE_TEXT = "相同的任务重复请求过于频繁，请3分钟后再重试。"
INVOICE_TASKS = ("GX", "NCP", "RZ")
TASKS = {
    "TJ": "statistics",
    "QXTJ": "revoke_statistics",
    "QR": "sign",
    "QXQR": "cancel_sign",
    "HT": "roll_back",
    "TSQR": "refund_confirm",
}


def period(world: World, form, call: Call) -> Answer:
    """The current period and how its statistics stand."""
    jobs.settle(world, form.taxNo)
    taxpayer = taxpayers.get(world, form.taxNo)
    current = taxpayer["period"]
    state = statistics.state(world, taxpayer, current)
    table = statistics.get(world, form.taxNo, current)
    first, last = periods.issue_range(current)
    return ok(
        period=current,
        openedAt=taxpayer["opened_at"],
        deadline=taxpayer["deadline"],
        nextPeriod=calendar.following(current, taxpayer["filing"]),
        issueDateFrom=first,
        issueDateTo=last,
        statisticsStatus=rows.STATES[state],
        filed=False if taxpayer["filing_known"] else None,
        mayRevoke=bool(table and not table["signed_at"]),
        maySign=state == "02" and not periods.running(world, current),
        statisticsAt=table["built_at"] if table else None,
        signedAt=table["signed_at"] if table else None,
        **_roll_back(world, taxpayer),
    )


def _roll_back(world: World, taxpayer) -> dict:
    """The four conditions to go back, and to which period."""
    found = jumps.conditions(world, taxpayer)
    return {
        "rollBack": {
            "notConfirmed": found["not_confirmed"],
            "notFiled": found["not_filed"],
            "byAnswer": found["by_answer"],
            "inWindow": found["in_window"],
        },
        "rollBackTo": found["period"],
    }


def profile(world: World, form, call: Call) -> Answer:
    """Who the taxpayer is."""
    taxpayer = taxpayers.get(world, form.taxNo)
    kinds = {"1": "general", "2": "small"}
    return ok(
        name=taxpayer["name"],
        taxpayerType=kinds.get(taxpayer["kind"], taxpayer["kind"]),
        status=taxpayer["status"],
        authority=taxpayer["authority"],
        filing=taxpayer["filing"],
        creditLevel=taxpayer["credit_level"] or "",
        risk=bool(taxpayer["risk"]),
    )


def read_pool(world: World, form, call: Call) -> Answer:
    """A page of the input pool."""
    jobs.settle(world, form.taxNo)
    total, cursor, found = pool.page(
        world, form.taxNo, form.updatedSince, form.page, form.pageSize
    )
    return ok(
        total=total,
        pages=math.ceil(total / form.pageSize),
        cursor=cursor,
        rows=[rows.invoice(row) for row in found],
    )


def invoices(world: World, form, call: Call) -> Answer:
    """How invoices stand; unknown ones are left out."""
    jobs.settle(world, form.taxNo)
    found = (pool.find(world, form.taxNo, key.fpdm, key.fphm) for key in form.invoices)
    return ok(rows=[rows.invoice(row) for row in found if row])


def submit(world: World, form, call: Call) -> Answer:
    """Accept a task. The same again is another task, but not within the gate."""
    jobs.settle(world, form.taxNo)
    taxpayer = taxpayers.get(world, form.taxNo)
    content = form.model_dump(exclude={"traceNo"})
    content["items"] = sorted(content["items"] or [], key=lambda item: item["fphm"])
    digest = digests.digest(content)
    payload = _payload(form)
    wait = _gate(world, form.taxNo, digest)
    if wait:
        return answer("4290", GATE_TEXT, {"wait": wait})
    kind = TASKS.get(form.taskType) or rpa_tasks.kind(form)
    jobs.check(world, taxpayer, kind, payload)
    job = jobs.submit(
        world,
        taxpayer,
        kind,
        payload,
        platform="rpa",
        service=form.taskType,
        request_number=form.traceNo,
        content_digest=digest,
        fault=call.fault,
    )
    return ok(reqId=job["batch"], nextPollSeconds=jobs.wait(world, job))


def _payload(form) -> dict:
    if form.taskType in INVOICE_TASKS:
        return rpa_tasks.payload(form)
    payload = {"period": form.period}
    if form.taskType == "QR":
        payload["filing"] = form.filing
    return payload


def _gate(world: World, tax_number: str, digest: str) -> int:
    """The seconds to wait before the same task may come again."""
    gate = world.settings.values.repeat_gate_seconds
    before = jobs.latest_same(world, tax_number, digest)
    if before is None:
        return 0
    passed = world.clock.seconds() - before["created"]
    return math.ceil(gate - passed) if 0 <= passed < gate else 0


def query(world: World, form, call: Call) -> Answer:
    """What became of a task."""
    if form.reqId:
        job = jobs.by_batch(world, form.taxNo, form.reqId)
    elif form.traceNo:
        job = jobs.by_trace(world, form.taxNo, "rpa", form.traceNo)
    else:
        raise WrongValue("INVALID_ARGUMENT", "reqId or traceNo")
    if job is None or job["platform"] != "rpa":
        return answer("4040", "任务不存在")
    result = jobs.poll(world, job, call.fault)
    data = {"reqId": job["batch"], "traceNo": job["request_number"]}
    if result is None:
        return ok(**data, status="9", nextPollSeconds=jobs.wait(world, job))
    data |= {"status": "1", "nextPollSeconds": 0}
    return ok(**data, **_result(world, form.taxNo, job, result))


def _result(world: World, tax_number: str, job, result: dict) -> dict:
    current = jobs.period_of(job)
    taxpayer = taxpayers.get(world, tax_number)
    state = rows.STATES[statistics.state(world, taxpayer, current)]
    if "refused" in result:
        return {
            "result": "refused",
            "reason": result["refused"],
            "text": result["text"],
            "statisticsStatus": state,
        }
    if "items" in result:
        return rpa_tasks.result(world, job, result)
    if job["kind"] == "refund_confirm":
        return rpa_tasks.refund_confirmation(result)
    if job["kind"] in ("sign", "cancel_sign"):
        return {
            "signCode": result["sign_code"],
            "text": result["text"],
            "signedAt": result["signed_at"],
            "ordinal": result["ordinal"],
            "locked": [
                {"fpdm": line["code"], "fphm": line["number"]}
                for line in result["locked"]
            ],
            "statisticsStatus": state,
        }
    if job["kind"] == "roll_back":
        return {"statisticsStatus": state, "period": result["period"]}
    table = statistics.table(world, tax_number, current)
    return {"statisticsStatus": state, "table": rows.table(table)}


def read_statistics(world: World, form, call: Call) -> Answer:
    """The table of a period."""
    jobs.settle(world, form.taxNo)
    taxpayer = taxpayers.get(world, form.taxNo)
    state = statistics.state(world, taxpayer, form.period)
    table = statistics.table(world, form.taxNo, form.period)
    return ok(statisticsStatus=rows.STATES[state], table=rows.table(table))


# operation → (its form, its work)
OPERATIONS = {
    **rpa_account.OPERATIONS,
    "period": (rpa_forms.OfTaxpayer, period),
    "profile": (rpa_forms.OfTaxpayer, profile),
    "pool": (rpa_forms.Pool, read_pool),
    "invoices": (rpa_forms.Invoices, invoices),
    "submit": (rpa_forms.Submit, submit),
    "query": (rpa_forms.Query, query),
    "statistics": (rpa_forms.Statistics, read_statistics),
}


class Rpa(Platform):
    """JSON in, JSON out, a token per taxpayer."""

    name = "rpa"

    def read(self, world: World, request: Request, body: bytes) -> Call:
        """Understand a request."""
        operation = request.path_params["operation"]
        target = Target(self.name, operation, has_job=operation in ("submit", "query"))
        call = Call(target)
        if operation not in OPERATIONS:
            call.error = answer("4040", "接口不存在")
            return call
        form_type, work = OPERATIONS[operation]
        try:
            content = arguments.parse(body)
            self._look_at(call, content)
            form = arguments.fill(form_type, content)
        except arguments.Malformed as failure:
            call.error = answer("1002", f"参数错误: {failure}")
            return call
        except WrongValue as failure:
            call.error = _wrong(failure)
            return call
        token = request.headers.get("x-token", "")
        if operation not in rpa_account.WITHOUT_TOKEN:
            call.error = self._session_error(world, token, form.taxNo)
        call.act = lambda world, call: _act(world, call, work, form)
        return call

    def _look_at(self, call: Call, content) -> None:
        """What journal and faults want to know, right or wrong."""
        call.received = content
        if not isinstance(content, dict):
            return
        call.target.tax_number = arguments.scalar(content.get("taxNo"))
        call.target.task = arguments.scalar(content.get("taskType"))
        call.request_number = arguments.scalar(
            content.get("traceNo") or content.get("reqId")
        )
        items = content.get("items") or content.get("invoices")
        if isinstance(items, list):
            call.items = len(items)
            call.target.invoices = [
                arguments.scalar(item.get("fphm"))
                for item in items
                if isinstance(item, dict)
            ]

    def _session_error(self, world: World, token: str, tax_no: str) -> Answer | None:
        owner = taxpayers.session_owner(world, token) if token else None
        if owner is None:
            return answer("4001", "登录已失效，请重新登录")
        if owner != tax_no:
            return answer("4003", "登录身份与办理纳税人不一致")
        return None

    def failed(self) -> Answer:
        """`9999`."""
        return answer("9999", "系统异常")

    def waiting(self, fault: Fault) -> Answer:
        """`4290` or `5030`, with the seconds to wait."""
        wait = int(fault.number(30))
        headers = {"Retry-After": str(wait)}
        if fault.kind == "throttle":
            text = "请求过于频繁，请稍后再试"
            return answer("4290", text, {"wait": wait}, headers=headers)
        return answer("5030", "系统维护中", {"wait": wait}, headers=headers)

    def session_lost(self, world: World, call: Call) -> Answer:
        """The session really ends."""
        taxpayers.end_session(world, call.target.tax_number)
        return answer("4001", "登录已失效，请重新登录")


def _wrong(failure: WrongValue) -> Answer:
    data = {"reason": failure.reason}
    return answer("1002", f"{REFUSALS[failure.reason]}: {failure.text}", data)


def _act(world: World, call: Call, work, form) -> Answer:
    try:
        return work(world, form, call)
    except Refused as refusal:
        return answer("4090", refusal.text, {"reason": refusal.reason})
    except WrongValue as failure:
        return _wrong(failure)


ANSWER = {
    "type": "object",
    "required": ["code", "message", "data"],
    "properties": {
        "code": {"type": "string"},
        "message": {"type": "string"},
        "data": {"type": "object"},
    },
}


def _document(operation: str, form: type) -> dict:
    """The OpenAPI description of an operation."""
    token = {"name": "X-Token", "in": "header", "schema": {"type": "string"}}
    body = {"application/json": {"schema": arguments.schema(form)}}
    good = {"application/json": {"schema": ANSWER}}
    return {
        "requestBody": {"required": True, "content": body},
        "parameters": [] if operation in rpa_account.WITHOUT_TOKEN else [token],
        "responses": {"200": {"description": "Any answer", "content": good}},
    }


def register(app: FastAPI, world: World) -> None:
    """One documented route per operation, one for all others."""
    routes.add(app, world, Rpa(), OPERATIONS, tag="Bureau by RPA", document=_document)
