"""Leqi: the envelope all its services share, and the list of them."""

import base64
import binascii
import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass

from cryptography.hazmat.primitives import padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from fastapi import FastAPI
from starlette.requests import Request

from ..bureau import taxpayers
from ..bureau.words import REFUSALS, Refused
from ..calls import Answer, Call, Platform, serve
from ..faults import Fault, Target
from ..world import World
from . import arguments

PATH = "/access/v2/invoke/{nlbm}/{fwbm}"
WRONG_KEY = bytes(range(16, 32))
MESSAGES = {
    "DecryptFailed": "报文解密失败",
    "UnknownEntity": "直连单位未登记",
    "UnknownService": "能力或服务编码不存在",
    "HeaderMismatch": "请求头与请求地址不一致",
    "MalformedRequest": "报文格式错误",
    "NotServed": "使用单位无权办理该纳税人业务",
    "TooManyRequests": "请求过于频繁，请稍后再试",
    "Maintenance": "系统维护中，请稍后再试",
    "InternalError": "系统异常",
}


@dataclass
class Service:
    """One service of a capability."""

    capability: str
    code: str
    form: type[arguments.Form]
    work: Callable
    has_job: bool


SERVICES: dict[tuple[str, str], Service] = {}


def service(capability: str, code: str, form, has_job: bool = False):
    """Mark a function as the work of a service: (world, taxpayer, form, call)."""

    def remember(work: Callable) -> Callable:
        SERVICES[capability, code] = Service(capability, code, form, work, has_job)
        return work

    return remember


def encrypt(text: bytes, key: bytes) -> str:
    """SM4-ECB with PKCS7 padding, base64."""
    padder = padding.PKCS7(128).padder()
    padded = padder.update(text) + padder.finalize()
    encryptor = Cipher(algorithms.SM4(key), modes.ECB()).encryptor()
    return base64.b64encode(encryptor.update(padded) + encryptor.finalize()).decode()


def decrypt(text: bytes, key: bytes) -> bytes:
    """The reverse; ValueError when it does not fit."""
    data = base64.b64decode(text.strip(), validate=True)
    decryptor = Cipher(algorithms.SM4(key), modes.ECB()).decryptor()
    padded = decryptor.update(data) + decryptor.finalize()
    unpadder = padding.PKCS7(128).unpadder()
    return unpadder.update(padded) + unpadder.finalize()


def done(**data) -> dict:
    """A business answer `00`."""
    return {"returncode": "00", "returnmsg": "成功", **data}


def refused(reason: str, text: str | None = None) -> dict:
    """A business answer `01` with its `ycdm`."""
    return {
        "returncode": "01",
        "returnmsg": text or REFUSALS.get(reason, reason),
        "ycdm": reason,
    }


def error(code: str, message: str = "", wait: int | None = None, status: int = 200):
    """An answer of the platform itself."""
    content = {"Code": code, "Message": MESSAGES[code]}
    if message:
        content["Message"] += f": {message}"
    headers = {}
    if wait is not None:
        content["RetryAfter"] = wait
        headers["Retry-After"] = str(wait)
    return Answer(code, {"Error": content}, status, headers)


class Leqi(Platform):
    """The envelope: headers, SM4, three layers of failure."""

    name = "leqi"

    def __init__(self, world: World):
        self._world = world

    def _key(self, request: Request) -> bytes | None:
        keys = self._world.settings.values.leqi_keys
        text = keys.get(request.headers.get("jrdwptbh", ""))
        return bytes.fromhex(text) if text else None

    def read(self, world: World, request: Request, body: bytes) -> Call:
        """Open the envelope."""
        capability = request.path_params["nlbm"]
        code = request.path_params["fwbm"]
        target = Target(self.name, code)
        call = Call(target, received={"capability": capability})
        try:
            self._open(request, body, call, capability, code)
        except _Rejected as rejected:
            call.error = rejected.answer
        return call

    def _open(self, request, body, call, capability, code) -> None:
        key = self._key(request)
        call.context["key"] = key
        if key is None:
            raise _Rejected("UnknownEntity")
        entity = request.headers.get("sydwptbh", "")
        if (
            request.headers.get("nlbm") != capability
            or request.headers.get("fwbm") != code
            or not entity
        ):
            raise _Rejected("HeaderMismatch")
        asked = SERVICES.get((capability, code))
        if asked is None:
            raise _Rejected("UnknownService")
        call.target.has_job = asked.has_job
        try:
            text = decrypt(body, key)
        except (ValueError, binascii.Error) as failure:
            raise _Rejected("DecryptFailed") from failure
        try:
            content = arguments.parse(text)
            self._understand(call, asked, content, entity)
        except arguments.Malformed as failure:
            raise _Rejected("MalformedRequest", str(failure)) from failure

    def _understand(self, call: Call, asked: Service, content, entity) -> None:
        call.received = content
        if not isinstance(content, dict):
            raise arguments.Malformed("not a JSON object")
        call.target.tax_number = _first(content, "gfsbh", "nsrsbh", "xsfnsrsbh")
        call.request_number = _first(content, "ywlsh", "pclsh", "sllsh")
        items = content.get("fpmx") or content.get("fpxx")
        if isinstance(items, list):
            call.items = len(items)
            call.target.invoices = [
                arguments.scalar(item.get("fphm"))
                for item in items
                if isinstance(item, dict)
            ]
        try:
            form = arguments.fill(asked.form, content)
        except arguments.WrongValue as failure:
            data = refused(
                failure.reason, f"{REFUSALS[failure.reason]}: {failure.text}"
            )
            call.act = lambda world, call: _answer(data)
            return
        call.act = lambda world, call: _act(world, call, asked, form, entity)

    def failed(self) -> Answer:
        """`InternalError`."""
        return error("InternalError")

    def waiting(self, fault: Fault) -> Answer:
        """429 or 503, with the seconds to wait."""
        wait = int(fault.number(30))
        if fault.kind == "throttle":
            return error("TooManyRequests", wait=wait, status=429)
        return error("Maintenance", wait=wait, status=503)

    def encode(self, call: Call, answer: Answer) -> bytes:
        """Close the envelope."""
        content = answer.content
        response = {"RequestId": uuid.uuid4().hex}
        if "Error" in content:
            response["Error"] = content["Error"]
        else:
            key = call.context["key"]
            if call.fault and call.fault.kind == "wrong_key":
                key = WRONG_KEY
            text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
            response["Data"] = encrypt(text.encode(), key)
        envelope = {
            "httpStatusCode": str(answer.status),
            "body": {"Response": response},
        }
        return json.dumps(envelope, ensure_ascii=False).encode()


class _Rejected(Exception):
    def __init__(self, code: str, message: str = ""):
        super().__init__(code)
        self.answer = error(code, message)


def _first(content: dict, *names: str) -> str:
    """The first of some fields that says anything."""
    return next(
        (text for name in names if (text := arguments.scalar(content.get(name)))), ""
    )


def _answer(data: dict) -> Answer:
    return Answer(data.get("ycdm") or data["returncode"], data)


def _act(world: World, call: Call, asked: Service, form, entity: str) -> Answer:
    tax_number = call.target.tax_number
    taxpayer = taxpayers.get(world, tax_number)
    if not taxpayers.served_by(taxpayer, entity):
        return error("NotServed")
    try:
        return _answer(asked.work(world, taxpayer, form, call))
    except (Refused, arguments.WrongValue) as refusal:
        return _answer(refused(refusal.reason, refusal.text))


HEADERS = "nlbm fwbm ylbm jrdwptbh sydwptbh access_signature sxcsbz".split()


def _document() -> dict:
    """The OpenAPI description of the envelope."""
    answer = {
        "type": "object",
        "required": ["httpStatusCode", "body"],
        "properties": {
            "httpStatusCode": {"type": "string"},
            "body": {"type": "object", "required": ["Response"]},
        },
    }
    content = {"application/json": {"schema": answer}}
    answers = {"200": "Data or Error", "429": "TooManyRequests", "503": "Maintenance"}
    return {
        "parameters": [
            {"name": name, "in": "header", "schema": {"type": "string"}}
            for name in HEADERS
        ],
        "requestBody": {
            "required": True,
            "description": "JSON, SM4-ECB with PKCS7 padding, base64",
            "content": {"text/plain": {"schema": {"type": "string"}}},
        },
        "responses": {
            status: {"description": text, "content": content}
            for status, text in answers.items()
        },
        "x-services": {
            f"{one.capability}/{one.code}": arguments.schema(one.form)
            for one in SERVICES.values()
        },
    }


def register(app: FastAPI, world: World) -> None:
    """Serve the envelope; its services are in modules of their own."""
    platform = Leqi(world)

    @app.post(
        PATH,
        tags=["Leqi 乐企"],
        summary="Any service of any capability",
        response_model=None,
        openapi_extra=_document(),
    )
    async def invoke(request: Request, nlbm: str, fwbm: str):
        """One call of one service; the body says which taxpayer it is about."""
        return await serve(world, platform, request)
