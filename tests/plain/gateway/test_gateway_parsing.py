"""Reading fields without guessing, and the list of channels."""

import datetime
from decimal import Decimal

import pytest
from gateway import (
    bureau,
    errors,
    leqi_codes,
    leqi_envelope,
    messages,
    rpa_codes,
    rpa_connection,
)
from gateway.operation_kinds import FARM_OPERATIONS
from gateway.parsing import Fields, format_amount


def read(reader, value, **options):
    return getattr(Fields({"f": value}, "service"), reader)("f", **options)


@pytest.mark.parametrize(
    ("reader", "value", "expected"),
    [
        ("text", " 02630221 ", "02630221"),
        ("code", 8, "8"),
        ("amount", "-1300.5", Decimal("-1300.50")),
        ("amount", "0", Decimal("0.00")),
        ("count", 3, 3),
        ("count", "3", 3),
        ("date", "20261005", datetime.date(2026, 10, 5)),
        ("date", "2026-10-05", datetime.date(2026, 10, 5)),
        ("date", "2026-10-05 01:02:03", datetime.date(2026, 10, 5)),
        ("time", "20261005010203", datetime.datetime(2026, 10, 4, 17, 2, 3)),
        ("time", "2026-10-05T01:02:03", datetime.datetime(2026, 10, 4, 17, 2, 3)),
        ("time", "20261005010203123", datetime.datetime(2026, 10, 4, 17, 2, 3)),
        ("flag", "Y", True),
        ("flag", False, False),
        ("seconds", "30", 30.0),
        ("seconds", "soon", 0.0),
        ("seconds", -1, 0.0),
        ("seconds", float("inf"), 0.0),
    ],
)
def test_read(reader, value, expected):
    result = read(reader, value)
    assert result == expected and type(result) is type(expected)


@pytest.mark.parametrize(
    ("reader", "value"),
    [
        *[("text", value) for value in (1, True, None, "", [], {})],
        *[("code", value) for value in (True, 1.0, None)],
        *[("amount", value) for value in ("1,000.00", "1e2", "NaN", "٣", 1, "", "-")],
        *[("count", value) for value in (-1, True, 1.5, "x", None)],
        *[("date", value) for value in ("20260230", "2026", "20261005x", 20261005)],
        *[
            ("time", value)
            for value in ("20261005", "20261005256000", "00000101000000")
        ],
        *[("flag", value) for value in ("yes", 1, None, "")],
        *[("rows", value) for value in ({}, "x", None, [1])],
        *[("fields", value) for value in ([], "x", None)],
    ],
)
def test_refuse(reader, value):
    with pytest.raises(errors.OutcomeUnknownError, match="service"):
        read(reader, value)


@pytest.mark.parametrize(
    ("reader", "empty"),
    [("text", ""), ("code", ""), ("amount", None), ("count", 0), ("date", None)]
    + [("time", None), ("flag", False), ("rows", [])],
)
def test_optional(reader, empty):
    for value in (None, ""):
        assert read(reader, value, optional=True) == empty
    assert getattr(Fields({}, "service"), reader)("f", optional=True) == empty


@pytest.mark.parametrize("text", ["a\0b", "a\ud800b", "\udfff发票\ud83d"])
def test_text_can_be_stored(text):
    fields = Fields({"name": text}, "here")
    assert fields.text("name").encode()
    assert "\0" not in fields.text("name")
    assert errors.GatewayError(text, raw_code=text).text.encode()


def test_amounts_go_out_with_two_decimals():
    assert format_amount(Decimal("5")) == "5.00"
    assert format_amount(Decimal("-0.10")) == "-0.10"
    for amount in ("0.001", "NaN", "1e40"):
        with pytest.raises(errors.RefusedError):
            format_amount(Decimal(amount))


def test_channels_are_found_by_being_there():
    assert bureau.get_channels() == [("leqi", "Leqi"), ("rpa", "Bureau by RPA")]
    with pytest.raises(KeyError):
        bureau.get_client_class("fax")


@pytest.mark.parametrize(
    ("codes", "connection"),
    [(leqi_codes, leqi_envelope), (rpa_codes, rpa_connection)],
    ids=["leqi", "rpa"],
)
def test_tables_use_only_our_words(codes, connection):
    tables = {
        "INVOICE_STATES": messages.INVOICE_STATUSES,
        "PURPOSES": messages.PURPOSES,
        "RESULTS": messages.RESULT_CODES,
        "FARM_METHODS": messages.FARM_METHODS,
        "STATISTICS": messages.STATISTICS_STATUSES,
        "TABLE_ROWS": messages.TABLE_ROWS,
        "TYPES": leqi_codes.TYPES,
    }
    for name, words in tables.items():
        assert set(getattr(codes, name).values()) <= set(words), name
    assert set(connection.REFUSALS.values()) <= set(messages.REFUSAL_CODES)
    assert set(codes.TABLE_ROWS.values()) == set(messages.TABLE_ROWS)
    assert set(codes.FARM_METHODS.values()) == set(messages.FARM_METHODS)
    assert set(codes.FARM_CODES) == set(FARM_OPERATIONS)


@pytest.mark.parametrize("operations", [leqi_codes.SERVICES, rpa_codes.TASKS])
def test_every_operation_of_the_wire_has_its_code(operations):
    assert set(operations) == set(messages.WIRE_OPERATIONS)
