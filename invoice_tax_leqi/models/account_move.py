from odoo import api, fields, models
from odoo.tools import sql

from odoo.addons.invoice_tax_service.exceptions import TaxServiceError
from odoo.addons.invoice_tax_service.models.words import get_sentence

from .issue_words import INVOICE_TYPES, ISSUE_STATES, RED_REASONS

NEW_COLUMNS = {
    "tax_issue_id": "int4",
    "digital_invoice_number": "varchar(20)",
    "tax_issue_state": "varchar",
    "tax_issued_at": "timestamp",
    "digital_invoice_type": "varchar",
    "bound_number_id": "int4",
}
# Of a number that was given to an invoice.
SPENT_STATES = ("used", "uploaded", "discarded")
# Where nobody chooses another one, as the form of the credit note says.
USUAL_RED_REASON = "goods_returned"


class AccountMove(models.Model):
    """A customer invoice and the digital invoice that is issued for it.

    Entry point: :meth:`action_issue_digital_invoice`, from the form, the list and
    Send & Print; it only writes rows. The number and the state follow the newest
    issue request.
    """

    _inherit = "account.move"

    tax_issue_ids = fields.One2many(
        "invoice.tax.issue",
        "move_id",
        string="Issue Requests",
        groups="invoice_tax_service.group_viewer",
    )
    tax_issue_id = fields.Many2one(
        "invoice.tax.issue",
        compute="_compute_tax_issue_id",
        compute_sudo=True,
        store=True,
        index="btree_not_null",
        copy=False,
        string="Issue Request",
        groups="invoice_tax_service.group_viewer",
    )
    # Not `fapiao`: it holds 8 characters in 19.0 and silently cuts a 20-digit number.
    digital_invoice_number = fields.Char(
        related="tax_issue_id.number",
        related_sudo=True,
        store=True,
        copy=False,
        index="btree_not_null",
        size=20,
        string="Digital Invoice Number",
    )
    tax_issue_state = fields.Selection(
        ISSUE_STATES,
        compute="_compute_tax_issue_state",
        compute_sudo=True,
        store=True,
        copy=False,
        string="Issuing State",
    )
    tax_issued_at = fields.Datetime(
        related="tax_issue_id.issued_at",
        related_sudo=True,
        store=True,
        copy=False,
        string="Issue Time",
    )
    tax_issue_reason = fields.Char(
        compute="_compute_tax_issue_reason",
        compute_sudo=True,
        string="Issuing Reason",
    )
    digital_invoice_type = fields.Selection(
        INVOICE_TYPES,
        compute="_compute_digital_invoice_type",
        store=True,
        readonly=False,
        copy=False,
        help="A special invoice needs the tax number of the buyer; its VAT can be "
        "deducted there.",
    )
    red_reason = fields.Selection(
        RED_REASONS,
        string="Red-letter Reason",
        copy=False,
        help="Stands on the confirmation form of the red invoice.",
    )
    bound_number_id = fields.Many2one(
        "invoice.tax.number",
        compute="_compute_bound_number_id",
        compute_sudo=True,
        store=True,
        readonly=False,
        copy=False,
        string="Number Drawn by Hand",
        domain="[('state', '=', 'manual'), ('company_id', 'parent_of', company_id)]",
        help="The invoice is issued with this number; empty: with the next one.",
        groups="invoice_tax_leqi.group_issuing_clerk",
    )
    show_issue_button = fields.Boolean(compute="_compute_show_issue_button")

    def _auto_init(self):
        # Nothing was issued before: no need to compute it for every old entry.
        for name, column in NEW_COLUMNS.items():
            if not sql.column_exists(self.env.cr, "account_move", name):
                sql.create_column(self.env.cr, "account_move", name, column)
        return super()._auto_init()

    @api.depends("tax_issue_ids")
    def _compute_tax_issue_id(self):
        for move in self:
            move.tax_issue_id = move.tax_issue_ids.sorted("id")[-1:]

    @api.depends("tax_issue_id.state")
    def _compute_tax_issue_state(self):
        for move in self:
            move.tax_issue_state = move.tax_issue_id.state

    @api.depends("tax_issue_id.result_code", "tax_issue_id.raw_text")
    @api.depends_context("lang")
    def _compute_tax_issue_reason(self):
        for move in self:
            move.tax_issue_reason = move.tax_issue_id.description

    @api.depends("commercial_partner_id", "move_type", "reversed_entry_id")
    def _compute_digital_invoice_type(self):
        for move in self:
            is_sale = move.move_type in ("out_invoice", "out_refund")
            move.digital_invoice_type = is_sale and move._get_usual_invoice_type()

    def _get_usual_invoice_type(self):
        partner = self.commercial_partner_id
        return self.reversed_entry_id.digital_invoice_type or (
            "special" if partner.is_company and partner.vat else "ordinary"
        )

    def _get_digital_invoice_type(self):
        # Of an invoice from before the installation it is not filled.
        return self.digital_invoice_type or self._get_usual_invoice_type()

    @api.depends("tax_issue_state")
    def _compute_bound_number_id(self):
        for move in self:
            # A number that is spent can never be chosen for another request.
            is_spent = move.bound_number_id.state in SPENT_STATES
            move.bound_number_id = False if is_spent else move.bound_number_id

    @api.depends("state", "move_type", "country_code", "tax_issue_state")
    def _compute_show_issue_button(self):
        for move in self:
            move.show_issue_button = (
                move.move_type in ("out_invoice", "out_refund")
                and move.state == "posted"
                and move.country_code == "CN"
                and not move._has_live_issue()
            )

    def _has_live_issue(self):
        """Whether a request stands in the way of another one."""
        self.ensure_one()
        issue = self.sudo().tax_issue_id
        return bool(issue) and issue._is_live()

    # === WHO SENDS === #

    @api.model_create_multi
    def create(self, vals_list):
        # EXTENDS 'account'
        default = self.env.context.get("default_sending_data")
        if default:
            vals_list = [{"sending_data": default, **vals} for vals in vals_list]
        return super().create([self._get_own_sending(vals) for vals in vals_list])

    def write(self, vals):
        # EXTENDS 'account'
        return super().write(self._get_own_sending(vals))

    @api.model
    def _get_own_sending(self, vals):
        """What is sent in the background is issued in the name that stands there: it
        can only be one's own."""
        sending = vals.get("sending_data")
        if not sending or self.env.su:
            return vals
        own = {"author_user_id": self.env.uid}
        return {**vals, "sending_data": {**dict(sending), **own}}

    # === ACTIONS === #

    def action_issue_digital_invoice(self):
        """Issue these customer invoices and credit notes.

        What is missing is said for all of them at once, before anything is taken;
        where nothing is, the rows are written and the dispatcher does the rest.
        """
        self.check_access("read")
        self.company_id._check_tax_right("issue")
        problems = self._find_issue_problems()
        if any(problems.values()):
            wizard = self.env["invoice.tax.issue.wizard"]._create_for(problems)
            return wizard._get_action()
        issues = self._request_issues()
        return issues._get_notification()

    def _request_issues(self, click=""):
        """Write the issue requests of invoices that lack nothing.

        :param str click: of which these are a part; none: they are all of one
        """
        issuers = self.env["invoice.tax.taxpayer"]._get_issuers(self.company_id)
        tolerances = self._get_vat_tolerances()
        unexplained = self.filtered(
            lambda move: move.move_type == "out_refund" and not move.red_reason
        )
        # What will stand on the confirmation form stands on the credit note too.
        unexplained.sudo().red_reason = USUAL_RED_REASON
        issues = self.env["invoice.tax.issue"]._request(
            [
                move._get_issue_values(
                    issuers[move.company_id], tolerances[move.company_id]
                )
                for move in self._sort_for_issuing()
            ],
            click,
        )
        for move in self.sudo().filtered("bound_number_id"):
            # In this transaction: the dispatcher sees the request with its number.
            number = move.bound_number_id.sudo(False)
            if move._is_number_left_over(number.sudo()):
                number.action_unbind()
            try:
                number._bind(move.tax_issue_id.sudo(False))
            except TaxServiceError as error:
                # Somebody was quicker: of many invoices the one has to be named.
                raise TaxServiceError(f"{move.name}: {error}", error.code) from error
        return issues

    def _sort_for_issuing(self):
        """Numbers are given in the order of the requests: as those of the invoices."""
        return self.sorted(
            lambda move: (
                move.date,
                move.sequence_prefix or "",
                move.sequence_number,
                move.id,
            )
        )

    def _is_number_left_over(self, number):
        """Whether it is bound to an earlier request of this invoice, which is over."""
        request = number.issue_id
        is_own = number.state == "bound" and request.move_id == self
        return is_own and not request._is_live()

    def action_open_tax_issue(self):
        """The issue request of this invoice, with its steps."""
        self.ensure_one()
        return self.tax_issue_id._get_records_action()

    def action_issue_ask(self):
        """Ask the platform how these stand."""
        self.company_id._check_tax_right("issue_ask")
        self.tax_issue_id.action_ask()

    def action_issue_upload_again(self):
        """Send the digital invoices of these up again."""
        self.company_id._check_tax_right("issue_upload_again")
        self.tax_issue_id.action_upload_again()

    def action_issue_discard(self):
        """Give up the numbers of these, which the platform never took."""
        self.company_id._check_tax_right("issue_discard")
        self.tax_issue_id.action_discard()

    # === WHAT IS ISSUED STAYS === #

    @api.depends("tax_issue_state")
    def _compute_show_reset_to_draft_button(self):
        # EXTENDS 'account'
        result = super()._compute_show_reset_to_draft_button()
        for move in self.filtered("show_reset_to_draft_button"):
            move.show_reset_to_draft_button = not move._has_live_issue()
        return result

    def button_draft(self):
        # EXTENDS 'account'
        for move in self:
            if move._has_live_issue():
                sentence = get_sentence(self.env, "issued_locked")
                raise TaxServiceError(f"{move.name}: {sentence}", "issued_locked")
        return super().button_draft()
