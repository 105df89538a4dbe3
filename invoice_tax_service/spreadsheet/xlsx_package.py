"""The archive of an xlsx workbook: looked at, measured, never extracted.

Nothing is handed to the parser as it came. The parts that are needed are
unpacked here in small pieces, measured against the limits and compared with
what the archive declares; then :func:`build` makes a new archive of one sheet
out of them. So the parser sees only what was inspected, and tricks with the
archive (two parts of one name, false sizes, odd paths) have no other reader.
"""

import posixpath
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from xml.parsers import expat

from .errors import WorkbookError
from .limits import MEGABYTE, Limits

_LOCAL_HEADER = struct.Struct("<4s5H3I2H")
_PIECE = MEGABYTE
#: workbook.xml, relations and styles are small in every real workbook.
_SMALL_PART = 16 * MEGABYTE
#: Between two tags of workbook.xml and relations: attributes and names only.
_LONGEST_TAG = MEGABYTE
#: Elements of these parts in all, inside each other, and sheets: far beyond any
#: real workbook.
_MOST_ELEMENTS, _DEEPEST, _MOST_SHEETS = 200_000, 100, 1_000
_DIRECTORY_ENTRY = b"PK\x01\x02"


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the archive, still packed."""

    name: str
    method: int
    crc: int
    size: int
    packed: memoryview


@dataclass(frozen=True, slots=True)
class SheetEntry:
    """A visible worksheet: its name and the path of its part."""

    name: str
    path: str


class Package:
    """Parts of an xlsx workbook within limits.

    :param bytes content: the whole file
    :raises WorkbookError: ``broken``, ``encrypted``, ``zip_bomb``,
        ``not_a_workbook``
    """

    def __init__(self, content: bytes, limits: Limits):
        self.limits = limits
        self._view = memoryview(content)
        self._infos = self._directory(content)
        self.unpacked = 0
        self.date_1904 = False
        self.strings_path = ""
        self.styles_path = ""

    def _directory(self, content: bytes) -> dict[str, zipfile.ZipInfo]:
        """Return the parts by normalised name, after checking what they claim."""
        # Looked at before the directory is read: each entry becomes an object. A
        # workbook may hold others, whose entries are found here as well.
        entries = content.count(_DIRECTORY_ENTRY)
        if entries > 10 * self.limits.max_parts:
            raise WorkbookError(
                "zip_bomb", reason="parts", found=entries, limit=self.limits.max_parts
            )
        try:
            with zipfile.ZipFile(BytesIO(content)) as archive:
                infos = archive.infolist()
        except (zipfile.BadZipFile, ValueError, OSError, struct.error) as error:
            raise WorkbookError("broken", reason=str(error)) from error
        except NotImplementedError as error:
            raise WorkbookError("broken", reason=str(error)) from error
        limits = self.limits
        if len(infos) > limits.max_parts:
            raise WorkbookError(
                "zip_bomb", reason="parts", found=len(infos), limit=limits.max_parts
            )
        if any(info.flag_bits & 0x1 for info in infos):
            raise WorkbookError("encrypted")
        declared = sum(info.file_size for info in infos)
        self._check_unpacked(declared, len(content))
        return {_normal_path(info.filename): info for info in infos}

    def _check_unpacked(self, unpacked: int, packed: int):
        limits = self.limits
        allowed = limits.max_unpacked
        if unpacked > limits.ratio_from:
            allowed = min(allowed, max(packed * limits.max_ratio, limits.ratio_from))
        if unpacked > allowed:
            raise WorkbookError(
                "zip_bomb", reason="unpacked", found=unpacked, limit=allowed
            )

    def has(self, path: str) -> bool:
        """Tell whether there is a part of that path."""
        return _normal_path(path) in self._infos

    def part(self, path: str) -> Part:
        """Return one part, still packed; ``broken`` when it is not there."""
        info = self._infos.get(_normal_path(path))
        if info is None:
            raise WorkbookError("broken", reason=f"no part {path}")
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise WorkbookError("broken", reason=f"packing {info.compress_type}")
        start = info.header_offset
        header = self._view[start : start + _LOCAL_HEADER.size]
        if len(header) < _LOCAL_HEADER.size or header[:4] != b"PK\x03\x04":
            raise WorkbookError("broken", reason=f"no header of {path}")
        *_head, name_size, extra_size = _LOCAL_HEADER.unpack(header)
        start += _LOCAL_HEADER.size + name_size + extra_size
        packed = self._view[start : start + info.compress_size]
        if len(packed) != info.compress_size:
            raise WorkbookError("broken", reason=f"{path} is cut short")
        return Part(path, info.compress_type, info.CRC, info.file_size, packed)

    def pieces(self, path: str) -> Iterator[bytes]:
        """Yield the unpacked part in pieces of at most 1 MB.

        Counts what really comes out, also when the archive declares less, and
        checks size and CRC at the end.
        """
        part = self.part(path)
        size = crc = 0
        for piece in _unpack(part):
            size += len(piece)
            if size > part.size:
                # It declares less than it holds: nobody does that by mistake.
                raise WorkbookError(
                    "zip_bomb", reason="declared", found=size, limit=part.size
                )
            self.unpacked += len(piece)
            self._check_unpacked(self.unpacked, len(self._view))
            crc = zlib.crc32(piece, crc)
            yield piece
        if size != part.size or crc != part.crc:
            raise WorkbookError("broken", reason=f"{path} is damaged")

    def small(self, path: str) -> bytes:
        """Return a part that is small in every real workbook."""
        if self.part(path).size > _SMALL_PART:
            raise WorkbookError(
                "zip_bomb",
                reason="declared",
                found=self.part(path).size,
                limit=_SMALL_PART,
            )
        return b"".join(self.pieces(path))

    def sheets(self) -> list[SheetEntry]:
        """Return the visible worksheets in the order of their tabs.

        Also finds the shared texts, the styles and the calendar.
        """
        book_path = self._book_path()
        relations = self._relations(book_path)
        for kind, target in relations.values():
            if kind == "sharedStrings":
                self.strings_path = target
            elif kind == "styles":
                self.styles_path = target
        found = []
        wanted = ("workbookPr", "sheet")
        for tag, attributes in _elements(self.small(book_path), wanted):
            if tag == "workbookPr":
                self.date_1904 = attributes.get("date1904") in ("1", "true", "on")
            elif tag == "sheet" and attributes.get("state", "visible") == "visible":
                kind, target = relations.get(attributes.get("id"), ("", ""))
                if kind == "worksheet" and self.has(target):
                    found.append(SheetEntry(attributes.get("name", ""), target))
        if not found:
            raise WorkbookError("no_sheet")
        if len(found) > _MOST_SHEETS:
            raise WorkbookError("broken", reason=f"{len(found)} sheets")
        return found

    def _book_path(self) -> str:
        for kind, target in self._relations("").values():
            if kind == "officeDocument" and self.has(target):
                if target.endswith(".bin"):
                    raise WorkbookError("not_a_workbook", found="xlsb")
                return target
        if self.has("xl/workbook.xml"):
            return "xl/workbook.xml"
        kind = "zip"
        if self.has("mimetype") and self.has("content.xml"):
            kind = "ods"
        elif self.has("word/document.xml"):
            kind = "docx"
        raise WorkbookError("not_a_workbook", found=kind)

    def _relations(self, path: str) -> dict[str, tuple[str, str]]:
        """Return id -> (kind, target path) of what a part refers to."""
        folder, name = posixpath.split(path)
        own = posixpath.join(folder, "_rels", f"{name}.rels")
        if not self.has(own):
            return {}
        relations = {}
        for _tag, attributes in _elements(self.small(own), ("Relationship",)):
            if attributes.get("TargetMode") != "External":
                kind = attributes.get("Type", "").rpartition("/")[2]
                target = attributes.get("Target", "")
                target = posixpath.normpath(posixpath.join("/", folder, target))
                relations[attributes.get("Id")] = (kind, target.lstrip("/"))
        return relations


def _normal_path(path: str) -> str:
    return path.replace("\\", "/").lstrip("/").lower()


def _unpack(part: Part) -> Iterator[bytes]:
    """Yield the unpacked bytes of a part, never more than 1 MB at once."""
    if part.method == zipfile.ZIP_STORED:
        for start in range(0, len(part.packed), _PIECE):
            yield bytes(part.packed[start : start + _PIECE])
        return
    machine = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        for start in range(0, len(part.packed), _PIECE):
            data = part.packed[start : start + _PIECE]
            while len(data) and not machine.eof:
                piece = machine.decompress(data, _PIECE)
                data = machine.unconsumed_tail
                if piece:
                    yield piece
                elif not data:
                    break
        while not machine.eof:
            # What the machine still holds back; flush() would have no bound.
            piece = machine.decompress(machine.unconsumed_tail, _PIECE)
            if not piece:
                break
            yield piece
    except zlib.error as error:
        raise WorkbookError("broken", reason=str(error)) from error


def new_parser() -> expat.XMLParserType:
    """Return an XML parser that knows no document types, hence no entities."""
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)

    def refuse(*_details):
        raise WorkbookError("broken", reason="document type in XML")

    parser.StartDoctypeDeclHandler = refuse
    return parser


def local(name: str) -> str:
    """Return a name without its namespace."""
    return name.rpartition(" ")[2]


def _elements(content: bytes, wanted) -> list[tuple[str, dict[str, str]]]:
    """Return (tag, attributes) of the wanted elements, without namespaces.

    :raises WorkbookError: ``broken``; also when there are too many of any kind
    """
    # Each element has a tag at its beginning and at its end, or one for both.
    if content.count(b"<") > 2 * _MOST_ELEMENTS:
        raise WorkbookError("broken", reason="too many elements")
    if max(map(len, content.split(b"<"))) > _LONGEST_TAG:
        raise WorkbookError("broken", reason="endless tag")
    found = []
    parser = new_parser()
    depth = count = 0

    def start(tag, attributes):
        nonlocal depth, count
        depth += 1
        count += 1
        if depth > _DEEPEST or count > _MOST_ELEMENTS:
            raise WorkbookError("broken", reason="too many elements")
        if local(tag) in wanted:
            found.append(
                (local(tag), {local(key): value for key, value in attributes.items()})
            )

    def end(_tag):
        nonlocal depth
        depth -= 1

    parser.StartElementHandler = start
    parser.EndElementHandler = end
    try:
        parser.Parse(content, True)
    except (expat.ExpatError, ValueError, LookupError) as error:
        raise WorkbookError("broken", reason=str(error)) from error
    return found


_TYPES = (
    b'<?xml version="1.0" encoding="UTF-8"?><Types xmlns="http://schemas.openxml'
    b'formats.org/package/2006/content-types"><Default Extension="xml" '
    b'ContentType="application/xml"/></Types>'
)
_OFFICE = b"http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_MAIN = b"http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_BOOK = (
    b'<?xml version="1.0" encoding="UTF-8"?><workbook xmlns="%s" xmlns:r="%s">'
    b'<workbookPr date1904="%d"/><sheets><sheet name="s" sheetId="1" r:id="r1"/>'
    b"</sheets></workbook>"
)
_RELATIONS = (
    b'<?xml version="1.0" encoding="UTF-8"?><Relationships xmlns="http://schemas.'
    b'openxmlformats.org/package/2006/relationships">%s</Relationships>'
)
_RELATION = b'<Relationship Id="%s" Type="%s/%s" Target="%s"/>'


def _relations(*relations: tuple[bytes, bytes, bytes]) -> bytes:
    """Return a relations part of (id, kind, target)."""
    return _RELATIONS % b"".join(
        _RELATION % (name, _OFFICE, kind, target) for name, kind, target in relations
    )


def packed_part(name: str, content: bytes) -> Part:
    """Return content as a part that is stored without packing."""
    return Part(name, 0, zlib.crc32(content), len(content), memoryview(content))


def build(sheet: Part, strings: Part | None, styles: Part | None, date_1904: bool):
    """Return a workbook of one sheet, ready for the parser.

    Parts are taken over as they are packed; they must have been unpacked once
    by :meth:`Package.pieces`, which proves size and CRC.
    """
    renamed = [
        packed_part("[Content_Types].xml", _TYPES),
        packed_part("xl/workbook.xml", _BOOK % (_MAIN, _OFFICE, date_1904)),
        packed_part(
            "_rels/.rels", _relations((b"r1", b"officeDocument", b"xl/workbook.xml"))
        ),
        packed_part(
            "xl/_rels/workbook.xml.rels",
            _relations(
                (b"r1", b"worksheet", b"worksheets/sheet1.xml"),
                (b"r2", b"sharedStrings", b"sharedStrings.xml"),
                (b"r3", b"styles", b"styles.xml"),
            ),
        ),
        _named("xl/worksheets/sheet1.xml", sheet),
    ]
    if strings:
        renamed.append(_named("xl/sharedStrings.xml", strings))
    if styles:
        renamed.append(_named("xl/styles.xml", styles))
    return _archive(renamed)


def _named(name: str, part: Part) -> Part:
    return Part(name, part.method, part.crc, part.size, part.packed)


def _archive(parts: list[Part]) -> bytes:
    """Return a zip archive of packed parts, byte for byte."""
    target = BytesIO()
    directory = BytesIO()
    for part in parts:
        name = part.name.encode()
        offset = target.tell()
        common = (
            *(20, 0, part.method, 0, 0x21),
            *(part.crc, len(part.packed), part.size, len(name), 0),
        )
        target.write(_LOCAL_HEADER.pack(b"PK\x03\x04", *common) + name)
        target.write(part.packed)
        directory.write(
            struct.pack("<4s6H3I5H2I", b"PK\x01\x02", 20, *common, 0, 0, 0, 0, offset)
            + name
        )
    start = target.tell()
    target.write(directory.getvalue())
    count, size = len(parts), len(directory.getvalue())
    target.write(
        struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, count, count, size, start, 0)
    )
    return target.getvalue()
