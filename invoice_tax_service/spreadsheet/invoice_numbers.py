"""One identity of an invoice out of the columns that may hold it."""

from .cells import show
from .layouts import Layout


class InvoiceIdentity:
    """Brings digital number, code and number of a row together.

    Afterwards ``number`` holds the number by which the invoice is known: 20
    digits of a digital invoice, else the 8 digits that need their ``code``. A
    20-digit value in the column of 8-digit numbers is a digital number too; a
    paper digital invoice has all three, and its 20 digits count.

    :param positions: of (digital number, code, number) in the list of values
    """

    def __init__(self, layout: Layout):
        self.keys = frozenset(layout.invoice_keys)
        keys = layout.keys
        self.digital, self.code, self.number = map(keys.index, layout.invoice_keys)
        self._seen = {}

    def check(self, row: int, values: list) -> tuple[int, str, str] | None:
        """Settle the number in ``values`` (changed in place).

        :return: None, or (position, code of the error, what the cell holds)
        """
        digital, number = values[self.digital], values[self.number]
        if digital is None and number is not None and len(number) == 20:
            values[self.digital] = digital = number
        if digital is not None:
            if number is not None and len(number) == 20 and number != digital:
                return self.number, "two_numbers", number
            values[self.number] = known = digital
        elif number is None:
            return self.number, "missing_number", ""
        elif values[self.code] is None:
            return self.code, "missing_code", number
        else:
            known = values[self.code] + number
        earlier = self._seen.setdefault(known, row)
        if earlier != row:
            return (
                self.digital if digital is not None else self.number,
                "duplicate_row",
                show(earlier),
            )
        return None
