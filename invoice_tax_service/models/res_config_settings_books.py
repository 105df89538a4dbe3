from odoo import api, fields, models

from .res_company_books import BOOKS, NAMES

_FIELDS = ("is_input_tax_booked", *BOOKS)


class ResConfigSettings(models.TransientModel):
    """Where the company books its input VAT.

    Written on the company at once, not field by field: only together can they be
    right.
    """

    _inherit = "res.config.settings"

    is_input_tax_booked = fields.Boolean(string="Book Certified Input VAT")
    uncertified_tax_account_id = fields.Many2one(
        "account.account", string="Input VAT to Be Certified", check_company=True
    )
    input_tax_account_id = fields.Many2one(
        "account.account", string="Input VAT", check_company=True
    )
    transferred_tax_account_id = fields.Many2one(
        "account.account", string="Input VAT Transferred Out", check_company=True
    )
    undeducted_tax_account_id = fields.Many2one(
        "account.account", string="Cost of VAT Not Deducted", check_company=True
    )
    deduction_journal_id = fields.Many2one(
        "account.journal",
        string="Journal of Input VAT",
        check_company=True,
        domain="[('type', '=', 'general')]",
    )
    taxes_booked_elsewhere = fields.Char(
        compute="_compute_taxes_booked_elsewhere",
        help="Purchase taxes that do not book on input VAT to be certified.",
        export_string_translation=False,
    )

    @api.depends("is_input_tax_booked", "uncertified_tax_account_id")
    def _compute_taxes_booked_elsewhere(self):
        for settings in self:
            names = settings._find_taxes_elsewhere().mapped("name")
            settings.taxes_booked_elsewhere = ", ".join(dict.fromkeys(names))

    def _find_taxes_elsewhere(self):
        account = self.uncertified_tax_account_id
        if not self.is_input_tax_booked or not account:
            return self.env["account.tax"]
        taxes = self.env["account.tax"].search(
            [
                *self.env["account.tax"]._check_company_domain(self.company_id),
                ("type_tax_use", "=", "purchase"),
                ("amount", ">", 0),
            ]
        )
        return taxes.filtered(
            lambda tax: (
                tax.invoice_repartition_line_ids.filtered(
                    lambda line: line.repartition_type == "tax"
                ).account_id
                != account
            )
        )

    @api.onchange("is_input_tax_booked")
    def _onchange_is_input_tax_booked(self):
        """Propose what the chart of accounts has; say what it has not."""
        if not self.is_input_tax_booked:
            return None
        for name, record in self.company_id._propose_books().items():
            self[name] = self[name] or record
        missing = [name for name in NAMES if not self[name]]
        if not missing:
            return None
        labels = self.fields_get(missing, ["string"])
        return {
            "warning": {
                "title": self.env._("The chart of accounts lacks accounts"),
                "message": self.env._(
                    "It has no account for: %(missing)s. Charts of accounts for China "
                    "have only 2221 Tax Payable; make the accounts below it under "
                    "Configuration, Chart of Accounts, named %(names)s, then choose "
                    "them here.",
                    missing=", ".join(labels[name]["string"] for name in missing),
                    names=", ".join(NAMES[name][0] for name in missing),
                ),
            }
        }

    @api.model
    def get_values(self):
        company = self.env.company
        values = {
            name: company[name].id if name in BOOKS else company[name]
            for name in _FIELDS
        }
        return {**super().get_values(), **values}

    def set_values(self):
        result = super().set_values()
        changed = {
            name: self[name].id if name in BOOKS else self[name]
            for name in _FIELDS
            if self[name] != self.company_id[name]
        }
        if changed:
            self.company_id.write(changed)
        return result
