"""Text that a database can hold."""


def storable(text):
    """The text without what no database of ours holds: NUL, and halves of signs,
    which JSON can spell. One bad text must not hold the rest."""
    return text.replace("\0", "").encode("utf-8", "replace").decode()
