import psycopg2

from odoo import api, fields, models
from odoo.tools import SQL, clean_context

from ..gateway.errors import GatewayError, NotFoundError, WaitError
from ..gateway.read_ahead import ReadAhead
from .connection import ENVIRONMENTS
from .words import ORIGINS, RECEIVING, get_sentence

# A read that failed this often in a row is given up; the next one starts anew.
READ_ATTEMPTS = 6
# So long pages are read in one step; people's own work on the lane waits for it.
STEP_SECONDS = 1.0


class InvoiceTaxFetch(models.Model):
    """One reading asked of the tax bureau: the pool of input invoices with the
    taxpayer and the period, or only the period with its statistics table.

    Entry point: :meth:`_ask`. The dispatcher reads page by page; those that have
    come while the ones before were written are committed together, with the
    position of the next, so a killed reading goes on where it stood.
    Only the first fetch reads everything; the others pass on the bureau's cursor
    and get what changed since.

    Right and licence are asked when a reading is wanted, not again when its turn comes:
    one that has waited for days behind a stopped line is made once, whoever has lost
    what meanwhile. It changes nothing at the bureau, everybody who works with the
    taxpayer looks at it, and the outcome of a batch may hang on it.

    What must never happen: a cursor kept from a reading that did not finish, or of
    another environment, for then changes would be missed; an invoice of another buyer
    taken for one of this taxpayer.
    """

    _name = "invoice.tax.fetch"
    _description = "Reading from the Tax Bureau"
    _inherit = ["invoice.tax.task.mixin"]
    _order = "id desc"

    kind = fields.Selection(
        [("pool", "Input Invoices"), ("period", "Period and Statistics")],
        required=True,
        readonly=True,
    )
    channel = fields.Char(
        readonly=True, help="A cursor is good for the channel that gave it."
    )
    environment = fields.Selection(
        ENVIRONMENTS, readonly=True, help="In which it was read."
    )
    origin = fields.Selection(ORIGINS, required=True, readonly=True)
    user_id = fields.Many2one(
        "res.users", readonly=True, default=lambda self: self.env.user
    )
    cursor = fields.Char(
        readonly=True, help="The bureau's mark from which the next reading goes on."
    )
    position = fields.Char(readonly=True)
    page_count = fields.Integer(readonly=True)
    read_count = fields.Integer(readonly=True, string="Read")
    created_count = fields.Integer(readonly=True, string="New")
    changed_count = fields.Integer(readonly=True, string="Changed")
    unreadable = fields.Text(
        readonly=True,
        help="Rows of the bureau that could not be understood, or are of another "
        "buyer.",
    )
    description = fields.Char(compute="_compute_description")

    _open_uniq = models.UniqueIndex(
        "(lane_id, kind) WHERE state IN ('waiting', 'processing')",
        "The bureau is being read already.",
    )
    _open_idx = models.Index("(lane_id, next_attempt_at) WHERE step != 'done'")

    @api.depends("kind", "taxpayer_id")
    @api.depends_context("lang")
    def _compute_display_name(self):
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        for fetch in self:
            name = fetch.taxpayer_id.display_name
            fetch.display_name = f"{kinds.get(fetch.kind, '')} · {name}"

    @api.depends("result_code", "raw_text", "read_count", "created_count")
    @api.depends_context("lang")
    def _compute_description(self):
        for fetch in self:
            if fetch.result_code:
                fetch.description = get_sentence(
                    self.env, fetch.result_code, fetch.raw_text
                )
            else:
                fetch.description = self.env._(
                    "%(read)s read, %(new)s new, %(changed)s changed",
                    read=fetch.read_count,
                    new=fetch.created_count,
                    changed=fetch.changed_count,
                )

    @api.model
    def _ask(self, taxpayers, kind, origin="automatic"):
        """Have the bureau read for these taxpayers; what is asked for already is
        not asked for twice.

        :return: the open readings
        """
        fetches = self.sudo().browse()
        for taxpayer in taxpayers.sudo():
            lane = taxpayer.lane_id
            if not lane:
                continue
            fetch = self.sudo().search(
                [
                    ("lane_id", "=", lane.id),
                    ("kind", "=", kind),
                    ("state", "in", ("waiting", "processing")),
                ],
                limit=1,
            )
            fetches |= fetch or self._create_open(lane, kind, origin)
        self.env["invoice.tax.lane"]._wake()
        return fetches

    @api.model
    def _ask_if_served(self, taxpayer, kind):
        """The same for what Odoo wants by itself and no outcome hangs on: not for a
        taxpayer whose licence has ended, for which nothing is received."""
        if taxpayer._get_service_unavailable_reason(RECEIVING):
            return self.sudo().browse()
        return self._ask(taxpayer, kind)

    @api.model
    def _create_open(self, lane, kind, origin):
        """A new reading; none when somebody has asked for the same meanwhile.

        Two who ask at the same time are nothing unusual, but Odoo would log the
        violation of the unique index as an error: so it is written in SQL.
        """
        now = self.env.cr.now()
        # Defaults of whoever calls (``default_state`` …) have no say in what is asked.
        clean = self.sudo().with_context(clean_context(self.env.context))
        values = clean._add_missing_default_values(
            {
                "lane_id": lane.id,
                "taxpayer_id": lane.taxpayer_id.id,
                "company_id": lane.company_id.id,
                "kind": kind,
                "channel": lane.channel,
                "origin": origin,
                "user_id": self.env.uid,
                "create_uid": self.env.uid,
                "create_date": now,
                "write_uid": self.env.uid,
                "write_date": now,
            }
        )
        insert = SQL(
            "INSERT INTO invoice_tax_fetch (%s) VALUES (%s) RETURNING id",
            SQL(", ").join(map(SQL.identifier, values)),
            SQL(", ").join(SQL("%s", value) for value in values.values()),
        )
        try:
            with self.env.cr.savepoint():
                self.env.cr.execute(insert, log_exceptions=False)
                return self.sudo().browse(self.env.cr.fetchone())
        except psycopg2.errors.UniqueViolation:
            return self.sudo().browse()

    # === ONE STEP === #

    def _work(self, client):
        """Read pages for a short time (or the period) and commit them.

        Reading changes nothing at the bureau, so no intention is written first
        and an unknown outcome is simply read again.
        """
        self.ensure_one()
        try:
            if self.kind == "pool" and self.position:
                self._read_pages(client)
            elif self.kind == "pool":
                self._read_taxpayer(client)
                self._read_period(client)
                self._read_pages(client)
            else:
                self._read_period(client)
                self._settle(self._mark_done, "success")
        except NotFoundError:
            # The bureau has forgotten the reading: begin it again.
            self._settle(self._begin_again)
        except GatewayError as error:
            self._settle(self._apply_read_error, error)
            self._raise_lane_trouble(error)

    def _apply_ask_error(self, error, step):
        """An error inside Odoo counts like one of the bureau's, so that a reading
        is given up some time."""
        # EXTENDS 'invoice.tax.task.mixin'
        self._apply_read_error(error)

    def _begin_again(self):
        self.write(
            {
                "position": False,
                "attempts": self.attempts + 1,
                "next_attempt_at": self._get_time_after(2 ** min(self.attempts, 6)),
            }
        )

    def _apply_read_error(self, error):
        # Waiting as asked is no failure: only real trouble counts.
        failures = self.attempts + (not isinstance(error, WaitError))
        values = {
            "attempts": failures,
            "result_code": error.code,
            "raw_code": error.raw_code or False,
            "raw_text": (error.text or "")[:500] or False,
        }
        if failures > READ_ATTEMPTS:
            self._mark_done("failed", error.code, error.raw_code, error.text)
            return
        wait = error.wait or 2 ** min(failures, 6)
        values["next_attempt_at"] = self._get_time_after(wait)
        self.write(values)

    # === READING === #

    def _read_taxpayer(self, client):
        data = client.fetch_taxpayer()
        self._settle(self.taxpayer_id._apply_profile, data)

    def _read_period(self, client):
        data = client.fetch_period()
        table = None
        if data.statistics_status in ("02", "03", "04", "05", "25"):
            table = client.fetch_statistics(data.period)
        self._settle(self._apply_period, data, table)

    def _apply_period(self, data, table):
        period = self.env["invoice.tax.period"]._get_or_create(
            self.taxpayer_id, data.period
        )
        period._apply_bureau_data(data, table)
        period.environment = self.lane_id.environment

    def _read_pages(self, client):
        """Write what has come while the client receives what comes next."""
        cursor = self._get_last_cursor()
        months = () if cursor else self.taxpayer_id._get_months_to_fetch()

        def fetch(position):
            return client.fetch_invoices(
                cursor=cursor, position=position, months=months
            )

        with ReadAhead(fetch, self.position or None, STEP_SECONDS) as reader:
            for pages in reader:
                self._settle(self._apply_pages, pages)

    def _get_last_cursor(self):
        last = self.search(
            [
                ("lane_id", "=", self.lane_id.id),
                ("kind", "=", "pool"),
                ("channel", "=", self.lane_id.channel),
                ("environment", "=", self.lane_id.environment),
                ("state", "=", "success"),
                ("cursor", "!=", False),
            ],
            order="id desc",
            limit=1,
        )
        return last.cursor or ""

    def _apply_pages(self, pages):
        """:param list pages: ``gateway.messages.InvoicePage``, in their order"""
        invoices = [data for page in pages for data in page.invoices]
        unreadable = [text for page in pages for text in page.unreadable]
        foreign = [data for data in invoices if not self.taxpayer_id._is_buyer(data)]
        if foreign:
            # Two sessions mixed up, say: this is the deduction of somebody else.
            unreadable += self._name_foreign(foreign)
            invoices = [data for data in invoices if self.taxpayer_id._is_buyer(data)]
        created, changed = self.env["invoice.tax.input.invoice"]._merge(
            self.taxpayer_id, invoices
        )
        last = pages[-1]
        self.write(
            {
                "state": "processing",
                "environment": self.lane_id.environment,
                "attempts": 0,
                "result_code": False,
                "raw_code": False,
                "raw_text": False,
                "page_count": self.page_count + len(pages),
                "read_count": self.read_count + len(invoices),
                "created_count": self.created_count + created,
                "changed_count": self.changed_count + changed,
                "unreadable": "\n".join(filter(None, (self.unreadable, *unreadable)))[
                    :10000
                ]
                or False,
                "position": last.next_position or False,
                "next_attempt_at": fields.Datetime.now(),
            }
        )
        if not last.next_position:
            self.cursor = last.cursor
            self._mark_done("success")
            if self._was_overtaken():
                self._ask(self.taxpayer_id, "pool")

    def _name_foreign(self, invoices):
        """Say which invoices were left out, in the words of who asked."""
        env = self.with_context(lang=self.user_id.lang).env
        return [
            env._(
                "%(number)s: left out, it was issued to %(buyer)s",
                number=data.number,
                buyer=data.buyer_tax_number,
            )
            for data in invoices
        ]

    def _was_overtaken(self):
        """Whether invoices were selected while this was read: the bureau's list
        may be older than what was just written, so only the next reading is right.
        """
        return bool(
            self.page_count > 1
            and self.env["invoice.tax.request"].search_count(
                [
                    ("taxpayer_id", "=", self.taxpayer_id.id),
                    ("answered_at", ">=", self.create_date),
                ],
                limit=1,
            )
        )

    # === CRON === #

    @api.model
    def _cron_fetch(self):
        """Ask for the pool of every taxpayer that has a connection."""
        taxpayers = self.env["invoice.tax.taxpayer"].search([("lane_id", "!=", False)])
        taxpayers = taxpayers._filter_served(RECEIVING)
        for company, of_company in taxpayers.grouped("company_id").items():
            self.with_company(company)._ask(of_company, "pool")
            self.env["ir.cron"]._commit_progress(len(of_company))
