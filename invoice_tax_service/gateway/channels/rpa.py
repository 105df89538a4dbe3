"""The tax bureau's web site, operated by a robot service (RPA) that logs in."""

from .. import messages
from ..bureau import BureauClient
from ..errors import OutcomeUnknownError
from ..operation_kinds import KINDS
from ..period_filing import read_rpa_roll_back, rpa_filing
from ..pool_run import Run, read_each
from ..rpa_account import RpaAccountMixin
from ..rpa_codes import (
    BROKEN,
    CREDIT_LEVELS,
    DONE,
    FREQUENCIES,
    RUNNING,
    SELECTION_CODES,
    STATISTICS,
    TASKS,
    TAXPAYER_TYPES,
)
from ..rpa_connection import RpaConnection
from ..rpa_words import format_item, read_invoice, read_result, read_statistics

PAGE_SIZE = 500


class RpaClient(RpaAccountMixin, BureauClient):
    """One taxpayer's login at the robot service; see :class:`bureau.BureauClient`."""

    channel = "rpa"
    label = "Bureau by RPA"
    capabilities = messages.Capabilities(
        idempotent=False,
        repeat_gate=180,
        bite_size=100,
        has_passwords=True,
        has_staff=True,
    )

    def __init__(self, credentials, tax_number, session, *, exchange=None):
        self.tax_number = tax_number
        self.connection = RpaConnection(
            self.channel, credentials, tax_number, session, exchange=exchange
        )

    def close(self):
        self.connection.close()

    # === CHANGING === #

    def submit(self, submission):
        operation = submission.operation_type
        payload = {
            "taxNo": submission.tax_number,
            "taskType": TASKS[operation],
            "period": submission.period,
            "traceNo": submission.request_number,
            **rpa_filing(submission),
        }
        if operation in SELECTION_CODES:
            payload["gxlx"] = SELECTION_CODES[operation]
        if KINDS[operation].subject == "invoices":
            payload["items"] = [format_item(operation, i) for i in submission.items]
        data = self.connection.call("submit", payload)
        return messages.Acceptance(
            data.number("reqId"), data.seconds("nextPollSeconds")
        )

    def find(self, submission):
        return self._query(submission, {"traceNo": submission.request_number})

    def poll(self, submission, reference):
        if not reference:
            return self.find(submission)
        return self._query(submission, {"reqId": reference})

    def _query(self, submission, which):
        data = self.connection.call(
            "query", {"taxNo": submission.tax_number, **which}, asks_back=True
        )
        for name, value in which.items():
            if data.has(name) and data.text(name) != value:
                raise OutcomeUnknownError(f"query: the answer is of another {name}")
        reference = data.number("reqId", optional=True) or which.get("reqId", "")
        status = data.code("status")
        if status == RUNNING:
            return messages.Progress(
                done=False,
                reference=reference,
                poll_after=data.seconds("nextPollSeconds"),
            )
        if status not in (DONE, BROKEN):
            raise OutcomeUnknownError(
                f"query: unknown status {status}", raw_code=status
            )
        return messages.Progress(
            done=True,
            reference=reference,
            **read_result(data, TASKS[submission.operation_type], status),
        )

    # === READING === #

    def fetch_period(self):
        data = self.connection.call("period", {"taxNo": self.tax_number})
        return messages.PeriodData(
            period=data.number("period"),
            next_period=data.number("nextPeriod", optional=True),
            opened_on=data.date("openedAt", optional=True),
            deadline=data.date("deadline", optional=True),
            issue_date_from=data.date("issueDateFrom", optional=True),
            issue_date_to=data.date("issueDateTo", optional=True),
            statistics_status=data.word("statisticsStatus", STATISTICS),
            filed=data.flag("filed") if data.has("filed") else None,
            statistics_at=data.time("statisticsAt", optional=True),
            signed_at=data.time("signedAt", optional=True),
            roll_back=read_rpa_roll_back(data),
        )

    def fetch_taxpayer(self):
        data = self.connection.call("profile", {"taxNo": self.tax_number})
        kind = data.code("taxpayerType")
        level = data.code("creditLevel", optional=True)
        return messages.TaxpayerData(
            name=data.text("name"),
            taxpayer_type=TAXPAYER_TYPES.get(kind, "unknown"),
            status=data.code("status", optional=True),
            authority=data.text("authority", optional=True),
            filing_frequency=FREQUENCIES.get(data.code("filing", optional=True), ""),
            credit_level=level if level in CREDIT_LEVELS else "",
            risk=data.flag("risk", optional=True),
        )

    def fetch_invoices(self, *, cursor="", position=None, months=()):
        """As in the interface. The channel cannot ask for months: without a
        cursor the whole pool is read and invoices of other months left out."""
        if position is None:
            wanted = () if cursor else tuple(months)
            run = Run(self.channel, since=cursor, months=wanted)
        else:
            run = Run.load(position, self.channel)
        data = self.connection.call(
            "pool",
            {
                "taxNo": self.tax_number,
                "updatedSince": run.since or None,
                "page": run.number,
                "pageSize": PAGE_SIZE,
            },
        )
        rows, total = data.rows("rows"), data.count("total")
        if len(rows) != min(PAGE_SIZE, max(0, total - (run.number - 1) * PAGE_SIZE)):
            raise OutcomeUnknownError("pool: rows of the page are missing")
        invoices, unreadable = read_each(rows, read_invoice)
        if run.months:
            wanted = {(int(month[:4]), int(month[4:])) for month in run.months}
            invoices = [
                invoice
                for invoice in invoices
                if (invoice.issue_date.year, invoice.issue_date.month) in wanted
            ]
        run = run.replace(
            number=run.number + 1,
            cursor=run.cursor or data.text("cursor", optional=True),
        )
        last = run.number > data.count("pages")
        return messages.InvoicePage(
            invoices,
            None if last else run.dump(),
            run.cursor if last else "",
            total=None if run.months else total,
            unreadable=unreadable,
        )

    def read_invoices(self, keys):
        if not keys:
            return []
        rows = [{"fpdm": key.code, "fphm": key.number} for key in keys]
        data = self.connection.call(
            "invoices", {"taxNo": self.tax_number, "invoices": rows}
        )
        return [read_invoice(row) for row in data.rows("rows")]

    def fetch_statistics(self, period):
        data = self.connection.call(
            "statistics", {"taxNo": self.tax_number, "period": period}
        )
        return read_statistics(data)
