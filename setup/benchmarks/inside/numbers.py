"""Quota and numbers in several processes at once."""

import json
import os
import random
import time
from decimal import Decimal

from stdnum.cn import uscc

from odoo import SUPERUSER_ID, api, sql_db
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from odoo.tools import SQL

DAY = "2026-11-10"
MONTH = "202611"
AMOUNT = Decimal("123.45")
HEAD_START = 1.0  # seconds in which all processes get ready, and warm
PARAMETER = "setup.bench.processes"
_parents = []


def prepare(env, processes, count):
    """A taxpayer and a sequence for each process, the first of them for all.

    :param int count: invoices that each process takes for, in each shape
    """
    env["ir.config_parameter"].set_param(PARAMETER, processes)
    connection = env["invoice.tax.connection"].create({"name": "bench"})
    for position in range(processes):
        body = f"91110105MAC{position:05d}X"
        taxpayer = env["invoice.tax.taxpayer"].create(
            {
                "name": f"bench {position}",
                "tax_number": body + uscc.calc_check_digit(body),
                "connection_id": connection.id,
            }
        )
        # For itself, and the first one for all.
        wanted = count * (1 + (processes if position == 0 else 0))
        _stock(env, taxpayer, position, wanted)
        env["ir.sequence"].create(
            {"name": f"bench {position}", "code": f"bench.{position}"}
        ).implementation = "no_gap"
    env.cr.commit()
    return {}


def _stock(env, taxpayer, position, count):
    """Numbers, quota and issue requests that are more than enough."""
    from odoo.addons.invoice_tax_leqi.gateway.messages import SegmentData
    from odoo.addons.invoice_tax_leqi.models.quota_ledger import Entry

    first = int(f"2611{position}000000000000001")
    data = SegmentData(str(first), str(first + count - 1), count)
    env["invoice.tax.segment"]._create_from(taxpayer, data, "automatic")
    quota = env["invoice.tax.quota"]._get_or_create(taxpayer, MONTH)
    amount = AMOUNT * count
    entry = Entry(quota.id, "opening", downloaded=amount, unused=amount)
    quota._post([entry], quota._lock().values())
    issue = env["invoice.tax.issue"].create(
        {
            "taxpayer_id": taxpayer.id,
            "kind": "blue",
            "issued_on": DAY,
            "net_amount": float(AMOUNT),
            "gross_amount": float(AMOUNT),
        }
    )
    _multiply(env, issue, count - 1)


def _multiply(env, issue, count):
    """So many copies of a row; creating them one by one would take minutes."""
    env.flush_all()
    columns = SQL(", ").join(
        SQL.identifier(field.name)
        for field in issue._fields.values()
        if field.store and field.column_type and field.name != "id"
    )
    env.cr.execute(
        SQL(
            "INSERT INTO invoice_tax_issue (%s) SELECT %s FROM invoice_tax_issue,"
            " generate_series(1, %s) WHERE invoice_tax_issue.id = %s",
            columns,
            columns,
            count,
            issue.id,
        )
    )


def take(env, shape, bite, bites):
    """Seconds for one invoice's quota and number, after a first bite of each."""
    shares = _share_issue_ids(env, shape, bite * (bites + 1))

    def work(environment, position):
        ids = shares[position]
        _again(environment, _take_bite, ids[:bite])
        yield
        for begin in range(bite, len(ids), bite):
            _again(environment, _take_bite, ids[begin : begin + bite])

    return {"seconds": _in_processes(env, work) / (bite * bites * len(shares))}


def _share_issue_ids(env, shape, count):
    """So many issue requests without a number for each process."""
    processes = _processes(env)
    if shape == "own":
        owners = range(processes)
        return [_get_open_issue_ids(env, owner, count) for owner in owners]
    ids = _get_open_issue_ids(env, 0, count * processes)
    return [ids[position::processes] for position in range(processes)]


def _get_open_issue_ids(env, owner, count):
    taxpayer = env["invoice.tax.taxpayer"].search([("name", "=", f"bench {owner}")])
    rows = env.execute_query(
        SQL(
            """
            SELECT id FROM invoice_tax_issue issue
             WHERE taxpayer_id = %s
               AND NOT EXISTS (SELECT FROM invoice_tax_number
                                WHERE issue_id = issue.id)
          ORDER BY id LIMIT %s
            """,
            taxpayer.id,
            count,
        )
    )
    if len(rows) < count:
        raise RuntimeError(f"{len(rows)} issue requests are left, {count} are needed")
    return [issue_id for (issue_id,) in rows]


def _take_bite(env, ids):
    issues = env["invoice.tax.issue"].browse(ids)
    # As the dispatcher does: reserved before, so that quota is taken for no more.
    supply = env["invoice.tax.number"]._reserve(issues)
    codes = env["invoice.tax.quota"]._take(issues, supply)
    numbers = env["invoice.tax.number"]._give(supply)
    if any(codes.values()) or len(numbers) < len(ids):
        raise RuntimeError("quota or numbers ran short")


def count(env, shape, calls):
    """Seconds for one number of a sequence without gaps, after a first one of each."""

    def work(environment, position):
        code = f"bench.{0 if shape == 'one' else position}"
        sequence = environment["ir.sequence"].search([("code", "=", code)])
        _again(environment, _next, sequence.id)
        yield
        for _number in range(calls):
            _again(environment, _next, sequence.id)

    return {"seconds": _in_processes(env, work) / (calls * _processes(env))}


def _next(env, sequence_id):
    env["ir.sequence"].browse(sequence_id).next_by_id()


def check(env):
    """How many numbers, movements and cents are not what they must be."""
    [(used, names, issues)] = env.execute_query(
        SQL(
            "SELECT COUNT(*), COUNT(DISTINCT name), COUNT(DISTINCT issue_id)"
            " FROM invoice_tax_number WHERE state = 'used'"
        )
    )
    [(moves, taken)] = env.execute_query(
        SQL(
            "SELECT COUNT(*), SUM(taken_change) FROM invoice_tax_quota_move"
            " WHERE kind = 'take'"
        )
    )
    [(kept,)] = env.execute_query(SQL("SELECT SUM(taken) FROM invoice_tax_quota"))
    # Each has given out its numbers in their order, without a hole.
    [(holes,)] = env.execute_query(
        SQL(
            """
            SELECT COUNT(*) FROM invoice_tax_number free
             WHERE state = 'available' AND EXISTS (
                   SELECT FROM invoice_tax_number later
                    WHERE later.segment_id = free.segment_id
                      AND later.state = 'used' AND later.name > free.name)
            """
        )
    )
    differences = (used - names, used - issues, used - moves, taken - kept, holes)
    return {"wrong": float(sum(abs(value) for value in differences))}


def _processes(env):
    return int(env["ir.config_parameter"].get_param(PARAMETER))


def _again(env, function, *args):
    """Do it and commit; who is told that another one was first begins anew."""
    while True:
        try:
            function(env, *args)
            env.cr.commit()
            return
        except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
            env.cr.rollback()
            time.sleep(random.uniform(0, 0.001))
        finally:
            env.invalidate_all()


def _in_processes(env, work):
    """Fork, have all of them begin at the same moment, wait for the last one.

    :param work: generator function of an environment and the position of the process;
        what it does before it yields is not measured, as the workers live for hours
    :return: seconds from the start until the last one was done
    """
    processes = _processes(env)
    env.cr.commit()
    start = time.monotonic() + HEAD_START
    children = [
        _fork(env.cr.dbname, work, number, start) for number in range(processes)
    ]
    ends = []
    for process, reader in children:
        with os.fdopen(reader) as answer:
            text = answer.read()
        os.waitpid(process, 0)
        if not text:
            raise RuntimeError("a process died; its traceback stands above")
        ends.append(json.loads(text))
    return max(ends) - start


def _fork(database, work, position, start):
    reader, writer = os.pipe()
    process = os.fork()
    if process:
        os.close(writer)
        return process, reader
    status = 1
    try:
        os.close(reader)
        # A connection cannot be shared with the parent, nor closed here.
        _parents.append(sql_db._Pool)
        sql_db._Pool = None
        with sql_db.db_connect(database).cursor() as cursor:
            env = api.Environment(cursor, SUPERUSER_ID, {})
            steps = work(env, position)
            next(steps)
            if time.monotonic() > start:
                raise RuntimeError("the others have begun already")
            time.sleep(start - time.monotonic())
            next(steps, None)
        os.write(writer, json.dumps(time.monotonic()).encode())
        status = 0
    finally:
        # Without the clean-up that belongs to the parent.
        os._exit(status)
