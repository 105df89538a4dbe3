from odoo import api, fields, models


class InvoiceTaxRightChange(models.Model):
    """One change of a right: who gave or took what, when. Nobody writes it by hand,
    and it outlives the row it tells of."""

    _name = "invoice.tax.right.change"
    _description = "Change of a Right"
    _order = "id desc"
    _rec_name = "item"

    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True, ondelete="cascade"
    )
    item = fields.Char(readonly=True)
    item_name = fields.Char(compute="_compute_item_name", string="Function Right")
    user_id = fields.Many2one(
        "res.users",
        string="User Concerned",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )
    kind = fields.Selection(
        [
            ("given", "Given"),
            ("taken", "Taken Away"),
            ("by_role", "Left to the Roles"),
            ("hidden", "Buttons without Right Hidden"),
            ("shown", "Buttons without Right Shown"),
        ],
        required=True,
        readonly=True,
        string="Change",
    )

    @api.depends("item")
    @api.depends_context("lang")
    def _compute_item_name(self):
        items = self.env["invoice.tax.right"]._get_items()
        for change in self:
            known = items.get(change.item)
            change.item_name = self.env._(known.name) if known else False
