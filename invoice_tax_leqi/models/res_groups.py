from odoo import api, models
from odoo.fields import Command


class ResGroups(models.Model):
    """Whoever is both clerks has the one role that says so."""

    _inherit = "res.groups"

    @api.ondelete(at_uninstall=True)
    def _unlink_keeps_receiving_clerks(self):
        """Without this addon both clerks are what is left of them."""
        both = self.env.ref(
            "invoice_tax_leqi.group_both_clerks", raise_if_not_found=False
        )
        if both and both in self:
            receiving = self.env.ref("invoice_tax_service.group_receiving_clerk")
            users = both.with_context(active_test=False).user_ids
            users.write({"group_ids": [Command.link(receiving.id)]})

    @api.model
    def _join_tax_clerks(self):
        """Give the users who have the roles of both clerks the one in their place,
        which the form of a user can show and keep; what they may do stays the same."""
        receiving = self.env.ref("invoice_tax_service.group_receiving_clerk")
        issuing = self.env.ref("invoice_tax_leqi.group_issuing_clerk")
        both = self.env.ref("invoice_tax_leqi.group_both_clerks")
        users = self.env["res.users"].with_context(active_test=False)
        for user in users.search(
            [
                ("group_ids", "in", receiving.ids),
                ("group_ids", "in", issuing.ids),
            ]
        ):
            user.group_ids = user.group_ids - receiving - issuing | both
