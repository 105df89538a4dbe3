"""Numbers and segments: text, 20 digits, of one year."""

import datetime

import pytest

from odoo.addons.invoice_tax_leqi.gateway import digital_number, messages

TODAY = datetime.date(2026, 11, 21)


def find(number, issued_on=None):
    return digital_number.find_number_problem(number, issued_on, TODAY)


@pytest.mark.parametrize(
    ("number", "year", "region"),
    [
        ("26127000000315704511", 2026, "12"),
        ("26327000001162103916", 2026, "32"),
        ("25427000000134934316", 2025, "42"),
        ("24952000000010211653", 2024, "95"),
        ("24952000000110579895", 2024, "95"),
        ("26317000000000000001", 2026, "31"),
    ],
)
def test_vector_6_2_N1_N2_N3_N4_N5_N6_right_numbers(number, year, region):
    assert find(number) == ""
    assert (digital_number.get_year(number), number[2:4]) == (year, region)
    assert not digital_number.is_before_pilot(number)


@pytest.mark.parametrize(
    ("number", "problem"),
    [
        ("2631700000000000000", "number_length"),
        ("263170000000000000011", "number_length"),
        ("2631700000000000000A", "number_digits"),
        ("2631700000000000000١", "number_digits"),
        ("26007000000000000001", "number_region"),
        ("99317000000000000001", "number_future"),
        ("", "number_length"),
    ],
)
def test_vector_6_2_N7_N8_N9_N10_wrong_numbers(number, problem):
    assert find(number) == problem


def test_vector_6_2_N11_N12_year_of_issue():
    number = "25317000000000000001"
    assert find(number, datetime.date(2026, 1, 5)) == "number_year"
    # Issued in its year; when it is uploaded is nothing to the number.
    assert find(number, datetime.date(2025, 12, 31)) == ""


def test_vector_6_2_N13_before_the_pilot():
    number = "20317000000000000001"
    assert find(number) == ""
    assert digital_number.is_before_pilot(number)


def segment(first, last, count):
    return messages.SegmentData(first, last, count)


def test_vector_6_7_S1_a_segment_is_split():
    drawn = segment("26317000000000000001", "26317000000000001000", 1000)
    assert digital_number.find_segment_problem(drawn, 1000, 2026) == ""
    numbers = digital_number.split_segment(drawn)
    assert len(numbers) == len(set(numbers)) == 1000
    assert (numbers[0], numbers[-1]) == (drawn.first_number, drawn.last_number)
    assert all(isinstance(number, str) and len(number) == 20 for number in numbers)


@pytest.mark.parametrize(
    ("drawn", "problem"),
    [
        (segment("26317000000000000010", "26317000000000000009", 0), "reversed"),
        (segment("26317000000000000001", "26317000000000000010", 9), "count"),
        (segment("26317000000000000001", "26317000000000000009", 9), "count"),
        (segment("25317000000000000001", "25317000000000000010", 10), "year"),
        (segment("26317999999999999999", "26318000000000000008", 10), "prefix"),
        (segment("2631700000000000001", "26317000000000000010", 10), "number"),
        (segment("", "", 10), "number"),
    ],
)
def test_vector_6_7_S4_wrong_segments(drawn, problem):
    found = digital_number.find_segment_problem(drawn, 10, 2026)
    assert found == f"segment_{problem}"
