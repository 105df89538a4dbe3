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


def odoo(env, path):
    """Import with base_import in one call; return the figures.

    In its favour: as superuser, no invoice is looked up or checked, what is the
    same for all rows is a default, and the file is executed at once and not in
    the web client's pieces of 2,000, for each of which it is read anew.
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
                    "file_type": "application/vnd.openxmlformats-officedocument"
                    ".spreadsheetml.sheet",
                }
            )
        )
        preview = wizard.parse_preview(dict(OPTIONS))
        headers = preview["headers"]
        fields = [FIELDS.get(header, False) for header in headers]
        result = wizard.execute_import(
            fields, headers, {**OPTIONS, **preview["options"]}
        )
        env.cr.commit()
    if result["messages"]:
        raise RuntimeError(str(result["messages"][:3]))
    return {**figures, "rows": len(result["ids"])}
