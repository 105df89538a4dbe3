"""What an issued invoice must hold; nothing here looks at any state."""

from decimal import ROUND_HALF_UP, Decimal

# Rates in use (domain 1.10): a share of the net amount.
RATES = ("0", "0.01", "0.015", "0.03", "0.05", "0.06", "0.09", "0.13")
_RATES = frozenset(map(Decimal, RATES))
BLUE, RED = "blue", "red"
SPECIAL = "special"
DISCOUNT, DISCOUNTED = "discount", "discounted"
CLASS_LENGTH = 19


def problem(invoice: dict, tax_number: str, tolerance: int) -> tuple[str, str]:
    """What is wrong with the content, and where; two empty texts when nothing is."""
    if invoice["seller_tax_number"] != tax_number:
        return "field", "xsfnsrsbh"
    if not invoice["buyer_name"] or (
        invoice["type"] == SPECIAL and not invoice["buyer_tax_number"]
    ):
        return "buyer", "gmfmc, gmfnsrsbh"
    for position, line in enumerate(invoice["lines"], 1):
        wrong = _line_problem(line, tolerance) or _place_problem(invoice, position)
        if wrong:
            return wrong, f"fpmxList {position}"
    return _sum_problem(invoice), ""


def _line_problem(line: dict, tolerance: int) -> str:
    code = line["tax_class"]
    if len(code) != CLASS_LENGTH or not (code.isascii() and code.isdigit()):
        return "tax_class"
    rate = Decimal(line["rate"])
    if rate not in _RATES:
        return "rate"
    exact = (rate * line["net"]).quantize(Decimal(1), ROUND_HALF_UP)
    if abs(line["vat"] - exact) > tolerance:
        return "vat"
    return "" if _product_fits(line) else "amount"


def _product_fits(line: dict) -> bool:
    """Quantity by price is the net amount, to the cent."""
    if not line["quantity"] or not line["price"]:
        return True
    product = Decimal(line["quantity"]) * Decimal(line["price"]) * 100
    return abs(product - line["net"]) <= 1


def _place_problem(invoice: dict, position: int) -> str:
    """A discount is negative and follows what it is a discount of."""
    line = invoice["lines"][position - 1]
    sign = -1 if invoice["kind"] == RED else 1
    if line["nature"] != DISCOUNT:
        return "amount" if sign * line["net"] < 0 else ""
    before = invoice["lines"][position - 2] if position > 1 else None
    if before is None or before["nature"] != DISCOUNTED:
        return "field"
    return "amount" if sign * line["net"] > 0 else ""


def _sum_problem(invoice: dict) -> str:
    sign = -1 if invoice["kind"] == RED else 1
    net = sum(line["net"] for line in invoice["lines"])
    vat = sum(line["vat"] for line in invoice["lines"])
    fits = (
        (net, vat) == (invoice["net"], invoice["vat"])
        and invoice["gross"] == net + vat
        and sign * net > 0
    )
    return "" if fits else "amount"
