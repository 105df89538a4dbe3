"""Leqi's issuing side in memory, and the client that speaks to it.

Quota, numbers and what goes wrong next; the platform's rules as the manuals have them,
so that a test sees what Odoo makes of an answer, not what Odoo thinks of itself.
"""

import calendar
import collections
import dataclasses
import datetime
from decimal import Decimal

from odoo.addons.invoice_tax_service.gateway.errors import (
    NotFoundError,
    RefusedError,
    RepeatTooSoonError,
)

from ..gateway import messages

ZERO = Decimal("0.00")
# First five digits but the year: Shanghai, channel 7.
REGION = "317"


@dataclasses.dataclass
class Month:
    """One month's quota at the bureau."""

    monthly: Decimal
    limit: Decimal
    downloaded: Decimal = ZERO
    used: Decimal = ZERO
    other_used: Decimal = ZERO
    is_suspended: bool = False
    valid_from: datetime.date | None = None
    valid_to: datetime.date | None = None

    @property
    def available(self):
        return self.limit - self.other_used - self.downloaded

    @property
    def unused(self):
        return self.downloaded - self.used


class FakeLeqi:
    """What the platform holds, what it was told and what goes wrong next.

    ``events``: ``(word, request number)`` of each call; ``script``: per word the
    troubles of the next calls, see :meth:`trouble`.

    :param now: function that gives the naive UTC time
    """

    def __init__(self, now):
        self.now = now
        self.events = []
        self.script = collections.defaultdict(collections.deque)
        self.months = {}
        self.asked_at = {}
        self.done = {}
        self.segments = []
        self.next_serial = 1
        self.deadline_day = 16
        self.is_filed = False
        self.next_segment = None

    @property
    def today(self):
        return (self.now() + datetime.timedelta(hours=8)).date()

    @property
    def month(self):
        name = f"{self.today:%Y%m}"
        if name not in self.months:
            self.open_month("1000000.00")
        return self.months[name]

    def open_month(self, monthly, limit=None, **values):
        """The running month's quota; ``limit`` is what may be issued before filing."""
        month = Month(Decimal(monthly), Decimal(limit or monthly), **values)
        self.months[f"{self.today:%Y%m}"] = month
        return month

    def trouble(self, word, error, *, acted=False, times=1):
        """The next calls of a word end with this error.

        :param bool acted: the platform does the work and only the answer is lost
        """
        self.script[word].extend([(error, acted)] * times)

    def call(self, word, work, request_number=""):
        """Do the work, unless trouble was ordered."""
        self.events.append((word, request_number))
        error, acted = None, True
        if self.script[word]:
            error, acted = self.script[word].popleft()
        result = work() if acted else None
        if error:
            raise error
        return result

    def count(self, word):
        return sum(1 for said, _number in self.events if said == word)

    def once(self, request_number, work):
        if request_number not in self.done:
            self.done[request_number] = work()
        return self.done[request_number]

    def find(self, request_number):
        if request_number not in self.done:
            raise NotFoundError()
        return self.done[request_number]

    # === QUOTA === #

    def tell_quota(self):
        name = f"{self.today:%Y%m}"
        last = self.asked_at.get(name)
        if last and (self.now() - last).total_seconds() < 3600:
            wait = 3600 - (self.now() - last).total_seconds()
            raise RepeatTooSoonError(code="quota_query_too_soon", wait=wait)
        self.asked_at[name] = self.now()
        month = self.month
        return messages.QuotaData(
            month=name,
            is_suspended=month.is_suspended,
            monthly_quota=month.monthly,
            available=month.available,
            downloaded=month.downloaded,
            unused=month.unused,
            valid_from=month.valid_from,
            valid_to=month.valid_to,
        )

    def transfer(self, kind, amount, request_number):
        month = self.month
        if kind == "download":
            if month.is_suspended:
                raise RefusedError(code="quota_suspended")
            if amount > month.available:
                raise RefusedError(code="quota_short")
            month.downloaded += amount
            self._set_validity()
        else:
            if amount > month.unused:
                raise RefusedError(code="quota_unused_short")
            month.downloaded -= amount
        return messages.QuotaReceipt(
            request_number=request_number,
            kind=kind,
            amount=amount,
            month=f"{self.today:%Y%m}",
            validity=self._validity() if kind == "download" else None,
        )

    def _set_validity(self):
        today, month = self.today, self.month
        last = calendar.monthrange(today.year, today.month)[1]
        month.valid_from = today.replace(day=1)
        month.valid_to = today.replace(day=last if self.is_filed else self.deadline_day)

    def _validity(self):
        return messages.Validity(self.month.valid_from, self.month.valid_to)

    def adjust(self, month):
        if not self.is_filed:
            raise RefusedError(code="quota_not_filed")
        if month != f"{self.today:%Y%m}":
            raise RefusedError(code="quota_month_over")
        self._set_validity()
        return self._validity()

    def upload(self, amount, month=None):
        """An invoice issued here has arrived (or, negative, a red one)."""
        self.months[month or f"{self.today:%Y%m}"].used += Decimal(amount)

    # === NUMBERS === #

    def draw(self, count, request_number):
        if self.next_segment:
            return dataclasses.replace(self.next_segment, request_number=request_number)
        prefix = f"{self.today:%y}{REGION}"
        first, self.next_serial = self.next_serial, self.next_serial + count
        segment = messages.SegmentData(
            first_number=f"{prefix}{first:015d}",
            last_number=f"{prefix}{first + count - 1:015d}",
            count=count,
            request_number=request_number,
            drawn_at=self.now(),
            remaining=count,
        )
        self.segments.append(segment)
        return segment


class FakeIssuingClient:
    """Speaks to the platform of the running test (:attr:`leqi`)."""

    leqi = None

    def __init__(self, _credentials, tax_number, *, exchange=None):
        self.tax_number = tax_number

    def __enter__(self):
        return self

    def __exit__(self, *exc_info):
        """Nothing is open."""

    def fetch_quota(self):
        return self.leqi.call("read", self.leqi.tell_quota)

    def download_quota(self, amount, request_number):
        return self._transfer("download", amount, request_number)

    def return_quota(self, amount, request_number):
        return self._transfer("return", amount, request_number)

    def _transfer(self, kind, amount, request_number):
        leqi = self.leqi
        return leqi.call(
            kind,
            lambda: leqi.once(
                request_number, lambda: leqi.transfer(kind, amount, request_number)
            ),
            request_number,
        )

    def find_transfer(self, request_number):
        leqi = self.leqi
        return leqi.call(
            "find_transfer", lambda: leqi.find(request_number), request_number
        )

    def adjust_validity(self, month):
        return self.leqi.call("validity", lambda: self.leqi.adjust(month))

    def draw_segment(self, count, request_number):
        leqi = self.leqi
        return leqi.call(
            "draw",
            lambda: leqi.once(request_number, lambda: leqi.draw(count, request_number)),
            request_number,
        )

    def find_draw(self, request_number):
        leqi = self.leqi
        return leqi.call("find_draw", lambda: leqi.find(request_number), request_number)

    def fetch_segments(self, year=""):
        return self.leqi.call("segments", lambda: list(self.leqi.segments))
