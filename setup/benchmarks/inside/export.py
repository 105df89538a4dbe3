"""The ledger as a workbook: by our button, by Odoo's list, and by xlsxwriter alone."""

import json
import shutil
import tempfile
from pathlib import Path
from types import SimpleNamespace

import xlsxwriter

from odoo import http
from odoo.tools import SQL

from odoo.addons.invoice_tax_service.controllers.workbooks import SPOOL_BYTES
from odoo.addons.web.controllers.export import ExcelExport

from .meter import metered

LEDGER = "invoice.tax.operation.line"
# What our workbook shows, in its order.
FIELDS = (
    "batch_number taxpayer_id operation_type period code number seller_name issue_date "
    "net_amount vat_amount creditable_vat selection_before selection_after state "
    "result_text advice raw_code raw_text"
).split()
AMOUNTS, DATE = range(8, 11), 7
# What a batch was answered with: state, code, the bureau's code and text.
ANSWERS = (
    ("success", "ok", "00", "勾选成功"),
    ("success", "already", "01", "该发票已勾选"),
    ("failed", "abnormal", "11", "该发票为异常扣税凭证，暂不允许勾选"),
    ("success", "read_back", None, None),
    ("failed", "out_of_control", "13", "该发票状态为“失控”"),
)


def fill(env, count):
    """Write a ledger of ``count`` rows: the pool in one batch after the other."""
    taxpayer = env["invoice.tax.taxpayer"].search([], limit=1)
    written = number = 0
    while written < count:
        operation = env["invoice.tax.operation"]._create_batch(
            taxpayer,
            "exclude" if number % 3 == 2 else "deduct",
            taxpayer.current_period_id.name,
            "excel",
            {},
        )
        env.flush_all()
        env.cr.execute(_fill_query(operation, number, count - written))
        written, number = written + env.cr.rowcount, number + 1
        operation._refresh_from_lines()
    env.cr.commit()
    return written


def _fill_query(operation, number, limit):
    states, codes, raw_codes, raw_texts = zip(*ANSWERS, strict=True)
    return SQL(
        """
        INSERT INTO invoice_tax_operation_line (
               operation_id, company_id, taxpayer_id, operation_type, period,
               create_date, write_date, input_invoice_id, number, code,
               net_amount, vat_amount, creditable_vat, selection_before,
               selection_after, state, result_code, raw_code, raw_text)
        SELECT %(operation)s, company_id, taxpayer_id, %(type)s, %(period)s,
               NOW() AT TIME ZONE 'UTC', NOW() AT TIME ZONE 'UTC', id, number, code,
               net_amount, vat_amount, creditable_vat, selection,
               CASE WHEN states[answer] = 'success' THEN 'selected' END,
               states[answer], codes[answer], raw_codes[answer], raw_texts[answer]
          FROM (SELECT *, 1 + (id + %(number)s) %% 5 AS answer,
                       %(states)s::varchar[] AS states,
                       %(codes)s::varchar[] AS codes,
                       %(raw_codes)s::varchar[] AS raw_codes,
                       %(raw_texts)s::varchar[] AS raw_texts
                  FROM invoice_tax_input_invoice ORDER BY id LIMIT %(limit)s) invoice
        """,
        operation=operation.id,
        type=operation.operation_type,
        period=operation.period,
        number=number,
        limit=limit,
        states=list(states),
        codes=list(codes),
        raw_codes=list(raw_codes),
        raw_texts=list(raw_texts),
    )


def ours(env, path):
    """Export the whole list as the accountant does: button, then download."""
    env = _as_accountant(env)
    with metered(env) as figures:
        action = env[LEDGER].with_context(active_domain=[]).action_export()
        export = env["invoice.tax.export"].browse(
            int(Path(action["url"]).stem)  # …/export/<id>.xlsx
        )
        with tempfile.SpooledTemporaryFile(max_size=SPOOL_BYTES) as target:
            if not export._write_file(target):
                raise RuntimeError("the accountant may read nothing")
            target.seek(0)
            with Path(path).open("wb") as file:
                shutil.copyfileobj(target, file)
    return figures


def odoo(env, path):
    """Export the whole list as Odoo's *Export All* does, with the same columns."""
    env = _as_accountant(env, "base.group_allow_export")
    described = env[LEDGER].fields_get(FIELDS, ["string", "type", "store"])
    question = {
        "model": LEDGER,
        "fields": [
            {
                "name": name,
                "label": described[name]["string"],
                "type": described[name]["type"],
                "store": described[name]["store"],
            }
            for name in FIELDS
        ],
        "ids": False,
        "domain": [],
        "groupby": [],
        "context": {},
        "import_compat": False,
    }
    # Its controller asks the current request for no more than this.
    request = SimpleNamespace(
        env=env,
        httprequest=SimpleNamespace(environ={"REMOTE_ADDR": "127.0.0.1"}),
        make_response=lambda content, headers: content,
    )
    http._request_stack.push(request)
    try:
        with metered(env) as figures:
            Path(path).write_bytes(ExcelExport().base(json.dumps(question)))
    finally:
        http._request_stack.pop()
    return figures


def bare(env, path):
    """Write the same cells, read by one statement, with xlsxwriter alone."""
    with metered(env) as figures:
        env.cr.execute(
            """
            SELECT operation.batch_number, taxpayer.name, line.operation_type,
                   line.period, line.code, line.number, invoice.seller_name,
                   invoice.issue_date, line.net_amount, line.vat_amount,
                   line.creditable_vat, line.selection_before, line.selection_after,
                   line.state, line.result_code, line.result_code, line.raw_code,
                   line.raw_text
              FROM invoice_tax_operation_line line
              JOIN invoice_tax_operation operation ON operation.id = line.operation_id
              JOIN invoice_tax_taxpayer taxpayer ON taxpayer.id = line.taxpayer_id
              JOIN invoice_tax_input_invoice invoice
                ON invoice.id = line.input_invoice_id
          ORDER BY line.operation_id DESC, line.id
            """
        )
        with xlsxwriter.Workbook(path, {"constant_memory": True}) as book:
            _write(book, env.cr)
    return figures


def _write(book, cursor):
    sheet = book.add_worksheet()
    text = book.add_format({"num_format": "@"})
    amount = book.add_format({"num_format": "#,##0.00"})
    date = book.add_format({"num_format": "yyyy-mm-dd"})
    write_string, write_number = sheet.write_string, sheet.write_number
    number = 0
    for column, name in enumerate(FIELDS):
        write_string(number, column, name)
    while rows := cursor.fetchmany(2000):
        for row in rows:
            number += 1
            for column, value in enumerate(row):
                if value is None:
                    continue
                if column in AMOUNTS:
                    write_number(number, column, value, amount)
                elif column == DATE:
                    sheet.write_datetime(number, column, value, date)
                else:
                    write_string(number, column, value, text)


def _as_accountant(env, *groups):
    user = env.ref("__setup__.accountant")
    for name in groups:
        user.group_ids |= env.ref(name)
    env.flush_all()
    return env(user=user, su=False, context={"lang": user.lang, "tz": user.tz})
