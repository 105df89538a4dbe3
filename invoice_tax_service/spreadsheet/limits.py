"""How much of a workbook is read before it is refused."""

from dataclasses import dataclass

MEGABYTE = 1024 * 1024


@dataclass(frozen=True)
class Limits:
    """Caps that keep a hostile or careless workbook from eating the server.

    The defaults let 200,000 rows of 15 columns pass. A row counts when it
    holds a value; what a sheet claims in its dimension is never believed.
    """

    #: bytes of the file as it was uploaded
    max_bytes: int = 64 * MEGABYTE
    #: data rows with a value in them
    max_rows: int = 200_000
    #: columns looked at; what stands further right is ignored
    max_columns: int = 512
    #: cells of the used rectangle, which the parser holds in memory
    max_cells: int = 8_000_000
    #: bytes of all parts of the archive when unpacked
    max_unpacked: int = 400 * MEGABYTE
    #: unpacked bytes per packed byte, looked at above ``ratio_from`` bytes
    max_ratio: int = 200
    ratio_from: int = 32 * MEGABYTE
    #: parts of the archive
    max_parts: int = 2_000
    #: bytes of text in all cells: one shared text can stand in many cells
    max_text: int = 256 * MEGABYTE
    #: non-empty rows from the top in which the header is looked for
    header_rows: int = 20
    #: cell errors kept in the list; the rest is only counted
    max_errors: int = 1_000


DEFAULT_LIMITS = Limits()
