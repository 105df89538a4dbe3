"""Refund, passenger transport, farm products and booking against prepared answers."""

import dataclasses
import datetime
from decimal import Decimal

import pytest
from gateway import bureau, errors, messages
from gateway_samples import LATER, NUMBER, TAX_NUMBER, make_credentials, make_item
from gateway_samples import make_submission as submission
from test_gateway_leqi import ok as leqi_ok
from test_gateway_leqi import sent as leqi_sent
from test_gateway_rpa import ROW as RPA_ROW
from test_gateway_rpa import ok as rpa_ok
from test_gateway_rpa import sent as rpa_sent


def make_client(channel, canned):
    return bureau.get_client_class(channel)(
        make_credentials(canned.address),
        TAX_NUMBER,
        messages.Session("tok3n-before", LATER),
    )


@pytest.fixture
def leqi(canned):
    with make_client("leqi", canned) as client:
        yield client


@pytest.fixture
def rpa(canned):
    with make_client("rpa", canned) as client:
        yield client


@pytest.mark.parametrize("channel", ["leqi", "rpa"])
@pytest.mark.parametrize("operation", ["farm_mixed", "booking"])
def test_what_an_operation_lacks_is_not_sent(canned, channel, operation):
    client = make_client(channel, canned)
    with pytest.raises(errors.RefusedError) as caught:
        client.submit(submission(operation))
    assert caught.value.code == "invalid_argument"
    assert not canned.requests


# === LEQI === #


def test_leqi_the_refund_is_another_capability(canned, leqi):
    canned.add_json(leqi_ok(pclsh="x"), leqi_ok(clzt="0"))
    leqi.submit(submission("refund"))
    leqi.find(submission("refund"))
    for index, service in enumerate(("PLFPTSGX", "CXFPTSGXCLJG")):
        first, headers, _body = canned.requests[index]
        assert first.split()[1] == f"/access/v2/invoke/203064/{service}"
        assert (headers["nlbm"], headers["fwbm"]) == ("203064", service.lower())
    assert leqi_sent(canned, 0)[2]["fpmx"] == [
        {"kprq": "20261005", "fpdm": "", "fphm": NUMBER, "fplx": "81"}
    ]


@pytest.mark.parametrize(
    ("operation", "values", "service", "line"),
    [
        ("farm_own", {}, "PLSCDCLNCPFPQRQD", {"clfs": "1", "ncpbfje": ""}),
        ("farm_bought", {}, "PLSCDCLNCPFPQRQD", {"clfs": "2", "ncpbfje": ""}),
        (
            "farm_mixed",
            {"farm_amount": Decimal("33.3")},
            "PLSCDCLNCPFPQRQD",
            {"clfs": "3", "ncpbfje": "33.30"},
        ),
        ("farm_face_amount", {}, "PLSCDCLNCPFPQRQD", {"clfs": "4", "ncpbfje": ""}),
        ("farm_face_tax", {}, "PLSCDCLNCPFPQRQD", {"clfs": "5", "ncpbfje": ""}),
        (
            "booking",
            {"booked_on": datetime.date(2026, 11, 8)},
            "FPRZBZSC",
            {"rzrq": "20261108"},
        ),
    ],
)
def test_leqi_farm_and_booking_are_of_no_period(
    canned, leqi, operation, values, service, line
):
    canned.add_json(leqi_ok(pclsh="x"))
    leqi.submit(submission(operation, [make_item(**values)]))
    asked_service, _headers, asked = leqi_sent(canned)
    assert asked_service == service
    assert set(asked) == {"gfsbh", "ywlsh", "fpmx"}
    day = {} if operation == "booking" else {"kprq": "20261005"}
    assert asked["fpmx"] == [{"fpdm": "", "fphm": NUMBER, **day, **line}]


@pytest.mark.parametrize(
    ("operation", "text", "result"),
    [
        ("farm_own", "已处理,不可重复处理", "already"),
        ("farm_own", "已勾选,不可重复勾选", "already"),
        ("booking", "已入账,不可重复入账", "already"),
        ("booking", "新的", "selection_abnormal"),
    ],
)
def test_leqi_result_of_a_treatment(canned, leqi, operation, text, result):
    row = {"fpdm": "", "fphm": NUMBER, "cljg": "8", "clms": text}
    row |= {"clfs": "1", "yxse": "900.00"} if operation == "farm_own" else {"rzbz": "Y"}
    canned.add_json(leqi_ok(clzt="1", plcode="93000", fpmx=[row]))
    (item,) = leqi.poll(submission(operation, ()), "B1").items
    assert (item.result, item.selection, item.period) == (result, None, None)
    expected = Decimal("900.00") if operation == "farm_own" else None
    assert item.creditable_vat == expected


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (
            {"qrjg": "200", "qrcs": 2, "hjfs": 3, "hjje": "30.00", "hjse": "3.90"},
            ("200", "", 2, ("total", 3, Decimal("30.00"), Decimal("3.90"))),
        ),
        ({"qrjg": "200", "qrcs": 1}, ("200", "", 1, None)),
        (
            {"qrjg": "", "ycdm": "NOTHING_SELECTED", "hjfs": 0},
            ("", "nothing_selected", 0, None),
        ),
        ({"qrjg": "", "ycdm": "BRAND_NEW"}, ("", "refused", 0, None)),
    ],
)
def test_leqi_refund_confirmation(canned, leqi, answer, expected):
    canned.add_json(leqi_ok(clzt="1", **answer))
    progress = leqi.poll(submission("refund_sign"), "B1")
    totals = progress.totals and dataclasses.astuple(progress.totals)
    assert expected == (progress.sign_code, progress.refusal, progress.ordinal, totals)


# === RPA === #


@pytest.mark.parametrize(
    ("operation", "values", "line"),
    [
        ("farm_own", {}, {"method": "own", "ownAmount": ""}),
        ("farm_bought", {}, {"method": "bought", "ownAmount": ""}),
        (
            "farm_mixed",
            {"farm_amount": Decimal("33.3")},
            {"method": "mixed", "ownAmount": "33.30"},
        ),
        ("farm_face_amount", {}, {"method": "faceAmount", "ownAmount": ""}),
        ("farm_face_tax", {}, {"method": "faceTax", "ownAmount": ""}),
        (
            "booking",
            {"booked_on": datetime.date(2026, 11, 8)},
            {"bookedOn": "2026-11-08"},
        ),
    ],
)
def test_rpa_farm_and_booking(canned, rpa, operation, values, line):
    canned.add_json(rpa_ok(reqId="R1"))
    rpa.submit(submission(operation, [make_item(**values)]))
    body = rpa_sent(canned)
    assert body["taskType"] == ("RZ" if operation == "booking" else "NCP")
    assert "gxlx" not in body
    day = {} if operation == "booking" else {"kprq": "2026-10-05"}
    assert body["items"] == [{"fpdm": "", "fphm": NUMBER, **day, **line}]


def test_rpa_result_of_a_treatment(canned, rpa):
    row = {**RPA_ROW, "gxzt": "0", "gxlx": "", "period": "", "yxse": "900.00"}
    row |= {"farmMethod": "faceAmount"}
    line = {"fphm": NUMBER, "fpdm": "", "result": "06", "text": "已处理", "row": row}
    line |= {"method": "faceAmount", "creditable": "900.00"}
    canned.add_json(rpa_ok(reqId="R1", status="1", items=[line]))
    (item,) = rpa.poll(submission("farm_face_amount"), "R1").items
    assert (item.result, item.raw_code, item.text) == ("already", "06", "已处理")
    assert (item.selection, item.creditable_vat) == ("unselected", Decimal("900.00"))


@pytest.mark.parametrize("operation", ["farm_own", "booking", "refund", "passenger"])
def test_rpa_done_without_a_word_on_the_invoices(canned, rpa, operation):
    canned.add_json(rpa_ok(reqId="R1", status="1"))
    with pytest.raises(errors.OutcomeUnknownError, match="items"):
        rpa.poll(submission(operation, ()), "R1")


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (
            {"signCode": "200", "ordinal": 2, "count": 3}
            | {"net": "30.00", "vat": "3.90"},
            ("200", "", 2, ("total", 3, Decimal("30.00"), Decimal("3.90"))),
        ),
        ({"signCode": "200", "ordinal": 1}, ("200", "", 1, None)),
        (
            {"result": "refused", "reason": "NOTHING_SELECTED"},
            ("", "nothing_selected", 0, None),
        ),
        ({"signCode": "555"}, ("555", "refused", 0, None)),
    ],
)
def test_rpa_refund_confirmation(canned, rpa, answer, expected):
    canned.add_json(rpa_ok(reqId="R1", status="1", **answer))
    progress = rpa.poll(submission("refund_sign"), "R1")
    totals = progress.totals and dataclasses.astuple(progress.totals)
    assert expected == (progress.sign_code, progress.refusal, progress.ordinal, totals)
