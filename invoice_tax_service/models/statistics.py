import json
from collections import defaultdict
from decimal import Decimal

from odoo import api, fields, models
from odoo.tools import SQL

from ..gateway.messages import TABLE_ROWS as KNOWN_ROWS
from ..tools.money import AMOUNT_DIGITS, to_decimal
from .input_invoice_soundness import TABLE_PURPOSES
from .words import ROW_BY_ELEMENT, STATISTICS_STATUSES


class InvoiceTaxStatistics(models.Model):
    """The statistics table of one period, as the bureau built it.

    Entry point: :meth:`_apply_table`, which replaces the rows by what was read.
    The sums of our own invoices stand beside it as a check
    (:attr:`difference`); a difference is shown, never mended here.

    What must never happen: a row of our own making in the bureau's table.
    """

    _name = "invoice.tax.statistics"
    _description = "Deduction Statistics Table"
    _order = "period_id desc"
    _rec_name = "period_id"

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
    state = fields.Selection(related="period_id.state")
    status = fields.Selection(STATISTICS_STATUSES, readonly=True)
    built_at = fields.Datetime(readonly=True, string="Updated At")
    signed_at = fields.Datetime(related="period_id.signed_at")
    synced_at = fields.Datetime(readonly=True)
    line_ids = fields.One2many("invoice.tax.statistics.line", "statistics_id")
    deduct_line_ids = fields.One2many(
        "invoice.tax.statistics.line",
        "statistics_id",
        domain=[("block", "=", "deduct")],
        string="Deduct",
    )
    exclude_line_ids = fields.One2many(
        "invoice.tax.statistics.line",
        "statistics_id",
        domain=[("block", "=", "exclude")],
        string="Do Not Deduct",
    )
    deduct_count = fields.Integer(compute="_compute_totals")
    deduct_vat = fields.Float(
        string="Creditable VAT of the Table",
        digits=AMOUNT_DIGITS,
        compute="_compute_totals",
    )
    local_count = fields.Integer(compute="_compute_local")
    local_vat = fields.Float(
        string="Creditable VAT in Odoo", digits=AMOUNT_DIGITS, compute="_compute_local"
    )
    difference = fields.Char(compute="_compute_local")
    input_invoice_ids = fields.Many2many(
        "invoice.tax.input.invoice", compute="_compute_input_invoice_ids"
    )
    abnormal_invoice_ids = fields.Many2many(
        "invoice.tax.input.invoice", compute="_compute_input_invoice_ids"
    )
    confirmation_ids = fields.One2many(related="period_id.confirmation_ids")
    has_entries = fields.Boolean(compute="_compute_has_entries")
    can_build = fields.Boolean(related="period_id.can_build")
    can_revoke = fields.Boolean(related="period_id.can_revoke")
    can_sign = fields.Boolean(related="period_id.can_sign")
    can_revoke_sign = fields.Boolean(related="period_id.can_revoke_sign")

    _period_uniq = models.Constraint(
        "UNIQUE(period_id)", "A period has one statistics table."
    )

    @api.depends("line_ids")
    def _compute_totals(self):
        for table in self:
            total = table.deduct_line_ids.filtered(lambda line: line.row == "total")[:1]
            table.deduct_count = total.invoice_count
            table.deduct_vat = total.vat_amount

    @api.depends("confirmation_ids")
    def _compute_has_entries(self):
        for table in self:
            table.has_entries = any(table.confirmation_ids.mapped("has_entries"))

    def _compute_local(self):
        for table in self:
            period = table.period_id
            table.local_count = period.selected_count
            table.local_vat = period.selected_vat
            same = table.deduct_count == table.local_count and to_decimal(
                table.deduct_vat
            ) == to_decimal(table.local_vat)
            table.difference = not same and self.env._(
                "The bureau counts %(bureau_count)s invoices with VAT %(bureau_vat)s, "
                "Odoo %(count)s with %(vat)s. Fetch from the bureau; if it stays, "
                "compare the invoices of the period.",
                bureau_count=table.deduct_count,
                bureau_vat=to_decimal(table.deduct_vat),
                count=table.local_count,
                vat=to_decimal(table.local_vat),
            )

    # === CHECK === #

    @api.model
    def _fetch_own_rows(self, periods):
        """What the invoices in Odoo sum up to, in one statement for any number.

        Summed up by what an invoice has, then named: naming each of 100,000 would
        take longer than adding them.

        :return: ``{(taxpayer id, period): {(block, row): (count, net, vat)}}``, amounts
            as :class:`decimal.Decimal` in CNY; ``vat`` is the creditable VAT in the
            block of deduction and the invoice's VAT in the other (domain 1.6)
        """
        self.env["invoice.tax.input.invoice"].flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT wanted.taxpayer_id, wanted.period, summed.purpose,
                       CASE WHEN kind.table_row != 'ordinary' THEN kind.table_row
                            ELSE COALESCE(%s::jsonb ->> summed.element, 'ordinary')
                            END AS table_row,
                       SUM(summed.count)::bigint, SUM(summed.net)::text,
                       SUM(CASE summed.purpose WHEN 'deduct'
                           THEN summed.creditable ELSE summed.vat END)::text
                  FROM UNNEST(%s::int[], %s::varchar[]) wanted(taxpayer_id, period)
            CROSS JOIN LATERAL (
                       SELECT invoice.purpose, invoice.type_id, invoice.element,
                              COUNT(*) AS count, SUM(invoice.net_amount) AS net,
                              SUM(invoice.vat_amount) AS vat,
                              SUM(invoice.creditable_vat) AS creditable
                         FROM invoice_tax_input_invoice invoice
                        WHERE invoice.taxpayer_id = wanted.taxpayer_id
                          AND invoice.period = wanted.period
                     GROUP BY invoice.purpose, invoice.type_id, invoice.element
                       ) summed
                  JOIN invoice_tax_invoice_type kind ON kind.id = summed.type_id
              GROUP BY 1, 2, 3, 4
                """,
                json.dumps(ROW_BY_ELEMENT),
                [period.taxpayer_id.id for period in periods],
                [period.name for period in periods],
            )
        )
        result = defaultdict(dict)
        for taxpayer_id, period, purpose, row, count, net, vat in rows:
            if purpose not in TABLE_PURPOSES:
                continue
            block = result[taxpayer_id, period]
            net, vat = Decimal(net), Decimal(vat)
            block[purpose, row] = (count, net, vat)
            total = block.get((purpose, "total"), (0, Decimal(), Decimal()))
            block[purpose, "total"] = (total[0] + count, total[1] + net, total[2] + vat)
        return result

    def _get_standing(self):
        """What a signature would confirm, to be compared: when the bureau built the
        table and what stands in its rows.

        :return: ``{"block/row": "count net vat"}`` and ``built_at``, all text
        """
        standing = {
            f"{line.block}/{line.raw_row or line.row}": (
                f"{line.invoice_count} {to_decimal(line.net_amount)} "
                f"{to_decimal(line.vat_amount)}"
            )
            for line in self.line_ids
        }
        return {**standing, "built_at": str(self.built_at or "")}

    def _get_paper_rows(self):
        """The table as it is printed: a row per kind with both blocks.

        :return: ``[{label, is_total, deduct: line, exclude: line}]``
        """
        self.ensure_one()
        labels = dict(self.line_ids._fields["row"]._description_selection(self.env))
        rows = {}
        for line in self.line_ids.sorted("sequence"):
            key = (line.row == "total", line.row, line.raw_row)
            row = rows.setdefault(
                key,
                {
                    "label": line.raw_row or labels[line.row],
                    "is_total": key[0],
                    "deduct": line.browse(),
                    "exclude": line.browse(),
                },
            )
            row[line.block] = line
        return [rows[key] for key in sorted(rows, key=lambda key: key[0])]

    def _get_abnormal_invoices(self):
        """Invoices of the signed table that the bureau no longer takes for sound: they
        were counted and must not be deducted (manual 001, 1.10)."""
        self.ensure_one()
        return self.env["invoice.tax.input.invoice"].search(
            [*self._get_invoice_domain(), ("is_abnormal_after", "=", True)],
            order="issue_date, id",
        )

    def _get_invoice_domain(self):
        """Domain on ``invoice.tax.input.invoice`` of what the table counts."""
        return [
            ("taxpayer_id", "=", self.taxpayer_id.id),
            ("period", "=", self.period_id.name),
            ("purpose", "in", TABLE_PURPOSES),
        ]

    def _get_sums_problem(self):
        """Where the bureau's rows do not add up to its total; empty when they do."""
        self.ensure_one()
        for block in ("deduct", "exclude"):
            lines = self.line_ids.filtered(
                lambda line, block=block: line.block == block
            )
            total = lines.filtered(lambda line: line.row == "total")
            for name in ("invoice_count", "net_amount", "vat_amount"):
                rows = sum(map(to_decimal, (lines - total).mapped(name)))
                if total and rows != to_decimal(total[name]):
                    return self.env._(
                        "The rows of the bureau's table do not add up to its total: "
                        "%(rows)s against %(total)s.",
                        rows=rows,
                        total=to_decimal(total[name]),
                    )
        return ""

    def _compute_input_invoice_ids(self):
        invoices = self.env["invoice.tax.input.invoice"]
        for table in self:
            domain = table._get_invoice_domain()
            # A form shows the first ones; the button opens all of them.
            table.input_invoice_ids = invoices.search(domain, limit=200)
            table.abnormal_invoice_ids = invoices.search(
                [*domain, ("is_abnormal_after", "=", True)], limit=200
            )

    @api.model
    def _apply_table(self, period, table):
        """Replace the table of a period by what the bureau shows.

        :param table: ``gateway.messages.StatisticsTable``; None: there is none
        """
        own = self.sudo().search([("period_id", "=", period.id)])
        if table is None:
            own.unlink()
            return
        values = {
            "status": table.status,
            "built_at": table.built_at,
            "synced_at": fields.Datetime.now(),
            "line_ids": [fields.Command.clear()]
            + [
                fields.Command.create(self._get_line_values(block, position, row))
                for block in ("deduct", "exclude")
                for position, row in enumerate(getattr(table, block))
            ],
        }
        if own:
            own.write(values)
        else:
            self.sudo().create({"period_id": period.id, **values})

    @api.model
    def _get_line_values(self, block, position, row):
        known = row.row in KNOWN_ROWS
        return {
            "block": block,
            "sequence": 100 if row.row == "total" else position,
            "row": row.row if known else "other",
            "raw_row": False if known else row.row,
            "invoice_count": row.count,
            "net_amount": row.net_amount,
            "vat_amount": row.vat_amount,
        }

    # === ACTIONS === #

    def action_print(self):
        """The table as PDF."""
        self.check_access("read")
        self.taxpayer_id._check_can("print")
        return self.env.ref(
            "invoice_tax_service.invoice_tax_statistics_report"
        ).report_action(self)

    def action_export(self):
        """The table with all its invoices as a workbook."""
        self.check_access("read")
        return self.env["invoice.tax.export"]._get_action(self)

    def action_build_statistics(self):
        return self.period_id.action_build_statistics()

    def action_revoke_statistics(self):
        return self.period_id.action_revoke_statistics()

    def action_sign(self):
        return self.period_id.action_sign()

    def action_revoke_signature(self):
        return self.period_id.action_revoke_signature()

    def action_open_entries(self):
        """The entries of all confirmations of the period."""
        self.ensure_one()
        return self.confirmation_ids.action_open_entries()

    def action_open_input_invoices(self):
        """All invoices that the table covers."""
        self.ensure_one()
        action = self.taxpayer_id.action_open_input_invoices()
        action["domain"] = self._get_invoice_domain()
        return action
