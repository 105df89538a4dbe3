from odoo import api, fields, models
from odoo.tools import SQL

from odoo.addons.invoice_tax_service.tools.notification import get_notification

from ..gateway.digital_number import find_segment_problem, get_year

SEGMENT_MODES = [
    ("automatic", "Automatic Draw"),
    ("manual", "Manual Draw"),
    ("elsewhere", "Drawn Elsewhere"),
]
# A number in one of these can still be issued.
LEFT_STATES = ("available", "manual", "bound")


class InvoiceTaxSegment(models.Model):
    """A run of invoice numbers drawn from Leqi (预赋码): both ends are part of it.

    Made by ``invoice.tax.draw``. What was drawn by another system is listed with the
    rest, but never split: its numbers may be in use there.

    What must never happen: two segments that share a number; numbers of a segment
    the platform described wrongly.
    """

    _name = "invoice.tax.segment"
    _description = "Segment of Invoice Numbers"
    _order = "id desc"
    _rec_names_search = ["first_number", "last_number"]
    _check_company_auto = True

    taxpayer_id = fields.Many2one(
        "invoice.tax.taxpayer",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
        check_company=True,
    )
    company_id = fields.Many2one(
        related="taxpayer_id.company_id", store=True, index=True
    )
    environment = fields.Selection(related="taxpayer_id.environment")
    draw_id = fields.Many2one(
        "invoice.tax.draw", readonly=True, index="btree_not_null", ondelete="restrict"
    )
    # 20 digits fit no integer column, no JavaScript and no spreadsheet number.
    first_number = fields.Char(size=20, required=True, readonly=True)
    last_number = fields.Char(size=20, required=True, readonly=True)
    count = fields.Integer(string="Drawn", required=True, readonly=True)
    year = fields.Char(size=4, required=True, readonly=True)
    mode = fields.Selection(
        SEGMENT_MODES, string="Draw Mode", required=True, readonly=True
    )
    drawn_at = fields.Datetime(readonly=True)
    number_ids = fields.One2many("invoice.tax.number", "segment_id", readonly=True)
    remaining = fields.Integer(compute="_compute_remaining")
    remaining_share = fields.Float(compute="_compute_remaining", aggregator=None)
    # Neither uploaded nor discarded, as the platform counts it.
    platform_remaining = fields.Integer(string="Left at the Platform", readonly=True)
    platform_read_at = fields.Datetime(string="Refreshed At", readonly=True)

    _first_number_uniq = models.Constraint(
        "UNIQUE(first_number)", "This segment is listed already."
    )
    _numbers_sound = models.Constraint(
        "CHECK (first_number ~ '^[0-9]{20}$' AND last_number ~ '^[0-9]{20}$'"
        " AND first_number <= last_number)",
        "A segment goes from one number of 20 digits to another one.",
    )

    @api.depends("first_number", "last_number")
    def _compute_display_name(self):
        for segment in self:
            segment.display_name = f"{segment.first_number} – {segment.last_number}"

    @api.depends("number_ids.state", "platform_remaining")
    def _compute_remaining(self):
        counts = dict(
            self.env["invoice.tax.number"]._read_group(
                [("segment_id", "in", self.ids), ("state", "in", LEFT_STATES)],
                ["segment_id"],
                ["__count"],
            )
        )
        for segment in self:
            if segment.mode == "elsewhere":
                segment.remaining = segment.platform_remaining
            else:
                segment.remaining = counts.get(segment, 0)
            segment.remaining_share = (
                segment.remaining * 100 / segment.count if segment.count else 0
            )

    # === MADE BY A DRAW === #

    @api.model
    def _find_problem(self, data, years):
        """What is wrong with a segment the platform answered, as a code, or "".

        :param gateway.messages.SegmentData data:
        :param years: of the day it was asked for and of today
        """
        problem = find_segment_problem(data)
        if problem:
            return problem
        if get_year(data.first_number) not in years:
            return "segment_year"
        overlaps = self.sudo().search_count(
            [
                ("first_number", "<=", data.last_number),
                ("last_number", ">=", data.first_number),
            ],
            limit=1,
        )
        return "segment_overlap" if overlaps else ""

    @api.model
    def _create_from(self, taxpayer, data, mode, draw=None):
        """List a segment, and split it unless it was drawn elsewhere.

        :param gateway.messages.SegmentData data: sound, see :meth:`_find_problem`
        """
        segment = self.sudo().create(
            {
                "taxpayer_id": taxpayer.id,
                "draw_id": draw and draw.id,
                "first_number": data.first_number,
                "last_number": data.last_number,
                "count": data.count,
                "year": str(get_year(data.first_number)),
                "mode": mode,
                "drawn_at": data.drawn_at or fields.Datetime.now(),
                "platform_remaining": data.count
                if data.remaining is None
                else data.remaining,
                "platform_read_at": fields.Datetime.now(),
            }
        )
        if mode != "elsewhere":
            segment._split()
        return segment

    def _split(self):
        """One row for each number, written by the database: it counts with numbers
        that are longer than its integers."""
        self.env.flush_all()
        self.env.execute_query(
            SQL(
                """
                INSERT INTO invoice_tax_number (name, segment_id, taxpayer_id,
                       company_id, year, mode, state,
                       create_uid, create_date, write_uid, write_date)
                SELECT lpad(number::text, 20, '0'), %(segment)s, %(taxpayer)s,
                       %(company)s, %(year)s, %(mode)s, %(state)s,
                       %(user)s, %(now)s, %(user)s, %(now)s
                  FROM generate_series(%(first)s::numeric, %(last)s::numeric) number
             RETURNING id
                """,
                segment=self.id,
                taxpayer=self.taxpayer_id.id,
                company=self.company_id.id,
                year=self.year,
                mode=self.mode,
                state="available" if self.mode == "automatic" else "manual",
                user=self.env.uid,
                now=self.env.cr.now(),
                first=self.first_number,
                last=self.last_number,
            )
        )
        self.invalidate_recordset(["number_ids", "remaining", "remaining_share"])

    def _note_platform(self, data):
        if data.remaining is not None:
            self.write(
                {
                    "platform_remaining": data.remaining,
                    "platform_read_at": fields.Datetime.now(),
                }
            )

    # === ACTIONS === #

    def action_open_numbers(self):
        """The numbers of these segments."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "invoice_tax_leqi.invoice_tax_number_action"
        )
        action["domain"] = [("segment_id", "in", self.ids)]
        action["context"] = {}
        return action

    def action_open_draw(self):
        """Ask for whom and how many numbers are drawn."""
        # For whom it can be asked is chosen there; refused when that is nobody.
        self.env["invoice.tax.taxpayer"]._find_ready("number_draw")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Draw Numbers"),
            "res_model": "invoice.tax.draw.wizard",
            "view_mode": "form",
            "views": [[False, "form"]],
            "target": "new",
        }

    def action_refresh(self):
        """Have the platform list the segments of these taxpayers; without any, of all
        that issue."""
        self.check_access("read")
        taxpayers, passed_over = self.taxpayer_id._find_ready("number_refresh")
        draws = self.env["invoice.tax.draw"]
        for taxpayer in taxpayers:
            draws._ask_refresh(taxpayer)
        message = self.env._("The platform is asked for the segments.")
        return get_notification(
            taxpayers._say_passed_over(message, passed_over),
            kind="warning" if passed_over else "info",
        )
