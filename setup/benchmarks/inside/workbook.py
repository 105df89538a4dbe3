"""A workbook to a committed ledger: by our wizard, by Odoo's own import, and the
bare limit of both."""

import base64
import io
import time
from pathlib import Path

from python_calamine import CalamineWorkbook

from odoo.tools import SQL, split_every

from .meter import metered

# What the columns of the workbook are in the ledger; False: nothing there.
FIELDS = {
    "发票号码": "number",
    "发票代码": "code",
    "金额": "net_amount",
    "税额": "vat_amount",
    "有效税额": "creditable_vat",
}
TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
OPTIONS = {
    "has_headers": True,
    "quoting": '"',
    "separator": ",",
    "float_thousand_separator": ",",
    "float_decimal_separator": ".",
    "date_format": "",
    "datetime_format": "",
}


# What the bare limit writes, in the order of its columns: those of the ledger that
# the workbook fills, and the ones that are the same in every row.
COLUMNS = (
    "operation_id company_id taxpayer_id operation_type period state"
    " selection_before create_date write_date"
    " input_invoice_id number code net_amount vat_amount creditable_vat"
).split()
BLOCK = 5_000  # rows handed to COPY at once


def ours(env, path):
    """Import as the accountant does; return the figures."""
    content = Path(path).read_bytes()
    taxpayer = _taxpayer_of_accountant(env)
    with metered(env) as figures:
        imports = taxpayer.env["invoice.tax.import.wizard"]
        _table, rows = imports._read(content, "selection.xlsx")
        operations = imports._submit_rows(taxpayer, rows)
        env.cr.commit()
    return {**figures, "rows": sum(operations.mapped("open_count"))}


def wizard(env, path):
    """Go the way of the accountant's clicks: upload, look, submit.

    Each is a request of its own, and so a transaction. The figures name the
    seconds of each step.
    """
    content = base64.b64encode(Path(path).read_bytes())
    taxpayer = _taxpayer_of_accountant(env)
    steps, started = {}, time.monotonic()

    def ends(step):
        nonlocal started
        env.cr.commit()
        env.invalidate_all()
        steps[step] = round(time.monotonic() - started, 4)
        started = time.monotonic()

    with metered(env) as figures:
        started = time.monotonic()
        page = taxpayer.env["invoice.tax.import.wizard"].create(
            {
                "taxpayer_id": taxpayer.id,
                "workbook": content,
                "filename": "selection.xlsx",
            }
        )
        ends("upload")
        page.action_check()
        ends("check")
        page.action_submit()
        ends("submit")
    [(rows,)] = env.execute_query(
        SQL("SELECT COALESCE(SUM(open_count), 0) FROM invoice_tax_operation")
    )
    return {**figures, **steps, "rows": rows}


def bare(env, path):
    """What reading this file and writing these rows cost at the least.

    Read by the library that the product uses at its bottom, every cell once, and
    copied as it comes into an empty table with the columns, defaults, indexes and
    foreign keys of the ledger, committed. Nothing is looked up or checked by us,
    neither a cell nor an invoice; a row names an invoice by its place: no import
    that deserves the name can be as fast.
    """
    taxpayer = _taxpayer_of_accountant(env).sudo()
    batch = env["invoice.tax.operation"].sudo().create(_get_batch_values(taxpayer))
    constant = (batch.id, taxpayer.company_id.id, taxpayer.id, "deduct")
    constant += (taxpayer.current_period_id.name, "waiting", "unselected")
    now = "2026-01-01 00:00:00"
    prefix = "\t".join(map(str, (*constant, now, now)))
    _create_bare_ledger(env.cr)
    env.cr.commit()
    content = Path(path).read_bytes()
    statement = f"COPY bare_ledger ({', '.join(COLUMNS)}) FROM STDIN"
    with metered(env) as figures:
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        rows = book.get_sheet_by_index(0).iter_rows()
        for block in split_every(BLOCK, _bare_lines(rows, prefix)):
            env.cr.copy_expert(statement, io.StringIO("".join(block)))
        env.cr.commit()
    env.cr.execute("SELECT COUNT(*) FROM bare_ledger")
    [(rows,)] = env.cr.fetchall()
    env.cr.execute("DROP TABLE bare_ledger")
    batch.unlink()
    env.cr.commit()
    return {**figures, "rows": rows}


def _bare_lines(rows, prefix):
    """Yield the rows behind the header as PostgreSQL copies them; which invoice of
    the pool a row is, is known beforehand: the next one."""
    names = next(rows)
    places = [names.index(name) for name in FIELDS]
    for invoice, row in enumerate(rows, 1):
        number, code, net, vat, creditable = [row[place] for place in places]
        yield f"{prefix}\t{invoice}\t{number}\t{code}\t{net}\t{vat}\t{creditable}\n"


def _taxpayer_of_accountant(env):
    taxpayer = env["invoice.tax.taxpayer"].search([], limit=1)
    user = env.ref("__setup__.accountant")
    return taxpayer.with_user(user).with_company(taxpayer.company_id)


def odoo(env, path, piece=0):
    """Import with base_import; return the figures.

    In its favour: as superuser, no invoice is looked up or checked, and what is
    the same for all rows is a default.

    :param int piece: rows in one call, as the web client asks for them; 0: all
    """
    content = Path(path).read_bytes()
    taxpayer = env["invoice.tax.taxpayer"].search([], limit=1)
    operation = env["invoice.tax.operation"]._create_batch(
        taxpayer, "deduct", taxpayer.current_period_id.name, "excel", {}
    )
    env.cr.commit()
    defaults = {
        "default_operation_id": operation.id,
        "default_company_id": taxpayer.company_id.id,
        "default_taxpayer_id": taxpayer.id,
        "default_operation_type": "deduct",
        "default_period": operation.period,
    }
    with metered(env) as figures:
        wizard = (
            env["base_import.import"]
            .with_context(**defaults)
            .create(
                {
                    "res_model": "invoice.tax.operation.line",
                    "file": content,
                    "file_name": "selection.xlsx",
                    "file_type": TYPE,
                }
            )
        )
        env.cr.commit()
        rows = _execute(wizard, piece)
    return {**figures, "rows": rows}


def _execute(wizard, piece):
    """Preview, then import piece by piece until there is no next row."""
    preview = wizard.parse_preview(dict(OPTIONS))
    headers = preview["headers"]
    fields = [FIELDS.get(header, False) for header in headers]
    rows, skip = 0, 0
    while True:
        options = {**OPTIONS, **preview["options"], "skip": skip}
        if piece:
            options["limit"] = piece
        result = wizard.execute_import(fields, headers, options)
        if result["messages"]:
            raise RuntimeError(str(result["messages"][:3]))
        # Each call of the web client is a request, and so a transaction.
        wizard.env.cr.commit()
        wizard.env.invalidate_all()
        rows, skip = rows + len(result["ids"]), result["nextrow"]
        if not skip:
            return rows


def _get_batch_values(taxpayer):
    return {
        "taxpayer_id": taxpayer.id,
        "company_id": taxpayer.company_id.id,
        "lane_id": taxpayer.lane_id.id,
        "operation_type": "deduct",
        "period": taxpayer.current_period_id.name,
        "origin": "excel",
    }


def _create_bare_ledger(cursor):
    """An empty table like the ledger; LIKE itself leaves the foreign keys out."""
    cursor.execute("DROP TABLE IF EXISTS bare_ledger")
    cursor.execute(
        "CREATE TABLE bare_ledger (LIKE invoice_tax_operation_line INCLUDING ALL)"
    )
    cursor.execute(
        "SELECT pg_get_constraintdef(oid) FROM pg_constraint"
        " WHERE conrelid = 'invoice_tax_operation_line'::regclass AND contype = 'f'"
    )
    for (definition,) in cursor.fetchall():
        cursor.execute(f"ALTER TABLE bare_ledger ADD {definition}")
