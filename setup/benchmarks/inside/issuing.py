"""Presses "issue" as an accountant, and writes as many bare rows."""

import time

from environment.issuing_job import ACCOUNTANT

_COPIED = (
    "name taxpayer_id kind invoice_type buyer_name buyer_tax_number net_amount "
    "vat_amount gross_amount content user_id"
).split()


def measure(env, ids, count):
    """Seconds of each click over ``count`` invoices, and of writing bare rows.

    The first round warms Odoo up and is thrown away.
    """
    user = env["res.users"].search([("login", "=", ACCOUNTANT["login"])])
    moves = env["account.move"].browse(ids)
    env = env(
        user=user,
        context={"lang": "zh_CN", "allowed_company_ids": moves.company_id.ids},
    )
    clicks, rows = [], []
    for start in range(0, len(ids), count):
        env.invalidate_all()
        moves = env["account.move"].browse(ids[start : start + count])
        started = time.monotonic()
        action = moves.action_issue_digital_invoice()
        env.cr.commit()
        clicks.append(time.monotonic() - started)
        if action.get("tag") != "display_notification":
            raise RuntimeError(f"not issued: {action}")
        rows.append(_write_rows(env, moves))
    return {"clicks": clicks[1:], "rows": rows[1:]}


def _write_rows(env, moves):
    """Seconds for as many rows of the same values, without an invoice."""
    issues = env["invoice.tax.issue"].sudo()
    made = issues.search([("move_id", "in", moves.ids)])
    values = made.read(_COPIED, load=None)
    for one in values:
        del one["id"]
    env.invalidate_all()
    started = time.monotonic()
    bare = issues.create(values)
    env.cr.commit()
    seconds = time.monotonic() - started
    bare.unlink()
    env.cr.commit()
    return seconds
