"""The lines of a vendor bill, worked out from the totals of an invoice.

The pool tells net amount and VAT, no lines and no rates; the rate is what the one
is of the other.
"""

from dataclasses import dataclass
from decimal import Decimal

from .money import CENT, to_decimal

# VAT is rounded on each line of an invoice, so the sum may stray by some cents.
STRAY = 6 * CENT
ZERO = Decimal(0)
HALF_PERCENT = Decimal("0.5")
# The lowest general rate (VAT Law, Art. 10): below it an invoice has one rate alone.
GENERAL_RATE = Decimal(6)


class MissingRateError(Exception):
    """No rate at hand fits; :attr:`rate` would, in percent."""

    def __init__(self, rate):
        super().__init__(rate)
        self.rate = rate


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
    :raise MissingRateError:
    """
    if not vat:
        return [BillLine(net)]
    rate = min(rates, key=lambda one: _get_stray(net, vat, one), default=ZERO)
    if rate and _get_stray(net, vat, rate) <= _get_allowed_stray(net):
        return [BillLine(net, vat, rate)]
    usual = _get_usual_rate(net, vat)
    is_reduced = usual < max(GENERAL_RATE, min(rates, default=ZERO))
    if is_reduced and _get_stray(net, vat, usual) <= _get_allowed_stray(net):
        # What small sellers pay: one rate, not two.
        raise MissingRateError(usual)
    return _share(net, vat, rates)


def _share(net, vat, rates):
    known = sorted({ZERO, *rates})
    lower = max((rate for rate in known if net * rate < vat * 100), default=ZERO)
    higher = min((rate for rate in known if net * rate > vat * 100), default=None)
    if higher is None:
        raise MissingRateError(_get_usual_rate(net, vat))
    part = to_decimal((vat * 100 - net * lower) / (higher - lower))
    lower_vat = to_decimal((net - part) * lower / 100)
    return [
        BillLine(part, vat - lower_vat, higher),
        BillLine(net - part, lower_vat, lower),
    ]


def _get_usual_rate(net, vat):
    """The nearest half percent."""
    if not net:
        return ZERO
    return (vat * 100 / net / HALF_PERCENT).quantize(Decimal(1)) * HALF_PERCENT


def _get_stray(net, vat, rate):
    return abs(net * rate / 100 - vat)


def _get_allowed_stray(net):
    # Of small amounts any rate is within some cents.
    return min(STRAY, max(CENT, net / 1000))
