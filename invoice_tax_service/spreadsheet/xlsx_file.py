"""Sheets of an xlsx workbook, by python-calamine.

Of the readers measured it is the fastest by far (12 times openpyxl), but it
trusts what it reads: see ``xlsx_package`` and ``xlsx_sheet`` for what is done
before it gets anything.
"""

import contextlib
from collections.abc import Iterator
from io import BytesIO
from itertools import chain

from python_calamine import CalamineWorkbook

from .errors import WorkbookError
from .grid import Grid
from .limits import Limits
from .xlsx_package import Package, Part, build, packed_part
from .xlsx_rewrite import Rewriter
from .xlsx_sheet import SharedTexts, Survey, without_empty_cells


def xlsx_grids(content: bytes, limits: Limits) -> Iterator[Grid]:
    """Yield the visible sheets, each read when it is asked for.

    :raises WorkbookError: when the archive or a sheet is broken or too large
    """
    package = Package(content, limits)
    entries = package.sheets()
    texts = styles = None
    if package.strings_path and package.has(package.strings_path):
        texts = SharedTexts(package.pieces(package.strings_path))
    if package.styles_path and package.has(package.styles_path):
        package.small(package.styles_path)
        styles = package.part(package.styles_path)
    for entry in entries:
        yield _grid(package, entry, texts, styles)


def _grid(package, entry, texts, styles) -> Grid:
    survey = Survey().scan(package.pieces(entry.path), package.limits)
    strings = texts and package.part(package.strings_path)

    def parse(sheet: Part):
        return _parse(build(sheet, strings, styles, package.date_1904))

    if survey.fits(package.limits):
        _check_text(package, entry, texts, survey)
        # When it fails: something beside the cells, e.g. a dimension that is none.
        with contextlib.suppress(WorkbookError):
            rows, first_column = parse(package.part(entry.path))
            rows = enumerate(rows, 1)
            return Grid(entry.name, rows, first_column, survey.formulas, survey.errors)
    rewriter = Rewriter(package.limits, texts)
    sheet = rewriter.rewrite(_worth_rewriting(package, entry, survey))
    rows, first_column = parse(packed_part(entry.path, sheet))
    rows = zip(rewriter.rows, rows, strict=False)
    return Grid(entry.name, rows, first_column, rewriter.formulas, rewriter.errors)


def _worth_rewriting(package, entry, survey: Survey):
    """Return the XML to rewrite, after a quick look whether it can fit at all."""
    if not survey.usual:
        return package.pieces(entry.path)
    limits = package.limits
    filled = Survey().scan(without_empty_cells(package.pieces(entry.path)), limits)
    if filled.rows > limits.max_rows + limits.header_rows:
        raise WorkbookError("too_many_rows", found=filled.rows, limit=limits.max_rows)
    return without_empty_cells(package.pieces(entry.path))


def _check_text(package, entry, texts, survey: Survey):
    if texts is None:
        return
    limits = package.limits
    cost = texts.cost(survey, lambda: package.pieces(entry.path), limits)
    if cost > limits.max_text:
        raise WorkbookError("too_much_text", found=cost, limit=limits.max_text)


def _parse(content: bytes):
    """Return (iterator of rows from the first row of the sheet, first column)."""
    try:
        workbook = CalamineWorkbook.from_filelike(BytesIO(content))
        sheet = workbook.get_sheet_by_index(0)
        start = sheet.start
        if start is None:
            return iter(()), 0
        # The parser answers from row 1 on, but from the first used column.
        rows = _guarded(sheet.iter_rows())
        return chain((next(rows, []),), rows), start[1]
    except BaseException as error:
        raise _broken(error) from error


def _guarded(rows):
    try:
        yield from rows
    except BaseException as error:
        raise _broken(error) from error


def _broken(error: BaseException) -> BaseException:
    """Return what to raise for an error of the parser.

    A panic inside the parser is a BaseException of its own; whatever else is
    no Exception (GeneratorExit, KeyboardInterrupt) goes on as it is.
    """
    if isinstance(error, WorkbookError):
        return error
    if isinstance(error, Exception) or type(error).__name__ == "PanicException":
        return WorkbookError("broken", reason=f"{type(error).__name__}: {error}")
    return error
