"""The question whether a period is filed, the jump it may cause, and the way back."""

import pytest
from conftest import GENERAL, PERIOD, SMALL
from reference_client import Leqi, Rpa

NEXT = "202611"
FINISHED_TEXT = (
    "本次确认不成功，原因：您税款所属期2026年10月的申报工作已完成，"
    "本批次发票请您在下期进行勾选认证操作！"
)
NAMES = ("wqr", "wsb", "wd", "zq")
RPA_NAMES = ("notConfirmed", "notFiled", "byAnswer", "inWindow")
NEVER = ("", "NNNN")


@pytest.fixture
def unknown(seeded):
    """The bureau learns late whether the general taxpayer has filed."""
    seeded.post("settings", repeat_gate_seconds=0)
    seeded.post("taxpayers", tax_number=GENERAL, filing_known=False)
    return seeded


class LeqiWords:
    """What both channels are asked here, through Leqi."""

    words = {"": "", "unfinished": "1", "finished": "2"}

    def __init__(self, url):
        self.client = Leqi(url, GENERAL)

    def period(self):
        answer = self.client.call("HQDQSKSSQYDQSKSSQTJZT")
        met = "".join(answer["httj"][name] for name in NAMES)
        return answer["skssq"], answer["sbzt"], (answer["htsq"], met)

    def select(self, number, period=PERIOD):
        return self.client.select(period, [{"fphm": number}])["fpmx"][0]["cljg"] == "1"

    def build(self, period=PERIOD):
        self.client.build(period)

    def sign(self, word="", period=PERIOD):
        content = {"skssq": period, "qrbz": "1", "sbqk": self.words[word]}
        answer = self.client.write("SQQRDKTJ", "CXQRTJCLJG", **content)
        return answer.get("qrjg"), answer.get("ycdm", ""), answer.get("clms", "")

    def go_back(self, period=PERIOD):
        answer = self.client.write("SQSKSSQBG", "CXSKSSQBGJG", bgsq=period)
        return answer.get("ycdm", ""), answer.get("skssq")


class RpaWords:
    """The same by RPA."""

    def __init__(self, url):
        self.client = Rpa(url, GENERAL).login()

    def period(self):
        answer = self.client.data("period")
        met = "".join("NY"[answer["rollBack"][name]] for name in RPA_NAMES)
        filed = {None: "", False: "N", True: "Y"}[answer["filed"]]
        return answer["period"], filed, (answer["rollBackTo"], met)

    def select(self, number, period=PERIOD):
        item = {"fphm": number}
        answer = self.client.task("GX", period, gxlx="1", items=[item])
        return answer["items"][0]["result"] == "01"

    def build(self, period=PERIOD):
        self.client.task("TJ", period)

    def sign(self, word="", period=PERIOD):
        answer = self.client.task("QR", period, filing=word)
        data = answer.get("data", answer)
        text = data.get("text", answer.get("message"))
        return data.get("signCode"), data.get("reason", ""), text

    def go_back(self, period=PERIOD):
        answer = self.client.task("HT", period)
        data = answer.get("data", answer)
        return data.get("reason", ""), data.get("period")


@pytest.fixture(params=[LeqiWords, RpaWords])
def channel(request, simulator, unknown):
    return request.param(simulator.url)


@pytest.fixture
def jumped(channel, numbers):
    """One invoice was selected and "finished" answered by mistake."""
    assert channel.select(numbers[0])
    channel.build()
    channel.sign("finished")
    return channel


def taxpayer(control):
    return control.get("state", tax_number=GENERAL)["taxpayers"][0]


# === THE QUESTION === #


def test_without_a_word_nothing_happens(channel, unknown, numbers):
    assert channel.period() == (PERIOD, "", NEVER)
    channel.select(numbers[0])
    channel.build()
    assert channel.sign()[1] == "FILING_UNKNOWN"
    assert channel.period()[0] == PERIOD
    state = unknown.get("state", tax_number=GENERAL)
    assert state["confirmations"] == [] and state["statistics"][0]["state"] == "built"
    assert unknown.invoices(GENERAL)[numbers[0]]["selection"] == "selected"


def test_unfinished_signs_as_ever(channel, unknown, numbers):
    channel.select(numbers[0])
    channel.build()
    assert channel.sign("unfinished")[:2] == ("200", "")
    assert unknown.invoices(GENERAL)[numbers[0]]["selection"] == "confirmed"
    assert channel.period() == (PERIOD, "", NEVER)


def test_finished_refuses_and_moves_on(channel, unknown, numbers):
    channel.select(numbers[0])
    channel.build()
    _code, reason, text = channel.sign("finished")
    assert (reason, text) == ("PERIOD_FILED", FINISHED_TEXT)
    state = unknown.get("state", tax_number=GENERAL)
    assert state["confirmations"] == state["statistics"] == []
    row = unknown.invoices(GENERAL)[numbers[0]]
    assert (row["selection"], row["period"]) == ("unselected", None)
    states = {row["period"]: row["state"] for row in state["periods"]}
    assert states == {PERIOD: "jumped", NEXT: "open"}
    assert channel.period() == (NEXT, "", (PERIOD, "YYYY"))
    # The batch goes into the next period, as the text says.
    assert channel.select(numbers[0], NEXT)


def test_where_the_bureau_knows_no_word_is_needed(channel, unknown, numbers):
    unknown.post("taxpayers", tax_number=GENERAL, filing_known=True)
    assert channel.period() == (PERIOD, "N", NEVER)
    channel.select(numbers[0])
    channel.build()
    assert channel.sign("finished")[:2] == ("200", "")
    assert channel.period()[0] == PERIOD


def test_what_still_runs_cannot_be_filed(channel, unknown, numbers):
    unknown.post("file", tax_number=GENERAL)
    channel.select(numbers[0], NEXT)
    channel.build(NEXT)
    assert channel.sign("finished", NEXT)[0] == "222"
    assert channel.period()[0] == NEXT


def test_the_table_comes_first(channel):
    assert channel.sign()[1] == "STATISTICS_MISSING"
    assert channel.sign("finished")[1] == "STATISTICS_MISSING"
    assert channel.period()[0] == PERIOD


def test_confirmed_invoices_stay_when_the_period_is_left(channel, unknown, numbers):
    channel.select(numbers[0])
    channel.build()
    channel.sign("unfinished")
    assert channel.sign("finished")[1] == "PERIOD_FILED"
    row = unknown.invoices(GENERAL)[numbers[0]]
    assert (row["selection"], row["period"]) == ("confirmed", PERIOD)
    # What was confirmed before the jump does not hinder.
    assert channel.go_back() == ("", PERIOD)
    if isinstance(channel, RpaWords):
        channel.client.login()
    assert channel.sign("unfinished")[:2] == ("200", "")


def test_a_wrong_word_is_no_word(simulator, unknown, leqi, rpa):
    answer = leqi.write("SQQRDKTJ", "CXQRTJCLJG", skssq=PERIOD, qrbz="1", sbqk="3")
    assert answer["ycdm"] == "INVALID_ARGUMENT"
    assert rpa.call("submit", taskType="QR", period=PERIOD, filing="2")["code"] == (
        "1002"
    )


# === THE WAY BACK === #


def test_back_in_the_old_period(jumped, unknown, numbers):
    jumped.select(numbers[1], NEXT)
    jumped.build(NEXT)
    assert jumped.go_back() == ("", PERIOD)
    state = unknown.get("state", tax_number=GENERAL)
    (period,) = state["periods"]
    assert (period["period"], period["state"]) == (PERIOD, "open")
    assert period["opened_at"] == "2026-10-27 00:00:00"
    assert period["deadline"] == "2026-11-16"
    assert state["taxpayers"][0]["jump"] is None and state["statistics"] == []
    assert unknown.invoices(GENERAL)[numbers[1]]["selection"] == "unselected"
    if isinstance(jumped, RpaWords):
        assert jumped.client.call("period")["code"] == "4001"
        jumped.client.login()
    assert jumped.period() == (PERIOD, "", NEVER)
    assert jumped.select(numbers[0])
    jumped.build()
    assert jumped.sign("unfinished")[:2] == ("200", "")


def test_going_back_by_leqi_ends_the_login_too(simulator, unknown, rpa, numbers):
    leqi = LeqiWords(simulator.url)
    leqi.select(numbers[0])
    leqi.build()
    leqi.sign("finished")
    assert rpa.call("period")["code"] == "0000"
    assert leqi.go_back() == ("", PERIOD)
    assert rpa.call("period")["code"] == "4001"


def refused(channel, met, current=NEXT):
    assert channel.period() == (current, "", (PERIOD, met))
    assert channel.go_back()[0] == "ROLL_BACK_NOT_POSSIBLE"
    assert channel.period()[0] == current


def test_condition_not_confirmed(jumped, unknown, numbers):
    unknown.post("clock", now="2026-12-01T09:00:00")
    if isinstance(jumped, RpaWords):
        jumped.client.login()
    assert jumped.select(numbers[1], NEXT)
    jumped.build(NEXT)
    assert jumped.sign("unfinished", NEXT)[0] == "200"
    unknown.post("clock", now="2026-11-12T09:00:00")
    refused(jumped, "NYYY")


def test_condition_not_filed(jumped, unknown):
    filed = unknown.post("file", tax_number=GENERAL, period=PERIOD)
    assert filed == {"filed": PERIOD, "period": NEXT}
    refused(jumped, "YNYY")
    states = unknown.get("state", tax_number=GENERAL)["periods"]
    assert (states[0]["period"], states[0]["state"]) == (PERIOD, "filed")


def test_condition_by_answer(channel, unknown):
    moved = unknown.post("jump", tax_number=GENERAL)
    assert moved == {"left": PERIOD, "period": NEXT}
    refused(channel, "YYNY")


def test_condition_in_window(jumped, unknown):
    unknown.post("clock", now="2026-11-16T23:59:00")
    if isinstance(jumped, RpaWords):
        jumped.client.login()
    assert jumped.period() == (NEXT, "", (PERIOD, "YYYY"))
    unknown.post("clock", now="2026-11-17T00:00:00")
    refused(jumped, "YYYN")


def test_without_a_jump_there_is_no_way_back(channel, unknown):
    assert channel.go_back("202609")[0] == "ROLL_BACK_NOT_POSSIBLE"
    assert channel.go_back(PERIOD)[0] == "ROLL_BACK_NOT_POSSIBLE"
    unknown.post("file", tax_number=GENERAL)
    assert channel.period() == (NEXT, "", NEVER)
    assert channel.go_back()[0] == "ROLL_BACK_NOT_POSSIBLE"


def test_only_to_the_period_that_was_left(jumped):
    for period in ("202609", NEXT):
        assert jumped.go_back(period)[0] == "ROLL_BACK_NOT_POSSIBLE"
    assert jumped.go_back() == ("", PERIOD)


def test_the_next_period_ends_the_way_back(jumped, unknown):
    unknown.post("clock", now="2026-12-16T09:00:00")
    if isinstance(jumped, RpaWords):
        jumped.client.login()
    assert jumped.period() == ("202612", "", NEVER)
    assert taxpayer(unknown)["jump"] is None


def test_the_same_number_goes_back_once(simulator, unknown, numbers):
    words = LeqiWords(simulator.url)
    words.select(numbers[0])
    words.build()
    words.sign("finished")
    content = {"bgsq": PERIOD, "ywlsh": "BACK-1"}
    first = words.client.call("SQSKSSQBG", **content)
    assert words.client.call("CXSKSSQBGJG", ywlsh="BACK-1")["cljg"] == "0"
    again = words.client.call("SQSKSSQBG", **content)
    assert again["pclsh"] == first["pclsh"]
    other = words.client.call("SQSKSSQBG", bgsq="202609", ywlsh="BACK-1")
    assert other["ycdm"] == "SERIAL_CONFLICT"
    assert words.client.call("CXSKSSQBGJG", ywlsh="none")["ycdm"] == "NOT_FOUND"
    assert words.period()[0] == PERIOD


def test_found_impossible_only_at_work(jumped, unknown):
    """The filing arrives between the request and its work."""
    unknown.post("settings", job_seconds=3600)
    if isinstance(jumped, LeqiWords):
        jumped.client.call("SQSKSSQBG", bgsq=PERIOD, ywlsh="LATE")
        assert jumped.client.call("CXSKSSQBGJG", ywlsh="LATE")["clzt"] == "0"
    else:
        jumped.client.data("submit", taskType="HT", period=PERIOD, traceNo="LATE")
        assert jumped.client.data("query", traceNo="LATE")["status"] == "9"
    unknown.post("file", tax_number=GENERAL, period=PERIOD)
    unknown.post("clock", advance_seconds=3600)
    if isinstance(jumped, LeqiWords):
        answer = jumped.client.call("CXSKSSQBGJG", ywlsh="LATE")
        assert (answer["cljg"], answer["ycdm"]) == ("1", "ROLL_BACK_NOT_POSSIBLE")
        assert answer["skssq"] == NEXT
    else:
        jumped.client.login()
        answer = jumped.client.data("query", traceNo="LATE")
        assert answer["result"] == "refused"
        assert answer["reason"] == "ROLL_BACK_NOT_POSSIBLE"


def test_small_scale_has_nothing_to_go_back_to(simulator, seeded):
    leqi = Leqi(simulator.url, SMALL)
    answer = leqi.call("SQSKSSQBG", bgsq=PERIOD, ywlsh=leqi.serial())
    assert answer["ycdm"] == "SMALL_SCALE"


# === CONTROL === #


def test_control_of_the_filing(unknown):
    assert taxpayer(unknown)["filing_known"] is False
    unknown.post("file", expect=409, tax_number=GENERAL, period="202609")
    unknown.post("jump", tax_number=GENERAL)
    left = taxpayer(unknown)["jump"]
    assert (left["period"], left["jumped_at"][:10]) == (PERIOD, "2026-11-10")
    assert (left["by_answer"], left["not_filed"]) == (False, True)
    # The period that is open now runs to the end of the month.
    unknown.post("jump", expect=409, tax_number=GENERAL)
    for path in ("jump", "file", "taxpayers"):
        unknown.post(path, expect=404, tax_number="nobody")
    unknown.post("taxpayers", expect=422, tax_number=GENERAL, period=NEXT)


def test_seed_says_whether_the_filing_is_known(control):
    control.post("seed", taxpayers=[{"tax_number": "A", "filing_known": False}])
    state = control.get("state", tax_number="A")["taxpayers"][0]
    assert state["filing_known"] is False
