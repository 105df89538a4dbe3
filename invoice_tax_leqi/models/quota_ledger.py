import dataclasses
from decimal import Decimal

from odoo import api, fields, models
from odoo.tools import SQL

from odoo.addons.invoice_tax_service.tools.array_literal import to_array_literal
from odoo.addons.invoice_tax_service.tools.money import to_decimal

from .quota import READ_INTERVAL

NOTHING = Decimal("0.00")
FIGURES = ("downloaded", "unused", "taken", "available")


@dataclasses.dataclass(frozen=True)
class Entry:
    """One change of one quota, before it is a row of the ledger."""

    quota_id: int
    kind: str
    downloaded: Decimal = NOTHING
    unused: Decimal = NOTHING
    taken: Decimal = NOTHING
    available: Decimal = NOTHING
    issue_id: int | None = None
    task_id: int | None = None


@dataclasses.dataclass
class Standing:
    """A quota as it stands in the database, its row locked by us."""

    id: int
    taxpayer_id: int
    company_id: int
    month: str
    is_suspended: bool
    valid_from: object
    valid_to: object
    downloaded: Decimal
    unused: Decimal
    taken: Decimal
    available: Decimal
    in_return: Decimal

    @property
    def free(self):
        return self.unused - self.taken - self.in_return


class InvoiceTaxQuota(models.Model):
    """The ledger: quota is taken, uploaded, released, read back, and expires.

    Set-wise, for a whole bite in a few statements, in the transaction of the caller:
    the row of the quota is locked, so that two who take at once never give out the
    same cent; who comes second on an older snapshot gets a serialization error and
    begins anew. Each method may be called again and changes nothing then.
    """

    _inherit = "invoice.tax.quota"

    # === ISSUING === #

    @api.model
    def _take(self, issues):
        """Take quota for invoices that are about to be issued.

        :param issues: ``invoice.tax.issue`` with their issue dates
        :return: ``{issue: code}``: "" when taken, else ``quota_short``,
            ``quota_suspended``, ``quota_invalid_date`` or ``quota_unknown``
        """
        standings = self._lock_for(issues)
        taken = self._get_taken_issue_ids(issues)
        codes, entries, unknown = {}, [], set()
        for issue in issues:
            standing = standings.get(self._get_key(issue))
            codes[issue] = "" if issue.id in taken else self._judge(issue, standing)
            if codes[issue] == "quota_unknown":
                unknown.add(issue.taxpayer_id)
            elif not codes[issue] and issue.id not in taken and issue.kind == "blue":
                amount = self._get_amount(issue)
                if amount > 0:
                    # What is left for the next one; the row itself is written below.
                    standing.taken += amount
                    entries.append(
                        Entry(standing.id, "take", taken=amount, issue_id=issue.id)
                    )
        self._post(entries)
        for taxpayer in unknown:
            self.env["invoice.tax.quota.task"]._submit_quietly(taxpayer, kind="read")
        return codes

    def _judge(self, issue, standing):
        """Why an invoice cannot be issued on this quota, as a code, or ""."""
        if issue.kind == "red":
            # It takes none, and the bureau wants it whatever becomes of the quota.
            return ""
        if standing is None:
            return "quota_unknown"
        if standing.is_suspended:
            return "quota_suspended"
        day = issue.issued_on
        if (standing.valid_from and day < standing.valid_from) or (
            standing.valid_to and day > standing.valid_to
        ):
            return "quota_invalid_date"
        return "quota_short" if self._get_amount(issue) > standing.free else ""

    @api.model
    def _get_amount(self, issue):
        """What an invoice takes, or a red one gives back; never negative.

        :rtype: Decimal
        """
        is_gross = issue.company_id.leqi_amount_basis == "gross"
        return abs(to_decimal(issue.gross_amount if is_gross else issue.net_amount))

    @api.model
    def _get_key(self, issue):
        return issue.taxpayer_id.id, f"{issue.issued_on:%Y%m}"

    @api.model
    def _release(self, issues):
        """Give back here what was taken for invoices that are not issued."""
        return self._close(issues, "release")

    @api.model
    def _note_uploaded(self, issues):
        """The bureau has these invoices: it has counted what they took."""
        self._close(issues, "upload")
        return self._note_red(issues)

    @api.model
    def _close(self, issues, kind):
        self._lock_for(issues)
        self._post(
            [
                Entry(
                    quota_id,
                    kind,
                    unused=-amount if kind == "upload" else NOTHING,
                    taken=-amount,
                    issue_id=issue_id,
                )
                for issue_id, quota_id, amount, _is_over in self._get_taken(issues)
                if amount > 0
            ]
        )

    @api.model
    def _note_red(self, issues):
        """Uploaded red invoices give back what their blue ones took, in the month of
        the blue ones only, where the company's setting says so."""
        standings = self._lock_for(issues)
        given = {
            issue_id
            for (issue_id,) in self.env.execute_query(
                SQL(
                    "SELECT issue_id FROM invoice_tax_quota_move"
                    " WHERE kind = 'red' AND issue_id = ANY(%s)",
                    issues.ids,
                )
            )
        }
        entries = []
        for issue in issues:
            standing = standings.get(self._get_key(issue))
            if standing and issue.id not in given and self._is_giving_back(issue):
                entries.append(
                    Entry(
                        standing.id,
                        "red",
                        unused=self._get_amount(issue),
                        issue_id=issue.id,
                    )
                )
        self._post(entries)

    @api.model
    def _is_giving_back(self, issue):
        return (
            issue.kind == "red"
            and issue.company_id.leqi_is_red_restoring
            and issue.blue_issued_on
            and f"{issue.blue_issued_on:%Y%m}" == f"{issue.issued_on:%Y%m}"
            and self._get_amount(issue) > 0
        )

    # === READ BACK === #

    def _apply_read(self, data, task):
        """The bureau is the authority: what differs becomes a row of its own.

        :param gateway.messages.QuotaData data:
        """
        self.ensure_one()
        standing = self._lock()[self.id]
        changes = {
            "downloaded": data.downloaded - standing.downloaded,
            "unused": self._get_unused_difference(data.unused, standing),
            "available": data.available - standing.available,
        }
        if any(changes.values()):
            kind = "correction" if self.read_at else "opening"
            self._post([Entry(self.id, kind, task_id=task.id, **changes)])
        now = fields.Datetime.now()
        self.write(
            {
                "is_suspended": data.is_suspended,
                "monthly_quota": float(data.monthly_quota),
                "valid_from": data.valid_from or self.valid_from,
                "valid_to": data.valid_to or self.valid_to,
                "read_at": now,
                "next_read_at": now + READ_INTERVAL,
            }
        )

    def _get_unused_difference(self, unused, standing):
        """What the bureau has otherwise, apart from uploads that are under way: it may
        have counted them, all or some, and their answers are still to come."""
        least, most = self._get_upload_margin(self.taxpayer_id, self.month)
        difference = unused - standing.unused
        if least <= difference <= most:
            return NOTHING
        return difference - (least if difference < least else most)

    @api.model
    def _get_upload_margin(self, taxpayer, month):
        """What uploads that were sent and not answered may have changed already.

        :return: ``(least, most)`` as :class:`decimal.Decimal`: not above zero what
            blue invoices took, not below zero what red ones gave back
        """
        return NOTHING, NOTHING

    # === MONTH END === #

    @api.model
    def _expire(self):
        """What is free in a month that is over is lost (禁止跨月使用). What was issued
        and not uploaded stays until it is."""
        self.flush_model()
        # Not to touch what did expire long ago, day after day.
        rows = self.env.execute_query(
            SQL(
                """
                SELECT id FROM invoice_tax_quota quota
                 WHERE month < %s AND unused - taken - in_return > 0
                """,
                self.env["invoice.tax.taxpayer"]._get_month(),
            )
        )
        quotas = self.browse([quota_id for (quota_id,) in rows])
        quotas._post(
            [
                Entry(standing.id, "expiry", unused=-standing.free)
                for standing in quotas._lock().values()
                if standing.free > 0
            ]
        )
        return quotas

    # === ROWS === #

    @api.model
    def _lock_for(self, issues):
        """The quotas that these issues are about, locked.

        :return: ``{(taxpayer id, month): Standing}``
        """
        keys = {self._get_key(issue) for issue in issues}
        months = {month for _taxpayer, month in keys}
        taxpayers = {taxpayer for taxpayer, _month in keys}
        standings = self._fetch_locked(
            SQL(
                "taxpayer_id = ANY(%s) AND month = ANY(%s)",
                list(taxpayers),
                list(months),
            )
        )
        return {(one.taxpayer_id, one.month): one for one in standings}

    def _lock(self):
        """:return: ``{id: Standing}``"""
        return {
            one.id: one for one in self._fetch_locked(SQL("id = ANY(%s)", self.ids))
        }

    def _fetch_locked(self, condition):
        self.flush_model()
        # In the order of their ids, so that two who lock several never wait in a ring.
        rows = self.env.execute_query(
            SQL(
                """
                SELECT id, taxpayer_id, company_id, month, is_suspended IS TRUE,
                       valid_from, valid_to, downloaded::text, unused::text,
                       taken::text, available::text, in_return::text
                  FROM invoice_tax_quota
                 WHERE %s
              ORDER BY id
                   FOR NO KEY UPDATE
                """,
                condition,
            )
        )
        return [Standing(*row[:7], *map(Decimal, row[7:])) for row in rows]

    @api.model
    def _get_taken(self, issues):
        """What stands in the ledger for these issues.

        :return: ``(issue id, quota id, taken and not closed, uploaded?)``
        """
        rows = self.env.execute_query(
            SQL(
                """
                SELECT issue_id, quota_id, SUM(taken_change)::text,
                       BOOL_OR(kind = 'upload')
                  FROM invoice_tax_quota_move
                 WHERE issue_id = ANY(%s)
              GROUP BY issue_id, quota_id
                """,
                issues.ids,
            )
        )
        return [
            (issue, quota, Decimal(sum_), over) for issue, quota, sum_, over in rows
        ]

    @api.model
    def _get_taken_issue_ids(self, issues):
        return {
            issue_id
            for issue_id, _quota, amount, is_over in self._get_taken(issues)
            if amount > 0 or is_over
        }

    @api.model
    def _post(self, entries):
        """Write entries and the figures they make, in one go; the only place where
        either is written."""
        if not entries:
            return
        quotas = self.browse({entry.quota_id for entry in entries})
        standings = quotas._lock()
        rows = []
        for entry in entries:
            standing = standings[entry.quota_id]
            for figure in FIGURES:
                change = getattr(standing, figure) + getattr(entry, figure)
                setattr(standing, figure, change)
            rows.append(
                (
                    *dataclasses.astuple(entry),
                    standing.unused,
                    standing.free,
                    standing.taxpayer_id,
                    standing.company_id,
                )
            )
        self._insert_moves(rows)
        self._write_figures(standings.values())
        quotas.invalidate_recordset([*FIGURES, "free", "move_ids"])

    @api.model
    def _insert_moves(self, rows):
        columns = zip(*rows, strict=True)
        self.env.execute_query(
            SQL(
                """
                INSERT INTO invoice_tax_quota_move (
                       quota_id, kind, downloaded_change, unused_change, taken_change,
                       available_change, issue_id, task_id, unused_after, free_after,
                       taxpayer_id, company_id,
                       create_uid, create_date, write_uid, write_date)
                SELECT *, %(user)s, %(now)s, %(user)s, %(now)s
                  FROM unnest(%(columns)s)
             RETURNING id
                """,
                user=self.env.uid,
                now=self.env.cr.now(),
                columns=SQL(", ").join(
                    SQL(f"%s::{kind}[]", to_array_literal(column))
                    for kind, column in zip(
                        ("int", "text", *["numeric"] * 4, "int", "int")
                        + ("numeric", "numeric", "int", "int"),
                        columns,
                        strict=True,
                    )
                ),
            )
        )

    @api.model
    def _write_figures(self, standings):
        rows = [
            (one.id, one.downloaded, one.unused, one.taken, one.available)
            for one in standings
        ]
        ids, *figures = zip(*rows, strict=True)
        self.env.cr.execute(
            SQL(
                """
                UPDATE invoice_tax_quota quota
                   SET downloaded = new.downloaded, unused = new.unused,
                       taken = new.taken, available = new.available,
                       write_uid = %(user)s, write_date = %(now)s
                  FROM unnest(%(ids)s::int[], %(columns)s)
                       AS new (id, downloaded, unused, taken, available)
                 WHERE quota.id = new.id
                """,
                user=self.env.uid,
                now=self.env.cr.now(),
                ids=list(ids),
                columns=SQL(", ").join(
                    SQL("%s::numeric[]", to_array_literal(column)) for column in figures
                ),
            )
        )
