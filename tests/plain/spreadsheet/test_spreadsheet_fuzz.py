"""Whatever comes in, nothing but WorkbookError comes out."""

import io
import random
import zipfile

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from spreadsheet import SELECTION, WorkbookError, read_table
from spreadsheet_samples import DIGITAL, GOOD_ROWS, package, worksheet_xml, xls, xlsx

ROWS = [(DIGITAL, None, None, 100.5, 13, "是"), (None, "44", 2630221, "x", "=1", "否")]
SEEDS = {
    "a.xlsx": [xlsx(*ROWS), package(worksheet_xml(GOOD_ROWS), texts=["a", "b"])],
    "a.xls": [xls(*ROWS)],
}
FUZZ = settings(
    max_examples=150,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)


def attempt(content, filename):
    try:
        read_table(content, filename, SELECTION)
    except WorkbookError:
        pass


@FUZZ
@given(
    st.sampled_from([b"", b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"<"]),
    st.binary(max_size=3000),
    st.sampled_from(["a.xlsx", "a.xls"]),
)
def test_random_bytes(magic, content, filename):
    attempt(magic + content, filename)


@FUZZ
@given(st.sampled_from(["a.xlsx", "a.xls"]), st.integers(0, 2**32))
def test_mutated_files(filename, seed):
    chance = random.Random(seed)
    content = bytearray(chance.choice(SEEDS[filename]))
    for _ in range(chance.choice((1, 3, 20))):
        place = chance.randrange(len(content))
        value = chance.choice((0, 0xFF, 0x7F, 0x80, chance.randrange(256)))
        size = chance.choice((1, 1, 2, 4))
        content[place : place + size] = bytes([value]) * size
    attempt(bytes(content), filename)


WORDS = [
    *(b"<c ", b"<row ", b"</row>", b"<f>", b"<v>", b"</v>", b"/>", b"<!--", b"-->"),
    *(b'r="XFD1048576"', b'r="A0"', b'r="A99999999"', b't="s"', b't="e"', b't="d"'),
    *(b"&#0;", b"&lt;", b"&x;", b"<![CDATA[", b"]]>", b"<x:c>", b'r=""', b'r="AAAA1"'),
    *(b"-1", b"9" * 400, b"1e999", b"NaN", b"\xff\xfe", b"\x00", b"<si/>", b"<is>"),
]


def mutated_part(content: bytes, chance: random.Random) -> bytes:
    """Return the archive with words put into (or bytes cut out of) one part."""
    target = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as source,
        zipfile.ZipFile(target, "w") as archive,
    ):
        chosen = chance.choice(source.namelist())
        for name in source.namelist():
            part = source.read(name)
            if name == chosen or "sheet1" in name:
                for _ in range(chance.choice((1, 2, 6))):
                    place = chance.randrange(len(part) + 1)
                    cut = chance.choice((0, 0, 1, 8, 60))
                    word = chance.choice(WORDS)
                    part = part[:place] + word + part[place + cut :]
            archive.writestr(name, part)
    return target.getvalue()


@FUZZ
@given(st.integers(0, 1), st.integers(0, 2**32))
def test_mutated_xml(which, seed):
    content = mutated_part(SEEDS["a.xlsx"][which], random.Random(seed))
    attempt(content, "a.xlsx")
