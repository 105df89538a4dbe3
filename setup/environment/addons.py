"""Our addon folders and what they contain."""

import hashlib

from .folders import CLONE

# These do not change what an installed database holds.
_IGNORED = {"tests", "readme", "__pycache__", ".pytest_cache"}


def names():
    """Return the names of our addons in this clone, sorted."""
    found = CLONE.glob("invoice_tax_*/__manifest__.py")
    return sorted(path.parent.name for path in found)


def content_hash(name):
    """Return a hash of all that an installed database gets from the addon."""
    folder = CLONE / name
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        relative = path.relative_to(folder)
        if path.is_file() and not _IGNORED.intersection(relative.parts):
            digest.update(str(relative).encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


def content_hashes():
    """Return a dictionary of addon name and hash of its content."""
    return {name: content_hash(name) for name in names()}
