"""The page where a person sees the state and switches faults."""

from pathlib import Path
from urllib.parse import parse_qs

from fastapi import Depends, FastAPI, Request
from fastapi.responses import HTMLResponse, RedirectResponse
from jinja2 import Environment, FileSystemLoader, select_autoescape
from pydantic import ValidationError

from . import control, entitlements, money, state_issuing
from .bureau import calendar, jobs, numbers, statistics, summary, tick
from .clock import plain
from .faults import KINDS, NewFault
from .world import World

STATES = {
    "01": "未统计",
    "02": "已统计，可确认",
    "03": "预统计",
    "05": "已确认签名",
    "21": "统计中",
    "22": "无已勾选记录",
    "25": "预统计，需撤销重建",
}
SHOWN = 200
SUMS = """
SELECT COUNT(*) AS total,
    COALESCE(SUM(selection = 'selected'), 0) AS selected,
    COALESCE(SUM(selection = 'confirmed'), 0) AS confirmed,
    COALESCE(SUM(CASE WHEN purpose = 'deduct' AND period = ? THEN creditable END), 0)
        AS deduct,
    COALESCE(SUM(CASE WHEN purpose = 'exclude' AND period = ? THEN vat END), 0)
        AS exclude,
    COALESCE(SUM(CASE WHEN purpose = 'refund' AND period = ? THEN vat END), 0)
        AS refund,
    COALESCE(SUM(farm_method <> ''), 0) AS treated,
    COALESCE(SUM(booked_on <> ''), 0) AS booked
FROM invoice WHERE tax_number = ?
"""


def _taxpayers(world: World) -> list[dict]:
    found = []
    month = calendar.month_of(world.clock.now().date())
    for row in world.store.rows(
        "SELECT * FROM taxpayer ORDER BY tax_number LIMIT ?", SHOWN
    ):
        period = row["period"]
        sums = world.store.one(SUMS, period, period, month, row["tax_number"])
        state = statistics.state(world, row, row["period"])
        found.append(
            {
                **dict(row),
                **dict(sums),
                "state": STATES[state],
                "deduct": money.text(sums["deduct"]),
                "exclude": money.text(sums["exclude"]),
                "refund": money.text(sums["refund"]),
            }
        )
    return found


def _quotas(world: World) -> list[dict]:
    """Quota and numbers of the taxpayers that are shown."""
    found = []
    for row in world.store.rows(
        "SELECT tax_number FROM taxpayer ORDER BY tax_number LIMIT ?", SHOWN
    ):
        tax_number = row["tax_number"]
        quota = state_issuing.quota_now(world, tax_number)
        found.append(
            {
                **quota,
                **numbers.left(world, tax_number),
                **summary.totals(world, tax_number, quota["month"]),
            }
        )
    return found


def _entitlements(world: World) -> list[dict]:
    """Serial numbers with what is used of them."""
    rows = world.store.rows(
        "SELECT * FROM entitlement_serial ORDER BY service_group, serial LIMIT ?", SHOWN
    )
    return [entitlements.serial(world, row) for row in rows]


def _fields(body: bytes) -> dict[str, str]:
    """The filled-in fields of a form."""
    fields = parse_qs(body.decode("utf-8", "replace"), max_num_fields=50)
    return {name: values[0].strip() for name, values in fields.items() if values[0]}


def _render(template, world: World, message: str = "", status: int = 200):
    tick.guarded(world)
    with world.store.transaction():
        jobs.settle_all(world)
    html = template.render(
        now=plain(world.clock.now()),
        taxpayers=_taxpayers(world),
        quotas=_quotas(world),
        serials=_entitlements(world),
        journal=world.journal.recent(50),
        faults=world.faults.all(),
        kinds=KINDS,
        settings=world.settings.values,
        message=message,
    )
    return HTMLResponse(html, status)


def _add_fault(world: World, fields: dict) -> str:
    try:
        world.faults.add(NewFault.model_validate(fields))
    except ValidationError as error:
        return "; ".join(one["msg"] for one in error.errors())
    return ""


def register(app: FastAPI, world: World) -> None:
    """Add the page and the actions of its forms."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=select_autoescape(default=True, default_for_string=True),
    )
    template = environment.get_template("page.html")
    options = {"dependencies": [Depends(control.loopback)], "include_in_schema": False}
    home = RedirectResponse("/", 303)

    @app.get("/", **options)
    async def show():
        """The page itself."""
        return _render(template, world)

    @app.post("/_page/clock", **options)
    async def clock(request: Request):
        """Set or advance the clock."""
        try:
            change = control.ClockChange.model_validate(_fields(await request.body()))
        except ValidationError:
            return _render(template, world, "时间不合法", 422)
        control.move_clock(world, change)
        return home

    @app.post("/_page/faults", **options)
    async def add_fault(request: Request):
        """Add a fault."""
        message = _add_fault(world, _fields(await request.body()))
        return _render(template, world, message, 422) if message else home

    @app.post("/_page/faults/remove", **options)
    async def remove_fault(request: Request):
        """Remove one fault, or all."""
        number = _fields(await request.body()).get("id", "")
        known = number.isdecimal() and len(number) <= 18
        world.faults.remove(int(number) if known else None)
        return home
