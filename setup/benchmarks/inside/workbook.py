"""A workbook to a committed ledger: by our wizard, and by Odoo's own import."""

from pathlib import Path

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


def ours(env, path):
    """Import as the accountant does; return the figures."""
    content = Path(path).read_bytes()
    user = env.ref("__setup__.accountant")
    taxpayer = env["invoice.tax.taxpayer"].search([], limit=1)
    taxpayer = taxpayer.with_user(user).with_company(taxpayer.company_id)
    with metered(env) as figures:
        operations = taxpayer.env["invoice.tax.import.wizard"]._import(
            taxpayer, content, "selection.xlsx"
        )
        env.cr.commit()
    return {**figures, "rows": sum(operations.mapped("open_count"))}


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
