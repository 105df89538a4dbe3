"""Where the header stands and which column is which."""

from dataclasses import dataclass

from .cells import storable
from .errors import WorkbookError
from .layouts import Layout, normalise_header
from .xlsx_sheet import column_letter

_LONGEST_HEADER = 100


@dataclass(slots=True)
class Header:
    """A row that names columns of the layout.

    :param row: row of the sheet, from 1
    :param columns: key -> column (from 0)
    :param texts: key -> header as it is written in the sheet
    :param ignored: headers that mean nothing to the layout
    :param values: the whole row as it was read
    :param duplicates: ``"发票号码: B1, D1"`` for headers of one meaning
    """

    row: int
    columns: dict[str, int]
    texts: dict[str, str]
    ignored: list[str]
    duplicates: list[str]
    values: list

    def missing(self, layout: Layout) -> list[str]:
        """Return official names of what is required and not there."""
        names = [
            column.names[0]
            for column in layout.columns
            if column.required and column.key not in self.columns
        ]
        for group in layout.required_any:
            if not self.columns.keys() & set(group):
                names.append("/".join(layout.column(key).names[0] for key in group))
        return names


def known_headers(layout: Layout) -> dict[str, str]:
    """Return normalised header -> key."""
    return {
        normalise_header(name): column.key
        for column in layout.columns
        for name in column.names
    }


def match_header(row: int, first_column: int, values: list, known: dict) -> Header:
    """Return what the values of one row would mean as a header."""
    places = {}
    texts, ignored = {}, []
    for index, value in enumerate(values, first_column):
        if type(value) is not str or not value.strip():
            continue
        if len(value) > _LONGEST_HEADER:
            ignored.append(storable(value[:_LONGEST_HEADER]))
            continue
        key = known.get(normalise_header(value)) or known.get(
            normalise_header(value, keep_brackets=False)
        )
        if key is None:
            ignored.append(storable(value).strip())
            continue
        places.setdefault(key, []).append(index)
        texts.setdefault(key, storable(value).strip())
    duplicates = [
        f"{texts[key]}: " + ", ".join(f"{column_letter(i)}{row}" for i in indexes)
        for key, indexes in places.items()
        if len(indexes) > 1
    ]
    columns = {key: indexes[0] for key, indexes in places.items()}
    return Header(row, columns, texts, ignored, duplicates, values)


def find_header(grid, layout: Layout, searched_rows: int) -> Header | None:
    """Take rows off the grid until one is the header.

    A row is the header when it names everything that is required. When none
    does, the row that names most (at least two columns) is returned, so that
    what is missing can be named; None when there is no such row.
    """
    known = known_headers(layout)
    best, seen = None, 0
    for row, values in grid.rows:
        if not any(value != "" for value in values):
            continue
        header = match_header(row, grid.first_column, values, known)
        if header.columns and not header.missing(layout):
            return header
        if len(header.columns) > (len(best.columns) if best else 1):
            best = header
        seen += 1
        if seen >= searched_rows:
            break
    return best


def check_header(header: Header, layout: Layout, sheet: str):
    """Raise ``missing_columns`` or ``duplicate_columns`` when it must be said."""
    missing = header.missing(layout)
    if missing:
        raise WorkbookError(
            "missing_columns", sheet=sheet, row=header.row, columns=missing
        )
    if header.duplicates:
        raise WorkbookError(
            "duplicate_columns", sheet=sheet, row=header.row, columns=header.duplicates
        )
