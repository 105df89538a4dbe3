from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    leqi_is_downloading = fields.Boolean(string="Download Quota Daily", default=True)
    leqi_download_share = fields.Float(
        string="Share to Download",
        digits=(5, 2),
        default=80.0,
        help="Percent of the available quota, rounded down to cents.",
    )
    leqi_amount_basis = fields.Selection(
        [("net", "Net Amount"), ("gross", "Gross Amount")],
        string="Quota Is Taken by",
        default="net",
        required=True,
    )
    leqi_is_red_restoring = fields.Boolean(
        string="Red Invoices Give Quota Back",
        default=True,
        help="A red invoice uploaded in the month of its blue one gives quota back.",
    )
    leqi_draw_count = fields.Integer(
        string="Numbers of an Automatic Draw",
        default=200,
        help="Numbers drawn when none is left at issuing, 1 to 1,000.",
    )
    leqi_quota_low_share = fields.Float(
        string="Quota Is Low below",
        digits=(5, 2),
        default=10.0,
        help="Percent of the monthly quota that is free or can still be downloaded.",
    )
    leqi_validity_days = fields.Integer(string="Validity Is Near within", default=3)
    leqi_number_mark = fields.Integer(string="Numbers Are Low below", default=50)
    leqi_warning_user_id = fields.Many2one(
        "res.users",
        string="Who Is Warned",
        help="Empty: a manager of the tax service of this company.",
    )

    _leqi_share_range = models.Constraint(
        "CHECK (leqi_download_share > 0 AND leqi_download_share <= 100"
        " AND leqi_quota_low_share >= 0 AND leqi_quota_low_share <= 100)",
        "The share to download is above 0 and at most 100 percent, the low-water mark "
        "from 0 to 100 percent.",
    )
    _leqi_draw_count_range = models.Constraint(
        "CHECK (leqi_draw_count BETWEEN 1 AND 1000)",
        "A draw has 1 to 1,000 numbers.",
    )
