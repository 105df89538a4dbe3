from decimal import Decimal

from odoo import api, fields, models
from odoo.tools import SQL

from ..gateway.operation_kinds import KINDS
from ..tools.money import AMOUNT_DIGITS, to_decimal


class InvoiceTaxConfirmation(models.Model):
    """The n-th confirmation (signature) of a period, with the invoices it covered.

    Entry points: :meth:`_confirm` when the bureau has taken the signature,
    :meth:`_read_back` when a reading shows one that nobody here knows of,
    :meth:`_cancel` when it was revoked, which a reading may show, too. Rows are kept
    as history; how they are made: ``confirmation_cover.py``.

    What must never happen: two confirmations for one signature; a number used twice
    in a period; a paper that changes with the invoices.
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
        [("signed", "Submitted"), ("cancelled", "Cancelled")],
        required=True,
        readonly=True,
        default="signed",
    )
    sign_code = fields.Char(readonly=True)
    signed_at = fields.Datetime(readonly=True)
    cancelled_at = fields.Datetime(readonly=True)
    is_read_back = fields.Boolean(
        readonly=True,
        string="As Read from the Bureau",
        help="Signed elsewhere, or answered after the batch was voided.",
    )
    # Kept for good: the next signature covers the same invoices again.
    line_ids = fields.One2many(
        "invoice.tax.confirmation.line", "confirmation_id", readonly=True
    )
    invoice_count = fields.Integer(readonly=True)
    net_amount = fields.Float(digits=AMOUNT_DIGITS, readonly=True)
    vat_amount = fields.Float(
        digits=AMOUNT_DIGITS, readonly=True, string="Creditable VAT"
    )
    # A reading found it revoked; no answer to this house has said so.
    is_revoked_elsewhere = fields.Boolean(
        readonly=True, export_string_translation=False
    )
    difference = fields.Char(compute="_compute_difference")

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

    @api.depends("invoice_count", "net_amount", "vat_amount")
    @api.depends_context("lang")
    def _compute_difference(self):
        """Where the sums of the bureau are not those of the invoices in Odoo."""
        sums = self._fetch_sums()
        for confirmation in self:
            own = sums.get(confirmation.id, (0, Decimal(), Decimal()))
            told = confirmation._get_told()
            confirmation.difference = own != told and self.env._(
                "The bureau confirmed %(bureau_count)s invoices with VAT "
                "%(bureau_vat)s; of these Odoo knows %(count)s with %(vat)s.",
                bureau_count=told[0],
                bureau_vat=told[2],
                count=own[0],
                vat=own[2],
            )

    # === FROM THE BUREAU === #

    @api.model
    def _confirm(self, period, operation, progress, asked_at=None):
        """The bureau took the signature: the selected invoices are confirmed.

        Running it twice for one operation gives one confirmation, and so do two
        operations of which the second found the period signed: the bureau answers
        both with the same number.

        :param datetime asked_at: since when the signature was asked for
        """
        known = self.sudo().search([("operation_id", "=", operation.id)])
        if known:
            return known
        is_refund = KINDS[operation.operation_type].table == "refund"
        kind = "refund" if is_refund else "deduction"
        asked_at = asked_at or fields.Datetime.now()
        same = self._find_same(period, kind, progress, asked_at)
        if same.is_revoked_elsewhere and same.cancelled_at <= asked_at:
            same._reinstate()._note_totals(progress.totals)
        if same and not same.is_read_back:
            return same
        values = {
            "operation_id": operation.id,
            "is_read_back": False,
            "ordinal": self._get_free_ordinal(period, kind, progress.ordinal, same),
            "sign_code": progress.sign_code,
            "signed_at": progress.signed_at or fields.Datetime.now(),
        }
        if same:
            same.write(values)
        else:
            same = self.sudo().create({"period_id": period.id, "kind": kind, **values})
            same._cover_invoices()
        if same.state == "signed":
            # The bureau's own sums; ours may lack what was selected elsewhere.
            same._note_totals(progress.totals)
            same._complete()
        return same

    @api.model
    def _find_same(self, period, kind, progress, asked_at):
        """The confirmation that Odoo has of this signature already: a reading may have
        seen it before its answer came, or it was answered to another batch. One that
        was revoked before the signature was asked for is another one, whatever its
        number, save where only a reading took it for revoked and the bureau names the
        very moment of that signature."""
        lived = self.sudo().search(
            [
                ("period_id", "=", period.id),
                ("kind", "=", kind),
                "|",
                "|",
                ("state", "=", "signed"),
                ("cancelled_at", ">", asked_at),
                "&",
                ("is_revoked_elsewhere", "=", True),
                ("signed_at", "=", progress.signed_at or False),
            ],
            order="ordinal, id",
        )
        told = lived.filtered(
            lambda one: (
                not one.is_read_back
                and (
                    one.ordinal == progress.ordinal
                    # Refunds may come twice in a second, a table is signed once.
                    or kind == "deduction"
                    and one.signed_at == progress.signed_at
                )
            )
        )
        # What was read back has a number of our own counting only.
        return told[-1:] or lived.filtered("is_read_back")[-1:]

    @api.model
    def _read_back(self, period, table):
        """A reading shows that the table of the period is signed. Where nobody here
        knows of the signature, it is written down as it is read.

        :param table: ``gateway.messages.StatisticsTable`` or None
        """
        standing = self._get_standing(period, "deduction")
        standing = standing or self._find_mistaken(period)._reinstate()
        if not standing:
            standing = self.sudo().create(
                {
                    "period_id": period.id,
                    "kind": "deduction",
                    "is_read_back": True,
                    "operation_id": self._find_voided_signature(period).id,
                    "ordinal": self._get_next_ordinal(period, "deduction"),
                    "signed_at": period.signed_at or fields.Datetime.now(),
                }
            )
            standing._cover_invoices()
            fetches = self.env["invoice.tax.fetch"]
            fetches._ask_if_served(period.taxpayer_id, "pool")
        if standing[-1:].is_read_back and table:
            standing[-1:]._note_totals(
                next((row for row in table.deduct if row.row == "total"), None)
            )
        # The invoices may be read after the signature.
        standing[-1:]._complete()

    @api.model
    def _find_voided_signature(self, period):
        """The batch that was given up and was answered after all."""
        voided = self.env["invoice.tax.operation"].search(
            [
                ("taxpayer_id", "=", period.taxpayer_id.id),
                ("period", "=", period.name),
                ("state", "=", "voided"),
                ("has_late_answer", "=", True),
                ("request_ids.operation_type", "=", "sign"),
            ],
            limit=1,
        )
        used = self.sudo().search_count([("operation_id", "=", voided.id)], limit=1)
        return voided.browse() if used else voided

    @api.model
    def _get_standing(self, period, kind):
        """Confirmations of a period that stand, the last one last."""
        return self.sudo().search(
            [
                ("period_id", "=", period.id),
                ("kind", "=", kind),
                ("state", "=", "signed"),
            ],
            order="ordinal, id",
        )

    @api.model
    def _get_next_ordinal(self, period, kind):
        before = period.confirmation_ids.filtered(lambda one: one.kind == kind)
        return max([len(before), *before.mapped("ordinal")]) + 1

    @api.model
    def _get_free_ordinal(self, period, kind, told, same):
        """The number that the bureau told, where no other one of the period has it: a
        bureau that counts only what stands tells that of a revoked one again."""
        others = period.confirmation_ids.filtered(lambda one: one.kind == kind) - same
        if told and told not in others.mapped("ordinal"):
            return told
        return same.ordinal or self._get_next_ordinal(period, kind)

    def _note_totals(self, totals):
        """:param totals: ``gateway.messages.TableRow`` or None"""
        if totals:
            self.write(
                {
                    "invoice_count": totals.count,
                    "net_amount": totals.net_amount,
                    "vat_amount": totals.vat_amount,
                }
            )

    def _fetch_sums(self):
        """``{id: (count, net, creditable VAT)}`` of the invoices that are credited or
        refunded, amounts as Decimal in CNY, in one statement."""
        self.env["invoice.tax.confirmation.line"].flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT line.confirmation_id, COUNT(*), SUM(line.net_amount)::text,
                       SUM(CASE confirmation.kind WHEN 'refund' THEN line.vat_amount
                           ELSE line.creditable_vat END)::text
                  FROM invoice_tax_confirmation_line line
                  JOIN invoice_tax_confirmation confirmation
                    ON confirmation.id = line.confirmation_id
                 WHERE confirmation.id = ANY(%s)
                   AND line.purpose = CASE confirmation.kind
                       WHEN 'refund' THEN 'refund' ELSE 'deduct' END
              GROUP BY line.confirmation_id
                """,
                self.ids,
            )
        )
        return {row[0]: (row[1], Decimal(row[2]), Decimal(row[3])) for row in rows}

    @api.model
    def _find_mistaken(self, period):
        """The one that a reading took for revoked, and another shows again."""
        if not period.signed_at:
            return self.sudo().browse()
        return self.sudo().search(
            [
                ("period_id", "=", period.id),
                ("is_revoked_elsewhere", "=", True),
                ("signed_at", "=", period.signed_at),
            ],
            order="id desc",
            limit=1,
        )

    def _reinstate(self):
        """It stands, after all, with the invoices that it had."""
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """
                UPDATE invoice_tax_input_invoice invoice SET selection = 'confirmed'
                  FROM invoice_tax_confirmation confirmation
                  JOIN invoice_tax_period period ON period.id = confirmation.period_id
                 WHERE confirmation.id = ANY(%s)
                   AND invoice.confirmation_id = confirmation.id
                   AND invoice.selection = 'selected' AND invoice.period = period.name
                """,
                self.ids,
            )
        )
        self.env.invalidate_all()
        self.write(
            {"state": "signed", "cancelled_at": False, "is_revoked_elsewhere": False}
        )
        return self

    @api.model
    def _cancel(self, period, is_read=False):
        """The signature was revoked: its invoices are selected again.

        :param bool is_read: elsewhere, as a reading shows
        """
        signed = self._get_standing(period, "deduction")
        if not is_read:
            # An answer says so: what a reading found before is no mistake.
            period.sudo().confirmation_ids.is_revoked_elsewhere = False
        if not signed:
            return
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
        signed.write(
            {
                "state": "cancelled",
                "cancelled_at": fields.Datetime.now(),
                "is_revoked_elsewhere": is_read,
            }
        )

    # === PAPER === #

    def _get_paper_rows(self):
        """Sums of the covered invoices by type: ``[(type, count, net, vat)]``, the
        total last; amounts as Decimal in CNY."""
        self.ensure_one()
        self.env["invoice.tax.confirmation.line"].flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT type_id, COUNT(*), SUM(net_amount)::text,
                       SUM(CASE purpose WHEN 'refund' THEN vat_amount
                           ELSE creditable_vat END)::text
                  FROM invoice_tax_confirmation_line
                 WHERE confirmation_id = %s AND purpose = %s
              GROUP BY type_id
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
        self.check_access("read")
        self.taxpayer_id._check_can("print")
        return self.env.ref(
            "invoice_tax_service.invoice_tax_confirmation_report"
        ).report_action(self)

    def action_export(self):
        """The covered invoices as a workbook (导出明细)."""
        self.check_access("read")
        return self.env["invoice.tax.export"]._get_action(self)

    def action_open_input_invoices(self):
        self.ensure_one()
        action = self.taxpayer_id.action_open_input_invoices()
        action["domain"] = [("confirmation_ids", "=", self.id)]
        return action
