"""The taxpayer's file at the web site: passwords, question, staff, credit history."""

import json

import pytest
import requests
from conftest import GENERAL, OTHER
from reference_client import Leqi, Rpa

CERT = "cert-password"
PLATFORM = "platform-1"
NEW = "n3w-password"
LOCKED_UNTIL = "2026-11-11 00:00:00"


@pytest.fixture
def other(simulator, seeded):
    """The taxpayer that has a platform password; nobody has logged in."""
    return Rpa(simulator.url, OTHER)


def login(client, cert=CERT, platform=None):
    return client.call("login", certPassword=cert, platformPassword=platform)["code"]


def change(client, kind, old, new=NEW, **more):
    answer = client.call("password", kind=kind, old=old, new=new, **more)
    return answer["code"], answer["data"]


def taxpayer(control, tax_number=OTHER):
    return control.get("state", tax_number=tax_number)["taxpayers"][0]


# === CHANGING === #


def test_certificate_password(other):
    assert change(other, "certificate", "wrong-password") == ("4102", {"left": 9})
    assert change(other, "certificate", CERT) == ("0000", {})
    assert login(other, CERT, PLATFORM) == "4102"
    assert login(other, NEW, PLATFORM) == "0000"


def test_platform_password_set_changed_turned_off(simulator, seeded):
    client = Rpa(simulator.url, GENERAL)
    assert change(client, "platform", "", PLATFORM)[0] == "0000"
    assert login(client) == "4104"
    assert login(client, platform=PLATFORM) == "0000"
    # Without the old one nothing changes; one that is missing was no try.
    assert change(client, "platform", "") == ("4104", {"left": 10})
    assert change(client, "platform", "wrong-password") == ("4104", {"left": 9})
    assert change(client, "platform", PLATFORM)[0] == "0000"
    assert login(client, platform=PLATFORM) == "4104"
    assert login(client, platform=NEW) == "0000"
    assert change(client, "platform", NEW, "", enabled=False)[0] == "0000"
    assert login(client) == "0000"
    assert taxpayer(seeded, GENERAL)["platform_password_set"] is False


@pytest.mark.parametrize("kind", ["certificate", "platform"])
def test_too_short(other, seeded, kind):
    old = CERT if kind == "certificate" else PLATFORM
    for new in ("", "7-signs"):
        code, data = change(other, kind, old, new)
        assert (code, data["reason"]) == ("1002", "INVALID_ARGUMENT")
    # It is no try, whatever the old one was.
    assert change(other, kind, "wrong-password", "7-signs")[0] == "1002"
    assert set(taxpayer(seeded)["wrong_tries"].values()) == {0}
    assert login(other, CERT, PLATFORM) == "0000"


def test_ten_wrong_ones_lock_until_the_next_day(other, seeded):
    for left in range(9, -1, -1):
        assert change(other, "platform", "wrong-password") == ("4104", {"left": left})
    locked = ("4103", {"until": LOCKED_UNTIL})
    assert change(other, "platform", PLATFORM) == locked
    assert change(other, "certificate", CERT) == locked
    assert login(other, CERT, PLATFORM) == "4103"
    assert taxpayer(seeded)["locked_until"] == LOCKED_UNTIL
    seeded.post("clock", now="2026-11-10T23:59:59")
    assert change(other, "platform", PLATFORM)[0] == "4103"
    seeded.post("clock", now="2026-11-11T00:00:00")
    assert change(other, "platform", PLATFORM) == ("0000", {})
    assert taxpayer(seeded)["locked_until"] is None


def test_a_change_forgives_only_tries_at_its_own_password(simulator, seeded):
    client = Rpa(simulator.url, GENERAL)
    assert login(client, "wrong-password") == "4102"
    assert change(client, "platform", "", PLATFORM)[0] == "0000"
    assert taxpayer(seeded, GENERAL)["wrong_tries"]["certificate"] == 1
    assert change(client, "certificate", CERT)[0] == "0000"
    assert taxpayer(seeded, GENERAL)["wrong_tries"]["certificate"] == 0


def test_wrong_arguments(other, simulator, seeded):
    assert change(other, "other", CERT)[0] == "1002"
    assert change(other, "platform", PLATFORM, question="宠物")[0] == "1002"
    assert change(other, "platform", PLATFORM, answer="花花")[0] == "1002"
    assert other.call("recover")["code"] == "1002"
    nobody = Rpa(simulator.url, "nobody")
    assert change(nobody, "certificate", CERT)[0] == "4040"
    assert nobody.call("recover", answer="x")["code"] == "4040"
    assert nobody.call("question")["code"] == "4040"


# === THE QUESTION === #


def test_recover_by_the_answer(other, seeded):
    assert other.data("question") == {"question": ""}
    assert other.call("recover", answer="花花")["code"] == "4040"
    told = {"question": "宠物的名字", "answer": "花花"}
    assert change(other, "platform", PLATFORM, **told)[0] == "0000"
    assert other.data("question") == {"question": "宠物的名字"}
    # A later change without one keeps it.
    assert change(other, "platform", NEW, PLATFORM)[0] == "0000"
    wrong = other.call("recover", answer="小黑")
    assert (wrong["code"], wrong["data"]) == ("4102", {"left": 9})
    assert other.data("recover", answer="花花") == {}
    assert other.data("question") == {"question": ""}
    assert login(other) == "0000"
    state = taxpayer(seeded)
    assert (state["platform_password_set"], state["question_set"]) == (False, False)
    assert set(state["wrong_tries"].values()) == {0}


def test_ten_wrong_answers_lock(other, seeded):
    change(other, "platform", PLATFORM, question="宠物的名字", answer="花花")
    for left in range(9, -1, -1):
        wrong = other.call("recover", answer="小黑")
        assert (wrong["code"], wrong["data"]) == ("4102", {"left": left})
    locked = other.call("recover", answer="花花")
    assert (locked["code"], locked["data"]["until"]) == ("4103", LOCKED_UNTIL)
    assert login(other, CERT, NEW) == "4103"
    seeded.post("clock", advance_days=1)
    assert other.call("recover", answer="花花")["code"] == "0000"


def test_turning_off_removes_the_question(other):
    change(other, "platform", PLATFORM, question="宠物的名字", answer="花花")
    change(other, "platform", NEW, "", enabled=False)
    assert other.data("question") == {"question": ""}


def test_no_secret_is_kept_in_the_journal(other, seeded):
    change(other, "platform", PLATFORM, question="宠物的名字", answer="花花")
    other.call("recover", answer="小黑")
    change(other, "certificate", CERT, "an0ther-password")
    text = json.dumps(seeded.get("journal"), ensure_ascii=False)
    text += json.dumps(seeded.get("state", tax_number=OTHER), ensure_ascii=False)
    text += requests.get(seeded.url).text
    for secret in (PLATFORM, NEW, "花花", "小黑", CERT, "an0ther-password"):
        assert secret not in text
    assert "宠物的名字" in text


# === STAFF AND CREDIT LEVEL === #


def test_staff(rpa, seeded):
    empty = dict.fromkeys("name phone email address postcode".split(), "")
    assert rpa.data("staff") == {"staff": empty}
    person = {"name": "李四", "phone": "15100000000", "address": "测试路1号"}
    saved = {**empty, **person}
    assert rpa.data("staff", staff=person) == {"staff": saved}
    assert rpa.data("staff") == {"staff": saved}
    assert taxpayer(seeded, GENERAL)["staff"] == saved
    rpa.token = "ended"
    assert rpa.call("staff", staff=person)["code"] == "4001"


def test_credit_history(simulator, seeded, rpa, leqi):
    rows = rpa.data("creditHistory")["rows"]
    assert 1 <= len(rows) <= 3
    assert rows == sorted(rows, key=lambda row: row["from"], reverse=True)
    assert [row["active"] for row in rows] == [True] + [False] * (len(rows) - 1)
    assert rows[0]["level"] == "B" == rpa.data("profile")["creditLevel"]
    assert leqi.call("CXXYDJXGJL", "202007")["xyjl"] == [
        {
            "xydj": row["level"],
            "qybz": "Y" if row["active"] else "N",
            "yxqq": row["from"].replace("-", ""),
        }
        for row in rows
    ]
    changed = seeded.post("taxpayers", tax_number=GENERAL, credit_level="A")
    assert changed["credit_level"] == "A"
    newest, *older = rpa.data("creditHistory")["rows"]
    assert newest == {"level": "A", "active": True, "from": "2026-11-10"}
    assert len(older) == len(rows) and not any(row["active"] for row in older)
    # A taxpayer that lost its level keeps its history, and may not log in.
    seeded.post("taxpayers", tax_number=GENERAL, credit_level="")
    history = Leqi(simulator.url, GENERAL).call("CXXYDJXGJL", "202007")["xyjl"]
    assert len(history) == len(rows) + 1
    assert {row["qybz"] for row in history} == {"N"}
    assert rpa.call("login", certPassword=CERT)["code"] == "4106"


def test_the_same_seed_gives_the_same_history(seeded, control):
    before = taxpayer(seeded)["credit_history"]
    seeded.post("reset")
    seeded.post("clock", now="2026-11-10T09:00:00")
    seeded.post("seed", seed=7, taxpayers=[{"tax_number": OTHER}])
    assert taxpayer(seeded)["credit_history"] == before
    # Seeding once more adds nothing.
    seeded.post("seed", seed=8, taxpayers=[{"tax_number": OTHER}])
    assert taxpayer(seeded)["credit_history"] == before
