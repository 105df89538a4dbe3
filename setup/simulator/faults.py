"""Faults: which call fails, and how."""

import random
from dataclasses import dataclass, field
from typing import Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, model_validator

from .store import Store

Kind = Literal[
    "refuse",
    "delay",
    "act_drop",
    "act_delay",
    "http_500",
    "http_502",
    "html",
    "half_json",
    "empty",
    "wrong_key",
    "throttle",
    "maintenance",
    "session_lost",
    "never_ready",
    "ready_after_void",
    "partial_rows",
    "invoice_code",
]
KINDS = get_args(Kind)
NEEDS_VALUE = ("delay", "act_delay", "partial_rows", "invoice_code")
# Some kinds make sense on one platform only, some on some calls only.
ONLY_ON = {"wrong_key": "leqi", "session_lost": "rpa"}
JOB_KINDS = ("never_ready", "ready_after_void")


class NewFault(BaseModel):
    """A fault as asked for over the control API."""

    model_config = ConfigDict(extra="forbid", coerce_numbers_to_str=True)

    kind: Kind
    platform: str | None = None
    operation: str | None = None
    tax_number: str | None = None
    invoice: str | None = None
    count: int | None = Field(None, ge=1, le=10**9)
    every: int | None = Field(None, ge=1, le=10**9)
    probability: float | None = Field(None, ge=0, le=1)
    seed: int | None = Field(None, ge=-(2**62), le=2**62)
    value: str | None = None

    @model_validator(mode="after")
    def _value_fits(self):
        if self.kind in NEEDS_VALUE and not self.value:
            raise ValueError(f"{self.kind} needs a value")
        if self.value and self.kind != "invoice_code":
            number = float(self.value)
            if not 0 <= number <= 10**6:
                raise ValueError("value out of range")
            if self.kind == "partial_rows" and number > 1:
                raise ValueError("value is a share between 0 and 1")
        return self


@dataclass
class Fault:
    """A fault with its counters."""

    id: int
    kind: str
    platform: str | None
    operation: str | None
    tax_number: str | None
    invoice: str | None
    count: int | None
    every: int | None
    probability: float | None
    seed: int | None
    value: str | None
    matched: int = 0
    fired: int = 0

    def number(self, default: float) -> float:
        """The value as a number."""
        return float(self.value) if self.value else default


@dataclass
class Target:
    """What a fault is matched against."""

    platform: str
    operation: str
    tax_number: str = ""
    task: str = ""
    invoices: list[str] = field(default_factory=list)
    has_job: bool = False


class Faults:
    """The active faults, in the order they were added."""

    def __init__(self, store: Store):
        self._store = store
        self.reload()

    def reload(self) -> None:
        """Read them from the store."""
        rows = self._store.rows("SELECT * FROM fault ORDER BY id")
        self._active = [Fault(**dict(row)) for row in rows]

    def all(self) -> list[Fault]:
        """Every fault, used up or not."""
        return list(self._active)

    def add(self, new: NewFault) -> Fault:
        """Add one."""
        values = new.model_dump()
        names, marks = ", ".join(values), ", ".join("?" * len(values))
        cursor = self._store.run(
            f"INSERT INTO fault ({names}) VALUES ({marks})", *values.values()
        )
        fault = Fault(id=cursor.lastrowid, **values)
        self._active.append(fault)
        return fault

    def remove(self, id_: int | None = None) -> int:
        """Remove one, or all; answers how many went."""
        if id_ is None:
            removed = self._store.run("DELETE FROM fault").rowcount
        else:
            removed = self._store.run("DELETE FROM fault WHERE id = ?", id_).rowcount
        self.reload()
        return removed

    def pick(self, target: Target) -> Fault | None:
        """The first fault that hits this call."""
        for fault in self._active:
            if fault.kind == "invoice_code" or not _hits(fault, target):
                continue
            if fault.kind in JOB_KINDS and not target.has_job:
                continue
            if fault.kind == "session_lost" and target.operation == "login":
                continue
            if ONLY_ON.get(fault.kind, target.platform) != target.platform:
                continue
            if self._fires(fault):
                return fault
        return None

    def invoice_code(
        self, platform: str, operation: str, tax_number: str, number: str
    ) -> str | None:
        """The result code forced upon an invoice, or None."""
        if not self._active:
            return None
        target = Target(platform, operation, tax_number, invoices=[number])
        if platform == "rpa":
            target.operation, target.task = "submit", operation
        for fault in self._active:
            if fault.kind == "invoice_code" and _hits(fault, target):
                if self._fires(fault):
                    return fault.value
        return None

    def _fires(self, fault: Fault) -> bool:
        if fault.count is not None and fault.fired >= fault.count:
            return False
        fault.matched += 1
        fires = True
        if fault.every is not None:
            fires = fault.matched % fault.every == 0
        elif fault.probability is not None:
            # Drawn from seed and position, so that a restart changes nothing.
            draw = random.Random(f"{fault.seed or 0}:{fault.matched}").random()
            fires = draw < fault.probability
        fault.fired += fires
        self._store.run(
            "UPDATE fault SET matched = ?, fired = ? WHERE id = ?",
            fault.matched,
            fault.fired,
            fault.id,
        )
        return fires


def _hits(fault: Fault, target: Target) -> bool:
    return (
        fault.platform in (None, target.platform)
        and fault.operation in (None, target.operation, target.task or None)
        and fault.tax_number in (None, target.tax_number)
        and (fault.invoice is None or fault.invoice in target.invoices)
    )
