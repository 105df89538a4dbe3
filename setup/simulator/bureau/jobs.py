"""Asynchronous work: accepted now, done later, its effect exactly once."""

import json
import math
import uuid

from ..clock import plain
from ..world import World
from . import (
    booking,
    confirmation,
    farm,
    issuing,
    jumps,
    pool,
    refund,
    selection,
    statistics,
    summary,
    taxpayers,
)
from .words import Refused

STUCK_POLLS = 10**9


def _no_check(world: World, taxpayer, payload: dict) -> None:
    """A download is possible at any time."""


def _download(world: World, taxpayer, payload: dict, platform: str) -> dict:
    """Note which invoices the file job holds, cut into files."""
    tax_number = taxpayer["tax_number"]
    if payload["since"]:
        ids = pool.ids_changed(world, tax_number, payload["since"])
    else:
        ids = pool.ids_of_months(world, tax_number, payload["first"], payload["last"])
    size = world.settings.values.pool_page
    parts = [ids[start : start + size] for start in range(0, len(ids), size)]
    world.store.many(
        "INSERT INTO job_file VALUES (?, ?, ?)",
        [
            (payload["job"], number, json.dumps(part))
            for number, part in enumerate(parts, 1)
        ],
    )
    return {"files": len(parts), "cursor": world.clock.stamp()}


# kind → (check of the state, the work itself)
KINDS = {
    "select": (selection.require_possible, selection.work),
    "statistics": (statistics.require_buildable, statistics.build),
    "revoke_statistics": (statistics.require_revocable, statistics.revoke),
    "sign": (confirmation.require_signable, confirmation.sign),
    "cancel_sign": (confirmation.require_table, confirmation.cancel),
    "roll_back": (jumps.require_possible, jumps.go_back),
    "download": (_no_check, _download),
    "refund_select": (refund.require_month, refund.work),
    "refund_confirm": (refund.require_month, refund.confirm),
    "farm": (farm.require_possible, farm.work),
    "booking": (booking.require_possible, booking.work),
    "upload": (issuing.require_possible, issuing.work),
    "summary": (summary.require_possible, summary.work),
}


def check(world: World, taxpayer, kind: str, payload: dict) -> None:
    """Refuse at once what the state of today forbids."""
    KINDS[kind][0](world, taxpayer, payload)


def submit(
    world: World,
    taxpayer,
    kind: str,
    payload: dict,
    *,
    platform: str,
    service: str,
    request_number: str,
    content_digest: str,
    fault=None,
) -> dict:
    """Accept a job; answers its row."""
    values = world.settings.values
    now = world.clock.now()
    polls, stuck = values.job_polls, 0
    if fault and fault.kind == "never_ready":
        stuck = 1
    if fault and fault.kind == "ready_after_void":
        polls = max(polls, int(float(fault.value or 1)))
    payload = {**payload, "service": service}
    batch = uuid.uuid4().hex
    cursor = world.store.run(
        "INSERT INTO job (batch, platform, tax_number, kind, service, "
        "request_number, digest, payload, created, created_at, need_seconds, "
        "need_polls, stuck) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        batch,
        platform,
        taxpayer["tax_number"],
        kind,
        service,
        request_number,
        content_digest,
        json.dumps(payload),
        world.clock.seconds(),
        plain(now),
        values.job_seconds,
        polls,
        stuck,
    )
    return by_id(world, cursor.lastrowid)


def by_id(world: World, id_: int):
    """One job by its row number."""
    return world.store.one("SELECT * FROM job WHERE id = ?", id_)


def by_batch(world: World, tax_number: str, batch: str):
    """One job by the number the bureau gave it."""
    return world.store.one(
        "SELECT * FROM job WHERE batch = ? AND tax_number = ?", batch, tax_number
    )


def by_request(world: World, tax_number: str, service: str, number: str):
    """The latest job of a caller's own number."""
    return world.store.one(
        "SELECT * FROM job WHERE tax_number = ? AND service = ? "
        "AND request_number = ? ORDER BY id DESC LIMIT 1",
        tax_number,
        service,
        number,
    )


def by_trace(world: World, tax_number: str, platform: str, number: str):
    """The latest job of a caller's own number, of whatever service."""
    return world.store.one(
        "SELECT * FROM job WHERE tax_number = ? AND platform = ? "
        "AND request_number = ? ORDER BY id DESC LIMIT 1",
        tax_number,
        platform,
        number,
    )


def period_of(job) -> str:
    """The period a job is about."""
    return json.loads(job["payload"])["period"]


def items_of(job) -> list[dict]:
    """The invoices a selection job is about."""
    return json.loads(job["payload"])["items"]


def latest_same(world: World, tax_number: str, content_digest: str):
    """The latest job with the same content."""
    return world.store.one(
        "SELECT * FROM job WHERE tax_number = ? AND digest = ? "
        "ORDER BY id DESC LIMIT 1",
        tax_number,
        content_digest,
    )


def _ready(job, now: float) -> bool:
    return (
        not job["stuck"]
        and job["polls"] >= job["need_polls"]
        and now - job["created"] >= job["need_seconds"]
    )


def settle(world: World, tax_number: str) -> None:
    """Do all the work of a taxpayer that is due, in the order it came."""
    open_jobs = world.store.rows(
        "SELECT * FROM job WHERE tax_number = ? AND done = 0 ORDER BY id", tax_number
    )
    now = world.clock.seconds()
    for job in open_jobs:
        if _ready(job, now):
            _do(world, job)


def settle_all(world: World) -> None:
    """The same for everybody."""
    for row in world.store.rows("SELECT DISTINCT tax_number FROM job WHERE done = 0"):
        settle(world, row["tax_number"])


def _do(world: World, job) -> None:
    taxpayer = taxpayers.get(world, job["tax_number"])
    payload = {**json.loads(job["payload"]), "job": job["id"]}
    check_state, work = KINDS[job["kind"]]
    try:
        check_state(world, taxpayer, payload)
        result = work(world, taxpayer, payload, job["platform"])
    except Refused as refused:
        result = {"refused": refused.reason, "text": refused.text}
    world.store.run(
        "UPDATE job SET done = 1, result = ?, finished_at = ? WHERE id = ?",
        json.dumps(result, ensure_ascii=False),
        plain(world.clock.now()),
        job["id"],
    )


def poll(world: World, job, fault=None) -> dict | None:
    """The result of a job, or None while it runs. Counts as one poll."""
    if fault and fault.kind == "never_ready":
        return None
    if not job["done"]:
        need = job["need_polls"]
        if fault and fault.kind == "ready_after_void":
            need = max(need, int(float(fault.value or 1)))
        ready = _ready({**dict(job), "need_polls": need}, world.clock.seconds())
        world.store.run(
            "UPDATE job SET polls = polls + 1, need_polls = ? WHERE id = ?",
            need,
            job["id"],
        )
        if not ready:
            return None
        settle(world, job["tax_number"])
        job = by_id(world, job["id"])
    return json.loads(job["result"])


def wait(world: World, job) -> int:
    """After how many seconds asking again makes sense."""
    left = job["created"] + job["need_seconds"] - world.clock.seconds()
    return max(1, math.ceil(left))


def clock_moved(world: World, seconds: float) -> None:
    """A clock turned back must not make running jobs wait for it."""
    if seconds < 0:
        world.store.run("UPDATE job SET created = created + ? WHERE done = 0", seconds)


def file_part(world: World, job, number: int) -> list | None:
    """The invoices of one file of a download."""
    ids = world.store.value(
        "SELECT ids FROM job_file WHERE job = ? AND part = ?", job["id"], number
    )
    return None if ids is None else pool.by_ids(world, json.loads(ids))
