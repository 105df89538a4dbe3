"""The dispatcher at work, in a process of our own."""

import time

from odoo.exceptions import UserError

from .meter import metered

PATIENCE = 1800  # seconds after which something is wrong


def fetch(env):
    """Read the pools of all taxpayers; return the figures."""
    taxpayers = env["invoice.tax.taxpayer"].search([])
    with metered(env) as figures:
        fetches = env["invoice.tax.fetch"]._ask(taxpayers, "pool")
        env.cr.commit()
        _dispatch(env, fetches)
    wrong = fetches.filtered(lambda task: task.state != "success")
    if wrong:
        raise RuntimeError(f"reading ended as {wrong.mapped('description')}")
    return {**figures, "read": sum(fetches.mapped("read_count"))}


def certify(env, count, bite_size):
    """Have ``count`` invoices of the first taxpayer selected; return the figures."""
    taxpayer = env["invoice.tax.taxpayer"].search([], limit=1)
    taxpayer.connection_id.bite_size = bite_size
    with metered(env) as figures:
        operation = submit(env, taxpayer, count)
        env.cr.commit()
        _dispatch(env, operation)
    if operation.success_count != count:
        raise RuntimeError(f"certified {operation.success_count} of {count}")
    return {**figures, "requests": len(operation.request_ids)}


def submit(env, taxpayer, count):
    """Write the batch for the next unselected invoices, as the accountant."""
    user = env.ref("__setup__.accountant")
    as_user = taxpayer.with_user(user).with_company(taxpayer.company_id)
    invoices = as_user.env["invoice.tax.input.invoice"].search(
        [
            ("taxpayer_id", "=", taxpayer.id),
            ("selection", "=", "unselected"),
            ("is_in_progress", "=", False),
        ],
        order="id",
        limit=count,
    )
    operations, period = (
        as_user.env["invoice.tax.operation"],
        as_user.current_period_id.name,
    )
    rows = operations._plan_selection(as_user, "deduct", period, invoices._get_wishes())
    return operations._submit_selection(
        as_user, "deduct", period, rows, "manual"
    ).sudo()


def submit_all(env, count, batches=1, dispatchers=None):
    """Write batches for every taxpayer; return their ids and the time of the commit.

    :param int dispatchers: the setting, when it is to be changed before
    """
    if dispatchers:
        _set_dispatchers(env, dispatchers)
    ids = [
        submit(env, taxpayer, count).id
        for _number in range(batches)
        for taxpayer in env["invoice.tax.taxpayer"].search([])
    ]
    env.cr.commit()
    return {"ids": ids, "at": time.monotonic()}


def _set_dispatchers(env, count):
    """Change the setting; one that is just ending its run cannot be changed yet."""
    deadline = time.monotonic() + PATIENCE
    while True:
        settings = env["res.config.settings"].create({"tax_service_dispatchers": count})
        try:
            settings.set_values()
            return
        except UserError:
            if time.monotonic() > deadline:
                raise
            env.cr.rollback()
            time.sleep(0.2)


def _dispatch(env, tasks):
    """Run the dispatcher, as its scheduled action does, until all is answered."""
    deadline = time.monotonic() + PATIENCE
    while True:
        env["invoice.tax.lane"]._cron_dispatch()
        env.cr.commit()
        env.invalidate_all()
        if not tasks.filtered(lambda task: task.state in ("waiting", "processing")):
            return
        if time.monotonic() > deadline:
            raise RuntimeError(f"not done after {PATIENCE} s")
        time.sleep(0.1)
