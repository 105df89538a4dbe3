"""Whatever is uploaded: a table that can be used or an error of ours, in little
memory."""

import io
import itertools
import resource
import zipfile

from hypothesis import given, settings
from hypothesis import strategies as st
from spreadsheet import (
    CELL_CODES,
    DEFAULT_LIMITS,
    SELECTION,
    WORKBOOK_CODES,
    WorkbookError,
    read_table,
    write_error_workbook,
)
from spreadsheet_samples import (
    DIGITAL,
    GOOD_ROWS,
    HEADER,
    biff,
    biff_label,
    biff_record,
    biff_sheet,
    ole_of,
    package,
    worksheet_xml,
    xls,
    xlsx,
)

CASES = 10_000
#: Megabytes that one file may cost beyond what all before it have cost.
MEMORY = 100
ROWS = [(DIGITAL, None, None, 100.5, 13, "是"), (None, "44", 2630221, "x", "=1", "否")]
SOUND = [
    xlsx(*ROWS),
    package(worksheet_xml(GOOD_ROWS), texts=["a", "b"]),
    xls(*ROWS),
    ole_of(biff([biff_sheet(biff_label(0, 0, "发票号码"))])),
]
NAMES = [
    "a.xlsx",
    "a.xls",
    "../../a.xlsx",
    "C:\\a.XLS",
    "a\0.xlsx",
    "a.xlsm",
    "a.csv",
    "",
]
MAGIC = [b"", b"PK\x03\x04", b"PK\x05\x06", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"<"]
WORDS = [
    *(b"<c ", b"<row ", b"</row>", b"<f>", b"<v>", b"</v>", b"/>", b"<!--", b"-->"),
    *(b'r="XFD1048576"', b'r="A0"', b'r="A99999999"', b't="s"', b't="e"', b't="d"'),
    *(b"&#0;", b"&lt;", b"&x;", b"<![CDATA[", b"]]>", b"<x:c>", b'r=""', b'r="AAAA1"'),
    *(b"-1", b"9" * 400, b"1e999", b"NaN", b"\xff\xfe", b"\x00", b"<si/>", b"<is>"),
    *(b'<!DOCTYPE a [<!ENTITY b "c">]>', b"_x0000_", b"_xD800_", b"&#xD800;", b"=1+1"),
    *(b' uniqueCount="4294967295"', b' count="99999999"', b'Target="../../../x"'),
    *(b'TargetMode="External"', b'state="hidden"', b"<rPh>", b"<sst ", b'date1904="1"'),
]
CELLS = st.one_of(
    st.sampled_from(
        [
            *(
                "",
                " ",
                "是",
                "否",
                "Y",
                "n",
                DIGITAL,
                "02630221",
                "4403192130",
                "1E+19",
            ),
            *("2.5442E+19", "100.00", "1,000.00", "-0.001", "NaN", "20261005", "45000"),
            *("=1+1", "@x", "\t", "5", "其他", "x" * 2000, "_x0000_", "a_x0000_b", "٣"),
            *(
                "９９",
                "1e400",
                "-1e400",
                "9" * 400,
                "2026年10月5日",
                "0000-00-00",
                "'1",
            ),
        ]
    ),
    st.text(max_size=12),
    st.floats(width=64).map(repr),
    st.integers(-(10**25), 10**25).map(str),
)
TYPES = st.sampled_from(["str", "n", "b", "e", "d", "s", "inlineStr", "x", ""])
REFERENCES = st.one_of(
    st.none(),
    st.none(),
    st.sampled_from(["A1", "XFD1048576", "A0", "AAAA1", "B99999999", "1A", "", "ZZ9"]),
)
cell = st.tuples(CELLS, TYPES, REFERENCES, st.booleans())
edits = st.lists(
    st.tuples(
        st.integers(0, 100_000),
        st.sampled_from((0, 0, 1, 8, 60)),
        st.sampled_from(WORDS),
    ),
    min_size=1,
    max_size=6,
)
strokes = st.lists(
    st.tuples(
        st.integers(0, 100_000), st.integers(0, 255), st.sampled_from((1, 1, 2, 4))
    ),
    min_size=1,
    max_size=12,
)


def escaped(text):
    """As XML takes it; what XML cannot spell at all is left out."""
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")
    return text.encode("utf-8", "ignore").decode().replace("\0", "")


def cell_xml(value, kind, reference, is_formula):
    text = escaped(value)
    place = "" if reference is None else f' r="{reference}"'
    formula = "<f>1+1</f>" if is_formula else ""
    if kind == "inlineStr":
        return f'<c{place} t="inlineStr">{formula}<is><t>{text}</t></is></c>'
    return f'<c{place} t="{kind}">{formula}<v>{text}</v></c>'


def sheet_of(rows, has_header, dimension):
    header = "".join(cell_xml(name, "str", None, False) for name in HEADER)
    lines = [f"<row>{header}</row>"] if has_header else []
    lines += [f"<row>{''.join(cell_xml(*cell) for cell in row)}</row>" for row in rows]
    return package(worksheet_xml("".join(lines), dimension), texts=["是", DIGITAL, "x"])


def edited(content, part, made):
    """The archive with words put into, and bytes cut out of, one of its parts."""
    target = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as source,
        zipfile.ZipFile(target, "w") as archive,
    ):
        names = source.namelist()
        for number, name in enumerate(names):
            text = source.read(name)
            if number == part % len(names):
                for place, cut, word in made:
                    place %= len(text) + 1
                    text = text[:place] + word + text[place + cut :]
            archive.writestr(name, text)
    return target.getvalue()


def struck(content, made):
    """The file with some of its bytes replaced."""
    content = bytearray(content)
    for place, value, size in made:
        place %= len(content)
        content[place : place + size] = bytes([value]) * size
    return bytes(content)


def records_of(made):
    """A workbook of Excel 97-2003 of these records."""
    body = b"".join(
        biff_label(0, index, name) for index, name in enumerate(HEADER)
    ) + b"".join(biff_record(kind, content) for kind, content in made)
    return ole_of(biff([biff_sheet(body)]))


record = st.tuples(
    st.sampled_from(
        (0x0203, 0x027E, 0x00BD, 0x0006, 0x0204, 0x00FD, 0x0205, 0x0200, 0x0809, 0x000A)
        + (0x003C, 0x00FC, 0x0208, 0x00E5, 0x002F, 0x0031, 0x041E)
    ),
    st.binary(max_size=40),
)
files = st.one_of(
    st.tuples(st.sampled_from(MAGIC), st.binary(max_size=600)).map(b"".join),
    st.tuples(st.sampled_from(SOUND), strokes).map(lambda made: struck(*made)),
    st.tuples(st.sampled_from(SOUND[:2]), st.integers(0, 9), edits).map(
        lambda made: edited(*made)
    ),
    st.tuples(
        st.lists(st.lists(cell, max_size=7), max_size=4),
        st.sampled_from((True, True, True, False)),
        st.sampled_from(("A1", "A1:XFD1048576", "x", "B2:A1")),
    ).map(lambda made: sheet_of(*made)),
    st.lists(record, max_size=8).map(records_of),
)


def check_table(table):
    """Its parts fit together, and a database can hold all of them."""
    assert table.good_rows == len(table.rows)
    assert table.row_count == table.good_rows + table.bad_rows
    assert len(table.errors) <= min(table.error_count, DEFAULT_LIMITS.max_errors)
    texts = [*table.ignored, *table.columns.values(), table.sheet_name]
    for error in table.errors:
        assert error.code in CELL_CODES
        assert len(error.value) <= 100
        texts.append(error.value)
    texts += [value for row in table.rows for value in row if isinstance(value, str)]
    for text in texts:
        assert "\0" not in text
        text.encode()


def attempt(content, filename):
    try:
        table = read_table(content, filename, SELECTION)
    except WorkbookError as error:
        assert error.code in WORKBOOK_CODES
        assert str(error)
        return False
    check_table(table)
    target = io.BytesIO()
    write_error_workbook(content, filename, SELECTION, table.errors, str, target)
    with zipfile.ZipFile(target) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml")
    assert b"<f>" not in sheet and b"<f " not in sheet, "a formula was written"
    return True


def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def test_whatever_is_uploaded():
    cases = itertools.count(1)
    count = read = 0

    @settings(settings.get_profile("fuzz"), max_examples=CASES)
    @given(files, st.one_of(st.sampled_from(NAMES[:2]), st.sampled_from(NAMES)))
    def run(content, filename):
        nonlocal count, read
        count = next(cases)
        before = peak()
        read += attempt(content, filename)
        assert peak() - before < MEMORY

    run()
    assert count >= CASES
    assert read > CASES // 50, "hardly any workbook was read"
