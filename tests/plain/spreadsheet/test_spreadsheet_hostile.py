"""Workbooks made to hurt: each is refused or read for what it is, in little memory.

Each is read in a process of its own, whose growth is measured: a reader that dies or
fills the machine would take the server with it.
"""

import io
import struct
import zipfile

import pytest
from spreadsheet import INVOICE_LIST, SELECTION, write_error_workbook
from spreadsheet_samples import (
    DIGITAL,
    GOOD_ROWS,
    HEADER,
    MAIN,
    OFFICE,
    PACKAGE,
    biff,
    biff_label,
    biff_record,
    biff_sheet,
    measured,
    ole_of,
    package,
    read,
    refusal,
    row_xml,
    worksheet_xml,
    xls,
)

#: Megabytes that no workbook may cost beyond its own bytes, and seconds.
MEMORY, SECONDS = 250, 15
_ENTITIES = "".join(
    f'<!ENTITY {name} "{f"&{inner};" * 20}">'
    for inner, name in zip("abcdef", "bcdefg", strict=True)
)
ATTRIBUTES = " ".join(f"a{number}='1'" for number in range(500_000))
LAUGHS = f'<!DOCTYPE x [<!ENTITY a "{"ha" * 500}">{_ENTITIES}]>'
OUTSIDE = '<!DOCTYPE x [<!ENTITY g SYSTEM "file:///etc/passwd">]>'
RELATIONS = (
    f'<Relationships xmlns="{PACKAGE}">'
    + "".join(
        f'<Relationship Id="r{number}" Type="{OFFICE}/{kind}" Target="{target}"/>'
        for number, kind, target in (
            (1, "worksheet", "worksheets/sheet1.xml"),
            (2, "sharedStrings", "sharedStrings.xml"),
            (3, "styles", "styles.xml"),
            (9, "worksheet", "worksheets/sheet9.xml"),
        )
    )
    + "</Relationships>"
)


def with_parts(**parts):
    """Three good rows, and parts of ``xl/`` in place of the sound ones."""
    sound = {
        "workbook.xml.rels": RELATIONS,
        "sharedStrings.xml": f'<sst xmlns="{MAIN}"><si><t>a</t></si></sst>',
        "styles.xml": f'<styleSheet xmlns="{MAIN}"/>',
    }
    places = {"workbook.xml.rels": "xl/_rels/workbook.xml.rels"}
    named = {
        places.get(name, f"xl/{name}"): content
        for name, content in (sound | parts).items()
    }
    return package(worksheet_xml(GOOD_ROWS), named)


def strings(head="", before="", body="<si><t>a</t></si>"):
    text = f'{before}<sst xmlns="{MAIN}"{head}>{body}</sst>'
    return with_parts(**{"sharedStrings.xml": text})


def styles(inner, before=""):
    text = f'{before}<styleSheet xmlns="{MAIN}">{inner}</styleSheet>'
    return with_parts(**{"styles.xml": text})


def book(sheets, before=""):
    text = f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>{sheets}</sheets>'
    return with_parts(**{"workbook.xml": f"{before}{text}</workbook>"})


def many_entries(count):
    """A file that is nothing but the directory of an archive."""
    entry = struct.pack("<4s6H3I5H2I", b"PK\x01\x02", 20, 20, *[0] * 14)
    body = b"PK\x03\x04" + bytes(26)
    end = struct.pack(
        "<4s4H2IH",
        *(b"PK\x05\x06", 0, 0, count & 0xFFFF, count & 0xFFFF),
        *(len(entry) * count, len(body), 0),
    )
    return body + entry * count + end


def grown(content, tmp_path, filename="a.xlsx"):
    """Rows read or code of the refusal; the process lived, and stayed small."""
    said, memory, seconds = measured(content, tmp_path, filename)
    assert memory < MEMORY, f"{memory} MB"
    assert seconds < SECONDS, f"{seconds} s"
    return said


@pytest.mark.parametrize("before", [LAUGHS, OUTSIDE], ids=["laughs", "outside"])
@pytest.mark.parametrize("part", ["sheet", "strings", "styles", "workbook"])
def test_entities_in_any_part(part, before, tmp_path):
    text = "<si><t>&g;</t></si>"
    content = {
        "sheet": lambda: package(
            worksheet_xml(GOOD_ROWS + row_xml(9, "&g;"), before=before)
        ),
        "strings": lambda: strings(before=before, body=text),
        "styles": lambda: styles(
            '<numFmts><numFmt numFmtId="164" formatCode="&g;"/></numFmts>', before
        ),
        "workbook": lambda: book('<sheet name="&g;" sheetId="1" r:id="r1"/>', before),
    }[part]()
    assert grown(content, tmp_path) == "broken"


@pytest.mark.parametrize(
    "head",
    [
        ' count="1" uniqueCount="4294967295"',
        " uniqueCount = '4294967295'",
        ' uniqueCount="18446744073709551615"',
        ' uniqueCount="&#52;294967295"',
        ' uniqueCount="-1"',
    ],
)
def test_claimed_texts_do_not_end_the_process(head, tmp_path):
    assert grown(strings(head), tmp_path) == "broken"


def test_claimed_texts_in_a_second_head_or_another_encoding(tmp_path):
    second = f'<si><t>a</t></si><sst xmlns="{MAIN}" uniqueCount="4294967295"/>'
    assert grown(strings(body=second), tmp_path) == "broken"
    text = f'<sst xmlns="{MAIN}" uniqueCount="4294967295"><si><t>a</t></si></sst>'
    content = with_parts(**{"sharedStrings.xml": text.encode("utf-16")})
    assert grown(content, tmp_path) == "broken"


def test_careless_counts_of_texts_are_read(tmp_path):
    head = ' count="3000000" uniqueCount="3000000"'
    assert grown(strings(head), tmp_path) == "3"


@pytest.mark.parametrize(
    "inner",
    [
        '<numFmts count="4294967295"/><cellXfs count="18446744073709551615"/>',
        "<cellXfs>" + '<xf numFmtId="14"/>' * 700_000 + "</cellXfs>",
        f'<numFmts><numFmt numFmtId="164" formatCode="{"[" * 15_000_000}"/></numFmts>',
    ],
    ids=["claims", "many", "long"],
)
def test_styles_that_claim_or_hold_too_much(inner, tmp_path):
    assert grown(styles(inner), tmp_path) == "3"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (lambda: with_parts(**{"workbook.xml": "<a>" * 3_000_000}), "broken"),
        (lambda: with_parts(**{"workbook.xml": "<a>" * 1_000}), "broken"),
        (
            lambda: with_parts(**{"workbook.xml": f"<a {ATTRIBUTES}/>"}),
            "broken",
        ),
        (
            lambda: with_parts(
                **{"workbook.xml.rels": f"<a>{'<Relationship/>' * 900_000}</a>"}
            ),
            "broken",
        ),
        (lambda: book('<sheet name="a" sheetId="1" r:id="r9"/>' * 100_000), "no_sheet"),
        (
            lambda: package(
                worksheet_xml(""),
                {
                    "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}">'
                    + '<sheets><sheet name="a" sheetId="1" r:id="r1"/></sheets>'
                    * 100_000
                    + "</workbook>"
                },
            ),
            "broken",
        ),
    ],
    ids=["deep", "deeper", "attributes", "relations", "no_sheets", "sheets"],
)
def test_parts_beside_the_sheet(content, said, tmp_path):
    assert grown(content(), tmp_path) == said


def test_sheet_that_is_very_deep(tmp_path):
    content = package(worksheet_xml(GOOD_ROWS + "<a>" * 3_000_000))
    assert grown(content, tmp_path) in ("3", "broken")


def test_directory_of_a_million_parts(tmp_path):
    assert grown(many_entries(1_300_000), tmp_path) == "zip_bomb"


def test_16384_columns_in_many_rows(tmp_path):
    row = '<row r="{0}">' + '<c t="str"><v>1</v></c>' * 16_384 + "</row>"
    rows = "".join(row.format(number) for number in range(5, 105))
    content = package(worksheet_xml(GOOD_ROWS + rows))
    assert grown(content, tmp_path) in ("103", "zip_bomb", "too_many_cells")


# === MACROS, LINKS, NAMES === #


def test_macros_are_not_looked_at():
    content = package(
        worksheet_xml(GOOD_ROWS), {"xl/vbaProject.bin": b"\xd0\xcf\x11\xe0 AutoOpen"}
    )
    error = refusal(content, "a.xlsm")
    assert (error.code, error.values["found"]) == ("wrong_extension", "xlsm")
    target = io.BytesIO()
    assert read(content, "a.xlsx").row_count == 3
    write_error_workbook(content, "a.xlsx", SELECTION, [], str, target)
    with zipfile.ZipFile(target) as archive:
        assert not [name for name in archive.namelist() if "vba" in name]


@pytest.mark.parametrize(
    "target",
    [
        'Target="http://127.0.0.1:9/sheet.xml" TargetMode="External"',
        'Target="file:///etc/passwd" TargetMode="External"',
        'Target="file:///etc/passwd"',
        'Target="../../../../etc/passwd"',
        'Target="//127.0.0.1/share/sheet1.xml"',
    ],
)
def test_a_sheet_elsewhere_is_not_fetched(target):
    relations = RELATIONS.replace('Target="worksheets/sheet1.xml"', target)
    error = refusal(with_parts(**{"workbook.xml.rels": relations}))
    assert error.code == "no_sheet"


def test_external_links_are_left_out():
    link = f'<externalLink xmlns="{MAIN}"><externalBook/></externalLink>'
    content = with_parts(**{"externalLinks/externalLink1.xml": link})
    assert read(content).row_count == 3
    formula = GOOD_ROWS.replace(
        "<v>100.00</v>", "<f>'[http://127.0.0.1:9/a.xlsx]S'!A1</f><v>100.00</v>"
    )
    table = read(package(worksheet_xml(formula)))
    assert [(error.address, error.code) for error in table.errors] == [
        ("D2", "formula")
    ]


def test_parts_with_paths_are_written_nowhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names = ("../evil.xml", "/evil.xml", "C:\\evil.xml", "xl/../../evil.xml")
    content = package(worksheet_xml(GOOD_ROWS), dict.fromkeys(names, "<a/>"))
    assert read(content).row_count == 3
    assert not [*tmp_path.parent.rglob("evil*")]


@pytest.mark.parametrize(
    "filename", ["../../etc/passwd.xlsx", "C:\\a\\b.xlsx", "a\0.xlsx", "/dev/null.xls"]
)
def test_the_name_of_the_file_opens_nothing(filename):
    assert read(package(worksheet_xml(GOOD_ROWS)), filename).row_count == 3


# === TEXT THAT NO DATABASE HOLDS === #


@pytest.mark.parametrize("kind", ["xlsx", "xls"])
def test_nul_and_halves_of_signs_are_taken_out(kind):
    header = (*HEADER, "不抵扣原因", "不抵扣说明", "未\0知")
    rows = [
        (DIGITAL, None, None, "1", "1", "是", "5", "甲\0乙"),
        ("25442000000123456780", None, None, "\0x", "1", "是", "5", "甲"),
    ]
    if kind == "xls":
        content = xls(*rows, header=header)
    else:
        lines = [row_xml(1, *header), row_xml(2, *rows[0]), row_xml(3, *rows[1])]
        content = package(worksheet_xml("".join(lines).replace("\0", "_x0000_")))
    table = read(content, f"a.{kind}")
    [row] = table.dicts()
    assert row["reason_text"] == "甲乙"
    assert table.ignored == ["未知"]
    assert [error.value for error in table.errors] == ["x"]


# === EXCEL 97-2003 === #


def numbers(row):
    """A row of 245 numbers in one record."""
    cells = struct.pack("<Hi", 0, 4) * 245
    return biff_record(0xBD, struct.pack("<HH", row, 10) + cells + b"\xfe\0")


def heading():
    return b"".join(biff_label(0, index, text) for index, text in enumerate(HEADER))


def test_xls_made_by_hand_is_read(tmp_path):
    row = [(0, DIGITAL), (3, "1"), (4, "1"), (5, "是")]
    body = heading() + b"".join(biff_label(1, column, text) for column, text in row)
    assert grown(ole_of(biff([biff_sheet(body)])), tmp_path, "a.xls") == "1"


def test_xls_of_ten_million_cells(tmp_path):
    body = heading() + b"".join(numbers(row % 65_000 + 1) for row in range(43_000))
    assert (
        grown(ole_of(biff([biff_sheet(body)])), tmp_path, "a.xls") == "too_many_cells"
    )


@pytest.mark.parametrize(
    ("body", "count"),
    [(b"".join(map(numbers, range(300))), 900), (b"", 100_000)],
    ids=["large", "many"],
)
def test_xls_of_sheets_over_each_other(body, count, tmp_path):
    content = ole_of(biff([biff_sheet(body)], count))
    assert grown(content, tmp_path, "a.xls") == "broken"


def test_xls_that_never_ends(tmp_path):
    begin = biff_sheet(b"")[:-4]
    assert grown(ole_of(biff([begin * 400_000])), tmp_path, "a.xls") in (
        "broken",
        "no_rows",
    )


def test_invoice_list_has_the_same_bounds():
    assert refusal(strings(' uniqueCount="4294967295"'), layout=INVOICE_LIST).code == (
        "broken"
    )
