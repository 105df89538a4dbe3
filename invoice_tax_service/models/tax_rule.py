from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain

from ..tools.money import to_decimal

KINDS = [
    ("issue_days", "Days in Which an Invoice Can Be Selected (0: no limit)"),
    ("farm_rate", "Basic Deduction Rate of Farm Products (%)"),
    ("passenger_electronic_rate", "Rate of Railway and Air Tickets (%)"),
    ("passenger_other_rate", "Rate of Other Passenger Tickets (%)"),
    ("bridge_toll_rate", "Rate of Bridge and Lock Tolls (%)"),
]


class InvoiceTaxRule(models.Model):
    """One number that the law sets, for as long as it holds.

    Entry point: :meth:`_get_value`. Laws change and old invoices stay under the
    old one, so nothing here is a constant; each row names its source. A row of a
    company comes before the one for all.

    What must never happen: two values for one day; the law for all companies changed
    by somebody who answers for one (record rules), or by nobody knows whom (tracked).
    """

    _name = "invoice.tax.rule"
    _description = "Dated Tax Rule"
    _inherit = ["mail.thread"]
    _order = "kind, company_id, valid_from desc"
    _rec_name = "kind"

    kind = fields.Selection(KINDS, required=True, tracking=True)
    # A sum of rates says nothing.
    value = fields.Float(digits=(12, 2), required=True, tracking=True, aggregator=None)
    valid_from = fields.Date(required=True, tracking=True)
    valid_to = fields.Date(
        help="The last day; empty: until further notice.", tracking=True
    )
    company_id = fields.Many2one(
        "res.company",
        index=True,
        tracking=True,
        help="Empty: for all companies; then the system administrator's to change.",
    )
    source = fields.Char(
        required=True, tracking=True, help="Law or announcement with its section."
    )

    _value_not_negative = models.Constraint(
        "CHECK (value >= 0)", "A value below zero makes no sense here."
    )
    _dates_in_order = models.Constraint(
        "CHECK (valid_to IS NULL OR valid_to >= valid_from)",
        "A rule cannot end before it begins.",
    )

    @api.depends("kind")
    @api.depends_context("lang")
    def _compute_display_name(self):
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        for rule in self:
            rule.display_name = kinds.get(rule.kind, "")

    def write(self, vals):
        result = super().write(vals)
        if "company_id" in vals:
            # Odoo asks for the rows as they were: a rule of one company must not
            # become one of all by this.
            self.check_access("write")
        return result

    @api.constrains("kind", "valid_from", "valid_to", "company_id")
    def _check_one_value_a_day(self):
        for rule in self:
            domain = [
                ("id", "!=", rule.id),
                ("kind", "=", rule.kind),
                ("company_id", "=", rule.company_id.id),
                "|",
                ("valid_to", "=", False),
                ("valid_to", ">=", rule.valid_from),
            ]
            if rule.valid_to:
                domain.append(("valid_from", "<=", rule.valid_to))
            other = self.sudo().search(domain, limit=1)
            if other:
                raise ValidationError(
                    self.env._(
                        "There is a value from %(begin)s on already. End that rule the "
                        "day before this one begins.",
                        begin=other.valid_from,
                    )
                )

    @api.model
    def _get_value(self, kind, day, company):
        """What holds on a day.

        :param str kind: a key of ``KINDS``
        :param datetime.date day:
        :param company: ``res.company``
        :return Decimal: None when no rule says anything
        """
        rules = self.sudo().search(
            Domain("kind", "=", kind)
            & Domain("company_id", "in", (False, company.id))
            & Domain("valid_from", "<=", day)
            & (Domain("valid_to", "=", False) | Domain("valid_to", ">=", day))
        )
        rule = rules.filtered("company_id") or rules
        return to_decimal(rule.value) if rule else None

    @api.model
    def _get_reader(self, kind, company):
        """The same for many days: a function of the day, read once; 0 when no rule
        says anything."""
        rules = self.sudo().search(
            Domain("kind", "=", kind) & Domain("company_id", "in", (False, company.id))
        )
        own = rules.filtered("company_id")
        rows = [
            (rule.valid_from, rule.valid_to, to_decimal(rule.value))
            for rule in (*own, *(rules - own))
        ]

        def get_value(day):
            return next(
                (
                    value
                    for begin, end, value in rows
                    if begin <= day and (not end or day <= end)
                ),
                to_decimal(0),
            )

        return get_value
