from odoo import api, fields, models


class InvoiceTaxLicenseWizard(models.TransientModel):
    """Warns, in the manual's own words, and asks before tax numbers are authorised or
    their authorisation is cancelled; says which can be and which not, and why."""

    _name = "invoice.tax.license.wizard"
    _description = "Authorise or Cancel Licences"
    _inherit = ["invoice.tax.right.page"]

    mode = fields.Selection(
        [("authorise", "Authorise"), ("cancel", "Cancel Authorisation")],
        required=True,
        readonly=True,
    )
    license_ids = fields.Many2many(
        "invoice.tax.license", string="Licences", readonly=True
    )
    possible_ids = fields.Many2many(
        "invoice.tax.license", compute="_compute_plan", string="To Be Done"
    )
    possible_count = fields.Integer(compute="_compute_plan")
    refused_count = fields.Integer(compute="_compute_plan")
    refusals = fields.Text(compute="_compute_plan", string="Cannot Be Done")
    open_batches = fields.Integer(
        compute="_compute_plan", string="Open Batches of These Taxpayers"
    )
    is_simulated = fields.Boolean(
        compute="_compute_is_simulated", string="Simulated Environment"
    )
    lock_days = fields.Integer(compute="_compute_plan")
    days_text = fields.Char(compute="_compute_plan")

    @api.depends("mode", "license_ids")
    @api.depends_context("lang", "uid")
    def _compute_plan(self):
        for wizard in self:
            possible, reasons = wizard.env["invoice.tax.license"], []
            for one in wizard.license_ids:
                reason = (
                    one._get_cannot_authorise_reason()
                    if wizard.mode == "authorise"
                    else one._get_cannot_cancel_reason()
                )
                if reason:
                    reasons.append(reason[1])
                else:
                    possible |= one
            wizard.possible_ids = possible
            wizard.possible_count = len(possible)
            wizard.refused_count = len(reasons)
            wizard.refusals = "\n".join(dict.fromkeys(reasons)) or False
            wizard.open_batches = sum(
                possible.taxpayer_id.mapped("open_operation_count")
            )
            wizard.lock_days = wizard.license_ids._get_lock_days()
            wizard.days_text = str(wizard.lock_days)

    @api.depends("license_ids")
    def _compute_is_simulated(self):
        for wizard in self:
            # One at the real platform is enough for it to be real.
            wizard.is_simulated = all(wizard.license_ids.mapped("is_simulated"))

    @api.constrains("license_ids")
    def _check_readable(self):
        # Over RPC a wizard can be made for anything; constraints run as superuser.
        self.sudo(False).license_ids.check_access("read")

    def _get_action(self):
        self.ensure_one()
        titles = dict(self._fields["mode"]._description_selection(self.env))
        return {
            "type": "ir.actions.act_window",
            "name": titles[self.mode],
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
        }

    def action_confirm(self):
        """Do it for those that can be done; what has become impossible meanwhile is
        refused by itself."""
        self.ensure_one()
        # A company that was switched off since would take its licences off the page.
        self.sudo().license_ids.sudo(False).check_access("read")
        licenses = self.possible_ids or self.license_ids
        refused = (
            licenses.authorise() if self.mode == "authorise" else licenses.cancel()
        )
        done = licenses - licenses.browse([row["id"] for row in refused])
        failed = done.filtered(lambda one: one.auth_state == "failed")
        if self.mode == "authorise":
            message = self.env._(
                "%(count)s licences are authorised.",
                count=len(done - failed),
            )
        else:
            message = self.env._(
                "%(count)s authorisations are cancelled.",
                count=len(done),
            )
        reasons = [row["reason"] for row in refused]
        reasons += [f"{one.display_name}: {one.failure}" for one in failed]
        text = "\n".join([message, *list(dict.fromkeys(reasons))[:10]])
        return licenses._get_notification(text, bool(reasons))
