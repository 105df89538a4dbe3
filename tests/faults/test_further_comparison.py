"""The comparison of the further operations sees what is wrong."""

import pytest

from . import certification_further_comparison as further
from . import queries

NUMBER = "91110105MA0TE5T019"
INVOICE = {
    "number": "26112000000000000001",
    "code": "",
    "in_pool": True,
    "farm_method": "mixed",
    "farm_amount": "50.00",
    "booked_on": "2026-02-03",
    "creditable_vat": "4.50",
}
TREATED = ("mixed", "50.00", "2026-02-03", "4.50", "selected")
REFUND = {"period": "202611", "ordinal": 1, "count": 2, "net": "200.00", "vat": "26.00"}


class Tables:
    """Answers each statement with the rows that the test says."""

    def __init__(self, **rows):
        self._rows = {getattr(queries, name): found for name, found in rows.items()}

    def execute(self, statement, parameters=None):
        return self._rows.get(statement, [])


def treatments(*values):
    system = Tables(TREATMENTS=[(INVOICE["number"], "", *values)])
    return further.compare_treatments(system, NUMBER, {"invoices": [INVOICE]})


def test_the_same_treatment_is_no_difference():
    assert treatments(*TREATED) == []


@pytest.mark.parametrize(
    ("position", "value", "name"),
    [
        (0, "own", "farm treatment"),
        (1, None, "own-grown part"),
        (2, None, "booking"),
        (3, "9.00", "creditable VAT"),
    ],
)
def test_another_treatment_is_told(position, value, name):
    values = [*TREATED[:position], value, *TREATED[position + 1 :]]
    [text] = treatments(*values)
    assert name in text


def test_refund_confirmations_are_compared_with_their_sums():
    same = ("202611", 1, 2, "200.00", "26.00")
    state = {"refund_confirmations": [REFUND]}
    compare = further.compare_refunds
    assert compare(Tables(REFUND_CONFIRMATIONS=[same]), NUMBER, state) == []
    for rows in ([], [same, same], [(*same[:4], "13.00")]):
        assert compare(Tables(REFUND_CONFIRMATIONS=rows), NUMBER, state)


def test_refund_that_a_person_voided_is_explained():
    system = Tables(VOIDED_SIGNS=[("202611",)])
    state = {"refund_confirmations": [REFUND]}
    assert further.compare_refunds(system, NUMBER, state) == []


def test_second_signature_of_a_period_is_doubled():
    first = {"period": "202610", "ordinal": 1, "cancelled_at": "2026-11-04 09:00:00"}
    second = {"period": "202610", "ordinal": 2, "cancelled_at": None}
    state = {"confirmations": [first, second], "refund_confirmations": []}
    assert further.find_doubled_signatures(NUMBER, state) == []
    first["cancelled_at"] = None
    assert len(further.find_doubled_signatures(NUMBER, state)) == 1
    state["refund_confirmations"] = [REFUND, REFUND]
    assert len(further.find_doubled_signatures(NUMBER, state)) == 2


def test_work_for_another_period_is_told():
    requests = {"r1": (1, "success", "202611", "B1")}
    job = {"request_number": "r1", "period": "202611"}
    assert further.check_periods([job], requests) == []
    assert further.check_periods([{**job, "period": "202610"}], requests)
    assert further.check_periods([{**job, "period": None}], requests) == []


def test_preselection_that_nobody_sent_is_stuck():
    assert further.find_left_behind(Tables()) == []
    assert further.find_left_behind(Tables(HELD=[("B1", "202611", "202611")]))
