"""Runs inside Odoo's shell: accounts on which a company keeps input VAT apart.

As an accountant sets them up: what waits for certification, what a signature deducts,
and what is transferred out. The charts of Odoo have one account for all of it.
"""

ODOO = env  # noqa: F821
ACCOUNTS = {
    "uncertified_tax_account_id": ("222109", "待认证进项税额", "liability_current"),
    "input_tax_account_id": ("22210101", "进项税额", "liability_current"),
    "transferred_tax_account_id": ("22210108", "进项税额转出", "liability_current"),
    "undeducted_tax_account_id": ("560299", "不得抵扣的进项税额", "expense"),
}
MISSING_RATES = (1, 3, 5)


def make_accounts(company):
    return {
        name: ODOO["account.account"].create(
            {
                "code": code,
                "name": label,
                "account_type": kind,
                "company_ids": [(6, 0, company.ids)],
            }
        )
        for name, (code, label, kind) in ACCOUNTS.items()
    }


def make_missing_taxes(company):
    """The chart has no taxes of the rates of small sellers."""
    for rate in MISSING_RATES:
        company.account_purchase_tax_id.copy({"amount": rate, "name": f"{rate}%"})


def main(company):
    accounts = make_accounts(company)
    make_missing_taxes(company)
    taxes = ODOO["account.tax"].search(
        [("company_id", "=", company.id), ("type_tax_use", "=", "purchase")]
    )
    taxes.repartition_line_ids.filtered(
        lambda line: line.repartition_type == "tax"
    ).account_id = accounts["uncertified_tax_account_id"]
    company.write(
        {
            "is_input_tax_booked": True,
            "deduction_journal_id": company._propose_books()["deduction_journal_id"].id,
            **{name: account.id for name, account in accounts.items()},
        }
    )
    ODOO.cr.commit()


main(ODOO.company)
