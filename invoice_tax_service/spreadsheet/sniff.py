"""What a file is, by its first bytes and its name."""

from .errors import WorkbookError
from .limits import Limits

ALLOWED_EXTENSIONS = ("xlsx", "xls")

_MAGIC = (
    (b"PK\x03\x04", "xlsx"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "xls"),
    (b"%PDF", "pdf"),
    (b"\x89PNG", "image"),
    (b"\xff\xd8\xff", "image"),
    (b"GIF8", "image"),
    (b"Rar!", "rar"),
    (b"7z\xbc\xaf\x27\x1c", "7z"),
    (b"\x1f\x8b", "gzip"),
    (b"PK\x05\x06", "zip"),
    (b"{\\rtf", "rtf"),
)


def workbook_format(content: bytes, filename: str, limits: Limits) -> str:
    """Return ``xlsx`` or ``xls``, by content.

    The two may carry each other's extension: platforms do hand out xlsx files
    named ``.xls``, and Excel opens them.

    :raises WorkbookError: ``empty_file``, ``too_large``, ``wrong_extension``,
        ``not_a_workbook``
    """
    if not content:
        raise WorkbookError("empty_file")
    if len(content) > limits.max_bytes:
        raise WorkbookError("too_large", found=len(content), limit=limits.max_bytes)
    extension = (filename or "").strip().rpartition(".")[2].lower()
    if extension not in ALLOWED_EXTENSIONS:
        raise WorkbookError(
            "wrong_extension", found=extension, allowed=list(ALLOWED_EXTENSIONS)
        )
    found = _kind(content)
    if found not in ("xlsx", "xls"):
        raise WorkbookError("not_a_workbook", found=found)
    return found


def _kind(content: bytes) -> str:
    for magic, kind in _MAGIC:
        if content.startswith(magic):
            return kind
    head = content[:4096]
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if text.startswith((b"<html", b"<!doctype", b"<table", b"<meta", b"<head")):
        return "html"
    if text.startswith(b"<"):
        return "html" if b"<table" in text or b"<html" in text else "xml"
    if head.startswith((b"\x09\x08", b"\x09\x04", b"\x09\x02", b"\x09\x00")):
        return "old_excel"
    if b"\x00" not in head:
        line = head.splitlines()[0] if head.splitlines() else b""
        return "csv" if b"," in line or b"\t" in line or b";" in line else "text"
    return "unknown"
