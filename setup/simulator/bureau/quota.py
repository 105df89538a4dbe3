"""The invoicing quota (授信额度) of a taxpayer, month by month.

What is downloaded to Leqi is used by what is issued in its month, and ends with it.
"""

from datetime import date

from ..clock import plain
from ..world import World
from . import calendar, taxpayers
from .words import Refused

NORMAL = "03"


def month_now(world: World) -> str:
    """The running month of the bureau."""
    return calendar.month_of(world.issuing_clock.now().date())


def get(world: World, tax_number: str, month: str):
    """The quota of a month, or None when there never was any."""
    return world.store.one(
        "SELECT * FROM quota WHERE tax_number = ? AND month = ?", tax_number, month
    )


def current(world: World, taxpayer):
    """The quota of the running month; it begins when the month does."""
    month, tax_number = month_now(world), taxpayer["tax_number"]
    found = get(world, tax_number, month)
    if found is None:
        world.store.run(
            "INSERT INTO quota (tax_number, month, monthly, remaining) "
            "VALUES (?, ?, ?, ?)",
            tax_number,
            month,
            taxpayer["monthly_quota"],
            _left_before(world, taxpayer, month),
        )
        found = get(world, tax_number, month)
    return found


def _left_before(world: World, taxpayer, month: str) -> int:
    """What was left of the month before: issued is what counts, not downloaded."""
    before = get(world, taxpayer["tax_number"], calendar.add_months(month, -1))
    if before is None:
        return taxpayer["monthly_quota"]
    limit = _limit(world, taxpayer, before)
    return max(0, limit - before["other_used"] - before["used"])


def roll(world: World) -> None:
    """A month has begun: every quota starts anew, nothing downloaded is left."""
    for taxpayer in world.store.rows(
        "SELECT * FROM taxpayer t WHERE NOT EXISTS (SELECT 1 FROM quota q "
        "WHERE q.tax_number = t.tax_number AND q.month = ?)",
        month_now(world),
    ):
        current(world, taxpayer)


def edit(world: World, taxpayer, values: dict) -> None:
    """Change the running month by hand, as the bureau would: cents, suspended."""
    values = dict(values)
    own = {}
    if "suspended" in values:
        # Suspended since when it first was: earlier invoices may still come.
        since = taxpayer["suspended_at"] or plain(world.issuing_clock.now())
        own["suspended_at"] = since if values.pop("suspended") else None
    if "monthly" in values:
        own["monthly_quota"] = values["monthly"]
    if own:
        taxpayers.write(world, taxpayer["tax_number"], own)
    if values:
        change(world, current(world, taxpayer), values, "set", 0)


def filed(world: World, taxpayer, month: str) -> bool:
    """Whether the return that is due in a month was filed; nothing due counts."""
    due = calendar.add_months(month, -1)
    if int(due[4:]) % calendar.step(taxpayer["filing"]):
        return True
    how = world.store.value(
        "SELECT how FROM closed_period WHERE tax_number = ? AND period = ?",
        taxpayer["tax_number"],
        due,
    )
    # A taxpayer that is new here filed everything before its first period.
    return how == "filed" if how else taxpayer["period"] > due


def _limit(world: World, taxpayer, quota) -> int:
    if filed(world, taxpayer, quota["month"]):
        return quota["monthly"]
    return min(quota["remaining"], quota["monthly"])


def available(world: World, taxpayer, quota) -> int:
    """What may still be downloaded; before the filing what the last month left."""
    limit = _limit(world, taxpayer, quota)
    return max(0, limit - quota["other_used"] - quota["downloaded"])


def unused(quota) -> int:
    """What is downloaded and not used by uploaded invoices of the month."""
    return quota["downloaded"] - quota["used"]


def question_wait(world: World, taxpayer, month: str) -> int:
    """Seconds until the quota may be asked for again; notes the question at 0."""
    now, asked = world.issuing_clock.seconds(), taxpayer["quota_asked"]
    gate = world.settings.values.quota_gate_seconds
    if asked is not None and taxpayer["quota_asked_month"] == month:
        passed = now - asked
        if 0 <= passed < gate:
            return max(1, round(gate - passed))
    taxpayers.write(
        world,
        taxpayer["tax_number"],
        {"quota_asked": now, "quota_asked_month": month},
    )
    return 0


def require_normal(taxpayer) -> None:
    """Refuse a taxpayer whose registration is not in order."""
    if taxpayer["status"] != NORMAL:
        raise Refused("TAXPAYER_NOT_NORMAL")


def download(world: World, taxpayer, amount: int, request_number: str):
    """Bring quota to Leqi; answers the month's row."""
    require_normal(taxpayer)
    if taxpayer["suspended_at"]:
        raise Refused("QUOTA_SUSPENDED")
    quota = current(world, taxpayer)
    if amount > available(world, taxpayer, quota):
        raise Refused("QUOTA_SHORT")
    month = quota["month"]
    ends = _valid_to(world, taxpayer, month).isoformat()
    values = {
        "downloaded": quota["downloaded"] + amount,
        "valid_from": quota["valid_from"] or f"{month[:4]}-{month[4:]}-01",
        "valid_to": max(quota["valid_to"] or "", ends),
    }
    return change(world, quota, values, "download", amount, request=request_number)


def _valid_to(world: World, taxpayer, month: str) -> date:
    """Until the filing deadline; once filed until the month ends."""
    if filed(world, taxpayer, month):
        return calendar.last_day(month)
    return calendar.deadline(calendar.add_months(month, -1))


def give_back(world: World, taxpayer, amount: int, request_number: str):
    """Give downloaded quota back to the bureau; answers the month's row."""
    quota = current(world, taxpayer)
    if amount > unused(quota):
        raise Refused("QUOTA_UNUSED_SHORT")
    values = {"downloaded": quota["downloaded"] - amount}
    return change(world, quota, values, "return", amount, request=request_number)


def adjust(world: World, taxpayer, month: str):
    """Make the quota valid until its month ends; answers the month's row."""
    quota = current(world, taxpayer)
    if month != quota["month"]:
        raise Refused("QUOTA_MONTH_OVER")
    if not filed(world, taxpayer, month):
        raise Refused("QUOTA_NOT_FILED")
    ends = calendar.last_day(month).isoformat()
    if quota["valid_to"] == ends:
        return quota
    starts = f"{month[:4]}-{month[4:]}-01"
    values = {"valid_from": quota["valid_from"] or starts, "valid_to": ends}
    return change(world, quota, values, "validity", 0)


def change(world: World, quota, values: dict, kind: str, amount: int, **by):
    """Change a month's row and write down why; answers the row as it is then."""
    tax_number, month = quota["tax_number"], quota["month"]
    sets = ", ".join(f"{name} = ?" for name in values)
    world.store.run(
        f"UPDATE quota SET {sets} WHERE tax_number = ? AND month = ?",
        *values.values(),
        tax_number,
        month,
    )
    changed = get(world, tax_number, month)
    world.store.run(
        "INSERT INTO quota_move (tax_number, month, kind, amount, number, "
        "request_number, moved_at, downloaded, used) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        tax_number,
        month,
        kind,
        amount,
        by.get("number", ""),
        by.get("request", ""),
        plain(world.issuing_clock.now()),
        changed["downloaded"],
        changed["used"],
    )
    return changed


def refusal(world: World, taxpayer, invoice: dict) -> str:
    """Why a blue invoice cannot be charged to the quota of its month, or nothing."""
    suspended = taxpayer["suspended_at"]
    if suspended and invoice["issued_at"] >= suspended:
        return "quota_suspended"
    quota = get(world, taxpayer["tax_number"], invoice["month"])
    if quota is None or not quota["valid_to"]:
        return "quota_short"
    day = invoice["issued_at"][:10]
    if not quota["valid_from"] <= day <= quota["valid_to"]:
        return "quota_validity"
    return "quota_short" if basis(world, invoice) > unused(quota) else ""


def basis(world: World, invoice: dict) -> int:
    """The amount that counts: net, or gross."""
    if world.settings.values.quota_basis == "gross":
        return invoice["net"] + invoice["vat"]
    return invoice["net"]


def charge(world: World, taxpayer, invoice: dict, blue=None) -> int:
    """Use quota, or give it back for a red invoice; answers what was charged."""
    amount = basis(world, invoice)
    if blue is not None:
        rule = world.settings.values.red_gives_back
        same = blue["month"] == invoice["month"]
        if rule == "never" or (rule == "same_month" and not same):
            return 0
    quota = get(world, taxpayer["tax_number"], invoice["month"])
    if quota is None or not amount:
        return 0
    kind = "upload" if blue is None else "red"
    values = {"used": quota["used"] + amount}
    change(world, quota, values, kind, amount, number=invoice["number"])
    return amount
