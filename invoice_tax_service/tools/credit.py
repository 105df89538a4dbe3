"""How much input VAT an invoice gives, where its face does not say it.

Plain Python on :class:`decimal.Decimal`: CNY with two decimals, rounded half up;
rates in percent, as the dated rules (``invoice.tax.rule``) hold them.
"""

from .money import to_decimal

HUNDRED = 100


def get_vat(net, rate):
    """VAT on a net amount."""
    return to_decimal(net * rate / HUNDRED)


def split_gross(gross, rate):
    """``(net, vat)`` of an amount that includes VAT; they add up to it."""
    vat = to_decimal(gross * rate / (HUNDRED + rate))
    return gross - vat, vat


def get_farm_vat(method, net, vat, own_amount, rate):
    """Creditable VAT of a farm product invoice (MOF and STA 2026 No. 10).

    :param str method: one of ``gateway.messages.FARM_METHODS``
    :param own_amount: the own-grown part of the net amount, with ``mixed``
    :param rate: basic deduction rate
    """
    if method == "bought":
        return to_decimal(0)
    if method == "face_tax":
        return vat
    if method == "mixed":
        return get_vat(own_amount, rate)
    return get_vat(net, rate)


def get_passenger_vat(gross, vat, rate):
    """Creditable VAT of a passenger ticket (MOF and STA 2026 No. 13): what stands
    on it, else what the fare includes."""
    return vat or split_gross(gross, rate)[1]
