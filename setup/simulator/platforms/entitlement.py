"""The entitlement platform: who may use which service, signed with a shared secret."""

import hashlib
import hmac
from datetime import datetime
from typing import Annotated, Literal

from fastapi import FastAPI
from pydantic import AfterValidator, Field
from starlette.requests import Request

from .. import entitlements
from ..calls import Answer, Call, Platform
from ..faults import Fault, Target
from ..world import World
from . import arguments, routes
from .arguments import Form, Optional, TaxNumber, WrongValue
from .rpa_answers import answer, ok

NOT_FOUND = "4040"


def _moment(value: str) -> str:
    if len(value) != 19:
        raise ValueError("not yyyy-MM-dd HH:mm:ss")
    datetime.fromisoformat(value)
    return value


Group = Literal[entitlements.GROUPS]
RequestNumber = Annotated[str, Field(min_length=1, max_length=100)]
Moment = Annotated[str, AfterValidator(_moment)]


class OfEntitlement(Form):
    """Names a tax number in a service group."""

    taxNo: TaxNumber
    serviceGroup: Group


class Authorise(OfEntitlement):
    """Asks for an entitlement."""

    requestNo: RequestNumber
    name: Annotated[Optional, Field(max_length=200)] = ""
    serial: Annotated[Optional, Field(max_length=100)] = ""
    licenseKind: Literal["formal", "temporary", "none"] = "formal"
    idc: bool = False


class Cancel(OfEntitlement):
    """Gives an entitlement back."""

    requestNo: RequestNumber
    cancelledAt: Moment


class Query(Form):
    """Asks what became of a request, or how an entitlement stands."""

    requestNo: Annotated[Optional, Field(max_length=100)] = ""
    taxNo: Annotated[Optional, Field(max_length=30)] = ""
    serviceGroup: Literal[("", *entitlements.GROUPS)] = ""


class OfCustomer(Form):
    """Asks about the customer itself."""


def authorise(world: World, form, call: Call) -> Answer:
    """Give a tax number an entitlement."""
    customer = call.context["customer"]
    done = entitlements.once(world, customer, "authorise", form, entitlements.authorise)
    return ok(**done)


def cancel(world: World, form, call: Call) -> Answer:
    """Take an entitlement back."""
    customer = call.context["customer"]
    return ok(**entitlements.once(world, customer, "cancel", form, entitlements.cancel))


def query(world: World, form, call: Call) -> Answer:
    """What became of a request, or how an entitlement stands."""
    customer = call.context["customer"]
    if form.requestNo:
        kept = entitlements.request(world, customer, form.requestNo)
        if not kept:
            return answer(NOT_FOUND, "请求号不存在")
        return ok(**arguments.parse(kept["answer"]))
    if not form.taxNo or not form.serviceGroup:
        raise WrongValue("INVALID_ARGUMENT", "requestNo, or taxNo and serviceGroup")
    return ok(**entitlements.describe(world, customer, form.taxNo, form.serviceGroup))


def serials(world: World, form, call: Call) -> Answer:
    """The serial numbers of the customer, with their validity."""
    return ok(
        rows=[
            {
                "serial": row["serial"],
                "serviceGroup": row["service_group"],
                "total": row["total"],
                "used": row["used"],
                "validFrom": row["valid_from"],
                "validTo": row["valid_to"],
            }
            for row in entitlements.serials(world, call.context["customer"])
        ]
    )


def remaining(world: World, form, call: Call) -> Answer:
    """Total, used and remaining entitlements of each service group."""
    return ok(
        rows=[
            {
                "serviceGroup": row["group"],
                "total": row["total"],
                "used": row["used"],
                "remaining": row["left"],
            }
            for row in entitlements.remaining(world, call.context["customer"])
        ]
    )


OPERATIONS = {
    "authorise": (Authorise, authorise),
    "cancel": (Cancel, cancel),
    "query": (Query, query),
    "serials": (OfCustomer, serials),
    "remaining": (OfCustomer, remaining),
}


def sign(secret: str, operation: str, timestamp: str, body: bytes) -> str:
    """The signature of a call."""
    text = f"{operation}\n{timestamp}\n{hashlib.sha256(body).hexdigest()}"
    return hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()


class Entitlement(Platform):
    """JSON in, JSON out, each call signed by its customer."""

    name = "entitlement"

    def read(self, world: World, request: Request, body: bytes) -> Call:
        """Understand a request."""
        operation = request.path_params["operation"]
        call = Call(Target(self.name, operation))
        if operation not in OPERATIONS:
            call.error = answer(NOT_FOUND, "接口不存在")
            return call
        form_type, work = OPERATIONS[operation]
        try:
            content = arguments.parse(body)
            self._look_at(call, content)
            call.error = _signature_error(world, request, call, body)
            form = arguments.fill(form_type, content)
        except (arguments.Malformed, WrongValue) as failure:
            call.error = call.error or answer("1002", f"参数错误: {failure}")
            return call
        call.act = lambda world, call: _act(world, call, work, form)
        return call

    def _look_at(self, call: Call, content) -> None:
        """What journal and faults want to know, right or wrong."""
        call.received = content
        if isinstance(content, dict):
            call.target.tax_number = arguments.scalar(content.get("taxNo"))
            call.request_number = arguments.scalar(content.get("requestNo"))

    def failed(self) -> Answer:
        """`9999`."""
        return answer("9999", "系统异常")

    def waiting(self, fault: Fault) -> Answer:
        """`4290` or `5030`, with the seconds to wait."""
        wait = int(fault.number(30))
        code = "4290" if fault.kind == "throttle" else "5030"
        text = "请求过于频繁，请稍后再试" if code == "4290" else "系统维护中"
        return answer(code, text, {"wait": wait}, headers={"Retry-After": str(wait)})


def _signature_error(
    world: World, request: Request, call: Call, body: bytes
) -> Answer | None:
    """The time is signed, and not compared: the platform's clock may be set."""
    customer = request.headers.get("x-customer", "")
    timestamp = request.headers.get("x-timestamp", "")
    secret = world.settings.values.entitlement_secrets.get(customer)
    if secret is None:
        return answer("2001", "客户不存在")
    wanted = sign(secret, call.target.operation, timestamp, body)
    given = request.headers.get("x-signature", "")
    if not timestamp.isdecimal() or not hmac.compare_digest(
        wanted.encode(), given.encode()
    ):
        return answer("2002", "签名不正确")
    call.context["customer"] = customer
    return None


def _act(world: World, call: Call, work, form) -> Answer:
    try:
        return work(world, form, call)
    except entitlements.Refused as refusal:
        return answer(refusal.code, refusal.text, refusal.data)
    except WrongValue as failure:
        return answer("1002", f"参数错误: {failure.text}")


def _document(form: type) -> dict:
    """The OpenAPI description of an operation."""
    names = ("X-Customer", "X-Timestamp", "X-Signature")
    return {
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": arguments.schema(form)}},
        },
        "parameters": [
            {"name": name, "in": "header", "schema": {"type": "string"}}
            for name in names
        ],
        "responses": {"200": {"description": "Any answer"}},
    }


def register(app: FastAPI, world: World) -> None:
    """One documented route per operation, one for all others."""
    routes.add(
        app,
        world,
        Entitlement(),
        OPERATIONS,
        tag="Entitlement platform",
        document=lambda operation, form: _document(form),
    )
