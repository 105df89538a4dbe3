"""Inside Odoo: customer invoices that can be issued as digital ones.

Imported by what runs in Odoo's shell.
"""

from .records import find_or_create

CLASS_CODE = "1090000000000000000"
BUYER = "91310115MA1TE5T02F"


def make_invoices(env, company, count):
    """Posted customer invoices over amounts that are all different, at 13 %."""
    moves = env["account.move"].with_company(company)
    tax = env["account.tax"].search(
        [
            ("company_id", "=", company.id),
            ("type_tax_use", "=", "sale"),
            ("amount", "=", 13),
            ("price_include", "=", False),
        ],
        limit=1,
    )
    buyer, product = _make_buyer(env), _make_product(env)
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
    return moves


def _make_buyer(env):
    values = {
        "name": "购方示例有限公司",
        "is_company": True,
        "vat": BUYER,
        "country_id": env.ref("base.cn").id,
    }
    return find_or_create(env, "issuing_buyer", "res.partner", values)


def _make_product(env):
    values = {"name": "示例设备", "type": "service", "tax_class_code": CLASS_CODE}
    return find_or_create(env, "issuing_product", "product.product", values)
