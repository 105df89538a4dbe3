from odoo import api, fields, models

from ..gateway.messages import DRAW_LIMIT, SegmentData

DRAW_KINDS = [("draw", "Draw"), ("refresh", "Refresh")]


class InvoiceTaxDraw(models.Model):
    """One draw of invoice numbers, or one reading of the list of segments.

    Entry points: :meth:`_ask_manual` (号段领用), :meth:`_ask_automatic` (none left at
    issuing), :meth:`_ask_refresh` (刷新). A draw whose answer was lost is asked for by
    its request number before the next one is sent: no number is lost.
    """

    _name = "invoice.tax.draw"
    _description = "Draw of Invoice Numbers"
    _inherit = "invoice.tax.leqi.task"
    _order = "id desc"
    _rec_name = "request_number"

    kind = fields.Selection(DRAW_KINDS, required=True, readonly=True, default="draw")
    mode = fields.Selection(
        [("automatic", "Automatic Draw"), ("manual", "Manual Draw")],
        string="Draw Mode",
        readonly=True,
    )
    count = fields.Integer(string="Numbers to Draw", readonly=True)
    segment_ids = fields.One2many("invoice.tax.segment", "draw_id", readonly=True)
    found_count = fields.Integer(string="New Segments", readonly=True)

    _count_range = models.Constraint(
        f"CHECK (kind != 'draw' OR count BETWEEN 1 AND {DRAW_LIMIT})",
        "One draw has 1 to 1,000 numbers.",
    )
    _automatic_uniq = models.UniqueIndex(
        "(taxpayer_id) WHERE mode = 'automatic' AND step != 'done'",
        "Numbers are being drawn already.",
    )
    _refresh_uniq = models.UniqueIndex(
        "(taxpayer_id) WHERE kind = 'refresh' AND step != 'done'",
        "The platform is asked for the segments already.",
    )
    _open_idx = models.Index("(lane_id, next_attempt_at) WHERE step != 'done'")
    _taxpayer_open_idx = models.Index("(taxpayer_id) WHERE step != 'done'")

    # === WRITING DOWN WHAT IS WANTED === #

    @api.model
    def _ask_manual(self, taxpayer, count):
        """Draw numbers that only people use.

        :raise TaxServiceError: not 1 to 1,000, or it cannot be done now
        """
        if not 1 <= count <= DRAW_LIMIT:
            self.env["invoice.tax.taxpayer"]._raise_reason("draw_count")
        return self._submit(taxpayer, "manual", kind="draw", mode="manual", count=count)

    @api.model
    def _ask_automatic(self, taxpayer, missing):
        """Draw numbers for issuing, unless that is under way.

        :param int missing: how many are needed now
        """
        usual = taxpayer.company_id.leqi_draw_count
        return self._submit_quietly(
            taxpayer,
            kind="draw",
            mode="automatic",
            count=min(max(usual, missing), DRAW_LIMIT),
        )

    @api.model
    def _ask_refresh(self, taxpayer):
        taxpayer._check_can("number_refresh")
        open_task = self.sudo().search(
            [
                ("taxpayer_id", "=", taxpayer.id),
                ("kind", "=", "refresh"),
                ("step", "!=", "done"),
            ]
        )
        return open_task or self._submit(taxpayer, "manual", kind="refresh")

    # === WHAT IS SENT === #

    def _build_content(self):
        return self.count

    def _call_send(self, client, content):
        issuing = client.issuing
        if self.kind == "refresh":
            return issuing.fetch_segments()
        return issuing.draw_segment(content, self.request_number)

    def _call_find(self, client, content):
        if self.kind == "refresh":
            # Reading changes nothing: it is simply read again.
            return self._call_send(client, content)
        return client.issuing.find_draw(self.request_number)

    # === WHAT CAME BACK === #

    def _apply_answer(self, answer):
        if isinstance(answer, SegmentData):
            self._apply_segment(answer)
        else:
            self._apply_list(answer)

    def _apply_segment(self, data):
        """Split what was drawn; refused when the platform describes it wrongly."""
        if self.segment_ids:
            self._mark_done("success")
            return
        segments = self.env["invoice.tax.segment"]
        problem = segments._find_problem(data, self._get_years())
        if problem:
            self._mark_done(
                "failed", problem, raw_text=f"{data.first_number} – {data.last_number}"
            )
            return
        segments._create_from(self.taxpayer_id, data, self.mode, self)
        self._mark_done("success")

    def _get_years(self):
        """Years a number may be of: a draw of New Year's Eve may be answered, or found
        again, in the new year."""
        today = self.taxpayer_id._get_today()
        sent_on = self.taxpayer_id._get_day(self.sent_at or fields.Datetime.now())
        return range(min(sent_on.year, today.year), today.year + 1)

    def _apply_list(self, found):
        """Bring the list up to date; a draw that seemed failed gets its segment."""
        segments = self.env["invoice.tax.segment"].sudo()
        known = {
            segment.first_number: segment
            for segment in segments.search([("taxpayer_id", "=", self.taxpayer_id.id)])
        }
        draws = {
            draw.request_number: draw
            for draw in self.search(
                [("taxpayer_id", "=", self.taxpayer_id.id), ("kind", "=", "draw")]
            )
        }
        new = 0
        for data in found:
            if segment := known.get(data.first_number):
                segment._note_platform(data)
                continue
            draw = draws.get(data.request_number)
            if draw and draw.step != "done":
                # Its own answer is still to come, with the numbers.
                continue
            new += self._add(data, draw)
        self.found_count = new
        self._mark_done("success")

    def _add(self, data, draw):
        """List what the platform has and Odoo has not; whether it could be."""
        segments = self.env["invoice.tax.segment"]
        if draw and draw.state == "failed":
            draw._apply_segment(data)
            return bool(draw.segment_ids)
        years = range(2000, self.taxpayer_id._get_today().year + 1)
        if segments._find_problem(data, years):
            return False
        segments._create_from(self.taxpayer_id, data, "elsewhere")
        return True
