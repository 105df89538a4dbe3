"""Runs inside Odoo's shell: companies that issue, with books, licences and invoices.

``PARAMETERS`` is put in front of this script. What is there already is left as it is;
each run posts further invoices. The last line printed is the answer, in JSON.
"""

import json

from environment import licenses, sales
from environment.records import find_or_create

ODOO = env  # noqa: F821
CHINA = ODOO.ref("base.cn")
CURRENCY = ODOO.ref("base.CNY")


def make_company(taxpayer):
    """A company with the Chinese chart of accounts."""
    number = taxpayer["tax_number"]
    company = find_or_create(
        ODOO,
        f"issuing_company_{number}",
        "res.company",
        {
            "name": taxpayer["name"],
            "vat": number,
            "country_id": CHINA.id,
            "currency_id": CURRENCY.id,
        },
    )
    if not company.chart_template:
        charts = ODOO["account.chart.template"]
        charts.try_loading("cn", company, install_demo=False)
    return company


def make_taxpayer(taxpayer, company, connection):
    number = taxpayer["tax_number"]
    leqi = find_or_create(
        ODOO,
        f"issuing_connection_{number}",
        "invoice.tax.connection",
        {
            "channel": "leqi",
            "environment": "simulated",
            "company_id": company.id,
            **connection,
        },
    )
    return find_or_create(
        ODOO,
        f"issuing_taxpayer_{number}",
        "invoice.tax.taxpayer",
        {
            "tax_number": number,
            "name": taxpayer["name"],
            "company_id": company.id,
            "connection_id": leqi.id,
            "is_issuing": True,
        },
    )


def make_accountant(values, companies):
    groups = [ODOO.ref(name).id for name in values.pop("groups")]
    user = find_or_create(
        ODOO,
        "issuing_accountant",
        "res.users",
        {
            "tz": "Asia/Shanghai",
            "group_ids": [(6, 0, groups)],
            "company_id": companies[0].id,
            "company_ids": [(6, 0, companies.ids)],
            **values,
        },
    )
    user.company_ids |= companies
    return user


def main(parameters):
    CURRENCY.active = True
    answer, companies = {"invoices": {}, "companies": {}}, ODOO["res.company"]
    issuers = ODOO["invoice.tax.taxpayer"]
    for taxpayer in parameters["taxpayers"]:
        number = taxpayer["tax_number"]
        company = make_company(taxpayer)
        issuers |= make_taxpayer(taxpayer, company, parameters["connection"])
        moves = sales.make_invoices(ODOO, company, parameters["invoices"])
        answer["invoices"][number] = moves.ids
        answer["companies"][number] = company.id
        companies |= company
    make_accountant(parameters["accountant"], companies)
    licenses.authorise(ODOO, issuers, parameters["license_connection"])
    ODOO.cr.commit()
    print(json.dumps(answer))


main(json.loads(PARAMETERS))  # noqa: F821
