"""The lines of a digital invoice, from the lines of a customer invoice.

Plain functions on plain data. Amounts are CNY with two decimals; those of a red
invoice are negative. What is wrong is said by a word beside the place of the line.
"""

import dataclasses
from decimal import ROUND_HALF_UP, Decimal

from odoo.addons.invoice_tax_service.tools.money import CENT

# Quantity × price has to give the net amount to the cent, for large quantities too.
PRICE_UNIT = Decimal("1e-13")


@dataclasses.dataclass
class RawLine:
    """One line as the books have it."""

    name: str
    net_amount: Decimal
    tax_rate: Decimal
    tax_class_code: str = ""
    full_amount: Decimal | None = None  # before a discount of the line itself
    quantity: Decimal | None = None
    unit: str = ""
    specification: str = ""


def to_cents(amount):
    """Half up, as the law rounds."""
    return amount.quantize(CENT, rounding=ROUND_HALF_UP)


def build_lines(raw_lines, vat_amount, tolerance, sign=1):
    """Lines as they are sent, as dictionaries with text in place of numbers.

    A discount becomes a line of its own behind the line it belongs to; a negative
    line of the books is a discount of the line before it. What the VAT of the books
    is off the sum of the lines is spread over them, a few cents each at most.

    :param list raw_lines: of :class:`RawLine`
    :param Decimal vat_amount: of the books; None: what the lines give
    :param Decimal tolerance: CNY by which the VAT of one line may differ from its net
        amount by its rate
    :param int sign: -1 for a red invoice
    :return: ``(lines, problems)``, problems as ``(word, position in raw_lines)``
    """
    rows, problems = [], []
    for position, raw in enumerate(raw_lines):
        if not raw.net_amount:
            continue
        if sign * raw.net_amount > 0:
            rows += _split_discount(raw)
        elif not _add_discount(rows, raw, sign):
            problems.append(("negative_line", position))
    for row in rows:
        row["vat_amount"] = to_cents(row["net_amount"] * row["tax_rate"])
    if not rows:
        problems.append(("no_lines", None))
    elif vat_amount is not None and not problems:
        if not _spread(rows, vat_amount, tolerance):
            problems.append(("vat_off_books", None))
    return [_to_text(row) for row in rows], problems


def _split_discount(raw):
    row = {
        "name": raw.name,
        "tax_class_code": raw.tax_class_code,
        "net_amount": raw.net_amount,
        "tax_rate": raw.tax_rate,
        "quantity": raw.quantity,
        "unit": raw.unit,
        "specification": raw.specification,
        "nature": "normal",
    }
    if raw.full_amount is None or raw.full_amount == raw.net_amount:
        return [row]
    row.update(net_amount=raw.full_amount, nature="discounted")
    return [row, _discount_of(row, raw.net_amount - raw.full_amount)]


def _discount_of(row, amount):
    return {
        **row,
        "net_amount": amount,
        "quantity": None,
        "unit": "",
        "specification": "",
        "nature": "discount",
    }


def _add_discount(rows, raw, sign):
    """Whether a negative line could become a discount of the line before it."""
    before = rows[-1] if rows else None
    discounted = before
    if before and before["nature"] == "discount":
        discounted = rows[-2]
    if not discounted or discounted["tax_rate"] != raw.tax_rate:
        return False
    left = discounted["net_amount"] + raw.net_amount
    if before is not discounted:
        left += before["net_amount"]
    if sign * left < 0:
        return False
    if before is discounted:
        before["nature"] = "discounted"
        rows.append(_discount_of(before, raw.net_amount))
    else:
        before["net_amount"] += raw.net_amount
    return True


def _spread(rows, vat_amount, tolerance):
    """Whether the lines could be made to give this VAT, largest amounts first."""
    cents = int((vat_amount - sum(row["vat_amount"] for row in rows)) / CENT)
    step = CENT if cents > 0 else -CENT
    by_size = sorted(
        (row for row in rows if row["tax_rate"]),
        key=lambda row: -abs(row["net_amount"]),
    )
    if abs(cents) * CENT > tolerance * len(by_size):
        return False
    for place in range(abs(cents)):
        by_size[place % len(by_size)]["vat_amount"] += step
    # A line whose exact VAT lay between two cents may be just beyond.
    return all(
        abs(row["vat_amount"] - to_cents(row["net_amount"] * row["tax_rate"]))
        <= tolerance
        for row in rows
    )


def _to_text(row):
    price = None
    if row["quantity"]:
        price = (row["net_amount"] / row["quantity"]).quantize(PRICE_UNIT).normalize()
    texts = {**row, "unit_price": price}
    return {
        name: format(value, "f") if isinstance(value, Decimal) else value
        for name, value in texts.items()
    }
