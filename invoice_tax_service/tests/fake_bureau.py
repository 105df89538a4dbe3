"""A tax bureau in memory and the channel to it.

This is all that a third channel costs: one class. It is registered by the tests
that use it (``common.TaxServiceMixin``) and taken out of the registry afterwards.
"""

import collections
import contextlib
import datetime
from dataclasses import replace
from decimal import Decimal

from ..gateway import bureau as gateway_bureau
from ..gateway.errors import NotFoundError
from ..gateway.messages import (
    Acceptance,
    Capabilities,
    InvoiceData,
    InvoiceKey,
    InvoicePage,
    ItemResult,
    PeriodData,
    Progress,
    RollBack,
    StatisticsTable,
    TableRow,
    TaxpayerData,
)
from ..gateway.operation_kinds import KINDS

PERIOD = "202610"
TABLE_STANDS = ("02", "03", "04", "05", "25")


class FakeBureau:
    """What the bureau holds, what it was told and what goes wrong next.

    ``events``: ``(word, request number)`` of each call in order; ``acted``: how
    often each invoice was really changed; ``script``: per word the troubles of
    the next calls, see :meth:`trouble`.
    """

    def __init__(self):
        self.events = []
        self.submissions = []
        self.acted = collections.Counter()
        self.script = collections.defaultdict(collections.deque)
        self.invoices = {}
        self.versions = {}
        self.periods = {}
        self.taxpayers = {}
        self.requests = {}
        self.results = {}  # number → forced result code
        self.silent = set()  # numbers the answer says nothing about
        self.refusal = ""  # word of a refusal while working
        self.unfinished = 0  # polls answered with "not yet"
        self.poll_after = 0
        self.sign_code = "200"
        self.tells_ordinal = True
        self.signed_at = None  # what it answers to a signature
        self.locked = ()
        self.refund_confirmations = 0
        self.page_size = 500
        self.unreadable = ()
        self.credit_history = []
        self.asked = []  # (cursor, position, months) of each page

    # === WHAT THE TESTS SAY === #

    def trouble(self, word, error, *, acted=False, times=1):
        """The next calls of a word end with this error (or call this hook).

        :param bool acted: the bureau does the work and only the answer is lost
        """
        self.script[word].extend([(error, acted)] * times)

    def add_taxpayer(self, tax_number, **values):
        self.taxpayers[tax_number] = TaxpayerData(
            **{
                "name": "合成测试有限公司",
                "taxpayer_type": "general",
                "status": "03",
                "authority": "国家税务总局测试税务局",
                "filing_frequency": "month",
                "credit_level": "A",
                "risk": False,
                **values,
            }
        )
        self.periods[tax_number] = PeriodData(
            period=PERIOD,
            next_period="202611",
            opened_on=datetime.date(2026, 11, 1),
            deadline=datetime.date(2026, 11, 16),
            issue_date_from=datetime.date(2017, 1, 1),
            issue_date_to=datetime.date(2026, 10, 31),
            statistics_status="01",
            filed=False,
            statistics_at=None,
            signed_at=None,
        )

    def add_invoice(self, tax_number, number, **values):
        data = InvoiceData(
            **{
                "number": number,
                "code": "",
                "type_code": "81",
                "type_known": True,
                "issue_date": datetime.date(2026, 10, 12),
                "seller_tax_number": "91310115MA1TE5T02F",
                "seller_name": "合成供应商有限公司",
                "buyer_tax_number": tax_number,
                "net_amount": Decimal("100.00"),
                "vat_amount": Decimal("13.00"),
                "gross_amount": Decimal("113.00"),
                "creditable_vat": Decimal("13.00"),
                "status": "normal",
                "raw_status": "0",
                "red_locked": False,
                "element": "",
                "selection": "unselected",
                "purpose": None,
                "raw_purpose": "",
                "period": "",
                "selected_at": None,
                "reason": "",
                "reason_text": "",
                **values,
            }
        )
        return self.put(tax_number, data)

    def put(self, tax_number, data):
        """Note an invoice in its newest state."""
        self.invoices[tax_number, data.key] = data
        self.versions[tax_number, data.key] = (
            len(self.versions)
            + sum(self.acted.values())
            + max(self.versions.values(), default=0)
        )
        return data

    def change(self, tax_number, number, **values):
        key = (tax_number, InvoiceKey(number))
        return self.put(tax_number, replace(self.invoices[key], **values))

    def change_period(self, tax_number, **values):
        self.periods[tax_number] = replace(self.periods[tax_number], **values)

    def words(self):
        return [word for word, _number in self.events]

    # === WHAT THE CHANNEL SAYS === #

    @contextlib.contextmanager
    def call(self, word, number=""):
        self.events.append((word, number))
        error, acted = (
            self.script[word].popleft() if self.script[word] else (None, False)
        )
        if error and not acted:
            self._raise(error)
        yield
        if error and acted:
            self._raise(error)

    @staticmethod
    def _raise(error):
        if isinstance(error, BaseException):
            raise error
        error()

    def act(self, submission):
        """Do the work once per request number; the reference of the request."""
        self.submissions.append(submission)
        if submission.request_number not in self.requests:
            reference = f"P{len(self.requests) + 1:08d}"
            work = self._work_items if submission.items else self._work_table
            self.requests[submission.request_number] = work(submission, reference)
        return self.requests[submission.request_number].reference

    def progress_of(self, request_number):
        if request_number not in self.requests:
            raise NotFoundError()
        progress = self.requests[request_number]
        if self.unfinished:
            self.unfinished -= 1
            return Progress(
                done=False, reference=progress.reference, poll_after=self.poll_after
            )
        return progress

    def _work_items(self, submission, reference):
        if self.refusal:
            return Progress(True, reference, refusal=self.refusal, text="整批拒绝")
        items = [self._work_item(submission, item) for item in submission.items]
        return Progress(True, reference, items=tuple(filter(None, items)))

    def _work_item(self, submission, item):
        data = self.invoices.get((submission.tax_number, item.key))
        kind = KINDS[submission.operation_type]
        result = self.results.get(item.number)
        if not data:
            result = "not_found"
        elif not result:
            result = self._get_result(kind, item, data)
        if result == "ok":
            self.acted[submission.tax_number, item.number] += 1
            values = self._get_values(submission, kind, item, data)
            data = self.put(submission.tax_number, replace(data, **values))
        if item.number in self.silent:
            return None
        if kind.effect != "selection":
            return ItemResult(
                item.key,
                result,
                raw_code="1" if result == "ok" else "9",
                text="" if result == "ok" else "局端说明",
                creditable_vat=data and data.creditable_vat,
            )
        return ItemResult(
            key=item.key,
            result=result,
            raw_code="1" if result == "ok" else "9",
            text="" if result == "ok" else "局端说明",
            selection=data and data.selection,
            purpose=data and data.purpose,
            period=data and data.period,
            creditable_vat=data and data.creditable_vat,
        )

    @staticmethod
    def _get_result(kind, item, data):
        if kind.effect == "booking":
            return "already" if data.booked_on else "ok"
        if kind.effect == "farm":
            same = (data.farm_method, data.farm_amount) == (
                kind.farm_method,
                item.farm_amount,
            )
            return "already" if same or data.selection != "unselected" else "ok"
        if not kind.revokes:
            return "ok" if data.selection == "unselected" else "already"
        if (data.purpose, data.selection) == ("refund", "confirmed"):
            return "refund_confirmed"
        return "ok" if data.selection == "selected" else "not_selected"

    @staticmethod
    def _get_values(submission, kind, item, data):
        """What becomes of an invoice."""
        if kind.effect == "booking":
            return {"booked_on": item.booked_on}
        if kind.effect == "farm":
            own = data.net_amount if item.farm_amount is None else item.farm_amount
            creditable = {"bought": Decimal("0.00"), "face_tax": data.vat_amount}.get(
                kind.farm_method, (own * 9 / 100).quantize(Decimal("0.01"))
            )
            return {
                "farm_method": kind.farm_method,
                "farm_amount": item.farm_amount,
                "creditable_vat": creditable,
            }
        if kind.revokes:
            return {"selection": "unselected", "purpose": None, "period": ""}
        return {
            "selection": "selected",
            "purpose": kind.purpose,
            "period": submission.period,
            # What is refunded is the VAT, whatever was asked for.
            "creditable_vat": data.vat_amount
            if kind.purpose == "refund"
            else item.creditable_vat,
            "reason": item.reason,
            "reason_text": item.reason_text,
        }

    def _work_table(self, submission, reference):
        tax_number, operation_type = submission.tax_number, submission.operation_type
        if self.refusal:
            return Progress(True, reference, refusal=self.refusal, text="整批拒绝")
        if submission.filing == "finished":
            self._jump(tax_number)
            return Progress(
                True, reference, refusal="period_filed", text="本次确认不成功"
            )
        if operation_type == "roll_back":
            self._unselect(tax_number)
            self.change_period(
                tax_number,
                period=submission.period,
                next_period=self.periods[tax_number].period,
                statistics_status="01",
                roll_back=RollBack("", True, True, False, True),
            )
            return Progress(True, reference)
        if operation_type == "refund_sign":
            return self._confirm_refund(submission, reference)
        if operation_type == "sign" and self.sign_code != "200":
            return Progress(
                True,
                reference,
                sign_code=self.sign_code,
                raw_code=self.sign_code,
                text="签名未成功",
                locked=tuple(self.locked),
            )
        status = {"statistics": "02", "statistics_revoke": "01", "sign": "05"}
        self.change_period(
            tax_number, statistics_status=status.get(operation_type, "02")
        )
        if operation_type in ("sign", "sign_revoke"):
            wanted = "confirmed" if operation_type == "sign" else "selected"
            for (owner, _key), data in list(self.invoices.items()):
                if owner == tax_number and data.purpose in ("deduct", "exclude"):
                    self.put(tax_number, replace(data, selection=wanted))
        return Progress(
            True,
            reference,
            statistics=self.table(tax_number)
            if operation_type == "statistics"
            else None,
            sign_code="200" if operation_type == "sign" else "",
            signed_at=self.signed_at if operation_type == "sign" else None,
            ordinal=int(operation_type == "sign" and self.tells_ordinal),
        )

    def _confirm_refund(self, submission, reference):
        """What is selected for refund in the month, once and for all."""
        found = [
            data
            for (owner, _key), data in self.invoices.items()
            if (owner, data.purpose, data.selection)
            == (submission.tax_number, "refund", "selected")
        ]
        if not found:
            return Progress(True, reference, refusal="nothing_selected", text="无数据")
        for data in found:
            self.put(submission.tax_number, replace(data, selection="confirmed"))
        self.refund_confirmations += 1
        return Progress(
            True,
            reference,
            sign_code="200",
            ordinal=self.refund_confirmations,
            totals=TableRow(
                "total",
                len(found),
                sum(data.net_amount for data in found),
                sum(data.vat_amount for data in found),
            ),
        )

    def _jump(self, tax_number):
        """The answer "filed": selections fall back and the next period opens."""
        self._unselect(tax_number)
        before = self.periods[tax_number]
        self.change_period(
            tax_number,
            period=before.next_period,
            statistics_status="01",
            roll_back=RollBack(before.period, True, True, True, True),
        )

    def _unselect(self, tax_number):
        for (owner, _key), data in list(self.invoices.items()):
            if owner == tax_number and data.selection == "selected":
                self.put(
                    tax_number,
                    replace(data, selection="unselected", purpose=None, period=""),
                )

    def table(self, tax_number):
        """The statistics table as the bureau builds it from what it holds."""
        blocks = {}
        for purpose in ("deduct", "exclude"):
            found = [
                data
                for (owner, _key), data in self.invoices.items()
                if owner == tax_number and data.purpose == purpose
            ]
            sums = (
                len(found),
                sum((data.net_amount for data in found), Decimal("0.00")),
                sum((data.creditable_vat for data in found), Decimal("0.00")),
            )
            blocks[purpose] = (TableRow("special", *sums), TableRow("total", *sums))
        return StatisticsTable(
            status=self.periods[tax_number].statistics_status,
            built_at=datetime.datetime(2026, 11, 10, 2, 0),
            **blocks,
        )

    def page(self, tax_number, cursor, position, months):
        self.asked.append((cursor, position, months))
        since = int(cursor or -1)
        changed = sorted(
            (version, data.number, data)
            for (owner, key), data in self.invoices.items()
            if owner == tax_number and (version := self.versions[owner, key]) > since
        )
        first = int(position or 0)
        last = first + self.page_size
        return InvoicePage(
            invoices=[data for _version, _number, data in changed[first:last]],
            next_position=str(last) if last < len(changed) else None,
            cursor=str(max(self.versions.values(), default=0)),
            total=len(changed),
            unreadable=self.unreadable,
        )


class FakeClient(gateway_bureau.BureauClient):
    """The whole of a third channel."""

    channel = "fake"
    label = "Fake channel"
    capabilities = Capabilities(idempotent=True)
    bureau = None

    def __init__(self, credentials, tax_number, session, *, exchange=None):
        self.credentials = credentials
        self.tax_number = tax_number
        self.session = session

    def close(self):
        pass

    def submit(self, submission):
        with self.bureau.call("submit", submission.request_number):
            reference = self.bureau.act(submission)
        return Acceptance(reference, self.bureau.poll_after)

    def find(self, submission):
        with self.bureau.call("find", submission.request_number):
            return self.bureau.progress_of(submission.request_number)

    def poll(self, submission, reference):
        with self.bureau.call("poll", submission.request_number):
            return self.bureau.progress_of(submission.request_number)

    def fetch_period(self):
        with self.bureau.call("period"):
            return self.bureau.periods[self.tax_number]

    def fetch_taxpayer(self):
        with self.bureau.call("taxpayer"):
            return self.bureau.taxpayers[self.tax_number]

    def fetch_invoices(self, *, cursor="", position=None, months=()):
        with self.bureau.call("page"):
            return self.bureau.page(self.tax_number, cursor, position, months)

    def read_invoices(self, keys):
        with self.bureau.call("read"):
            held = (self.bureau.invoices.get((self.tax_number, key)) for key in keys)
            return [data for data in held if data]

    def fetch_statistics(self, period):
        with self.bureau.call("table"):
            return self.bureau.table(self.tax_number)

    def fetch_credit_history(self):
        with self.bureau.call("credit"):
            return list(self.bureau.credit_history)


# Only the tests that ask for it see the channel.
gateway_bureau._registry.pop(FakeClient.channel)
