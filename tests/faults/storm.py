"""Faults of the platforms: every kind, on every operation, by chance."""

from environment.clients import Control

LEQI = (
    "HQDQSKSSQYDQSKSSQTJZT WGXSJCSHQDXZSQDKGX WGXSJCSHQDXZSQDKGXFK PLFPDKGX "
    "CXFPDKGXCLJG SQCXDKTJ CXTJCLJG SQQRDKTJ CXQRTJCLJG HQTJBXX CXNSRJBXX CXNSRFXXX"
).split()
RPA = "login period profile pool submit query invoices statistics".split()
POLLS = (("leqi", "CXFPDKGXCLJG"), ("rpa", "query"))
SELECTING = (("leqi", "PLFPDKGX"), ("rpa", "GX"))
# Kind → values to draw from.
ANYWHERE = {
    "refuse": (),
    "delay": ("0.3", "1.5", "7"),
    "act_drop": (),
    "act_delay": ("0.3", "1.5", "7"),
    "http_500": (),
    "http_502": (),
    "html": (),
    "half_json": (),
    "empty": (),
    "throttle": ("1", "2"),
    "maintenance": ("1", "3"),
}
CODES = {"leqi": ("3", "8", "15"), "rpa": ("03", "15", "99")}
KINDS = (
    *ANYWHERE,
    "wrong_key",
    "session_lost",
    "never_ready",
    "ready_after_void",
    "partial_rows",
    "invoice_code",
)


class FaultControl(Control):
    """The simulator's control, with what only this harness asks of it."""

    def remove_fault(self, number):
        """Remove one fault."""
        self._ask("DELETE", f"faults/{number}")

    def count_codes(self):
        """How often result codes were forced; the journal does not tell that."""
        faults = self.get("faults")
        return sum(one["fired"] for one in faults if one["kind"] == "invoice_code")


def raise_storm(control, random, strength):
    """Add faults of every kind.

    :param float strength: probability with which each of the common kinds hits
    """
    for kind in random.sample(KINDS, len(KINDS)):
        scope = _draw_scope(kind, random)
        # The first call that fits for certain, then by chance.
        first = {"value": scope["value"]} if "value" in scope else {}
        control.fault(kind, count=1, **(first if kind in ANYWHERE else scope))
        control.fault(
            kind, **scope, probability=strength, seed=random.randrange(1 << 30)
        )


def _draw_scope(kind, random):
    if kind in ANYWHERE:
        values = ANYWHERE[kind]
        scope = {"value": random.choice(values)} if values else {}
        if random.random() < 0.5:
            platform = random.choice(("leqi", "rpa"))
            names = LEQI if platform == "leqi" else RPA
            if random.random() < 0.5:
                scope["operation"] = random.choice(names)
            scope["platform"] = platform
        return scope
    if kind in ("wrong_key", "session_lost"):
        return {"platform": "leqi" if kind == "wrong_key" else "rpa"}
    if kind == "invoice_code":
        platform, operation = random.choice(SELECTING)
        value = random.choice(CODES[platform])
        return {"platform": platform, "operation": operation, "value": value}
    if kind == "never_ready" and random.random() < 0.5:
        # Held for good: a person has to give it up.
        platform, operation = random.choice(SELECTING)
        return {"platform": platform, "operation": operation}
    where = random.choice(SELECTING if kind == "ready_after_void" else POLLS)
    scope = {"platform": where[0], "operation": where[1]}
    if kind == "ready_after_void":
        scope["value"] = str(random.randint(3, 6))
    if kind == "partial_rows":
        scope["value"] = random.choice(("0", "0.5", "0.9"))
    return scope
