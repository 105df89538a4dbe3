from odoo import api, fields, models


class InvoiceTaxEntitlement(models.Model):
    """How many entitlements of one service group the platform has for a customer, as
    it was read last.

    Entry points: :meth:`_apply` when it was read, :meth:`_count` for the numbers at
    the left of the licences and for whoever authorises.
    """

    _name = "invoice.tax.entitlement"
    _description = "Entitlements at the Platform"
    _rec_name = "group_id"
    _order = "connection_id, group_id"

    connection_id = fields.Many2one(
        "invoice.tax.connection", required=True, readonly=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="connection_id.company_id", store=True)
    group_id = fields.Many2one(
        "invoice.tax.service.group",
        string="Service Group",
        required=True,
        readonly=True,
        ondelete="cascade",
    )
    total = fields.Integer(readonly=True)
    used = fields.Integer(readonly=True)
    remaining = fields.Integer(compute="_compute_remaining")
    read_at = fields.Datetime(readonly=True)

    _connection_group_uniq = models.Constraint(
        "UNIQUE(connection_id, group_id)", "One row per connection and service group."
    )

    @api.depends("total", "used")
    def _compute_remaining(self):
        for entitlement in self:
            entitlement.remaining = max(0, entitlement.total - entitlement.used)

    @api.model
    def _apply(self, connection, rows):
        """Note what the platform has.

        :param rows: ``gateway.entitlement.RemainingData``; a group that is left out
            has none any more
        """
        told = {row.service_group: row for row in rows}
        for group in self.env["invoice.tax.service.group"].search(
            [("active", "=", True)]
        ):
            row = told.get(group.code)
            values = {
                "total": row.total if row else 0,
                "used": row.used if row else 0,
                "read_at": fields.Datetime.now(),
            }
            known = self.search(
                [("connection_id", "=", connection.id), ("group_id", "=", group.id)]
            )
            if known:
                known.write(values)
            else:
                self.create(
                    {"connection_id": connection.id, "group_id": group.id, **values}
                )

    @api.model
    def _count(self, group, companies):
        """Granted licences of these companies, and the total of their customers.

        Companies may share a customer number, and with it the total.

        :return: ``(granted, total)``; total None: not read yet
        """
        customers = companies._get_entitlement_connections().mapped("customer_number")
        sharing = (
            self.env["invoice.tax.connection"]
            .sudo()
            .search(
                [
                    ("channel", "=", "entitlement"),
                    ("customer_number", "in", list(filter(None, customers))),
                ]
            )
        )
        granted = (
            self.env["invoice.tax.license"]
            .sudo()
            .search_count(
                [
                    ("company_id", "in", (companies | sharing.company_id).ids),
                    ("group_id", "=", group.id),
                    ("auth_state", "=", "authorised"),
                ]
            )
        )
        newest = {}
        for entitlement in self.sudo().search(
            [("connection_id", "in", sharing.ids), ("group_id", "=", group.id)],
            order="read_at",
        ):
            newest[entitlement.connection_id.customer_number] = entitlement.total
        return granted, sum(newest.values()) if newest else None
