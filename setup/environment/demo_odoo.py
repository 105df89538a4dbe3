"""Runs inside Odoo's shell: what people would set up by hand, from parameters.

``PARAMETERS`` is put in front of this script; every part may be missing. What is
there already is left as it is. The last line printed is the answer, in JSON.
"""

import datetime
import json
from decimal import ROUND_HALF_UP, Decimal

from environment import licenses, sales
from environment.records import MODULE, find_or_create

ODOO = env  # noqa: F821


def make_connection(channel, values):
    return find_or_create(
        ODOO,
        f"connection_{channel}",
        "invoice.tax.connection",
        {"channel": channel, "environment": "simulated", **values},
    )


def make_taxpayer(values):
    channel = values.pop("channel")
    password = values.pop("certificate_password", None)
    connection = ODOO.ref(f"{MODULE}.connection_{channel}")
    taxpayer = find_or_create(
        ODOO,
        f"taxpayer_{values['tax_number']}",
        "invoice.tax.taxpayer",
        {**values, "connection_id": connection.id},
    )
    if password:
        taxpayer.lane_id.certificate_password = password
    return taxpayer


def make_accountant(values):
    groups = [ODOO.ref(name).id for name in values.pop("groups")]
    return find_or_create(
        ODOO,
        "accountant",
        "res.users",
        {"tz": "Asia/Shanghai", "group_ids": [(6, 0, groups)], **values},
    )


def make_key(user):
    expires = datetime.datetime.now() + datetime.timedelta(days=1)
    keys = ODOO["res.users.apikeys"].with_user(user).sudo()
    return keys._generate("rpc", "check", expires)


def make_bill(values):
    """Post a vendor bill over the amounts of an input invoice."""
    seller = find_or_create(
        ODOO,
        f"seller_{values['seller_tax_number']}",
        "res.partner",
        {"name": values["seller_name"], "is_company": True},
    )
    bill = find_or_create(
        ODOO,
        f"bill_{values['number']}_{values['code']}",
        "account.move",
        {
            "move_type": "in_invoice",
            "partner_id": seller.id,
            "invoice_date": values["issue_date"],
            "ref": values["number"],
            "input_invoice_number": values["number"],
            "input_invoice_code": values["code"] or False,
            "invoice_line_ids": [(0, 0, get_bill_line(values))],
        },
    )
    if bill.state == "draft":
        bill.action_post()


def get_bill_line(values):
    """One line: the net amount where a purchase tax makes just the VAT of it, else
    everything as cost."""
    net, vat = Decimal(values["net"]), Decimal(values["vat"])
    for tax in ODOO["account.tax"].search(
        [
            ("company_id", "=", ODOO.company.id),
            ("type_tax_use", "=", "purchase"),
            ("amount", ">", 0),
            ("price_include", "=", False),
        ]
    ):
        made = net * Decimal(str(tax.amount)) / 100
        if made.quantize(Decimal("0.01"), ROUND_HALF_UP) == vat:
            taxed = {"price_unit": float(net), "tax_ids": [(6, 0, tax.ids)]}
            return {"name": values["number"], **taxed}
    return {
        "name": values["number"],
        "price_unit": float(values["gross"]),
        "tax_ids": [],
    }


def make_issuing(tax_number, invoices):
    """Let a taxpayer issue for its company, and the accountant do it: with quota, and
    with customer invoices that lack nothing."""
    taxpayer = ODOO.ref(f"{MODULE}.taxpayer_{tax_number}")
    company = taxpayer.company_id
    company.vat = company.vat or tax_number
    taxpayer.is_issuing = True
    clerks = ODOO.ref("invoice_tax_leqi.group_issuing_clerk")
    ODOO.ref(f"{MODULE}.accountant").group_ids |= clerks
    ODOO["res.groups"]._join_tax_clerks()
    sales.make_invoices(ODOO, company, invoices)
    # What the scheduled actions would do within a day.
    ODOO["invoice.tax.quota"]._cron_daily()
    ODOO.cr.commit()
    taxpayer.lane_id._work_lane(taxpayer.lane_id.id, float("inf"))


def main(parameters):
    for channel, values in parameters.get("connections", {}).items():
        make_connection(channel, values)
    taxpayers = ODOO["invoice.tax.taxpayer"]
    for values in parameters.get("taxpayers", ()):
        taxpayers |= make_taxpayer(values)
    if parameters.get("license_connection"):
        licenses.authorise(ODOO, taxpayers, parameters["license_connection"])
    for values in parameters.get("bills", ()):
        make_bill(values)
    answer = {}
    if parameters.get("accountant"):
        accountant = make_accountant(parameters["accountant"])
        if parameters.get("with_key"):
            answer["key"] = make_key(accountant)
    if parameters.get("issuing"):
        make_issuing(**parameters["issuing"])
    if parameters.get("fetch"):
        ODOO["invoice.tax.fetch"]._ask(taxpayers, "pool")
    if parameters.get("mark"):
        ODOO["ir.config_parameter"].set_param(*parameters["mark"])
    ODOO.cr.commit()
    print(json.dumps(answer))


main(json.loads(PARAMETERS))  # noqa: F821
