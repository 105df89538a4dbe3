"""What somebody means who types or pastes invoice numbers into a search."""

import re
from dataclasses import dataclass

DIGITAL_LENGTH = 20
PAPER_LENGTH = 8
CODE_LENGTHS = (10, 12)
_GROUPS = re.compile(r"(?<!\d)\d{4}(?:[ \u00a0]\d{4}){4}(?!\d)")


@dataclass(frozen=True)
class NumberSearch:
    """:param keys: ``(number, code)`` of whole numbers, the code empty if not given
    :param str part: what is to be found within a number; only without ``keys``
    """

    keys: tuple = ()
    part: str = ""


def parse(text):
    """Read a number, the beginning of one, or a pasted list of them.

    Several stand for themselves, whatever is between them: spaces, commas, or
    nothing, since some browsers drop the line ends of what is pasted.
    """
    words = re.findall(r"[^\W_]+", _join_groups(text or ""))
    words = [piece for word in words for piece in _split(word)]
    if len(words) == 1 and len(words[0]) != DIGITAL_LENGTH:
        return NumberSearch(part=words[0])
    keys, code = [], ""
    for word in words:
        if len(word) in CODE_LENGTHS and not code:
            code = word
            continue
        # A digital number stands for itself, also on paper, where it has a code.
        keys.append((word, "" if len(word) == DIGITAL_LENGTH else code))
        code = ""
    # A code at the end belongs to nothing.
    return NumberSearch(keys=tuple(dict.fromkeys(keys)))


def _join_groups(text):
    """Twenty digits that were written in groups of four are one number."""
    return _GROUPS.sub(lambda found: re.sub(r"\s", "", found[0]), text)


def _split(word):
    """Digital numbers that were run together."""
    if len(word) % DIGITAL_LENGTH or not word.isdigit():
        return [word]
    return [
        word[start : start + DIGITAL_LENGTH]
        for start in range(0, len(word), DIGITAL_LENGTH)
    ]


def is_digital_number(text):
    return _is_digits(text, (DIGITAL_LENGTH,))


def is_paper_number(text):
    return _is_digits(text, (PAPER_LENGTH,))


def is_code(text):
    return _is_digits(text, CODE_LENGTHS)


def _is_digits(text, lengths):
    return len(text) in lengths and text.isascii() and text.isdigit()
