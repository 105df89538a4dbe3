"""The lines of a vendor bill, worked out from the totals of an invoice.

The pool tells net amount and VAT, no lines and no rates; the rate is what the one
is of the other.
"""

from dataclasses import dataclass
from decimal import Decimal

from .money import CENT, to_decimal

# VAT is rounded on each line of an invoice, so the sum strays. Issuing software
# accepts this much on one line and on a whole invoice, whatever its lines are.
LINE_STRAY = 6 * CENT
INVOICE_STRAY = Decimal("1.27")
# Nobody tells how many lines there are: half a cent on each of ten yuan is the utmost.
UTMOST_SHARE = Decimal("0.0005")
# Less than what tells one rate from another that has a small share of the invoice.
LIKELY_SHARE = Decimal("0.0001")
ZERO = Decimal(0)
HALF_PERCENT = Decimal("0.5")
# The lowest general rate (VAT Law, Art. 10): below it an invoice has one rate alone.
GENERAL_RATE = Decimal(6)
# The general rates of today and of before 2019; what lies between is a mixture.
GENERAL_RATES = {Decimal(rate) for rate in (6, 9, 10, 11, 13, 16, 17)}


class RateError(Exception):
    """No lines can be worked out with the rates at hand."""


class MissingRateError(RateError):
    """One rate, :attr:`rate` in percent, would do; it is never one at hand."""

    def __init__(self, rate):
        super().__init__(rate)
        self.rate = rate


class UnclearRateError(RateError):
    """More VAT than the rates at hand give, and of no single rate either."""


@dataclass(frozen=True)
class BillLine:
    """:ivar Decimal rate: in percent, 0: without tax"""

    net: Decimal
    vat: Decimal = ZERO
    rate: Decimal = ZERO


def get_lines(net, vat, rates):
    """Lines whose net amounts and VAT sum up to these, to the cent.

    Where one rate cannot be, the two that stand around it share the net amount.

    :param Decimal net, vat: not negative
    :param rates: in percent, as Decimal
    :return list: of :class:`BillLine`
    :raise MissingRateError: one other rate would do
    :raise UnclearRateError: nobody can tell which would
    """
    if not vat:
        return [BillLine(net)]
    rate = min(rates, key=lambda one: _get_stray(net, vat, one), default=ZERO)
    if rate and _get_stray(net, vat, rate) <= _get_likely_stray(net):
        return [BillLine(net, vat, rate)]
    usual = _get_usual_rate(net, vat)
    is_reduced = ZERO < usual < max(GENERAL_RATE, min(rates, default=ZERO))
    if is_reduced and _get_stray(net, vat, usual) <= _get_likely_stray(net):
        # What small sellers pay: one rate, not two.
        raise MissingRateError(usual)
    return _share(net, vat, rates) or [_get_line_above(net, vat, rates)]


def _share(net, vat, rates):
    """Lines of the two rates around; none where there is no higher one."""
    known = sorted({ZERO, *rates})
    lower = max((rate for rate in known if net * rate < vat * 100), default=ZERO)
    higher = min((rate for rate in known if net * rate > vat * 100), default=None)
    if higher is None:
        return []
    part = to_decimal((vat * 100 - net * lower) / (higher - lower))
    lower_vat = to_decimal((net - part) * lower / 100)
    return [
        BillLine(part, vat - lower_vat, higher),
        BillLine(net - part, lower_vat, lower),
    ]


def _get_line_above(net, vat, rates):
    """One line of the highest rate, where rounding alone can have made the rest."""
    utmost = _get_utmost_stray(net)
    highest = max(rates, default=ZERO)
    if highest and _get_stray(net, vat, highest) <= utmost:
        return BillLine(net, vat, highest)
    usual = _get_usual_rate(net, vat)
    is_known = ZERO < usual < GENERAL_RATE or usual in GENERAL_RATES
    if is_known and usual not in rates and _get_stray(net, vat, usual) <= utmost:
        raise MissingRateError(usual)
    raise UnclearRateError


def _get_usual_rate(net, vat):
    """The nearest half percent."""
    if not net:
        return ZERO
    return (vat * 100 / net / HALF_PERCENT).quantize(Decimal(1)) * HALF_PERCENT


def _get_stray(net, vat, rate):
    return abs(net * rate / 100 - vat)


def _get_likely_stray(net):
    """What is rounding rather than a second rate."""
    # Of small amounts any rate is within some cents.
    small = min(LINE_STRAY, max(CENT, net / 1000))
    return max(small, min(INVOICE_STRAY, net * LIKELY_SHARE))


def _get_utmost_stray(net):
    """What rounding alone can make, where no second rate is at hand."""
    return max(_get_likely_stray(net), min(INVOICE_STRAY, net * UTMOST_SHARE))
