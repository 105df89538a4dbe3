"""One worksheet of an xlsx workbook: measured first, then parsed.

The parser lays a sheet out as a full rectangle from its first to its last
cell, so four cells in the corners of a sheet cost it 17 billion. Therefore
the XML is read before it: quickly by :class:`Survey` when it is written the
way every common program does, otherwise or when the rectangle is too large by
``xlsx_rewrite``, which leaves only the cells that hold something.
"""

import re
from array import array
from collections.abc import Iterable
from itertools import chain

from .errors import WorkbookError
from .limits import MEGABYTE, Limits

_ATTRIBUTE = rb' (?:s|t|cm|vm|ph)="[^"<>&]*"'
_CELL = re.compile(
    rb'<c r="([A-Z]{1,3}[1-9][0-9]{0,6})"(?:' + _ATTRIBUTE + rb")*[ ]?/?>"
)
#: The same for what nearly all cells are, twice as fast: its group is the whole
#: address, so that a block makes one list of bytes and nothing else.
_PLAIN_CELL = re.compile(
    rb'<c r="([A-Z]{1,3}[1-9][0-9]{0,6})"(?: s="[0-9]+")?(?: t="[a-zA-Z]+")?/?>'
)
_LETTERS, _DIGITS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ", b"0123456789"
_OTHER_CELL = re.compile(rb"<c[\t\r\n/>]")
_FORMULA = re.compile(
    rb'<c r="([A-Z]{1,3})([1-9][0-9]{0,6})"(?:' + _ATTRIBUTE + rb")*[ ]?>\s*<f[\s/>]"
)
_ANY_FORMULA = re.compile(rb"<f[\s/>]")
_ERROR = re.compile(
    rb'<c r="([A-Z]{1,3})([1-9][0-9]{0,6})"(?=[^<>]* t="e")[^<>]*[^<>/]>'
)
_SHARED = re.compile(rb't="s"[^<>]*><v>([0-9]{1,9})</v>')
_EMPTY = re.compile(rb'<c r="[A-Z]{1,3}[0-9]{1,7}"(?:' + _ATTRIBUTE + rb")*[ ]?/>")
_EMPTY_ROW = re.compile(rb"<row [^<>]*(?:/>|></row>)")
#: Prefixed names; with comments, CDATA and document types (``<!``) they make
#: another reading of the XML possible. Found in a text too, which costs time only.
_PREFIXED = re.compile(rb":(?:c|f|v|t|is|si|row|sheetData)[\s/>]")
LAST_ROW = 1_048_576
#: Columns that can be marked; far more than are ever read.
MOST_COLUMNS = 1024
_ROOM_AT_LEAST, _ROOM_PER_CELL = 200_000, 16
#: The head of the shared texts, with all that stands before its first text.
_TEXTS_HEAD = re.compile(rb"<(?:[^\s<>/!?]+:)?sst(?=[\s/>])([^<]*)")
_CLAIM = re.compile(rb"""uniqueCount\s*=\s*(?:"([^"]*)"|'([^']*)')""")
#: Texts that may be claimed beyond those that are there: careless programs name
#: how often they are used, which is once for each cell.
_CLAIMED_BEYOND = 8_000_000
#: A row of 16,384 cells stays below this.
_LONGEST_ROW = 8 * MEGABYTE


def column_index(letters: bytes | str) -> int:
    """Return 0 for A, 25 for Z, 26 for AA."""
    number = 0
    for letter in letters if isinstance(letters, bytes) else letters.encode():
        number = number * 26 + letter - 64
    return number - 1


def column_letter(index: int) -> str:
    """Return ``A`` for 0, ``Z`` for 25, ``AA`` for 26."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


class Marks:
    """Cells that need a word, one bit each: column (from 0), row (from 1)."""

    def __init__(self):
        self._bits = {}
        self.count = 0

    def add(self, column: int, row: int):
        """Remember one cell; what no sheet can have is left out."""
        if column >= MOST_COLUMNS or row > LAST_ROW:
            return
        bits = self._bits.setdefault(column, bytearray())
        place = row >> 3
        if place >= len(bits):
            bits.extend(bytes(place + 1024 - len(bits)))
        bits[place] |= 1 << (row & 7)
        self.count += 1

    def has(self, column: int, row: int) -> bool:
        """Tell whether a cell is marked."""
        bits = self._bits.get(column, b"")
        place = row >> 3
        return place < len(bits) and bool(bits[place] >> (row & 7) & 1)


def whole_rows(pieces: Iterable[bytes]):
    """Yield the XML in blocks that end behind a row (the last one anywhere)."""
    rest = b""
    for piece in pieces:
        block = rest + piece
        end = block.rfind(b"</row>")
        if end < 0:
            rest = block
            if len(rest) > _LONGEST_ROW:
                end = rest.rfind(b"<")
                if end <= 0:
                    raise WorkbookError("broken", reason="endless text in a sheet")
            else:
                continue
        else:
            end += len(b"</row>")
        yield block[:end]
        rest = block[end:]
    yield rest


class Survey:
    """What a sheet really holds, from one quick pass over its XML.

    ``usual`` says that every cell was recognised, so the numbers can be
    trusted; otherwise nothing here means anything.
    """

    def __init__(self):
        self.usual = True
        self.cells = 0
        self.rows = 0
        self.last_row = 0
        self.columns = set()
        self.shared_cells = 0
        self.formulas = Marks()
        self.errors = Marks()

    def scan(self, pieces: Iterable[bytes], limits: Limits) -> "Survey":
        """Read the whole part; ``usual`` may be False afterwards."""
        first = True
        for block in whole_rows(pieces):
            if first:
                self.usual = _is_utf8(block)
                first = False
            if self.usual:
                self._read_block(block)
            if self.cells > 16 * limits.max_cells:
                raise WorkbookError(
                    "too_many_cells", found=self.cells, limit=limits.max_cells
                )
        return self

    def _read_block(self, block: bytes):
        count = block.count(b"<c ")
        found = _PLAIN_CELL.findall(block)
        if len(found) != count:
            found = _CELL.findall(block)
        if len(found) != count or _unusual(block):
            self.usual = False
            return
        if not found:
            return
        addresses = b" ".join(found)
        rows = set(addresses.translate(None, _LETTERS).split())
        self.cells += count
        self.rows += len(rows)
        self.last_row = max(self.last_row, max(map(int, rows)))
        self.columns.update(addresses.translate(None, _DIGITS).split())
        self.shared_cells += block.count(b't="s"')
        if b"<f" in block:
            self._read_marks(block, _FORMULA, self.formulas)
            if len(_FORMULA.findall(block)) != len(_ANY_FORMULA.findall(block)):
                self.usual = False
        if b't="e"' in block:
            self._read_marks(block, _ERROR, self.errors)

    @staticmethod
    def _read_marks(block: bytes, pattern: re.Pattern, marks: Marks):
        for letters, row in pattern.findall(block):
            marks.add(column_index(letters), int(row))

    def fits(self, limits: Limits) -> bool:
        """Tell whether the parser may lay out this sheet as it is.

        A rectangle with far more room than cells is not laid out either: it
        would cost time and memory for nothing.
        """
        if not self.usual or not self.columns:
            return self.usual
        last = max(map(column_index, self.columns)) + 1
        area = last * self.last_row
        return (
            last <= limits.max_columns
            and self.cells <= limits.max_cells
            and area <= limits.max_cells
            and area <= max(_ROOM_AT_LEAST, _ROOM_PER_CELL * self.cells)
            and self.rows <= limits.max_rows + limits.header_rows
        )


def _unusual(block: bytes) -> bool:
    return bool(b"<!" in block or _OTHER_CELL.search(block) or _PREFIXED.search(block))


def _is_utf8(block: bytes) -> bool:
    head = block[:200].removeprefix(b"\xef\xbb\xbf").lstrip()
    if b"\x00" in head:
        return False
    if not head.startswith(b"<?xml"):
        return head.startswith(b"<")
    declaration = head.partition(b"?>")[0].lower()
    return b"encoding" not in declaration or b"utf-8" in declaration


def without_empty_cells(pieces: Iterable[bytes]):
    """Yield usual XML without the cells and rows that hold nothing.

    Formatting down to the last row leaves a million of them; going over them
    one by one would take seconds.
    """
    for block in whole_rows(pieces):
        yield _EMPTY_ROW.sub(b"", _EMPTY.sub(b"", block))


def _claimed_texts(block: bytes) -> int:
    """How many shared texts a block says that there are.

    The parser reserves memory for whatever is claimed, and when that fails the
    whole server process ends: one crafted file of 2 KB does it.
    """
    claimed = 0
    for head in _TEXTS_HEAD.findall(block):
        for quoted, other in _CLAIM.findall(head):
            claim = (quoted or other).strip()
            if claim and not (claim.isdigit() and len(claim) <= 10):
                raise WorkbookError("broken", reason="claim of shared texts")
            claimed = max(claimed, int(claim or 0))
    return claimed


class SharedTexts:
    """Lengths of the shared texts, to foresee what the cells would cost.

    The parser copies a shared text for each cell that refers to it: 60 KB of
    workbook can become a gigabyte.
    """

    def __init__(self, pieces: Iterable[bytes]):
        self.sizes = array("I")
        self.exact = True
        claimed = 0
        rest = b""
        for piece in pieces:
            if not self.sizes and not rest and b"\0" in piece[:200]:
                # Nobody writes it in two bytes; what it claims would not be seen.
                raise WorkbookError("broken", reason="shared texts are not UTF-8")
            block = rest + piece
            claimed = max(claimed, _claimed_texts(block))
            *texts, rest = block.split(b"</si>")
            self.sizes.extend(map(len, texts))
            if _unusual(block) or b"<si/" in block or b"<si /" in block:
                self.exact = False
            if len(rest) > _LONGEST_ROW:
                raise WorkbookError(
                    "too_much_text", found=len(rest), limit=_LONGEST_ROW
                )
        if claimed > len(self.sizes) + _CLAIMED_BEYOND:
            raise WorkbookError("broken", reason=f"{claimed} shared texts are claimed")
        self.longest = max(chain(self.sizes, (len(rest),)))
        if b":si" in rest or not self.sizes:
            self.exact = False

    def size(self, index: int) -> int:
        """Return the bytes of one text, or of the longest when in doubt."""
        if self.exact and 0 <= index < len(self.sizes):
            return self.sizes[index]
        return self.longest

    def cost(self, survey: Survey, pieces, limits: Limits) -> int:
        """Return the bytes of all texts of a sheet, or a bound within limits."""
        bound = survey.shared_cells * self.longest
        if bound <= limits.max_text:
            return bound
        cost = 0
        for block in whole_rows(pieces()):
            found = _SHARED.findall(block)
            missed = block.count(b't="s"') - len(found)
            cost += missed * self.longest
            cost += sum(map(self.size, map(int, found)))
        return cost
