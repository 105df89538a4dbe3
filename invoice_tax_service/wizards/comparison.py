from decimal import Decimal

from odoo import api, fields, models

from ..exceptions import TaxServiceError
from ..models.comparison_words import BLOCKS, MEASURES
from ..models.words import get_sentence

SIDES = ("bureau", "odoo", "books")
# What a person says of a page; all else is worked out.
ASKED = ("taxpayer_id", "period_id")
NOT_COMPARED = {
    "compared_at": False,
    "figures": False,
    "difference_count": 0,
    "open_count": 0,
    "verdict": False,
    "is_without_table": False,
}


class InvoiceTaxComparison(models.TransientModel):
    """三方核对: bureau, Odoo and books of one tax period as they stood at one moment,
    and what is to be done where they differ.

    Entry points: :meth:`action_open` (menu), ``period.action_compare``;
    :meth:`action_compare` works it out anew. The rows are of the user who asked;
    nothing else is written.

    What must never happen: a paper of figures that somebody has written by hand, or
    the figures of one period under the name of another: print and export compare anew,
    nobody writes more than :data:`ASKED`, and where that changes the rest is forgotten.
    """

    _name = "invoice.tax.comparison"
    _description = "Comparison of Bureau, Odoo and Books"
    _inherit = ["invoice.tax.right.page"]

    taxpayer_id = fields.Many2one(
        "invoice.tax.taxpayer",
        compute="_compute_taxpayer_id",
        store=True,
        readonly=False,
    )
    period_id = fields.Many2one(
        "invoice.tax.period",
        string="Tax Period",
        compute="_compute_period_id",
        store=True,
        readonly=False,
        domain="[('taxpayer_id', '=', taxpayer_id), ('is_future', '=', False)]",
    )
    environment = fields.Selection(related="period_id.environment", related_sudo=False)
    company_id = fields.Many2one(related="period_id.company_id", related_sudo=False)
    compared_at = fields.Datetime(readonly=True)
    figures = fields.Json(readonly=True, export_string_translation=False)
    figures_html = fields.Html(compute="_compute_figures_html", sanitize=False)
    line_ids = fields.One2many("invoice.tax.comparison.line", "comparison_id")
    difference_count = fields.Integer(readonly=True)
    open_count = fields.Integer(readonly=True)
    verdict = fields.Selection(
        [("agreed", "Agrees"), ("different", "Differs")], readonly=True
    )
    is_without_table = fields.Boolean(readonly=True)

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su:
            # Given, so that a default of the context does not take their place.
            nothing = {**NOT_COMPARED, "line_ids": []}
            vals_list = [{**self._get_asked(vals), **nothing} for vals in vals_list]
        return super().create(vals_list)

    def write(self, vals):
        if self.env.su:
            return super().write(vals)
        before = {page: (page.taxpayer_id, page.period_id) for page in self}
        result = super().write(self._get_asked(vals))
        self.filtered(
            lambda page: (page.taxpayer_id, page.period_id) != before[page]
        )._forget()
        return result

    @api.model
    def _get_asked(self, vals):
        return {name: vals[name] for name in ASKED if name in vals}

    def _forget(self):
        """What was worked out is not of the period that is chosen now."""
        for page in self:
            self.env["invoice.tax.comparison.line"].sudo()._clear(page)
        self.sudo().write(NOT_COMPARED)

    @api.onchange("period_id", "taxpayer_id")
    def _onchange_period(self):
        # On the screen it is forgotten before it is saved.
        self.update(NOT_COMPARED)

    @api.constrains("period_id", "taxpayer_id")
    def _check_readable(self):
        # Over RPC a page can be made for anything; constraints run as superuser.
        self.sudo(False).period_id.check_access("read")
        self.sudo(False).taxpayer_id.check_access("read")

    @api.depends("period_id")
    def _compute_taxpayer_id(self):
        for page in self:
            page.taxpayer_id = page.period_id.taxpayer_id or page.taxpayer_id

    @api.depends("taxpayer_id")
    def _compute_period_id(self):
        for page in self:
            if page.period_id.taxpayer_id != page.taxpayer_id:
                page.period_id = page.taxpayer_id.current_period_id

    @api.depends("period_id")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for page in self:
            page.display_name = " ".join(
                filter(None, (self.env._("Comparison"), page.period_id.name))
            )

    @api.depends("figures")
    @api.depends_context("lang")
    def _compute_figures_html(self):
        for page in self:
            page.figures_html = page.figures and self.env["ir.qweb"]._render(
                "invoice_tax_service.comparison_figures", {"comparison": page}
            )

    # === OPENED === #

    @api.model
    def _open(self, period):
        page = self.create({"period_id": period.id})
        page._compare()
        return page._get_action()

    def _get_action(self):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Comparison"),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "views": [(False, "form")],
        }

    # === WORKED OUT === #

    def _compare(self):
        """Work it out anew, for the period that is chosen."""
        self.ensure_one()
        period = self.period_id
        if not period:
            raise TaxServiceError(
                get_sentence(self.env, "comparison_period"), "comparison_period"
            )
        period.check_access("read")
        period._check_can_compare()
        figures = period._get_comparison_figures()
        lines = self.env["invoice.tax.comparison.line"].sudo()
        lines._clear(self)
        lines._insert_differences(self, period)
        lines._create_differences(self, period, period._find_sum_differences(figures))
        lines._hide_bills(self)
        lines._suggest_bills(self, period)
        counts = dict(
            lines._read_group(
                [("comparison_id", "=", self.id)], ["is_open"], ["__count"]
            )
        )
        is_agreed = not counts.get(False) and not any(
            map(period._get_figure_difference, figures)
        )
        self.sudo().write(
            {
                # Both may have been written over RPC, of two taxpayers.
                "taxpayer_id": period.taxpayer_id.id,
                "compared_at": fields.Datetime.now(),
                "figures": [self._as_text(row) for row in figures],
                "difference_count": counts.get(False, 0),
                "open_count": counts.get(True, 0),
                "verdict": "agreed" if is_agreed else "different",
                "is_without_table": not period.statistics_ids,
            }
        )
        self.invalidate_recordset()

    @api.model
    def _as_text(self, row):
        return {
            key: str(value) if isinstance(value, Decimal) else value
            for key, value in row.items()
        }

    def _check_compared(self):
        """:raise TaxServiceError: there is nothing that a paper could show"""
        if not all(page.verdict for page in self):
            raise TaxServiceError(
                get_sentence(self.env, "comparison_none"), "comparison_none"
            )

    # === SHOWN === #

    def _get_blocks(self):
        """The figures as page and papers show them, Decimal or int.

        :return: ``[{"label", "is_agreed": None where nothing is compared, "rows":
            [{"label", "is_count", "bureau", "odoo", "books", "difference"}]}]``
        """
        self.ensure_one()
        labels = dict(
            self.env["invoice.tax.comparison.line"]
            ._fields["block"]
            ._description_selection(self.env)
        )
        blocks = []
        for key, _label in BLOCKS:
            rows = [
                self._get_row(row) for row in self.figures or () if row["block"] == key
            ]
            compared = [
                row["difference"] for row in rows if row["difference"] is not None
            ]
            if rows:
                blocks.append(
                    {
                        "label": labels[key],
                        "is_agreed": not any(compared) if compared else None,
                        "rows": rows,
                    }
                )
        return blocks

    def _get_row(self, row):
        is_count = row["measure"] == "count"
        values = {
            side: row[side] if is_count or row[side] is None else Decimal(row[side])
            for side in SIDES
        }
        return {
            "label": self.env._(MEASURES[row["measure"]]),
            "is_count": is_count,
            "difference": self.period_id._get_figure_difference(values),
            **values,
        }

    @api.model
    def _format_figure(self, value, is_count):
        """A figure as it is read; a dash where a side says nothing of it."""
        if value is None:
            return "–"
        return str(value) if is_count else f"{value:,.2f}"

    # === ACTIONS === #

    def action_open(self):
        """The comparison of the current period of the first taxpayer at hand; another
        one is chosen on the page."""
        taxpayers = self.env["invoice.tax.taxpayer"].search(
            [("company_id", "in", self.env.companies.ids)]
        )
        # Where he may nowhere, he reads why not.
        able = taxpayers.filtered(lambda one: one._has_right("compare", one.company_id))
        (able or taxpayers)._check_can("compare")
        periods = able.current_period_id
        if periods:
            return self._open(periods[0])
        return {**self._get_action(), "res_id": False}

    def action_compare(self):
        """Work it out anew."""
        self.period_id.taxpayer_id._check_can("compare")
        self._compare()
        return self._get_action()

    def action_print(self):
        """The working paper of the month as PDF."""
        self.period_id.taxpayer_id._check_can("print")
        self._compare()
        return self.env.ref(
            "invoice_tax_service.invoice_tax_comparison_report"
        ).report_action(self)

    def action_export(self):
        """The working paper of the month as a workbook."""
        self.period_id.taxpayer_id._check_can("export")
        self._compare()
        return self.env["invoice.tax.export"]._get_action(self)
