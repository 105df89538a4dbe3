"""Actions of the certification driver beside selecting for deduction and the table:
what the answer on the filing, a retry and the bureau's own doings need."""

import datetime

import requests

from environment import demo

from . import queries
from .wire import KINDS

OPERATION = "invoice.tax.operation"
PERIOD_STANDS = ("02", "03", "04", "25")
SIGNED = "05"
# Action → how often it is drawn.
FURTHER_WEIGHTS = {
    "refund": 2,
    "refund_revoke": 1,
    "refund_sign": 1,
    "farm_own": 0.7,
    "farm_bought": 0.3,
    "farm_mixed": 0.7,
    "farm_face_amount": 0.5,
    "farm_face_tax": 0.5,
    "booking": 1.5,
    "passenger": 1,
    "preselect": 1,
    "preselect_revoke": 0.5,
    "certify": 1,
    "roll_back": 2,
    "retry": 1,
    "discard": 0.3,
    "file": 0.5,
}
# Codes with which Odoo may lawfully refuse these.
FURTHER_LAWFUL = {
    "filing_unknown",
    "refund_month",
    "preselect_period",
    "roll_back_not_possible",
    "retry_not_possible",
    "retry_unknown",
    "retry_exists",
    "repeat_too_soon",
    "refund_open",
    "nothing_refunded",
    "statistics_running",
}
# What needs a period whose selections can still be changed.
_SELECTING = {
    key
    for key, kind in KINDS.items()
    if kind.subject == "invoices"
    and kind.bound_to == "deduction"
    and not key.startswith("preselect")
}
_SELDOM = 0.05


def get_possible(period, opened=()):
    """Weights of what the state forbids: seldom, but asked for all the same.

    :param dict period: of ``FurtherActions._get_current``, or None
    :param opened: operations that are under way, of those that can be so only once
    """
    status = period["status"] if period else "01"
    if status == SIGNED:
        wrong = _SELECTING | {"statistics", "statistics_revoke", "sign"}
    elif status in PERIOD_STANDS:
        wrong = _SELECTING | {"statistics", "sign_revoke", "file"}
    else:
        wrong = {"statistics_revoke", "sign", "sign_revoke", "file"}
    if not period or not period["roll_back_to"]:
        wrong |= {"roll_back"}
    if period and not period["is_filing_known"]:
        wrong |= {"certify"}
    return dict.fromkeys(wrong | set(opened), _SELDOM)


class FurtherActions:
    """Mixed into the driver; each action returns whether it was done."""

    def _get_current(self, number):
        """The current tax period in Odoo, None while none is known."""
        names = ("id", "name", "status", "is_filing_known", "roll_back_to")
        rows = self.system.execute(queries.CURRENT, [number])
        return dict(zip(names, rows[0], strict=True)) if rows else None

    def _get_period_for(self, action, number, random):
        """What an operation is for: the month of Odoo's clock, a later period, or
        the current one; empty while that is not known."""
        period = self._get_current(number)
        if KINDS[action].bound_to == "month":
            return f"{datetime.datetime.now(demo.BEIJING):%Y%m}"
        if action == "preselect" and period:
            return _get_later(period["name"], random.choice((1, 1, 1, 2)))
        return period["name"] if period else ""

    def _do_sign(self, action, number, random):
        """Where the bureau cannot tell whether it is filed, a person says it."""
        period = self._get_current(number)
        if not period or period["is_filing_known"] or random.random() < 0.1:
            return self._submit(action, number, [], random)
        answers = ("unfinished", "finished", "unsure")
        [filing] = random.choices(answers, (6, 3, 1))
        self._count(f"filing answered: {filing}")
        return self._press(
            "invoice.tax.table.wizard", "action_sign", period["id"], filing=filing
        )

    def _do_roll_back(self, _action, number, _random):
        period = self._get_current(number)
        if not period:
            return False
        return self._press("invoice.tax.roll.back", "action_roll_back", period["id"])

    def _press(self, wizard, button, period, **values):
        """Open a dialogue about a period and press its button.

        Pressed again when nobody answered: the state of the period stands against a
        second one.
        """
        ids = self._call(wizard, "create", vals_list=[{"period_id": period, **values}])
        return bool(ids) and self._call(wizard, button, ids=ids) is not False

    def _do_retry(self, _action, number, random):
        rows = self.system.execute(queries.FAILED_BATCHES, [number])
        if not rows:
            return False
        [batch] = random.choice(rows)
        return self._send("retry_batch", random, batch_number=batch)

    def _do_discard(self, _action, number, random):
        return self._on_batch("action_discard", number, ["waiting"], random)

    def _do_file(self, action, number, random):
        """The taxpayer files at the bureau, and the next period opens there; Odoo
        hears of it when it reads, or when it is refused something."""
        try:
            self.control.post("file", tax_number=number)
        except requests.RequestException:
            # A period that still runs, or a simulator that is being killed.
            return False
        if random.random() < 0.5:
            self._do_fetch(action, number, random)
        return True


def _get_later(period, months):
    month = int(period[:4]) * 12 + int(period[4:]) - 1 + months
    return f"{month // 12}{month % 12 + 1:02d}"
