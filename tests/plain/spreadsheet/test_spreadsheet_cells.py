"""Single cells: what is converted, what is named, nothing guessed."""

import datetime
from decimal import Decimal

import pytest
from spreadsheet import SELECTION
from spreadsheet.cells import converter
from spreadsheet.errors import BadCell


def convert(key, value):
    """Return the converted value, or the code of what is wrong."""
    try:
        return converter(SELECTION.column(key))(value)
    except BadCell as bad:
        return bad.code


@pytest.mark.parametrize(
    ("key", "value", "expected"),
    [
        ("digital_number", "25442000000123456789", "25442000000123456789"),
        ("digital_number", " '2544 2000000123456789", "25442000000123456789"),
        (
            "digital_number",
            "２５４４２００００００１２３４５６７８９",
            "25442000000123456789",
        ),
        ("digital_number", "1.23457E+19", "ruined_number"),
        ("digital_number", "2.5442E19", "ruined_number"),
        ("digital_number", 2.5442000000123458e19, "ruined_number"),
        ("digital_number", 1e15, "ruined_number"),
        ("digital_number", "2544200000012345678", "bad_length"),
        ("digital_number", "2544200000012345678X", "bad_characters"),
        ("digital_number", 12345678.0, "bad_length"),
        ("digital_number", True, "bad_characters"),
        ("digital_number", datetime.date(2026, 1, 1), "bad_characters"),
        ("number", "02630221", "02630221"),
        ("number", 12630221.0, "12630221"),
        ("number", 2630221.0, "lost_zeros"),
        ("number", 1.0, "lost_zeros"),
        ("number", 126302210.0, "bad_length"),
        ("number", "2630221", "bad_length"),
        ("number", -12630221.0, "bad_characters"),
        ("number", 12630221.5, "bad_characters"),
        ("number", float("inf"), "ruined_number"),
        ("number", float("nan"), "ruined_number"),
        ("code", 4403192130.0, "4403192130"),
        ("code", 144031921301.0, "144031921301"),
        ("code", 403192130.0, "lost_zeros"),
        ("code", 44031921301.0, "lost_zeros"),
        ("code", "044031921301", "044031921301"),
        ("seller_tax_number", "91440300ma5fake001", "91440300MA5FAKE001"),
        ("seller_tax_number", 9.14403e17, "ruined_number"),
        ("seller_tax_number", "9.14403E+17", "ruined_number"),
        ("seller_tax_number", 440300123456789.0, "440300123456789"),
        ("seller_tax_number", 40300123456789.0, "lost_zeros"),
        ("seller_tax_number", "税号", "bad_characters"),
        ("seller_name", 12.0, "12"),
        ("seller_name", " 某公司 ", "某公司"),
        ("seller_name", "x" * 1001, "text_too_long"),
        ("reason", "5", "5"),
        ("reason", 3.0, "3"),
        ("reason", "用于集体福利或者个人消费", "3"),
        ("reason", "4-遭受非正常损失", "4"),
        ("reason", "６", "not_a_choice"),
        ("reason", 1.5, "not_a_choice"),
        ("reason", float("nan"), "not_a_choice"),
    ],
)
def test_numbers_and_texts(key, value, expected):
    assert convert(key, value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (13.1, "13.10"),
        (0.1 + 0.2, "0.30"),
        (13.001, "amount_decimals"),
        (-1300.5, "-1300.50"),
        (100, "100.00"),
        (1234567890.12, "1234567890.12"),
        (9999999999999.0, "9999999999999.00"),
        (1e13, "ruined_number"),
        (float("nan"), "not_an_amount"),
        ("1,300.50", "1300.50"),
        ("￥1,300.5", "1300.50"),
        ("１２．５", "12.50"),
        ("13.100", "13.10"),
        ("13.001", "amount_decimals"),
        ("13." + "0" * 60, "13.00"),
        ("13." + "0" * 60 + "1", "amount_decimals"),
        ("1,30.5", "not_an_amount"),
        ("1.3E+5", "ruined_number"),
        ("12元", "not_an_amount"),
        ("NaN", "not_an_amount"),
        ("9" * 17, "amount_too_large"),
        ("9" * 5000, "amount_too_large"),
        (True, "not_an_amount"),
        (datetime.date(2026, 1, 1), "not_an_amount"),
    ],
)
def test_amounts(value, expected):
    result = convert("amount", value)
    assert str(result) == expected
    if isinstance(result, Decimal):
        assert result.as_tuple().exponent == -2


@pytest.mark.parametrize(
    "value",
    [
        "2026-10-05",
        "20261005",
        "2026/10/5",
        "2026.10.05",
        "2026年10月5日",
        "2026-10-05 01:02:03",
        "２０２６-10-05",
        20261005.0,
        datetime.date(2026, 10, 5),
        datetime.datetime(2026, 10, 5, 1, 2),
    ],
)
def test_dates(value):
    assert convert("issue_date", value) == datetime.date(2026, 10, 5)


@pytest.mark.parametrize(
    "value",
    ["2026-13-01", "2026-02-30", "05/10/2026", 46300.0, "46300", True, "x", "1066-1-1"],
)
def test_dates_that_are_none(value):
    assert convert("issue_date", value) == "not_a_date"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("是", True),
        ("Y", True),
        ("yes", True),
        ("1", True),
        (1.0, True),
        (True, True),
        (" 否 ", False),
        ("N", False),
        ("no", False),
        ("0", False),
        (0.0, False),
        (False, False),
        ("maybe", "not_yes_no"),
        (2.0, "not_yes_no"),
    ],
)
def test_yes_and_no(value, expected):
    assert convert("selected", value) == expected
