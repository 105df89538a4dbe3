"""What the channels tell and can do is asked for by somebody."""

import dataclasses
import re
from pathlib import Path

import pytest
from gateway import messages

ADDON = Path(messages.__file__).parents[1]
# Of the whole addon but what a channel fills in, and the tests.
SOURCES = [
    path.read_text()
    for folder in ("models", "wizards", "tools", "gateway")
    for path in (ADDON / folder).rglob("*.py")
    if "channels" not in path.parts and not path.name.endswith("_words.py")
]
# What a channel promises to whoever reads it; the engine takes none at its word.
PROMISED = {"idempotent"}


@pytest.mark.parametrize(
    "message", [messages.PeriodData, messages.TaxpayerData, messages.Capabilities]
)
def test_every_field_is_asked_for(message):
    text = "\n".join(SOURCES)
    unused = [
        field.name
        for field in dataclasses.fields(message)
        if field.name not in PROMISED and not re.search(rf"\.{field.name}\b", text)
    ]
    assert not unused, f"nobody asks {message.__name__} for {unused}"
