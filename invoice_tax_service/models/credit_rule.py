from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain

# Use of an invoice → field that allows it.
USES = {
    "deduct": "may_deduct",
    "exclude": "may_exclude",
    "refund": "may_refund",
    "passenger": "may_be_passenger",
}


class InvoiceTaxCreditRule(models.Model):
    """Which types of invoices can be used for what, for as long as it holds.

    Entry point: :meth:`_get_domain`, the invoices that a use is open to; planning,
    buttons and lists ask it alike. The issue date of an invoice decides which rules
    apply. What no rule names is not allowed. The rules are those of all companies:
    only the system administrator changes them, and each change is noted.
    """

    _name = "invoice.tax.credit.rule"
    _description = "Creditable Invoice Types"
    _inherit = ["mail.thread"]
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True, tracking=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True, tracking=True)
    type_ids = fields.Many2many(
        "invoice.tax.invoice.type",
        "invoice_tax_credit_rule_type_rel",
        "rule_id",
        "type_id",
        string="Invoice Types",
        required=True,
        tracking=True,
    )
    elements = fields.Char(
        string="Special Elements",
        tracking=True,
        help="Codes with commas, like 08,12; empty: with any element or none.",
    )
    may_deduct = fields.Boolean(string="Deduction", tracking=True)
    may_exclude = fields.Boolean(string="Non-deduction", tracking=True)
    may_refund = fields.Boolean(string="Export Refund", tracking=True)
    may_be_passenger = fields.Boolean(string="Passenger Transport", tracking=True)
    valid_from = fields.Date(required=True, help="First issue date.", tracking=True)
    valid_to = fields.Date(
        help="Last issue date; empty: until further notice.", tracking=True
    )
    source = fields.Char(
        required=True, help="Law or announcement with its section.", tracking=True
    )

    _dates_in_order = models.Constraint(
        "CHECK (valid_to IS NULL OR valid_to >= valid_from)",
        "A rule cannot end before it begins.",
    )

    @api.constrains("elements")
    def _check_elements(self):
        for rule in self:
            for element in rule._get_elements():
                if not (len(element) == 2 and element.isdigit()):
                    raise ValidationError(
                        self.env._(
                            "%(element)s is not a special element; write codes of two "
                            "digits with commas, like 08,12.",
                            element=element,
                        )
                    )

    def _get_elements(self):
        return [part.strip() for part in (self.elements or "").split(",") if part]

    @api.model
    def _get_domain(self, use):
        """Domain on ``invoice.tax.input.invoice`` of what a use is open to.

        :param str use: a key of ``USES``
        """
        rules = self.sudo().search([(USES[use], "=", True)])
        return Domain.OR([rule._get_own_domain() for rule in rules])

    def _get_own_domain(self):
        domain = Domain("type_id", "in", self.type_ids.ids) & Domain(
            "issue_date", ">=", self.valid_from
        )
        if self.valid_to:
            domain &= Domain("issue_date", "<=", self.valid_to)
        if self._get_elements():
            domain &= Domain("element", "in", self._get_elements())
        return domain

    @api.model
    def _get_allowed(self, use):
        """The same for planning: a function of type code, element and issue date."""
        rules = [
            (
                set(rule.type_ids.mapped("code")),
                set(rule._get_elements()),
                rule.valid_from,
                rule.valid_to,
            )
            for rule in self.sudo().search([(USES[use], "=", True)])
        ]

        def is_allowed(type_code, element, issue_date):
            return any(
                type_code in types
                and (not elements or element in elements)
                and begin <= issue_date
                and (not end or issue_date <= end)
                for types, elements, begin, end in rules
            )

        return is_allowed
