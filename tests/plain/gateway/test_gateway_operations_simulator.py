"""Refund, passenger transport, farm products and booking, both channels against the
real endpoints."""

import datetime
from dataclasses import replace
from decimal import Decimal

import pytest
from gateway import errors, messages
from gateway_samples import PERIOD, TAX_NUMBER, seed
from test_gateway_simulator import (
    CHANNELS,
    effects,
    fetch_all,
    journal,
    make_client,
    make_submission,
    some,
    work,
)

MONTH = "202611"  # of the clock; the refund knows no other
SELLER = {"seller_tax_number": "91310115MA1TE5T02F", "seller_name": "卖方"}
SERVICES = {"refund": "PLFPTSGX", "farm_own": "PLSCDCLNCPFPQRQD", "booking": "FPRZBZSC"}
TASKS = {"refund": "GX", "farm_own": "NCP", "booking": "RZ"}
COUNTERS = {
    "refund": "effective_selections",
    "farm_own": "effective_treatments",
    "booking": "effective_bookings",
}


@pytest.fixture(params=CHANNELS)
def client(request, endpoints):
    with make_client(request.param, endpoints.address) as client:
        client.fetch_period()
        yield client


def add(endpoints, client, number="26317000000000000001", **values):
    """An invoice as the client reads it."""
    values = {
        "type": "82",
        "issue_date": "2026-10-05",
        "net": "10000.00",
        "vat": "300.00",
        **SELLER,
        **values,
    }
    endpoints.post("invoices", tax_number=TAX_NUMBER, number=number, **values)
    (invoice,) = client.read_invoices([messages.InvoiceKey(number)])
    return invoice


def submission(operation, invoices=(), period=PERIOD, **values):
    """:param values: of every item"""
    made = make_submission(operation, invoices)
    items = tuple(replace(item, **values) for item in made.items)
    return replace(made, period=period, items=items)


def do(client, operation, invoices=(), period=PERIOD, **values):
    request = submission(operation, invoices, period, **values)
    return client.poll(request, client.submit(request).reference)


def read(client, invoices):
    return client.read_invoices([invoice.key for invoice in invoices])


# === REFUND === #


def test_refund_from_selection_to_confirmation(endpoints, client):
    invoices = some(client)
    done = do(client, "refund", invoices, MONTH)
    assert [item.result for item in done.items] == ["ok"] * 3
    standing = {(i.selection, i.purpose, i.period) for i in done.items}
    assert standing == {("selected", "refund", MONTH)}
    done = do(client, "refund_revoke", invoices[2:], MONTH)
    assert [(i.result, i.selection) for i in done.items] == [("ok", "unselected")]
    confirmed = do(client, "refund_sign", period=MONTH)
    assert (confirmed.sign_code, confirmed.ordinal, confirmed.refusal) == ("200", 1, "")
    assert confirmed.signed_at.isoformat()[:13] == "2026-11-10T01"  # 09:00 in China
    assert confirmed.totals == messages.TableRow(
        "total",
        2,
        sum(i.net_amount for i in invoices[:2]),
        sum(i.vat_amount for i in invoices[:2]),
    )
    now = {(i.selection, i.purpose, i.period) for i in read(client, invoices[:2])}
    assert now == {("confirmed", "refund", MONTH)}
    (item,) = do(client, "refund_revoke", invoices[:1], MONTH).items
    assert (item.result, item.text) == ("refund_confirmed", "已确认退税,不可撤销")
    assert (item.selection, item.purpose) == ("confirmed", "refund")
    endpoints.post("clock", advance_seconds=200)  # past the three minutes
    assert do(client, "refund_sign", period=MONTH).refusal == "nothing_selected"


@pytest.mark.parametrize("operation", ["refund", "refund_revoke", "refund_sign"])
def test_refund_of_another_month_is_refused(client, operation):
    invoices = [] if operation == "refund_sign" else some(client, 1)
    for month in (PERIOD, "202612"):
        with pytest.raises(errors.RefusedError) as caught:
            do(client, operation, invoices, month)
        assert caught.value.code == "period_not_open"


def test_refund_or_deduction_not_both(client):
    invoices = some(client, 1)
    do(client, "refund", invoices, MONTH)
    (item,) = work(client, "deduct", invoices).items
    assert (item.result, item.purpose) == ("already", "refund")
    (item,) = work(client, "deduct_revoke", invoices).items
    assert item.result == "not_selected"


# === PASSENGER TRANSPORT === #


def test_passenger_stands_as_a_deduction(endpoints, client):
    ticket = add(endpoints, client, type="51", net="41.00", vat="0.00")
    values = {"creditable_vat": Decimal("3.39")}
    (item,) = do(client, "passenger", [ticket], **values).items
    assert (item.result, item.selection, item.purpose) == ("ok", "selected", "deduct")
    assert item.creditable_vat == Decimal("3.39")
    table = {row.row: row for row in work(client, "statistics").statistics.deduct}
    assert (table["rail"].count, table["rail"].vat_amount) == (1, Decimal("3.39"))
    work(client, "statistics_revoke")
    (item,) = work(client, "deduct_revoke", [ticket]).items
    assert (item.result, item.creditable_vat) == ("ok", Decimal("0.00"))


def test_passenger_refused(endpoints, client):
    ticket = add(endpoints, client, type="51", net="41.00", vat="0.00")
    (item,) = do(client, "passenger", [ticket], creditable_vat=Decimal("3.40")).items
    assert item.result == "selection_abnormal"
    (item,) = do(client, "passenger", some(client, 1)).items
    assert item.result == "type_not_supported"


# === FARM PRODUCTS === #


@pytest.mark.parametrize(
    ("operation", "values", "element", "type_", "credit"),
    [
        ("farm_own", {}, "12", "82", "900.00"),
        ("farm_bought", {}, "16", "82", "0.00"),
        ("farm_mixed", {"farm_amount": Decimal("333.33")}, "20", "82", "30.00"),
        ("farm_face_amount", {}, "20", "81", "900.00"),
        ("farm_face_tax", {}, "20", "81", "300.00"),
    ],
)
def test_farm_methods(endpoints, client, operation, values, element, type_, credit):
    invoice = add(endpoints, client, element=element, type=type_)
    assert (invoice.farm_method, invoice.farm_amount) == ("", None)
    (item,) = do(client, operation, [invoice], **values).items
    assert (item.result, item.creditable_vat) == ("ok", Decimal(credit))
    (now,) = read(client, [invoice])
    assert now.farm_method == operation.removeprefix("farm_")
    assert now.farm_amount == values.get("farm_amount")
    assert (now.selection, now.creditable_vat) == ("unselected", Decimal(credit))
    endpoints.post("clock", advance_seconds=200)
    (item,) = do(client, operation, [invoice], **values).items
    assert item.result == "already"
    assert effects(endpoints, [invoice], "effective_treatments") == [1]


def test_farm_refused(endpoints, client):
    (item,) = do(client, "farm_own", some(client, 1)).items
    assert item.result == "type_not_supported"
    invoice = add(endpoints, client, element="12")
    part = {"farm_amount": Decimal("10000.01")}
    (item,) = do(client, "farm_mixed", [invoice], **part).items
    assert item.result == "selection_abnormal"
    do(client, "farm_bought", [invoice])
    (item,) = work(client, "deduct", [invoice]).items
    assert item.result == "type_not_supported"


# === BOOKING === #


def test_booking(endpoints, client):
    invoices = some(client, 2)
    assert {invoice.booked_on for invoice in invoices} == {None}
    day = datetime.date(2026, 11, 8)
    done = do(client, "booking", invoices[:1], booked_on=day)
    assert [item.result for item in done.items] == ["ok"]
    assert [i.booked_on for i in read(client, invoices)] == [day, None]
    done = do(client, "booking", invoices, booked_on=day)
    assert [item.result for item in done.items] == ["already", "ok"]
    assert effects(endpoints, invoices, "effective_bookings") == [1, 1]


def test_small_scale_taxpayers_only_book(endpoints):
    taxpayer = {"tax_number": TAX_NUMBER, "taxpayer_type": "small"}
    passwords = {"cert_password": "certificate-s3cret", "leqi_entity": "ENTITY01"}
    seed(endpoints, taxpayers=[{**taxpayer, **passwords}])
    for channel in CHANNELS:
        client = make_client(channel, endpoints.address)
        invoices = some(client, 1)
        for operation in ("refund", "refund_sign", "passenger", "farm_own"):
            named = [] if operation == "refund_sign" else invoices
            with pytest.raises(errors.RefusedError) as caught:
                do(client, operation, named, MONTH)
            assert caught.value.code == "small_scale"
        values = {"booked_on": datetime.date(2026, 11, 8)}
        (item,) = do(client, "booking", invoices, **values).items
        assert item.result in ("ok", "already")


# === NEVER TWICE === #


@pytest.mark.parametrize("operation", SERVICES)
@pytest.mark.parametrize("kind", ["act_drop", "half_json", "refuse", "http_502"])
def test_unknown_outcome_is_settled_by_asking(endpoints, client, operation, kind):
    if operation == "farm_own":
        invoices = [add(endpoints, client, element="12")]
    else:
        invoices = some(client, 2)
    values = {"booked_on": datetime.date(2026, 11, 8)}
    values = values if operation == "booking" else {}
    request = submission(operation, invoices, MONTH, **values)
    named = SERVICES if client.channel == "leqi" else TASKS
    scope = {"platform": client.channel, "operation": named[operation]}
    endpoints.fault(kind, **scope)
    with pytest.raises(errors.OutcomeUnknownError):
        client.submit(request)
    if kind in ("refuse", "http_502"):
        with pytest.raises(errors.NotFoundError):
            client.find(request)
        client.submit(request)
    progress = client.find(request)
    assert {item.result for item in progress.items} == {"ok"}
    assert set(effects(endpoints, invoices, COUNTERS[operation])) == {1}


def test_a_confirmation_is_never_doubled(endpoints, client):
    do(client, "refund", some(client, 1), MONTH)
    request = submission("refund_sign", period=MONTH)
    operation = "PLFPTSGXQR" if client.channel == "leqi" else "TSQR"
    endpoints.fault("act_drop", platform=client.channel, operation=operation)
    with pytest.raises(errors.OutcomeUnknownError):
        client.submit(request)
    assert client.find(request).ordinal == 1
    kept = endpoints.get("state", tax_number=TAX_NUMBER)["refund_confirmations"]
    assert [(row["ordinal"], row["count"]) for row in kept] == [(1, 1)]
    counts = journal(endpoints, client)
    assert counts["PLFPTSGXQR" if client.channel == "leqi" else "submit"] >= 1


def test_the_pool_tells_it_all(endpoints, client):
    invoices = some(client)
    _invoices, cursor, _pages = fetch_all(client, months=("202609", PERIOD))
    do(client, "refund", invoices[:1], MONTH)
    day = datetime.date(2026, 11, 8)
    do(client, "booking", invoices[1:2], booked_on=day)
    changed, _cursor, _pages = fetch_all(client, cursor=cursor)
    standing = {i.number: (i.purpose, i.booked_on) for i in changed}
    assert standing == {
        invoices[0].number: ("refund", None),
        invoices[1].number: (None, day),
    }
