"""Requests that are answered at once: the same number again answers as before."""

import json
from collections.abc import Callable

from ..clock import plain
from ..world import World
from .digests import digest
from .words import Refused


def find(world: World, tax_number: str, service: str, request_number: str):
    """The answer given under a caller's own number, or None."""
    row = world.store.one(
        "SELECT * FROM request_once WHERE tax_number = ? AND service = ? "
        "AND request_number = ?",
        tax_number,
        service,
        request_number,
    )
    return None if row is None else (row["digest"], json.loads(row["answer"]))


def answer(
    world: World,
    tax_number: str,
    service: str,
    content: dict,
    work: Callable[[], dict],
) -> dict:
    """Do the work of a request once; what is refused leaves no trace."""
    request_number, asked = content["ywlsh"], digest(content)
    known = find(world, tax_number, service, request_number)
    if known:
        if known[0] != asked:
            raise Refused("SERIAL_CONFLICT")
        return known[1]
    given = work()
    world.store.run(
        "INSERT INTO request_once VALUES (?, ?, ?, ?, ?, ?)",
        tax_number,
        service,
        request_number,
        asked,
        json.dumps(given, ensure_ascii=False),
        plain(world.clock.now()),
    )
    return given
