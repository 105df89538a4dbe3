"""A worksheet written anew with nothing but the cells that hold something.

For sheets that are written in an unusual way or whose cells lie far apart.
Rows move together; ``rows`` remembers where they came from.
"""

import re
from array import array
from collections.abc import Iterable
from io import BytesIO
from xml.parsers import expat
from xml.sax.saxutils import escape

from .errors import WorkbookError
from .limits import Limits
from .xlsx_package import local, new_parser
from .xlsx_sheet import LAST_ROW, Marks, SharedTexts, column_index, column_letter

_HEAD = (
    b'<?xml version="1.0" encoding="UTF-8"?><worksheet xmlns="http://schemas.'
    b'openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
)
_REFERENCE = re.compile(r"([A-Z]{1,3})([1-9][0-9]{0,6})$")
_TYPES = ("s", "str", "inlineStr", "b", "n", "d", "e")
#: Longest text of one cell that is kept; Excel allows 32,767 characters.
_LONGEST_TEXT = 40_000


class Rewriter:
    """Reads worksheet XML and keeps the cells that hold something.

    :ivar rows: sheet row (from 1) of every row of the new sheet, in order
    :ivar formulas: cells with a formula
    :ivar errors: cells that show an error
    :raises WorkbookError: ``too_many_rows``, ``too_many_cells``,
        ``too_much_text``, ``broken``
    """

    def __init__(self, limits: Limits, texts: SharedTexts | None):
        self.limits = limits
        self.texts = texts
        self.rows = array("I")
        self.formulas = Marks()
        self.errors = Marks()
        self._target = BytesIO()
        self._cells = 0
        self._width = 0
        self._text_cost = 0
        self._row = 0
        self._column = -1
        self._row_cells = []
        self._cell = None
        self._collect = None
        self._phonetic = 0

    def rewrite(self, pieces: Iterable[bytes]) -> bytes:
        """Return the new worksheet XML."""
        parser = new_parser()
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        self._target.write(_HEAD)
        try:
            for piece in pieces:
                parser.Parse(piece, False)
            parser.Parse(b"", True)
        except (expat.ExpatError, ValueError, LookupError) as error:
            raise WorkbookError("broken", reason=str(error)) from error
        self._target.write(b"</sheetData></worksheet>")
        return self._target.getvalue()

    def _start(self, tag, attributes):
        tag = local(tag)
        if tag == "row":
            self._start_row(attributes)
        elif tag == "c":
            self._start_cell(attributes)
        elif self._cell is not None:
            if tag == "f":
                self._cell["formula"] = True
            elif tag == "rPh":
                self._phonetic += 1
            elif tag == "v" or (tag == "t" and not self._phonetic):
                self._collect = self._cell["text"]

    def _start_row(self, attributes):
        self._flush_row()
        number = attributes.get("r", "")
        self._row = int(number) if number.isdecimal() else self._row + 1
        if not 0 < self._row <= LAST_ROW:
            raise WorkbookError("broken", reason=f"row {self._row}")
        self._column = -1

    def _start_cell(self, attributes):
        found = _REFERENCE.match(attributes.get("r", ""))
        if found:
            self._column = column_index(found[1])
        else:
            self._column += 1
        self._cell = {
            "type": attributes.get("t", "n"),
            "style": attributes.get("s", ""),
            "text": [],
            "formula": False,
        }

    def _text(self, text):
        if self._collect is not None:
            self._collect.append(text)

    def _end(self, tag):
        tag = local(tag)
        if tag in ("v", "t"):
            self._collect = None
        elif tag == "rPh":
            self._phonetic = max(0, self._phonetic - 1)
        elif tag == "c" and self._cell is not None:
            self._end_cell()
        elif tag in ("row", "sheetData"):
            self._flush_row()

    def _end_cell(self):
        cell, self._cell, self._phonetic = self._cell, None, 0
        if self._column >= self.limits.max_columns:
            return
        row = self._row or 1
        if cell["formula"]:
            self.formulas.add(self._column, row)
        text = "".join(cell["text"])
        if cell["type"] == "e":
            self.errors.add(self._column, row)
            text = ""
        if not text.strip() and not cell["formula"]:
            return
        self._row_cells.append((self._column, self._xml(cell, text)))
        self._count(cell, text)

    def _xml(self, cell, text) -> str:
        """Return the cell without its address."""
        kind = cell["type"] if cell["type"] in _TYPES else "str"
        kind = {"inlineStr": "str", "e": "str"}.get(kind, kind)
        style = f' s="{cell["style"]}"' if cell["style"].isdecimal() else ""
        if len(text) > _LONGEST_TEXT:
            raise WorkbookError("too_much_text", found=len(text), limit=_LONGEST_TEXT)
        value = f"<v>{escape(text)}</v>" if text else ""
        return f'"{style} t="{kind}">{value}</c>'

    def _count(self, cell, text):
        self._cells += 1
        if cell["type"] == "s" and self.texts and text.strip().isdecimal():
            self._text_cost += self.texts.size(int(text))
        if self._text_cost > self.limits.max_text:
            raise WorkbookError(
                "too_much_text", found=self._text_cost, limit=self.limits.max_text
            )
        self._width = max(self._width, self._column + 1)

    def _flush_row(self):
        """Write the row that has just ended, if it holds anything."""
        if not self._row_cells:
            return
        self.rows.append(self._row or 1)
        count = len(self.rows)
        limits = self.limits
        # The header and the lines above it do not count as data.
        if count > limits.max_rows + limits.header_rows:
            raise WorkbookError("too_many_rows", found=count, limit=limits.max_rows)
        area = max(self._cells, count * self._width)
        if area > limits.max_cells:
            raise WorkbookError("too_many_cells", found=area, limit=limits.max_cells)
        cells = "".join(
            f'<c r="{column_letter(column)}{count}{rest}'
            for column, rest in self._row_cells
        )
        self._target.write(f'<row r="{count}">{cells}</row>'.encode())
        self._row_cells = []
