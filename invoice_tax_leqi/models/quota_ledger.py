import dataclasses
import datetime
from datetime import timedelta
from decimal import Decimal
from typing import NamedTuple

from odoo import api, fields, models
from odoo.tools import SQL

from odoo.addons.invoice_tax_service.tools.array_literal import (
    ids_array,
    to_array_literal,
)

from .quota import READ_INTERVAL

NOTHING = Decimal("0.00")
FIGURES = ("downloaded", "unused", "taken", "available")
# The time, what :class:`Entry` has, and what its quota is after it.
_MOVE_COLUMNS = {
    "moved_at": "timestamp",
    "quota_id": "int",
    "kind": "text",
    "downloaded_change": "numeric",
    "unused_change": "numeric",
    "taken_change": "numeric",
    "available_change": "numeric",
    "issue_id": "int",
    "task_id": "int",
    "unused_after": "numeric",
    "free_after": "numeric",
}


class Entry(NamedTuple):
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
    # Of entries that are not posted yet.
    promised: Decimal = NOTHING

    @property
    def free(self):
        return self.unused - self.taken - self.in_return - self.promised


class Want(NamedTuple):
    """What one invoice takes, or gives back when it is red."""

    issue_id: int
    key: tuple  # taxpayer id and month
    day: datetime.date
    amount: Decimal  # not negative
    is_red: bool
    is_taken: bool  # before, and not released since

    @property
    def place(self):
        """Which invoice of which taxpayer and year it is."""
        taxpayer_id, month = self.key
        return self.issue_id, taxpayer_id, month[:4]

    @property
    def takes(self):
        return not (self.is_red or self.is_taken) and self.amount > 0


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
    def _take(self, issues, supply=None):
        """Take quota for invoices that are about to be issued.

        :param issues: ``invoice.tax.issue`` with their issue dates
        :param number.Supply supply: take it for as many as there are numbers, so that
            no movement has to be taken back; None: whatever numbers there are
        :return: ``{issue: code}``: "" when taken, else ``quota_short``,
            ``quota_suspended``, ``quota_invalid_date``, ``quota_unknown`` or
            ``number_none``
        """
        wants = self._get_wants(issues)
        standings = self._lock_for(wants)
        codes, entries, unknown = {}, [], set()
        for want in wants:
            standing = standings.get(want.key)
            code = "" if want.is_taken else self._judge(want, standing)
            if supply and not code and not supply.serve(*want.place):
                code = "number_none"
            codes[want.issue_id] = code
            if code == "quota_unknown":
                unknown.add(want.key[0])
            elif want.takes and not code:
                standing.promised += want.amount
                entries.append(
                    Entry(
                        standing.id, "take", taken=want.amount, issue_id=want.issue_id
                    )
                )
        self._post(entries, standings.values())
        for taxpayer in self.env["invoice.tax.taxpayer"].browse(unknown):
            self.env["invoice.tax.quota.task"]._submit_quietly(taxpayer, kind="read")
        return {issue: codes[issue.id] for issue in issues}

    @api.model
    def _judge(self, want, standing):
        """Why an invoice cannot be issued on this quota, as a code, or ""."""
        if want.is_red:
            # It takes none, and the bureau wants it whatever becomes of the quota.
            return ""
        if standing is None:
            return "quota_unknown"
        if standing.is_suspended:
            return "quota_suspended"
        if (standing.valid_from and want.day < standing.valid_from) or (
            standing.valid_to and want.day > standing.valid_to
        ):
            return "quota_invalid_date"
        return "quota_short" if want.amount > standing.free else ""

    @api.model
    def _get_wants(self, issues):
        """What each invoice takes or gives back, and of which quota, in their order.

        In one statement, and not by the fields: each bite comes here.
        """
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT issue.id, issue.taxpayer_id, to_char(issue.issued_on, 'YYYYMM'),
                       issue.issued_on,
                       ABS(CASE company.leqi_amount_basis
                           WHEN 'gross' THEN issue.gross_amount
                           ELSE issue.net_amount END)::text,
                       issue.kind = 'red', COALESCE(moves.is_taken, FALSE)
                  FROM invoice_tax_issue issue
                  JOIN res_company company ON company.id = issue.company_id
             LEFT JOIN (SELECT issue_id, SUM(taken_change) > 0
                               OR BOOL_OR(kind = 'upload') AS is_taken
                          FROM invoice_tax_quota_move
                         WHERE issue_id = ANY(%(ids)s)
                      GROUP BY issue_id) moves ON moves.issue_id = issue.id
                 WHERE issue.id = ANY(%(ids)s)
                """,
                ids=ids_array(issues.ids),
            )
        )
        wants = {
            issue: Want(issue, (taxpayer, month), day, Decimal(amount or 0), *flags)
            for issue, taxpayer, month, day, amount, *flags in rows
        }
        return [wants[issue_id] for issue_id in issues.ids]

    @api.model
    def _get_amount(self, issue):
        """What an invoice takes, or a red one gives back; never negative.

        :rtype: Decimal
        """
        return self._get_wants(issue)[0].amount

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
        taken = self._get_taken(issues)
        quotas = self.browse({quota_id for _issue, quota_id, _amount in taken})
        self._post(
            [
                Entry(
                    quota_id,
                    kind,
                    unused=-amount if kind == "upload" else NOTHING,
                    taken=-amount,
                    issue_id=issue_id,
                )
                for issue_id, quota_id, amount in taken
            ],
            quotas._lock().values(),
        )

    @api.model
    def _note_red(self, issues):
        """Uploaded red invoices give back what their blue ones took, in the month of
        the blue ones only, where the company's setting says so."""
        giving = {issue.id for issue in issues if self._is_giving_back(issue)}
        if not giving:
            return
        wants = self._get_wants(issues)
        standings = self._lock_for(wants)
        rows = self.env.execute_query(
            SQL(
                "SELECT issue_id FROM invoice_tax_quota_move"
                " WHERE kind = 'red' AND issue_id = ANY(%s)",
                issues.ids,
            )
        )
        giving -= {issue_id for (issue_id,) in rows}
        self._post(
            [
                Entry(
                    standings[want.key].id,
                    "red",
                    unused=want.amount,
                    issue_id=want.issue_id,
                )
                for want in wants
                if want.issue_id in giving and want.key in standings and want.amount
            ],
            standings.values(),
        )

    @api.model
    def _is_giving_back(self, issue):
        """Whether an uploaded invoice gives quota back to its month."""
        return bool(
            issue.kind == "red"
            and issue.company_id.leqi_is_red_restoring
            and issue.blue_issued_on
            and f"{issue.blue_issued_on:%Y%m}" == f"{issue.issued_on:%Y%m}"
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
            self._post([Entry(self.id, kind, task_id=task.id, **changes)], [standing])
        now = fields.Datetime.now()
        self.write(
            {
                "is_suspended": data.is_suspended,
                "monthly_quota": float(data.monthly_quota),
                "valid_from": data.valid_from or self.valid_from,
                "valid_to": data.valid_to or self.valid_to,
                "read_at": now,
                "next_read_at": now + self._get_read_interval(),
            }
        )

    def _get_read_interval(self):
        """How long the bureau lets us wait between two questions."""
        minutes = self.env["invoice.tax.rule"]._get_value(
            "quota_read_minutes", self.taxpayer_id._get_today(), self.company_id
        )
        return READ_INTERVAL if minutes is None else timedelta(minutes=int(minutes))

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
        standings = quotas._lock().values()
        quotas._post(
            [
                Entry(standing.id, "expiry", unused=-standing.free)
                for standing in standings
                if standing.free > 0
            ],
            standings,
        )
        return quotas

    # === ROWS === #

    @api.model
    def _lock_for(self, wants):
        """The quotas that these are about, locked.

        :return: ``{(taxpayer id, month): Standing}``
        """
        keys = {want.key for want in wants}
        standings = self._fetch_locked(
            SQL(
                "(taxpayer_id, month) IN (SELECT * FROM unnest(%s::int[], %s::text[]))",
                [taxpayer_id for taxpayer_id, _month in keys],
                [month for _taxpayer_id, month in keys],
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
        """What was taken for these issues, and neither uploaded nor released.

        :return: ``[(issue id, quota id, amount)]``
        """
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT issue_id, quota_id, SUM(taken_change)::text
                  FROM invoice_tax_quota_move
                 WHERE issue_id = ANY(%s)
              GROUP BY issue_id, quota_id
                HAVING SUM(taken_change) > 0
              ORDER BY issue_id
                """,
                issues.ids,
            )
        )
        return [(issue, quota, Decimal(amount)) for issue, quota, amount in rows]

    @api.model
    def _post(self, entries, standings):
        """Write entries and the figures they make, in one go; the only place where
        either is written.

        :param standings: of all their quotas, locked
        """
        if not entries:
            return
        standings = {standing.id: standing for standing in standings}
        now = fields.Datetime.now()
        rows = []
        for entry in entries:
            standing = standings[entry.quota_id]
            standing.promised = NOTHING
            standing.downloaded += entry.downloaded
            standing.unused += entry.unused
            standing.taken += entry.taken
            standing.available += entry.available
            rows.append((now, *entry, standing.unused, standing.free))
        changed = {entry.quota_id for entry in entries}
        # In one go to the database: each bite of invoices comes here.
        self.env.cr.execute(
            SQL(
                "WITH moves AS (%s) %s",
                self._get_insert(rows),
                self._get_update([standings[quota_id] for quota_id in changed]),
            )
        )
        self.browse(changed).invalidate_recordset([*FIGURES, "free", "move_ids"])

    @api.model
    def _get_insert(self, rows):
        """The statement that writes these rows of the ledger.

        :rtype: SQL
        """
        columns = dict(zip(_MOVE_COLUMNS, zip(*rows, strict=True), strict=True))
        # What is the same in all rows is said once: of a bite, most of it.
        same = {
            name: values[0]
            for name, values in columns.items()
            if len(set(values)) == 1 and name != "free_after"
        }
        others = {name: values for name, values in columns.items() if name not in same}
        return SQL(
            "INSERT INTO invoice_tax_quota_move (%s)"
            " SELECT %s, changed.* FROM unnest(%s) AS changed",
            SQL(", ").join(map(SQL.identifier, [*same, *others])),
            SQL(", ").join(
                SQL(f"%s::{_MOVE_COLUMNS[name]}", value) for name, value in same.items()
            ),
            SQL(", ").join(
                SQL(f"%s::{_MOVE_COLUMNS[name]}[]", to_array_literal(values))
                for name, values in others.items()
            ),
        )

    @api.model
    def _get_update(self, standings):
        """The statement that writes the figures of these quotas.

        :rtype: SQL
        """
        rows = [
            (one.id, one.downloaded, one.unused, one.taken, one.available)
            for one in standings
        ]
        ids, *figures = zip(*rows, strict=True)
        return SQL(
            """
            UPDATE invoice_tax_quota quota
               SET downloaded = new.downloaded, unused = new.unused,
                   taken = new.taken, available = new.available,
                   write_uid = %(user)s, write_date = now() AT TIME ZONE 'UTC'
              FROM unnest(%(ids)s::int[], %(columns)s)
                   AS new (id, downloaded, unused, taken, available)
             WHERE quota.id = new.id
            """,
            user=self.env.uid,
            ids=list(ids),
            columns=SQL(", ").join(
                SQL("%s::numeric[]", to_array_literal(column)) for column in figures
            ),
        )
