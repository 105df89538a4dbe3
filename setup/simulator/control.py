"""The control API: seed, clock, state, journal, faults. Loopback only."""

from datetime import date, datetime, timedelta
from ipaddress import ip_address
from typing import Literal

from fastapi import APIRouter, Depends, FastAPI, HTTPException, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from . import control_issuing, edit, entitlements, state
from .bureau import jobs, jumps, periods, taxpayers, tick
from .bureau.words import Refused
from .clock import iso
from .faults import Fault, NewFault
from .seed import Seed, plant
from .settings import Values
from .world import World

YEARS = (2001, 2900)
FORWARDED = ("forwarded", "x-forwarded-for", "x-real-ip")


class ClockChange(BaseModel):
    """Set the clock, or let it jump ahead."""

    model_config = ConfigDict(extra="forbid")

    now: datetime | None = None
    advance_seconds: float | None = Field(None, ge=-4e9, le=4e9)
    advance_days: float | None = Field(None, ge=-40_000, le=40_000)


class OfTaxpayer(BaseModel):
    """Names a taxpayer."""

    model_config = ConfigDict(extra="forbid")

    tax_number: str


class TaxpayerChange(OfTaxpayer):
    """What is to change of a taxpayer; all else stays."""

    name: str | None = Field(None, max_length=200)
    taxpayer_type: str | None = Field(None, pattern="^(general|small|[1-5])$")
    credit_level: str | None = Field(None, pattern="^[ABCDM]?$")
    status: str | None = Field(None, max_length=10)
    authority: str | None = Field(None, max_length=200)
    risk: bool | None = None
    filing_known: bool | None = None
    cert_password: str | None = Field(None, max_length=200)
    platform_password: str | None = Field(None, max_length=200)


class SerialChange(BaseModel):
    """A serial number of the entitlement platform, new or changed."""

    model_config = ConfigDict(extra="forbid")

    serial: str = Field(min_length=1, max_length=100)
    customer: str = Field("CUST0001", max_length=100)
    service_group: Literal[entitlements.GROUPS]
    total: int | None = Field(None, ge=0, le=10**6)
    valid_from: date | None = None
    valid_to: date | None = None


class Filing(OfTaxpayer):
    """Names a taxpayer, and a period that was left before it was filed."""

    period: str | None = Field(None, pattern="^2[0-9]{3}(0[1-9]|1[0-2])$")


class SettingsChange(BaseModel):
    """Some settings; the others stay."""

    model_config = ConfigDict(extra="forbid")

    job_seconds: float | None = None
    job_polls: int | None = None
    repeat_gate_seconds: float | None = None
    latency_ms: float | None = None
    token_seconds: int | None = None
    pool_page: int | None = None
    quota_gate_seconds: float | None = None
    quota_basis: str | None = None
    red_gives_back: str | None = None
    red_needs_form: bool | None = None
    vat_tolerance: int | None = None
    issuing_in_real_time: bool | None = None
    leqi_keys: dict[str, str] | None = None
    entitlement_secrets: dict[str, str] | None = None


def loopback(request: Request) -> None:
    """Refuse clients of other machines, also those behind a proxy."""
    host = request.client.host if request.client else ""
    try:
        near = ip_address(host).is_loopback
    except ValueError:
        near = False
    if not near or any(name in request.headers for name in FORWARDED):
        raise HTTPException(403, "control is for this machine only")
    if request.headers.get("sec-fetch-site") == "cross-site":
        raise HTTPException(403, "not from another site")


def move_clock(world: World, change: ClockChange) -> dict:
    """Set or advance the clock."""
    given = change.model_dump(exclude_none=True)
    if len(given) != 1:
        raise HTTPException(422, "one of now, advance_seconds, advance_days")
    try:
        moment = change.now
        if moment is None:
            moment = world.clock.now() + timedelta(
                seconds=change.advance_seconds or 0, days=change.advance_days or 0
            )
        if not YEARS[0] <= moment.year <= YEARS[1]:
            raise HTTPException(422, "that year is out of range")
        tick.set_clock(world, moment)
    except OverflowError as error:
        raise HTTPException(422, "that time is out of range") from error
    return {"now": iso(world.clock.now())}


def _known(world: World, tax_number: str):
    taxpayer = taxpayers.get(world, tax_number)
    if taxpayer is None:
        raise HTTPException(404, "unknown taxpayer")
    return taxpayer


def file_period(world: World, tax_number: str, left: str | None = None) -> dict:
    """File the current period of a taxpayer, or one it left by a jump."""
    with world.store.transaction():
        _known(world, tax_number)
        jobs.settle(world, tax_number)
        taxpayer = taxpayers.get(world, tax_number)
        if left and left != taxpayer["period"]:
            if not jumps.receive_filing(world, taxpayer, left):
                raise HTTPException(409, "that period was not left by a jump")
            return {"filed": left, "period": taxpayer["period"]}
        try:
            filed = periods.file(world, taxpayer)
        except Refused as refusal:
            raise HTTPException(409, refusal.text) from refusal
        current = taxpayers.get(world, tax_number)["period"]
    return {"filed": filed, "period": current}


def jump_period(world: World, tax_number: str) -> dict:
    """Let the bureau move on by itself, without a filing."""
    with world.store.transaction():
        _known(world, tax_number)
        jobs.settle(world, tax_number)
        taxpayer = taxpayers.get(world, tax_number)
        if periods.running(world, taxpayer["period"]):
            raise HTTPException(409, "the period is not over yet")
        jumps.jump(world, taxpayer, by_answer=False)
        current = taxpayers.get(world, tax_number)["period"]
    return {"left": taxpayer["period"], "period": current}


def change_taxpayer(world: World, change: TaxpayerChange) -> dict:
    """Change master data; answers the taxpayer as it is now."""
    values = change.model_dump(exclude_none=True, exclude={"tax_number"})
    kind = values.pop("taxpayer_type", None)
    if kind is not None:
        values["kind"] = taxpayers.KINDS.get(kind, kind)
    values |= {name: int(on) for name, on in values.items() if isinstance(on, bool)}
    with world.store.transaction():
        taxpayer = _known(world, change.tax_number)
        if values:
            taxpayers.change(world, taxpayer, values)
        return state.taxpayer(world, taxpayers.get(world, change.tax_number))


def put_serial(world: World, change: SerialChange) -> dict:
    """Add or change a serial number; answers it as it is now."""
    values = change.model_dump(mode="json")
    with world.store.transaction():
        return entitlements.put_serial(world, values)


def change_settings(world: World, changes: dict) -> dict:
    """Change settings; ValueError when one is wrong."""
    with world.store.transaction():
        return world.settings.change(changes).model_dump()


def _fault(fault: Fault) -> dict:
    used_up = fault.count is not None and fault.fired >= fault.count
    return {**vars(fault), "used_up": used_up}


def register(app: FastAPI, world: World) -> None:
    """Add the routes under /_control."""
    router = APIRouter(
        prefix="/_control", tags=["Control"], dependencies=[Depends(loopback)]
    )
    _state_routes(router, world)
    _time_routes(router, world)
    _fault_routes(router, world)
    control_issuing.add_routes(router, world)
    app.include_router(router)


def _state_routes(router: APIRouter, world: World) -> None:
    @router.get("/health")
    async def health() -> dict:
        """Whether the program runs."""
        return {"status": "ok", "now": iso(world.clock.now())}

    @router.post("/reset")
    async def reset() -> dict:
        """Empty everything."""
        world.reset()
        return {"status": "ok"}

    @router.post("/seed")
    async def seed(asked: Seed) -> dict:
        """Add synthetic taxpayers and invoices."""
        tick.guarded(world)
        return plant(world, asked)

    @router.get("/state", response_model=None)
    async def read_state(tax_number: str | None = None):
        """Everything the simulator knows."""
        tick.guarded(world)
        with world.store.transaction():
            jobs.settle_all(world)
        # Straight to JSON: FastAPI's own encoder is slow on large states.
        return JSONResponse(state.everything(world, tax_number))

    @router.post("/invoices")
    async def change_invoice(change: edit.Edit) -> dict:
        """Change or add one invoice."""
        try:
            return edit.apply(world, change)
        except edit.EditError as error:
            raise HTTPException(422, str(error)) from error

    @router.post("/taxpayers")
    async def write_taxpayer(change: TaxpayerChange) -> dict:
        """Change a taxpayer."""
        tick.guarded(world)
        return change_taxpayer(world, change)

    @router.post("/entitlements")
    async def write_serial(change: SerialChange) -> dict:
        """Add or change a serial number of the entitlement platform."""
        return put_serial(world, change)

    @router.post("/file")
    async def file(asked: Filing) -> dict:
        """File the current period, or let the filing of a left one arrive."""
        tick.guarded(world)
        return file_period(world, asked.tax_number, asked.period)

    @router.post("/jump")
    async def jump(asked: OfTaxpayer) -> dict:
        """Move on to the next period without a filing."""
        tick.guarded(world)
        return jump_period(world, asked.tax_number)


def _time_routes(router: APIRouter, world: World) -> None:
    @router.get("/clock")
    async def read_clock() -> dict:
        """The time of the bureau."""
        return {"now": iso(world.clock.now())}

    @router.post("/clock")
    async def set_clock(change: ClockChange) -> dict:
        """Set the clock, or advance it."""
        return move_clock(world, change)

    @router.get("/settings")
    async def read_settings() -> Values:
        """The settings."""
        return world.settings.values

    @router.post("/settings")
    async def write_settings(changes: SettingsChange) -> dict:
        """Change some settings."""
        try:
            return change_settings(world, changes.model_dump(exclude_none=True))
        except ValueError as error:
            raise HTTPException(422, str(error)) from error

    @router.get("/journal")
    async def read_journal(after: int = 0, limit: int = 1000) -> list[dict]:
        """Requests after a number, oldest first."""
        after = max(0, min(after, 2**62))
        return world.journal.read(after, max(1, min(limit, 100_000)))

    @router.get("/journal/counts")
    async def count_journal() -> dict:
        """How many requests by platform and operation."""
        return world.journal.counts()


def _fault_routes(router: APIRouter, world: World) -> None:
    @router.get("/faults")
    async def list_faults() -> list[dict]:
        """All faults with their counters."""
        return [_fault(fault) for fault in world.faults.all()]

    @router.post("/faults")
    async def add_fault(new: NewFault) -> dict:
        """Add one."""
        return _fault(world.faults.add(new))

    @router.delete("/faults")
    async def remove_faults(id: int | None = None) -> dict:
        """Remove one, or all."""
        if id is not None and not 0 <= id < 2**62:
            return {"removed": 0}
        return {"removed": world.faults.remove(id)}

    @router.delete("/faults/{number}")
    async def remove_fault(number: int) -> dict:
        """Remove one."""
        known = 0 <= number < 2**62
        return {"removed": world.faults.remove(number) if known else 0}
