from decimal import Decimal

from odoo import api, fields, models
from odoo.tools import SQL

from ..gateway.operation_kinds import KINDS
from ..tools.money import AMOUNT_DIGITS, to_decimal


class InvoiceTaxConfirmation(models.Model):
    """The n-th confirmation (signature) of a period, with the invoices it covered.

    Entry points: :meth:`_confirm` when the bureau has taken the signature,
    :meth:`_cancel` when it was revoked. Rows are kept as history.

    What must never happen: two confirmations for one signature.
    """

    _name = "invoice.tax.confirmation"
    _description = "Confirmation of Selected Invoices"
    _order = "period_id desc, ordinal desc, id desc"
    _check_company_auto = True

    period_id = fields.Many2one(
        "invoice.tax.period",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    taxpayer_id = fields.Many2one(
        related="period_id.taxpayer_id", store=True, index=True
    )
    company_id = fields.Many2one(related="period_id.company_id", store=True, index=True)
    operation_id = fields.Many2one(
        "invoice.tax.operation", readonly=True, ondelete="restrict", index=True
    )
    user_id = fields.Many2one(related="operation_id.user_id", string="Signed By")
    kind = fields.Selection(
        [("deduction", "Deduct"), ("refund", "Refund")],
        required=True,
        readonly=True,
        default="deduction",
    )
    ordinal = fields.Integer(readonly=True, string="No. in the Period")
    # signed → cancelled (signature revoked before filing)
    state = fields.Selection(
        [("signed", "Signed"), ("cancelled", "Cancelled")],
        required=True,
        readonly=True,
        default="signed",
    )
    sign_code = fields.Char(readonly=True)
    signed_at = fields.Datetime(readonly=True)
    cancelled_at = fields.Datetime(readonly=True)
    # Kept for good: the next signature covers the same invoices again.
    input_invoice_ids = fields.Many2many(
        "invoice.tax.input.invoice",
        "invoice_tax_confirmation_invoice_rel",
        "confirmation_id",
        "input_invoice_id",
        readonly=True,
    )
    invoice_count = fields.Integer(readonly=True)
    net_amount = fields.Float(digits=AMOUNT_DIGITS, readonly=True)
    vat_amount = fields.Float(
        digits=AMOUNT_DIGITS, readonly=True, string="Creditable VAT"
    )

    _operation_uniq = models.Constraint(
        "UNIQUE(operation_id)", "A signature is confirmed once."
    )

    @api.depends("period_id", "ordinal", "kind")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for confirmation in self:
            text = self.env._("%(period)s, confirmation no. %(ordinal)s")
            if confirmation.kind == "refund":
                text = self.env._("%(period)s, refund confirmation no. %(ordinal)s")
            confirmation.display_name = text % {
                "period": confirmation.period_id.name,
                "ordinal": confirmation.ordinal,
            }

    @api.model
    def _confirm(self, period, operation, progress):
        """The bureau took the signature: the selected invoices are confirmed.

        Running it twice for one operation gives one confirmation.
        """
        confirmation = self.sudo().search([("operation_id", "=", operation.id)])
        if confirmation:
            return confirmation
        is_refund = KINDS[operation.operation_type].table == "refund"
        kind = "refund" if is_refund else "deduction"
        before = period.confirmation_ids.filtered(lambda one: one.kind == kind)
        confirmation = self.sudo().create(
            {
                "period_id": period.id,
                "operation_id": operation.id,
                "kind": kind,
                "ordinal": progress.ordinal or len(before) + 1,
                "sign_code": progress.sign_code,
                "signed_at": progress.signed_at or fields.Datetime.now(),
            }
        )
        confirmation._cover_invoices()
        if progress.totals:
            # The bureau's own sums; ours may lack what was selected elsewhere.
            confirmation.write(
                {
                    "invoice_count": progress.totals.count,
                    "net_amount": progress.totals.net_amount,
                    "vat_amount": progress.totals.vat_amount,
                }
            )
        return confirmation

    def _get_purposes(self):
        """Purposes of the invoices that it confirms, the one it sums up first."""
        return (
            ("refund",) if self.kind == "refund" else ("deduct", "exclude", "unknown")
        )

    def _cover_invoices(self):
        """Mark the selected invoices of the period as confirmed, set-wise."""
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """
                WITH confirmed AS (
                    UPDATE invoice_tax_input_invoice
                       SET selection = 'confirmed', confirmation_id = %(confirmation)s
                     WHERE taxpayer_id = %(taxpayer)s AND period = %(period)s
                       AND selection = ANY(%(selections)s)
                       AND purpose = ANY(%(purposes)s)
                 RETURNING id, net_amount, creditable_vat, purpose),
                covered AS (
                    INSERT INTO invoice_tax_confirmation_invoice_rel
                           (confirmation_id, input_invoice_id)
                    SELECT %(confirmation)s, id FROM confirmed)
                SELECT net_amount::text, creditable_vat::text, purpose FROM confirmed
                """,
                # A further refund confirmation covers what has come since; a
                # signature everything again.
                selections=["selected"]
                if self.kind == "refund"
                else ["selected", "confirmed"],
                purposes=list(self._get_purposes()),
                confirmation=self.id,
                taxpayer=self.taxpayer_id.id,
                period=self.period_id.name,
            )
        )
        self.env.invalidate_all()
        deducted = [row for row in rows if row[2] == self._get_purposes()[0]]
        self.write(
            {
                "invoice_count": len(deducted),
                "net_amount": sum(Decimal(row[0]) for row in deducted),
                "vat_amount": sum(Decimal(row[1]) for row in deducted),
            }
        )

    @api.model
    def _cancel(self, period, operation):
        """The signature was revoked: its invoices are selected again."""
        signed = self.sudo().search(
            [
                ("period_id", "=", period.id),
                ("kind", "=", "deduction"),
                ("state", "=", "signed"),
            ]
        )
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """
                UPDATE invoice_tax_input_invoice SET selection = 'selected'
                 WHERE confirmation_id = ANY(%s) AND selection = 'confirmed'
                """,
                signed.ids,
            )
        )
        self.env.invalidate_all()
        signed.write({"state": "cancelled", "cancelled_at": fields.Datetime.now()})

    # === PAPER === #

    def _get_paper_rows(self):
        """Sums of the covered invoices by type: ``[(type, count, net, vat)]``, the
        total last; amounts as Decimal in CNY."""
        self.ensure_one()
        self.env["invoice.tax.input.invoice"].flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT invoice.type_id, COUNT(*), SUM(invoice.net_amount)::text,
                       SUM(invoice.creditable_vat)::text
                  FROM invoice_tax_confirmation_invoice_rel covered
                  JOIN invoice_tax_input_invoice invoice
                    ON invoice.id = covered.input_invoice_id
                 WHERE covered.confirmation_id = %s AND invoice.purpose = %s
              GROUP BY invoice.type_id
                """,
                self.id,
                self._get_purposes()[0],
            )
        )
        types = self.env["invoice.tax.invoice.type"].browse([row[0] for row in rows])
        lines = [
            (kind.name, count, Decimal(net), Decimal(vat))
            for kind, (_id, count, net, vat) in zip(types, rows, strict=True)
        ]
        total = [sum(column) for column in list(zip(*lines, strict=True))[1:]]
        total = total or [0, Decimal(), Decimal()]
        return [*sorted(lines), (self.env._("Total"), *total)]

    def _get_period_sums(self):
        """``(number, count, net, vat)`` of all confirmations of the period that
        stand, up to this one."""
        self.ensure_one()
        standing = self.period_id.confirmation_ids.filtered(
            lambda one: (
                one.kind == self.kind
                and one.state == "signed"
                and one.ordinal <= self.ordinal
            )
        )
        return (
            len(standing),
            sum(standing.mapped("invoice_count")),
            sum(map(to_decimal, standing.mapped("net_amount"))),
            sum(map(to_decimal, standing.mapped("vat_amount"))),
        )

    # === ACTIONS === #

    def action_print(self):
        """The confirmation as PDF."""
        return self.env.ref(
            "invoice_tax_service.invoice_tax_confirmation_report"
        ).report_action(self)

    def action_export(self):
        """The covered invoices as a workbook (导出明细)."""
        return self.env["invoice.tax.export"]._get_action(self)

    def action_open_input_invoices(self):
        self.ensure_one()
        action = self.taxpayer_id.action_open_input_invoices()
        action["domain"] = [("confirmation_ids", "=", self.id)]
        return action
