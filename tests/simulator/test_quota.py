"""Quota: the six figures, before and after filing, month by month."""

import datetime

import pytest
from conftest import GENERAL, QUARTER
from issuing_client import Issuer, invoice, line, quota_of

FIELDS = "ztsxbz bysxed kysyed yxzed yxzwsyed sq syqjq syqjz".split()
SPENT = "123456.78"


def figures(issuer) -> list[str]:
    answer = issuer.quota()
    return [answer[name] for name in ("bysxed", "kysyed", "yxzed", "yxzwsyed")]


@pytest.fixture
def filed(control, issuer):
    """The period is filed: the whole month's quota counts."""
    control.post("file", tax_number=GENERAL)
    return issuer


def reason(answer) -> str:
    assert answer["returncode"] == "01", answer
    return answer["ycdm"]


def test_fields_and_opening(issuer, control):
    control.post("quota", tax_number=GENERAL, left_before="600000.00")
    answer = issuer.quota()
    assert set(answer) == {"returncode", "returnmsg", *FIELDS}
    assert [answer[name] for name in FIELDS] == (
        ["N", "1000000.00", "600000.00", "0.00", "0.00", "202611", "", ""]
    )
    # Filed and compared, the whole month's quota is there, less what others used.
    control.post("file", tax_number=GENERAL)
    control.post("quota", tax_number=GENERAL, other_used="250000.00")
    assert issuer.quota()["kysyed"] == "750000.00"


def test_download_issue_return(filed, control):
    answer = filed.download("800000")
    assert (answer["sqed"], answer["sq"]) == ("800000.00", "202611")
    assert (answer["syqjq"], answer["syqjz"]) == ("20261101", "20261130")
    assert figures(filed) == ["1000000.00", "200000.00", "800000.00", "800000.00"]
    number = filed.numbers(1)[0]
    assert filed.codes(invoice(number, line(SPENT))) == ["0000"]
    assert figures(filed) == ["1000000.00", "200000.00", "800000.00", "676543.22"]
    assert reason(filed.give_back("676543.23")) == "QUOTA_UNUSED_SHORT"
    assert reason(filed.download("200000.01")) == "QUOTA_SHORT"
    answer = filed.give_back("500000.00")
    assert "syqjz" not in answer
    assert figures(filed) == ["1000000.00", "700000.00", "300000.00", "176543.22"]
    moves = control.get("state", tax_number=GENERAL)["quota_moves"][-3:]
    assert [(move["kind"], move["amount"]) for move in moves] == (
        [("download", "800000.00"), ("upload", SPENT), ("return", "500000.00")]
    )
    assert (moves[1]["number"], moves[1]["used"]) == (number, SPENT)


@pytest.mark.parametrize("amount", ["0", "0.00", "-1", "1.001", "", "1e5", None, "٣"])
def test_amounts_that_cannot_be(filed, amount):
    answer = filed.response("XZTHSXED", "202007", ywlsh="A", sqlx="0", sqed=amount)
    assert "Error" in answer or "Data" in answer
    assert figures(filed)[2] == "0.00"


def test_the_same_request_once(filed, control):
    first = filed.download("100000.00", ywlsh="D-1")
    control.post("clock", advance_seconds=5)
    assert filed.download("100000", ywlsh="D-1") == first
    assert figures(filed)[2] == "100000.00"
    assert filed.base("CXXZTHSXED", ywlsh="D-1") == first
    assert reason(filed.download("100000.01", ywlsh="D-1")) == "SERIAL_CONFLICT"
    assert reason(filed.give_back("100000.00", ywlsh="D-1")) == "SERIAL_CONFLICT"
    assert reason(filed.base("CXXZTHSXED", ywlsh="D-2")) == "NOT_FOUND"
    # What was refused left no trace: the same number may be used again.
    assert reason(filed.download("900000.01", ywlsh="D-2")) == "QUOTA_SHORT"
    assert reason(filed.base("CXXZTHSXED", ywlsh="D-2")) == "NOT_FOUND"
    assert filed.download("900000.00", ywlsh="D-2")["returncode"] == "00"


def test_a_lost_answer_is_found(filed, control):
    control.fault("act_drop", operation="XZTHSXED", count=1)
    with pytest.raises(Exception, match="."):
        filed.download("100000.00", ywlsh="L-1")
    assert filed.base("CXXZTHSXED", ywlsh="L-1")["sqed"] == "100000.00"
    assert filed.download("100000.00", ywlsh="L-1")["returncode"] == "00"
    assert figures(filed)[2] == "100000.00"


def test_validity_before_and_after_filing(issuer, control):
    assert issuer.download("500000.00")["syqjz"] == "20261116"
    assert reason(issuer.adjust()) == "QUOTA_NOT_FILED"
    numbers = issuer.numbers(4)
    control.post("clock", now="2026-11-16T10:00:00")
    assert issuer.codes(invoice(numbers[0], kprq="20261116095900")) == ["0000"]
    control.post("file", tax_number=GENERAL)
    control.post("clock", now="2026-11-17T10:00:00")
    late = invoice(numbers[1], kprq="20261117095900")
    row = issuer.upload(late)["fpxx"][0]
    assert (row["code"], row["status"]) == ("2002", "2")
    assert row["message"] == "授信额度不在有效期内 请先申报或者调整授信额度有效期"
    assert reason(issuer.adjust("2026-10")) == "QUOTA_MONTH_OVER"
    assert issuer.adjust()["syqjz"] == "20261130"
    assert issuer.adjust()["syqjz"] == "20261130"
    assert issuer.codes(late) == ["0000"]


def test_suspended(filed, control):
    filed.download("10000.00")
    numbers = filed.numbers(2)
    control.post("clock", now="2026-11-10T12:00:00")
    control.post("quota", tax_number=GENERAL, suspended=True)
    assert filed.quota()["ztsxbz"] == "Y"
    assert reason(filed.download("1.00")) == "QUOTA_SUSPENDED"
    after = invoice(numbers[1], kprq="20261110130000")
    assert filed.codes(invoice(numbers[0]), after) == ["0000", "2003"]
    assert filed.give_back("1.00")["returncode"] == "00"
    control.post("quota", tax_number=GENERAL, suspended=False)
    assert filed.codes(after) == ["0000"]


def test_nothing_is_carried_over(filed, control):
    filed.download("400000.00")
    number, late = filed.numbers(2)
    assert filed.codes(invoice(number, line("300000.00"))) == ["0000"]
    control.post("clock", now="2026-12-01T00:00:00")
    answer = filed.quota()
    assert [answer[name] for name in FIELDS[1:6]] == (
        ["1000000.00", "700000.00", "0.00", "0.00", "202612"]
    )
    assert reason(filed.give_back("0.01")) == "QUOTA_UNUSED_SHORT"
    # Issued in November and uploaded in December, it uses November's.
    assert filed.codes(invoice(late, line("100000.01"))) == ["2001"]
    assert filed.codes(invoice(late, line("100000.00"))) == ["0000"]
    assert quota_of(control)["unused"] == "0.00"
    assert quota_of(control, "202612")["downloaded"] == "0.00"
    assert quota_of(control, "202612")["left_before"] == "700000.00"


def test_quarter_filers_have_nothing_due_in_november(simulator, seeded):
    client = Issuer(simulator.url, QUARTER)
    seeded.post("quota", tax_number=QUARTER, left_before="1.00")
    assert client.quota()["kysyed"] == "1000000.00"
    assert client.download("10.00")["syqjz"] == "20261130"


def test_asked_once_an_hour(issuer, control):
    control.post("settings", quota_gate_seconds=3600)
    assert issuer.quota()["returncode"] == "00"
    control.post("clock", advance_seconds=3590)
    answer = issuer.quota()
    assert reason(answer) == "QUERY_TOO_SOON" and 1 <= answer["ddms"] <= 10
    control.post("clock", advance_seconds=10)
    assert issuer.quota()["returncode"] == "00"
    # Another month is another question.
    control.post("clock", now="2026-11-30T23:59:00")
    assert issuer.quota()["sq"] == "202611"
    control.post("clock", now="2026-12-01T00:00:00")
    assert issuer.quota()["sq"] == "202612"


def test_gross_amounts_may_count(filed, control):
    control.post("settings", quota_basis="gross")
    filed.download("113.00")
    numbers = filed.numbers(2)
    assert filed.codes(invoice(numbers[0]), invoice(numbers[1])) == ["0000", "2001"]
    assert filed.quota()["yxzwsyed"] == "0.00"


def test_seeded_quota(control):
    taxpayers = [
        {"tax_number": GENERAL, "quota": "5000.00", "quota_left": "70", "region": "95"},
        {"tax_number": QUARTER, "quota": "0", "suspended": True},
    ]
    control.post("seed", taxpayers=taxpayers)
    rows = {row["tax_number"]: row for row in control.get("state")["quotas"]}
    assert (rows[GENERAL]["monthly"], rows[GENERAL]["available"]) == (
        "5000.00",
        "70.00",
    )
    assert rows[QUARTER]["suspended"] and rows[QUARTER]["monthly"] == "0.00"
    control.post("seed", 422, taxpayers=[{"tax_number": "A", "quota": "-1"}])
    control.post("quota", 404, tax_number="unknown", monthly="1")
    control.post("quota", 422, tax_number=GENERAL, monthly="-1")
    changed = control.post("quota", tax_number=GENERAL, monthly="90.00")
    assert (changed["monthly"], changed["available"]) == ("90.00", "70.00")


def test_issuing_in_real_time_whatever_the_clock_says(issuer, control):
    beijing = datetime.timezone(datetime.timedelta(hours=8))
    before = datetime.datetime.now(beijing)
    turned = before.year + 2
    control.post("clock", now=f"{turned}-01-02T09:00:00")
    control.post("settings", issuing_in_real_time=True)
    days = [before, datetime.datetime.now(beijing)]
    assert issuer.quota()["sq"] in [f"{day:%Y%m}" for day in days]
    assert issuer.numbers(1)[0][:2] in [f"{day:%y}" for day in days]
    control.post("settings", issuing_in_real_time=False)
    assert issuer.quota()["sq"] == f"{turned}01"
    assert issuer.numbers(1)[0][:2] == f"{turned % 100:02d}"
