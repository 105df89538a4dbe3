"""One platform call: faults, the act, the journal, the answer."""

import asyncio
import json
import logging
from collections.abc import Callable
from dataclasses import dataclass, field

from starlette.requests import Request
from starlette.responses import Response

from .bureau import tick
from .clock import iso
from .cut import Cut
from .faults import Fault, Target
from .world import World

log = logging.getLogger("simulator")

HTML = (
    "<!DOCTYPE html><html><head><title>电子税务局</title></head>"
    "<body><h1>系统繁忙，请稍后再试</h1></body></html>"
)
LISTS = ("fpxx", "fpmx", "rows", "items")


@dataclass
class Answer:
    """What a platform answers: a code for the journal, a status, its content."""

    code: str
    content: dict | None = None
    status: int = 200
    headers: dict = field(default_factory=dict)


@dataclass
class Call:
    """A request as a platform understood it."""

    target: Target
    request_number: str = ""
    items: int = 0
    received: object = None
    # Set when the request was understood: does the work in the bureau.
    act: Callable[["World", "Call"], Answer] | None = None
    # Set when it was not: what to answer instead.
    error: Answer | None = None
    fault: Fault | None = None
    # What the platform notes for itself between reading and encoding.
    context: dict = field(default_factory=dict)


class Platform:
    """What a platform has to offer to be served; see `platforms`."""

    name = ""

    def read(self, world: World, request: Request, body: bytes) -> Call:
        """Understand a request. Must not raise."""
        raise NotImplementedError

    def failed(self) -> Answer:
        """The answer to an unexpected error of the simulator."""
        raise NotImplementedError

    def waiting(self, fault: Fault) -> Answer:
        """The answer to a `throttle` or `maintenance` fault."""
        raise NotImplementedError

    def session_lost(self, world: World, call: Call) -> Answer:
        """The answer to a `session_lost` fault."""
        return self.failed()

    def encode(self, call: Call, answer: Answer) -> bytes:
        """The bytes of an answer."""
        return json.dumps(answer.content, ensure_ascii=False).encode()


async def serve(world: World, platform: Platform, request: Request) -> Response:
    """Serve one call of a platform."""
    body = await request.body()
    with world.store.transaction():
        tick.tick(world)
        call = platform.read(world, request, body)
        call.fault = world.faults.pick(call.target)
    kind = call.fault.kind if call.fault else None
    if kind == "delay":
        await asyncio.sleep(call.fault.number(1))
    answer = _work(world, platform, call)
    latency = world.settings.values.latency_ms
    if latency:
        await asyncio.sleep(latency / 1000)
    if kind == "act_delay":
        await asyncio.sleep(call.fault.number(1))
    return _respond(platform, call, answer)


def _work(world: World, platform: Platform, call: Call) -> Answer:
    """Act (or not, as the fault says) and write the journal, in one transaction."""
    try:
        with world.store.transaction():
            answer = _instead(world, platform, call) or call.error
            if answer is None:
                answer = call.act(world, call)
            _note(world, call, answer)
    except Exception:
        log.exception("unexpected error in %s", call.target.operation)
        # What was undone in the file is still in the caches.
        world.faults.reload()
        answer = platform.failed()
        with world.store.transaction():
            _note(world, call, answer)
    return answer


def _instead(world: World, platform: Platform, call: Call) -> Answer | None:
    """The answer of a fault that keeps the platform from acting."""
    kind = call.fault.kind if call.fault else None
    if kind == "refuse":
        return Answer("-")
    if kind in ("http_500", "http_502"):
        return Answer(kind[5:], status=int(kind[5:]))
    if kind == "html":
        return Answer("html")
    if kind in ("throttle", "maintenance"):
        return platform.waiting(call.fault)
    if kind == "session_lost":
        return platform.session_lost(world, call)
    return None


def _note(world: World, call: Call, answer: Answer) -> None:
    world.journal.add(
        time=iso(world.clock.now()),
        platform=call.target.platform,
        operation=call.target.operation,
        tax_number=call.target.tax_number,
        request_number=call.request_number,
        items=call.items,
        answer_code=answer.code,
        fault=call.fault.kind if call.fault else None,
        request=call.received,
    )


def _respond(platform: Platform, call: Call, answer: Answer) -> Response:
    kind = call.fault.kind if call.fault else None
    if kind in ("refuse", "act_drop"):
        return Cut()
    if kind == "html":
        return Response(HTML, media_type="text/html")
    if kind in ("http_500", "http_502"):
        words = {500: "Internal Server Error", 502: "Bad Gateway"}[answer.status]
        return Response(
            f"<html><body><h1>{answer.status} {words}</h1></body></html>",
            status_code=answer.status,
            media_type="text/html",
        )
    if kind == "empty":
        return Response(b"", media_type="application/json")
    if kind == "partial_rows" and answer.content:
        _shorten(answer.content, call.fault.number(0.5))
    content = platform.encode(call, answer)
    if kind == "half_json":
        return Cut(content[: max(1, len(content) // 2)], len(content))
    return Response(
        content,
        status_code=answer.status,
        headers=answer.headers,
        media_type="application/json",
    )


def _shorten(content, share: float) -> None:
    """Keep only a share of the rows, wherever they are in the answer."""
    if isinstance(content, dict):
        for key, value in content.items():
            if key in LISTS and isinstance(value, list):
                content[key] = value[: int(len(value) * share)]
            else:
                _shorten(value, share)
