"""Runs inside Odoo's shell at another time: an accountant issues, a dispatcher works.

``PARAMETERS`` is put in front of this script: ``now``, the naive UTC time it is for
Odoo; ``invoices`` to issue; ``daily``, whether the daily run of quota comes first;
``is_cut``, whether uploads stay under way. The last line printed says how many issue
requests are in which state.
"""

import json
import time
from datetime import datetime, timedelta

from odoo import fields

ODOO = env  # noqa: F821
PATIENCE = 90  # seconds
REAL_NOW = fields.Datetime.now


def turn_clock(now):
    """Let Odoo believe that it is another time, from now on."""
    ahead = datetime.fromisoformat(now) - REAL_NOW()

    def moved(*_args):
        return (REAL_NOW() + ahead).replace(microsecond=0)

    fields.Datetime.now = staticmethod(moved)
    taxpayers = type(ODOO["invoice.tax.taxpayer"])
    taxpayers._get_today = lambda _self: (moved() + timedelta(hours=8)).date()


def count(states):
    return ODOO["invoice.tax.issue"].search_count([("state", "in", states)])


def dispatch(is_over):
    """Work until that is so."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        ODOO["invoice.tax.lane"]._cron_dispatch()
        ODOO.cr.commit()
        if is_over():
            return
        time.sleep(0.5)


def main(parameters):
    turn_clock(parameters["now"])
    if parameters["daily"]:
        ODOO["invoice.tax.quota"]._cron_daily()
        ODOO.cr.commit()
        tasks = ODOO["invoice.tax.quota.task"]
        dispatch(lambda: not tasks.search_count([("step", "!=", "done")]))
    user = ODOO["res.users"].search([("login", "=", "issuer")])
    moves = ODOO["account.move"].browse(parameters["invoices"])
    for company, group in moves.grouped("company_id").items():
        place = {"lang": "zh_CN", "allowed_company_ids": company.ids}
        group.with_user(user).with_context(**place).action_issue_digital_invoice()
    ODOO.cr.commit()
    waiting = ["form", "waiting", "held"]
    if not parameters["is_cut"]:
        waiting += ["numbered", "uploading", "unclear", "accepted"]
    dispatch(lambda: not count(waiting))
    groups = ODOO["invoice.tax.issue"]._read_group([], ["state"], ["__count"])
    print(json.dumps(dict(groups)))


main(json.loads(PARAMETERS))  # noqa: F821
