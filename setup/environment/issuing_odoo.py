"""Runs inside Odoo's shell: companies that issue, with books, licences and invoices.

``PARAMETERS`` is put in front of this script. What is there already is left as it is;
each run posts further invoices. The last line printed is the answer, in JSON.
"""

import json

from environment import licenses

MODULE = "__setup__"
ODOO = env  # noqa: F821
CHINA = ODOO.ref("base.cn")
CURRENCY = ODOO.ref("base.CNY")
CLASS_CODE = "1090000000000000000"
BUYER = "91310115MA1TE5T02F"


def find_or_create(name, model, values):
    """Return the record of that name, made when it is missing."""
    record = ODOO.ref(f"{MODULE}.{name}", raise_if_not_found=False)
    if not record:
        record = ODOO[model].create(values)
        ODOO["ir.model.data"].create(
            {"module": MODULE, "name": name, "model": model, "res_id": record.id}
        )
    return record


def make_company(taxpayer):
    """A company with the Chinese chart of accounts."""
    number = taxpayer["tax_number"]
    company = find_or_create(
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


def make_invoices(count, company, buyer, product):
    """Posted customer invoices over amounts that are all different, at 13 %."""
    moves = ODOO["account.move"].with_company(company)
    tax = ODOO["account.tax"].search(
        [
            ("company_id", "=", company.id),
            ("type_tax_use", "=", "sale"),
            ("amount", "=", 13),
            ("price_include", "=", False),
        ],
        limit=1,
    )
    start = moves.search_count([("company_id", "=", company.id)])
    moves = moves.with_context(tracking_disable=True).create(
        [
            {
                "move_type": "out_invoice",
                "partner_id": buyer.id,
                "invoice_line_ids": [
                    (
                        0,
                        0,
                        {
                            "product_id": product.id,
                            "quantity": 1,
                            "price_unit": 10 + (start + position) / 100,
                            "tax_ids": [(6, 0, tax.ids)],
                        },
                    )
                ],
            }
            for position in range(count)
        ]
    )
    moves.action_post()
    return moves.ids


def main(parameters):
    CURRENCY.active = True
    buyer = find_or_create(
        "issuing_buyer",
        "res.partner",
        {
            "name": "购方示例有限公司",
            "is_company": True,
            "vat": BUYER,
            "country_id": CHINA.id,
        },
    )
    product = find_or_create(
        "issuing_product",
        "product.product",
        {"name": "示例设备", "type": "service", "tax_class_code": CLASS_CODE},
    )
    answer, companies = {"invoices": {}, "companies": {}}, ODOO["res.company"]
    issuers = ODOO["invoice.tax.taxpayer"]
    for taxpayer in parameters["taxpayers"]:
        number = taxpayer["tax_number"]
        company = make_company(taxpayer)
        issuers |= make_taxpayer(taxpayer, company, parameters["connection"])
        answer["invoices"][number] = make_invoices(
            parameters["invoices"], company, buyer, product
        )
        answer["companies"][number] = company.id
        companies |= company
    make_accountant(parameters["accountant"], companies)
    licenses.authorise(ODOO, issuers, parameters["license_connection"])
    ODOO.cr.commit()
    print(json.dumps(answer))


main(json.loads(PARAMETERS))  # noqa: F821
