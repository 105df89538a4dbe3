"""Leqi (乐企): the tax authority's own interface, capabilities 203065, 203064
and 202007."""

import time
import uuid

from .. import messages
from ..bureau import BureauClient
from ..errors import RefusedError, RepeatTooSoonError
from ..leqi_codes import (
    BASE,
    CREDIT_LEVELS,
    DEDUCTION,
    FREQUENCIES,
    SERVICES,
    STATISTICS,
    TAXPAYER_TYPES,
)
from ..leqi_envelope import LeqiConnection
from ..leqi_words import (
    READERS,
    format_item,
    is_done,
    read_invoice,
    read_statistics,
)
from ..operation_kinds import KINDS
from ..period_filing import leqi_filing, read_leqi_roll_back
from ..pool_run import Run, read_each, split_months

JOB_PATIENCE = 20.0  # seconds spent in the client on a running file job
JOB_SLEEPS = (0.2, 0.3, 0.5, 1.0, 2.0)  # seconds, the last one repeats
JOB_WAIT = 15.0  # seconds the caller is asked to wait after that
ITEMS_PER_REQUEST = 100


class LeqiClient(BureauClient):
    """One using entity's line to Leqi; see :class:`bureau.BureauClient`."""

    channel = "leqi"
    label = "Leqi"
    capabilities = messages.Capabilities(
        idempotent=True, bite_size=ITEMS_PER_REQUEST, has_key=True
    )

    def __init__(self, credentials, tax_number, session, *, exchange=None):
        self.tax_number = tax_number
        self.session = session
        self.connection = LeqiConnection(self.channel, credentials, exchange=exchange)

    def close(self):
        self.connection.close()

    # === CHANGING === #

    def submit(self, submission):
        operation = submission.operation_type
        service = SERVICES[operation]
        payload = {
            "gfsbh": submission.tax_number,
            "ywlsh": submission.request_number,
            **service.fields,
            **leqi_filing(submission),
        }
        if service.period:
            payload[service.period] = submission.period
        if KINDS[operation].subject == "invoices":
            payload["fpmx"] = [format_item(operation, i) for i in submission.items]
        answer = self.connection.call(service.capability, service.start, payload)
        return messages.Acceptance(reference=answer.number("pclsh"))

    def find(self, submission):
        return self._ask(submission, {"ywlsh": submission.request_number})

    def poll(self, submission, reference):
        if not reference:
            return self.find(submission)
        return self._ask(submission, {"pclsh": reference})

    def _ask(self, submission, which):
        service = SERVICES[submission.operation_type]
        answer = self.connection.call(
            service.capability,
            service.poll,
            {"gfsbh": submission.tax_number, **which},
            asks_back=True,
        )
        reference = answer.number("pclsh", optional=True) or which.get("pclsh", "")
        if not is_done(answer):
            return messages.Progress(
                done=False,
                reference=reference,
                poll_after=answer.seconds("nextPollSeconds"),
            )
        return messages.Progress(
            done=True, reference=reference, **READERS[service.poll](answer)
        )

    # === READING === #

    def fetch_period(self):
        answer = self.connection.call(
            DEDUCTION, "HQDQSKSSQYDQSKSSQTJZT", {"gfsbh": self.tax_number}
        )
        return messages.PeriodData(
            period=answer.number("skssq"),
            next_period=answer.number("xyskssq", optional=True),
            opened_on=answer.date("kssj", optional=True),
            deadline=answer.date("sbjzrq", optional=True),
            issue_date_from=answer.date("kprqq", optional=True),
            issue_date_to=answer.date("kprqz", optional=True),
            statistics_status=answer.word("tjzt", STATISTICS),
            filed=answer.flag("sbzt") if answer.has("sbzt") else None,
            statistics_at=answer.time("tjsj", optional=True),
            signed_at=answer.time("qrsj", optional=True),
            roll_back=read_leqi_roll_back(answer),
        )

    def fetch_taxpayer(self):
        key = {"nsrsbh": self.tax_number}
        profile = self.connection.call(BASE, "CXNSRJBXX", key)
        risk = self.connection.call(BASE, "CXNSRFXXX", key)
        kind = profile.code("nsrlx")
        level = risk.code("xydj", optional=True)
        return messages.TaxpayerData(
            name=profile.text("nsrmc"),
            taxpayer_type=TAXPAYER_TYPES.get(kind, "unknown"),
            status=profile.code("nsrztdm", optional=True),
            authority=profile.text("zgswjg", optional=True),
            filing_frequency=FREQUENCIES.get(profile.code("sbzq", optional=True), ""),
            credit_level=level if level in CREDIT_LEVELS else "",
            risk=risk.flag("fxnsrbz", optional=True),
        )

    def fetch_credit_history(self):
        answer = self.connection.call(BASE, "CXXYDJXGJL", {"nsrsbh": self.tax_number})
        return [
            messages.CreditLevel(
                level=row.code("xydj"),
                active=row.flag("qybz"),
                valid_from=row.date("yxqq", optional=True),
            )
            for row in answer.rows("xyjl", optional=True)
        ]

    def fetch_invoices(self, *, cursor="", position=None, months=()):
        """As in the interface; a run is one file job, or one per 12 months.

        The first page may be empty: its position holds the job, so that
        nothing is lost when the caller has to come back later.

        :raise RepeatTooSoonError: ``job_running``; ask with the same position
        :raise NotFoundError: the job is gone; begin again without position
        """
        if position is None:
            run = self._begin(cursor, months)
        else:
            run = Run.load(position, self.channel)
        waited_before = bool(run.job)
        if not run.job:
            run = self._start_job(run)
        answer = self._read_file(run)
        if not is_done(answer):
            if waited_before:
                raise RepeatTooSoonError(
                    "The file job is still running", code="job_running", wait=JOB_WAIT
                )
            return messages.InvoicePage([], run.dump(), "")
        invoices, unreadable = read_each(
            answer.rows("fpxx", optional=True), read_invoice
        )
        run = run.replace(
            number=run.number + 1,
            cursor=run.cursor or answer.text("sjc", optional=True),
        )
        if run.number > answer.count("wjsl"):
            run = run.replace(job="", number=1)
        last = not run.job and not run.ranges
        return messages.InvoicePage(
            invoices,
            None if last else run.dump(),
            run.cursor if last else "",
            unreadable=unreadable,
        )

    def _begin(self, cursor, months):
        if cursor:
            return Run(self.channel, since=cursor, ranges=(("", ""),))
        if not months:
            raise RefusedError("No months were given", code="invalid_argument")
        return Run(self.channel, ranges=split_months(months))

    def _start_job(self, run):
        """:return: the run, with the job for its next range of months"""
        first, last = run.ranges[0]
        answer = self.connection.call(
            DEDUCTION,
            "WGXSJCSHQDXZSQDKGX",
            {
                "gfsbh": self.tax_number,
                "kpyf": first,
                "jskpyf": last,
                "sjc": run.since,
                "ywlsh": uuid.uuid4().hex,
            },
        )
        return run.replace(job=answer.number("pclsh"), number=1, ranges=run.ranges[1:])

    def _read_file(self, run):
        """The answer as soon as the job is done, or a running one."""
        deadline = time.monotonic() + JOB_PATIENCE
        sleeps = iter(JOB_SLEEPS)
        pause = 0
        while True:
            answer = self.connection.call(
                DEDUCTION,
                "WGXSJCSHQDXZSQDKGXFK",
                {"gfsbh": self.tax_number, "pclsh": run.job, "wjxh": run.number},
                asks_back=True,
            )
            pause = next(sleeps, pause)
            if is_done(answer) or time.monotonic() + pause > deadline:
                return answer
            time.sleep(pause)

    def read_invoices(self, keys):
        if not keys:
            return []
        rows = [{"fpdm": key.code, "fphm": key.number} for key in keys]
        answer = self.connection.call(
            BASE, "FPZTXXCX", {"nsrsbh": self.tax_number, "fpxx": rows}
        )
        return [read_invoice(row) for row in answer.rows("fpxx", optional=True)]

    def fetch_statistics(self, period):
        answer = self.connection.call(
            DEDUCTION, "HQTJBXX", {"gfsbh": self.tax_number, "skssq": period}
        )
        return read_statistics(answer)
