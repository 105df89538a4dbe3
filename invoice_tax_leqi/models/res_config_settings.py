from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    leqi_is_downloading = fields.Boolean(
        related="company_id.leqi_is_downloading", readonly=False
    )
    leqi_download_share = fields.Float(
        related="company_id.leqi_download_share", readonly=False
    )
    leqi_amount_basis = fields.Selection(
        related="company_id.leqi_amount_basis", readonly=False
    )
    leqi_is_red_restoring = fields.Boolean(
        related="company_id.leqi_is_red_restoring", readonly=False
    )
    leqi_draw_count = fields.Integer(
        related="company_id.leqi_draw_count", readonly=False
    )
    leqi_quota_low_share = fields.Float(
        related="company_id.leqi_quota_low_share", readonly=False
    )
    leqi_validity_days = fields.Integer(
        related="company_id.leqi_validity_days", readonly=False
    )
    leqi_number_mark = fields.Integer(
        related="company_id.leqi_number_mark", readonly=False
    )
    leqi_warning_user_id = fields.Many2one(
        related="company_id.leqi_warning_user_id", readonly=False
    )
