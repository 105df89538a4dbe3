"""Runs inside Odoo's shell on a neutralized copy: does everything that could talk to
somebody, and notes each connection that Python opens.

The database is reached by a library of its own, which opens none.
"""

import contextlib
import json
import socket

ODOO = env  # noqa: F821
CALLS = []


def refuse(_socket, address):
    CALLS.append(repr(address))
    raise OSError("nobody is talked to")


def attempt(action):
    """Whatever comes of it; what it has not kept itself is undone."""
    with contextlib.suppress(Exception):
        action()
    ODOO.cr.rollback()
    ODOO.invalidate_all(flush=False)


def get_crons():
    data = ODOO["ir.model.data"].search(
        [("model", "=", "ir.cron"), ("module", "=like", "invoice_tax_%")]
    )
    return ODOO["ir.cron"].with_context(active_test=False).browse(data.mapped("res_id"))


def talk():
    """Scheduled actions, lines and buttons."""
    tried = 0
    for cron in get_crons():
        attempt(cron.ir_actions_server_id.run)
        tried += 1
    for lane in ODOO["invoice.tax.lane"].search([]):
        attempt(lane.action_resume)
        attempt(lambda lane=lane: lane._work_lane(lane.id, float("inf")))
        tried += 2
    for model, methods in (
        ("invoice.tax.connection", ["action_check_environment"]),
        ("invoice.tax.taxpayer", ["action_check_environment", "action_fetch"]),
        ("invoice.tax.quota", ["action_read"]),
        ("invoice.tax.license", ["action_read_back", "action_sync_authorisation"]),
    ):
        for record in ODOO[model].search([]):
            for method in methods:
                attempt(getattr(record, method))
                tried += 1
    return tried


def find_texts(texts):
    """``table: text`` of every row of any table that holds one of these."""
    ODOO.cr.execute(
        "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"
    )
    found = []
    for (table,) in ODOO.cr.fetchall():
        for text in texts:
            ODOO.cr.execute(
                f'SELECT COUNT(*) FROM "{table}" t WHERE t::text LIKE %s',
                [f"%{text}%"],
            )
            if ODOO.cr.fetchone()[0]:
                found.append(f"{table}: {text}")
    return found


def main(parameters):
    found = find_texts(parameters["texts"])
    active = get_crons().filtered("active").mapped("name")
    with contextlib.ExitStack() as stack:
        connect, connect_ex = socket.socket.connect, socket.socket.connect_ex
        stack.callback(setattr, socket.socket, "connect", connect)
        stack.callback(setattr, socket.socket, "connect_ex", connect_ex)
        socket.socket.connect = socket.socket.connect_ex = refuse
        tried = talk()
    answer = {"found": found, "active": active, "calls": CALLS, "tried": tried}
    print(json.dumps(answer))


main(json.loads(PARAMETERS))  # noqa: F821
