"""Nothing of the demonstration is about anybody who is there."""

import re

import pytest
from stdnum.cn import uscc

from environment import demo
from environment.folders import CLONE
from simulator import seed

# Registered by nobody: the fourth part of a number is no running number of anybody's.
SYNTHETIC = "TE5T"
NUMBER = re.compile(r"(?<![0-9A-Z])9[0-9A-HJ-NPQRTUWXY]{17}(?![0-9A-Z])")
FILES = [
    *CLONE.glob("setup/environment/*.py"),
    *CLONE.glob("invoice_tax_*/demo/*.xml"),
    *CLONE.glob("invoice_tax_*/data/*.xml"),
    *CLONE.glob("invoice_tax_*/readme/*.md"),
    CLONE / "README.md",
]


@pytest.mark.parametrize("taxpayer", demo.TAXPAYERS, ids=lambda one: one["tax_number"])
def test_row_X4_taxpayers_are_synthetic(taxpayer):
    assert SYNTHETIC in taxpayer["tax_number"]
    assert uscc.is_valid(taxpayer["tax_number"])
    assert "示例" in taxpayer["name"]


def test_row_X4_sellers_are_synthetic():
    known = set()
    for trade in seed.TRADES:
        numbers = [number for number, _name, _region in seed._sellers(19, trade)]
        assert all(SYNTHETIC in number and uscc.is_valid(number) for number in numbers)
        assert not known & {*numbers} and len({*numbers}) == len(numbers)
        known |= {*numbers}
    assert not known & {one["tax_number"] for one in demo.TAXPAYERS}


def test_row_X4_tax_numbers_in_files_are_synthetic():
    found = {
        (path.name, number)
        for path in FILES
        for number in NUMBER.findall(path.read_text(encoding="utf-8"))
        if not number.isdigit()
    }
    assert found, "the pattern finds nothing"
    assert not {one for one in found if SYNTHETIC not in one[1]}
