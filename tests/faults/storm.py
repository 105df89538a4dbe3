"""Faults of the platforms: every kind, on every operation, by chance."""

from environment.clients import Control

from .wire import (
    LEQI_LISTS,
    LEQI_POLLS,
    LEQI_STARTS,
    ON_INVOICES,
    ON_TABLES,
    RPA_TASKS,
)

LEQI = (
    *LEQI_STARTS,
    *LEQI_POLLS,
    *(
        "HQDQSKSSQYDQSKSSQTJZT WGXSJCSHQDXZSQDKGX WGXSJCSHQDXZSQDKGXFK HQTJBXX "
        "CXNSRJBXX CXNSRFXXX FPZTXXCX QDFPSC CXQDFPSCJG CXQDFPXX FQQDFPHM QDFPPLFM "
        "CXSXED"
    ).split(),
)
RPA = (
    *RPA_TASKS,
    *"login period profile pool submit query invoices statistics".split(),
)
ENTITLEMENT = ("authorise", "cancel", "query", "serials", "remaining")
OPERATIONS = {"leqi": LEQI, "rpa": RPA, "entitlement": ENTITLEMENT}
# Calls that every run makes.
SURE_SELECTING = (("leqi", "PLFPDKGX"), ("rpa", "GX"))
FILE_JOB = ("leqi", "WGXSJCSHQDXZSQDKGX")
POLLS = (
    *(("leqi", name) for name in LEQI_POLLS),
    ("rpa", "query"),
    ("leqi", "WGXSJCSHQDXZSQDKGXFK"),
)
# Answers with rows of which some may be missing. Not the last file of a file job:
# Leqi tells nowhere how many rows it has, so nobody could notice.
SURE_LISTS = (("leqi", "CXFPDKGXCLJG"), ("rpa", "query"))
LISTS = (
    *(("leqi", name) for name in LEQI_LISTS),
    ("leqi", "CXQDFPSCJG"),
    ("rpa", "query"),
    ("rpa", "pool"),
)
# Seconds; longer than the driver's read timeout, the longest of them.
DELAYS = ("0.3", "1", "4")
# Kind → values to draw from.
ANYWHERE = {
    "refuse": (),
    "delay": DELAYS,
    "act_drop": (),
    "act_delay": DELAYS,
    "http_500": (),
    "http_502": (),
    "html": (),
    "half_json": (),
    "empty": (),
    "throttle": ("1", "2"),
    "maintenance": ("1", "2"),
}
CODES = {"leqi": ("3", "8", "15"), "rpa": ("03", "15", "99")}
# Of an upload: the content is refused, or the platform had an error of its own.
UPLOAD = ("leqi", "QDFPSC")
UPLOAD_CODES = ("3007", "9999")
KINDS = (
    *ANYWHERE,
    "wrong_key",
    "session_lost",
    "never_ready",
    "ready_after_void",
    "partial_rows",
    "invoice_code",
)
# Probabilities add up: most calls can meet this many kinds.
_USUAL = 12
# What holds for one operation only meets fewer calls.
_NARROW = 3


class FaultControl(Control):
    """The simulator's control, with what only this harness asks of it."""

    def remove_fault(self, number):
        """Remove one fault."""
        self._ask("DELETE", f"faults/{number}")


class Storm:
    """The faults of the platforms, which change like the weather.

    :param float strength: roughly the share of the calls that meet a fault
    :ivar codes: how often a result code was forced upon an invoice; the journal
        does not tell that, so it is no faulty call
    """

    def __init__(self, control, random, strength):
        self._control, self._random = control, random
        self._strength, self._numbers = strength, []
        self.codes = 0

    def begin(self):
        """Each kind once for certain, then by chance."""
        for kind in self._random.sample(KINDS, len(KINDS)):
            scope = _draw_scope(kind, self._random, surely=True)
            self._add(kind, count=1, **scope)
        self._blow()

    def change(self):
        """Other faults than before, at other calls."""
        self._forget([one for one in self._all() if one["probability"]])
        self._blow()

    def end(self):
        """Fair weather."""
        self._forget(self._all())

    def _blow(self):
        for kind in self._random.sample(KINDS, len(KINDS)):
            scope = _draw_scope(kind, self._random)
            factor = _NARROW if "operation" in scope else 1
            self._add(
                kind,
                **scope,
                probability=min(0.5, self._strength * factor / _USUAL),
                seed=self._random.randrange(1 << 30),
            )

    def _add(self, kind, **scope):
        self._numbers.append(self._control.fault(kind, **scope))

    def _all(self):
        """Ours; what else is there belongs to a break."""
        ours = set(self._numbers)
        return [one for one in self._control.get("faults") if one["id"] in ours]

    def _forget(self, faults):
        for fault in faults:
            if fault["kind"] == "invoice_code":
                self.codes += fault["fired"]
            self._control.remove_fault(fault["id"])
            self._numbers.remove(fault["id"])


def _draw_scope(kind, random, surely=False):
    """Where a fault shall hit.

    :param bool surely: somewhere where calls will come
    """
    if kind in ANYWHERE:
        values = ANYWHERE[kind]
        scope = {"value": random.choice(values)} if values else {}
        if not surely and random.random() < 0.5:
            platform = random.choice(list(OPERATIONS))
            scope["platform"] = platform
            if random.random() < 0.5:
                scope["operation"] = random.choice(OPERATIONS[platform])
        return scope
    if kind in ("wrong_key", "session_lost"):
        return {"platform": "leqi" if kind == "wrong_key" else "rpa"}
    if kind == "invoice_code":
        places = SURE_SELECTING if surely else (*ON_INVOICES, UPLOAD)
        platform, operation = random.choice(places)
        is_upload = (platform, operation) == UPLOAD
        value = random.choice(UPLOAD_CODES if is_upload else CODES[platform])
        return {"platform": platform, "operation": operation, "value": value}
    return _draw_job_scope(kind, random, surely)


def _draw_job_scope(kind, random, surely):
    """Where jobs are made, asked for, or their rows answered."""
    places = {
        # Held for good where it is made: a person has to give it up.
        "never_ready": (SURE_SELECTING, (*ON_INVOICES, *ON_TABLES, *POLLS)),
        "ready_after_void": (SURE_SELECTING, (*ON_INVOICES, *ON_TABLES, FILE_JOB)),
        "partial_rows": (SURE_LISTS, LISTS),
    }
    platform, operation = random.choice(places[kind][0 if surely else 1])
    scope = {"platform": platform, "operation": operation}
    if kind == "ready_after_void":
        scope["value"] = str(random.randint(3, 6))
    if kind == "partial_rows":
        scope["value"] = random.choice(("0", "0.5", "0.9"))
    return scope
