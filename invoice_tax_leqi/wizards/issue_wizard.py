from odoo import api, fields, models
from odoo.fields import Command

from odoo.addons.invoice_tax_service.exceptions import TaxServiceError
from odoo.addons.invoice_tax_service.models.words import get_sentence


class InvoiceTaxIssueWizard(models.TransientModel):
    """What is missing, invoice by invoice, before anything is taken.

    Opened by the button where at least one invoice lacks something;
    :meth:`action_issue` issues the others.
    """

    _name = "invoice.tax.issue.wizard"
    _description = "Issue Digital Invoices"
    _inherit = ["invoice.tax.right.page"]

    move_ids = fields.Many2many("account.move", readonly=True, string="Invoices")
    line_ids = fields.One2many(
        "invoice.tax.issue.wizard.line", "wizard_id", readonly=True
    )
    good_count = fields.Integer(compute="_compute_counts")
    refused_count = fields.Integer(compute="_compute_counts")
    is_simulated = fields.Boolean(
        compute="_compute_is_simulated", string="Simulated Environment"
    )

    @api.constrains("move_ids")
    def _check_readable(self):
        # Over RPC a wizard can be made for anything; its page would show it.
        self.sudo(False).move_ids.check_access("read")

    @api.depends("move_ids", "line_ids.move_id")
    def _compute_counts(self):
        for wizard in self:
            wizard.refused_count = len(wizard.line_ids.move_id)
            wizard.good_count = len(wizard.move_ids - wizard.line_ids.move_id)

    @api.depends("move_ids")
    def _compute_is_simulated(self):
        taxpayers = self.env["invoice.tax.taxpayer"]
        for wizard in self:
            issuers = taxpayers._get_issuers(wizard.move_ids.company_id)
            wizard.is_simulated = any(
                issuer.sudo().environment == "simulated" for issuer in issuers.values()
            )

    @api.model
    def _create_for(self, problems):
        """:param dict problems: move → list of what is missing"""
        moves = self.env["account.move"].union(*problems)
        return self.create(
            {
                "move_ids": [Command.set(moves.ids)],
                "line_ids": [
                    Command.create(
                        {
                            "move_id": move.id,
                            "code": problem.code,
                            "description": moves._say_problem(problem),
                            "res_model": problem.record._name,
                            "res_id": problem.record.id,
                        }
                    )
                    for move, missing in problems.items()
                    for problem in missing
                ],
            }
        )

    def _get_action(self):
        name = self.env._("Issue Digital Invoices")
        return self._get_records_action(name=name, target="new")

    def action_issue(self):
        """Issue those that lack nothing; asked anew, for the page may be old."""
        self._check_right()
        problems = self.move_ids._find_issue_problems()
        good = self.move_ids.filtered(lambda move: not problems[move])
        if not good:
            raise TaxServiceError(
                get_sentence(self.env, "nothing_to_issue"), "nothing_to_issue"
            )
        return good._request_issues()._get_notification()

    def _check_right(self):
        """:raise TaxServiceError: not for the companies of its invoices, one of which
        may have been switched off since the page was opened"""
        self.ensure_one()
        self.sudo().move_ids.company_id.sudo(False)._check_tax_right("issue")

    def action_check_again(self):
        """Look again after something was mended."""
        self._check_right()
        return self.move_ids.action_issue_digital_invoice()


class InvoiceTaxIssueWizardLine(models.TransientModel):
    """One thing that one invoice lacks, and where it is mended."""

    _name = "invoice.tax.issue.wizard.line"
    _description = "Missing for a Digital Invoice"
    _order = "id"

    wizard_id = fields.Many2one(
        "invoice.tax.issue.wizard", required=True, index=True, ondelete="cascade"
    )
    move_id = fields.Many2one("account.move", readonly=True, string="Invoice")
    partner_id = fields.Many2one(
        related="move_id.commercial_partner_id", related_sudo=False, string="Buyer"
    )
    code = fields.Char(readonly=True)
    description = fields.Char(readonly=True, string="What Is Missing")
    res_model = fields.Char(readonly=True)
    res_id = fields.Many2oneReference(model_field="res_model", readonly=True)

    def action_open(self):
        """Open the record where it is mended."""
        self.ensure_one()
        record = self.env[self.res_model].browse(self.res_id)
        record.check_access("read")
        if self.code == "service_unavailable":
            # The refusal leads to the page where that is mended.
            raise record._get_refusal(self.code, self.description)
        return record._get_records_action()
