"""A worksheet of xlsxwriter whose data rows are written whole.

xlsxwriter decides anew for each cell what it is, and keeps and formats each as
an object: four fifths of the time of an export. Here the decision is made once
for each column, and a row becomes one line of XML. Header, styles, widths,
totals, filter and the package around it stay with the library.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import Any
from xml.sax.saxutils import escape

from xlsxwriter.worksheet import Worksheet

from .output import EXACT_AMOUNT, EXACT_INTEGER, LONGEST_TEXT, RISKY, clean_text
from .xlsx_sheet import column_letter

#: Values of a column that are remembered as XML: names and labels repeat.
_REMEMBERED = 4096
# Excel reads _x0041_ as the character of that number, so it stands for itself only
# when its first character is written in that way.
_LOOKS_ESCAPED = re.compile("_(?=x[0-9a-fA-F]{4}_)")


class RowSheet(Worksheet):
    """A worksheet in constant memory that takes whole rows.

    What must never happen: text as anything but an inline string, whatever it
    begins with; a value unescaped.
    """

    def write_data(self, first: int, rows: Iterable[Sequence[Any]], makers) -> int:
        """Write rows below what is written already; return their number.

        :param first: the row (from 0) of the first one
        :param makers: one of :meth:`make_text`, :meth:`make_number` and
            :meth:`make_moment` for each column
        """
        # In constant memory the library holds its last row back.
        self._write_single_row(first)
        write = self.fh.write
        columns = [
            (f'<c r="{column_letter(index)}', make) for index, make in enumerate(makers)
        ]
        position = first
        for position, row in enumerate(rows, first + 1):
            cells = [
                f"{start}{position}{make(value)}"
                for (start, make), value in zip(columns, row, strict=True)
                if value is not None and value is not False and value != ""
            ]
            write(f'<row r="{position}">{"".join(cells)}</row>')
        count = position - first
        if count:
            self.previous_row = self.dim_rowmax = position - 1
        return count

    def make_text(self, plain, risky, remember: bool = True) -> Callable:
        """Return a function that makes the XML of a text, without its address.

        :param risky: format of texts that begin like a formula
        :param remember: whether the same texts come again and again
        """
        start = f'" s="{plain._get_xf_index()}" t="inlineStr"><is><t>'
        other = f'" s="{risky._get_xf_index()}" t="inlineStr"><is><t>'

        def make(value):
            # Letters and digits of any script need neither cleaning nor escaping.
            if (
                type(value) is str
                and value.isalnum()
                and len(value) <= LONGEST_TEXT // 2
            ):
                return f"{start}{value}</t></is></c>"
            text = clean_text(value)
            begin = other if text.startswith(RISKY) else start
            text = escape(_LOOKS_ESCAPED.sub("_x005F_", text), {"\r": "_x000D_"})
            if text != text.strip():
                begin = f'{begin[:-1]} xml:space="preserve">'
            return f"{begin}{text}</t></is></c>"

        return lru_cache(_REMEMBERED, typed=True)(make) if remember else make

    def make_number(self, style, limit: int, text: Callable) -> Callable:
        """Return a function that makes the XML of an amount or a count; what is
        none, or cannot be held to the unit, is handed to ``text``."""
        start = f'" s="{style._get_xf_index()}"><v>'

        def make(value):
            if type(value) is str or not abs(value) < limit:
                return text(value)
            return f"{start}{value:.16G}</v></c>"

        return make

    def make_moment(self, style, text: Callable) -> Callable:
        """Return a function that makes the XML of a date or a time; what is none
        is handed to ``text``."""
        start = f'" s="{style._get_xf_index()}"><v>'

        def make(value):
            if type(value) is str:
                return text(value)
            return f"{start}{self._convert_date_time(value):.16G}</v></c>"

        return lru_cache(_REMEMBERED)(make)

    def get_makers(self, kinds: Iterable[str], styles) -> list[Callable]:
        """Return the functions for columns of these kinds.

        :param styles: formats ``text``, ``risky``, ``amount``, ``integer``,
            ``date`` and ``datetime``
        """
        plain = self.make_text(styles.text, styles.risky, remember=False)
        amount = self.make_number(styles.amount, int(EXACT_AMOUNT), plain)
        integer = self.make_number(styles.integer, EXACT_INTEGER, plain)
        own = {
            "number": lambda: plain,
            "amount": lambda: amount,
            "integer": lambda: integer,
            "figure": lambda: (
                lambda value: (integer if type(value) is int else amount)(value)
            ),
            "date": lambda: self.make_moment(styles.date, plain),
            "datetime": lambda: self.make_moment(styles.datetime, plain),
        }
        return [
            own[kind]() if kind in own else self.make_text(styles.text, styles.risky)
            for kind in kinds
        ]
