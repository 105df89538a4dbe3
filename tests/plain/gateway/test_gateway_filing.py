"""The filing question and the way back to the period before, in both channels."""

import itertools
import json

import pytest
from gateway import bureau, errors, messages
from gateway.parsing import Fields
from gateway.period_filing import read_leqi_roll_back, read_rpa_roll_back
from gateway_samples import LATER, PERIOD, TAX_NUMBER, make_credentials, make_submission

NEXT = "202611"
ALL_MET = {
    "not_confirmed": True,
    "not_filed": True,
    "by_answer": True,
    "in_window": True,
}
serials = itertools.count(1)


@pytest.fixture(params=["leqi", "rpa"])
def client(request, endpoints):
    endpoints.post("settings", repeat_gate_seconds=0)
    endpoints.post("taxpayers", tax_number=TAX_NUMBER, filing_known=False)
    cls = bureau.get_client_class(request.param)
    session = messages.Session()
    with cls(make_credentials(endpoints.address), TAX_NUMBER, session) as client:
        client.fetch_period()
        yield client


def send(client, operation, items=(), **values):
    """:return: the submission and its reference"""
    number = f"filing-{next(serials)}"
    submission = make_submission(operation, items, number, **values)
    return submission, client.submit(submission).reference


def work(client, operation, **values):
    return client.poll(*send(client, operation, **values))


def select(client, endpoints, index=0, period=PERIOD):
    number = list(endpoints.invoices(TAX_NUMBER))[index]
    invoice = client.read_invoices([messages.InvoiceKey(number)])[0]
    item = messages.SelectionItem(
        number, "", invoice.issue_date, invoice.type_code, invoice.vat_amount
    )
    progress = work(client, "deduct", items=(item,), period=period)
    assert [one.result for one in progress.items] == ["ok"]
    return number


def jump(client, endpoints):
    number = select(client, endpoints)
    work(client, "statistics")
    return number, work(client, "sign", filing="finished")


def roll_back(period=PERIOD, **values):
    return messages.RollBack(period, **{**ALL_MET, **values})


NO_JUMP = messages.RollBack("", False, False, False, False)


def test_the_channel_cannot_tell(endpoints, client):
    period = client.fetch_period()
    assert (period.filed, period.roll_back) == (None, NO_JUMP)
    endpoints.post("taxpayers", tax_number=TAX_NUMBER, filing_known=True)
    assert client.fetch_period().filed is False


def test_a_signature_without_a_word(endpoints, client):
    select(client, endpoints)
    work(client, "statistics")
    with pytest.raises(errors.RefusedError) as caught:
        send(client, "sign")
    assert caught.value.code == "filing_unknown"
    assert work(client, "sign", filing="unfinished").sign_code == "200"
    assert client.fetch_period().statistics_status == "05"


def test_finished_moves_on(endpoints, client):
    number, progress = jump(client, endpoints)
    assert (progress.done, progress.refusal) == (True, "period_filed")
    assert "2026年10月的申报工作已完成" in progress.text
    assert progress.raw_code == "PERIOD_FILED"
    period = client.fetch_period()
    assert (period.period, period.roll_back) == (NEXT, roll_back())
    assert endpoints.invoices(TAX_NUMBER)[number]["selection"] == "unselected"


def test_the_way_back(endpoints, client):
    jump(client, endpoints)
    other = select(client, endpoints, 1, NEXT)
    session = getattr(client, "connection", client).__dict__.get("session")
    token = session.token if session else ""
    submission, reference = send(client, "roll_back")
    progress = client.poll(submission, reference)
    assert (progress.done, progress.refusal) == (True, "")
    # The login has ended there; the client enters again by itself, once.
    assert client.find(submission).refusal == ""
    period = client.fetch_period()
    assert (period.period, period.roll_back) == (PERIOD, NO_JUMP)
    assert endpoints.invoices(TAX_NUMBER)[other]["selection"] == "unselected"
    if session:
        assert session.token != token
        assert endpoints.get("journal/counts")["rpa"]["login"] == 2


def test_not_possible_at_once(endpoints, client):
    with pytest.raises(errors.RefusedError) as caught:
        send(client, "roll_back", period="202609")
    assert caught.value.code == "roll_back_not_possible"
    endpoints.post("jump", tax_number=TAX_NUMBER)
    assert client.fetch_period().roll_back == roll_back(by_answer=False)
    with pytest.raises(errors.RefusedError) as caught:
        send(client, "roll_back")
    assert caught.value.raw_code == "ROLL_BACK_NOT_POSSIBLE"


def test_not_possible_only_at_work(endpoints, client):
    jump(client, endpoints)
    endpoints.post("settings", job_seconds=60)
    submission, reference = send(client, "roll_back")
    assert client.poll(submission, reference).done is False
    endpoints.post("file", tax_number=TAX_NUMBER, period=PERIOD)
    endpoints.post("clock", advance_seconds=60)
    progress = client.poll(submission, reference)
    assert (progress.done, progress.refusal) == (True, "roll_back_not_possible")
    assert progress.text and progress.raw_code == "ROLL_BACK_NOT_POSSIBLE"
    period = client.fetch_period()
    assert (period.period, period.roll_back) == (NEXT, roll_back(not_filed=False))


def test_the_answer_was_lost(endpoints, client):
    """The bureau went back, its answer did not come: asking finds it done."""
    jump(client, endpoints)
    endpoints.fault("act_drop", platform=client.channel)
    submission = make_submission("roll_back", (), f"filing-{next(serials)}")
    with pytest.raises(errors.OutcomeUnknownError):
        client.submit(submission)
    assert client.find(submission).refusal == ""
    assert client.fetch_period().period == PERIOD
    if client.capabilities.idempotent:
        client.submit(submission)
        assert client.fetch_period().period == PERIOD


def test_never_arrived(endpoints, client):
    with pytest.raises(errors.NotFoundError):
        client.find(make_submission("roll_back", (), "never-sent"))


def test_quarter_filer(endpoints, client):
    """The period is the quarter's last month, before and after the way back."""
    taxpayer = {
        "tax_number": TAX_NUMBER,
        "name": "甲公司",
        "filing": "quarter",
        "filing_known": False,
        "cert_password": client.connection.credentials.certificate_password,
        "platform_password": client.connection.credentials.platform_password,
        "leqi_entity": "ENTITY01",
    }
    endpoints.post("seed", taxpayers=[taxpayer])
    assert client.fetch_taxpayer().filing_frequency == "quarter"
    period = client.fetch_period()
    assert (period.period, period.next_period) == ("202612", "202703")
    assert f"{period.deadline} {period.issue_date_to}" == "2027-01-15 2026-12-31"
    select(client, endpoints, period="202612")
    progress = work(client, "statistics", period="202612")
    assert progress.statistics.status == "03"
    sign = {"period": "202612", "filing": "finished"}
    assert work(client, "sign", **sign).sign_code == "222"
    endpoints.post("clock", now="2027-01-04T09:00:00")
    assert client.fetch_period().statistics_status == "25"
    assert work(client, "sign", **sign).refusal == "period_filed"
    period = client.fetch_period()
    assert (period.period, period.roll_back) == ("202703", roll_back("202612"))
    assert work(client, "roll_back", period="202612").refusal == ""
    assert client.fetch_period().period == "202612"


# === WHAT GOES OVER THE WIRE === #


def test_rpa_fields(canned):
    session = messages.Session("tok3n", LATER)
    cls = bureau.get_client_class("rpa")
    client = cls(make_credentials(canned.address), TAX_NUMBER, session)
    data = {"code": "0000", "data": {"reqId": "R1"}}
    canned.add_json(*[data] * 4)
    client.submit(make_submission("sign"))
    client.submit(make_submission("sign", filing="finished"))
    client.submit(make_submission("sign_revoke", filing="finished"))
    client.submit(make_submission("roll_back"))
    sent = [json.loads(body) for _first, _headers, body in canned.requests]
    assert [one.get("filing") for one in sent] == [None, "finished", None, None]
    assert (sent[3]["taskType"], sent[3]["period"]) == ("HT", PERIOD)


def test_leqi_fields(endpoints):
    client = bureau.get_client_class("leqi")(
        make_credentials(endpoints.address), TAX_NUMBER, messages.Session()
    )
    for operation, values in (
        ("roll_back", {}),
        ("sign", {"filing": "unfinished"}),
        ("sign", {}),
        ("sign_revoke", {"filing": "finished"}),
    ):
        with pytest.raises(errors.RefusedError):
            send(client, operation, **values)
    sent = [json.loads(line["request"]) for line in endpoints.get("journal")]
    assert (sent[0]["bgsq"], "skssq" in sent[0]) == (PERIOD, False)
    assert [one.get("sbqk") for one in sent] == [None, "1", None, None]


def test_a_channel_that_says_nothing_of_it():
    assert read_leqi_roll_back(Fields({"httj": None}, "period")) is None
    assert read_rpa_roll_back(Fields({}, "period")) is None
    for read, field in (
        (read_leqi_roll_back, "httj"),
        (read_rpa_roll_back, "rollBack"),
    ):
        for value in ({"wqr": "Y"}, "Y", [1]):
            with pytest.raises(errors.OutcomeUnknownError):
                read(Fields({field: value}, "period"))
