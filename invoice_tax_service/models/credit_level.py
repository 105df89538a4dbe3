from odoo import api, fields, models


class InvoiceTaxCreditLevel(models.Model):
    """One row of the credit level history (企业信用等级修改记录, manual 001, 1.12).

    Entry points: :meth:`_replace` with what the bureau tells, and :meth:`_note` where
    the channel tells none and only changes of the profile are seen. Nobody else
    writes here.
    """

    _name = "invoice.tax.credit.level"
    _description = "Credit Level"
    _order = "valid_from desc, id desc"
    _rec_name = "level"

    taxpayer_id = fields.Many2one(
        "invoice.tax.taxpayer",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(
        related="taxpayer_id.company_id", store=True, index=True
    )
    level = fields.Char(readonly=True, required=True, string="Credit Level")
    # Not "active": rows that hold no more would be hidden.
    is_active = fields.Boolean(readonly=True, string="In Force")
    valid_from = fields.Date(readonly=True)
    is_from_bureau = fields.Boolean(
        readonly=True, help="Told by the bureau; else noted when the profile changed."
    )

    @api.model
    def _replace(self, taxpayer, levels):
        """Make the history what the bureau tells; what stands already stays.

        :param list levels: ``gateway.messages.CreditLevel``
        """
        rows = self.sudo().search([("taxpayer_id", "=", taxpayer.id)])
        kept = {}
        for row in rows.filtered("is_from_bureau"):
            kept.setdefault((row.level, row.is_active, row.valid_from or None), row)
        told = dict.fromkeys(
            (level.level, level.active, level.valid_from) for level in levels
        )
        stay = self.browse().union(*(kept[key] for key in told if key in kept))
        (rows - stay).unlink()
        self.sudo().create(
            [
                {
                    "taxpayer_id": taxpayer.id,
                    "level": level,
                    "is_active": active,
                    "valid_from": valid_from,
                    "is_from_bureau": True,
                }
                for level, active, valid_from in told
                if (level, active, valid_from) not in kept
            ]
        )

    @api.model
    def _note(self, taxpayer):
        """Note the level of the profile when it is another one than the last."""
        rows = self.sudo().search([("taxpayer_id", "=", taxpayer.id)])
        in_force = rows.filtered("is_active")
        level = taxpayer.credit_level or ""
        if level == (in_force[:1].level or ""):
            return
        in_force.is_active = False
        if level:
            self.sudo().create(
                {
                    "taxpayer_id": taxpayer.id,
                    "level": level,
                    "is_active": True,
                    "valid_from": taxpayer._get_today(),
                }
            )
