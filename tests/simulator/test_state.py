"""Seeding, control, and the state on disk."""

import re
import sqlite3
import time

import pytest
from conftest import GENERAL, NOW, PERIOD, Process, taxpayers
from reference_client import Control, Leqi, Rpa
from stdnum.cn import uscc

from simulator import money
from simulator.store import Store


def seed(control, **more):
    values = {"seed": 5, "taxpayers": taxpayers()[:1], "invoices": 500}
    values |= {"months": ["202608", "202609", "202610"], "abnormal": 0.1, **more}
    return control.post("seed", **values)


def facts(control) -> list:
    return control.get("state")["invoices"]


def test_a_file_of_an_earlier_version_is_opened(tmp_path):
    """What came since stands at its default, what is kept stays."""
    kept = sqlite3.connect(tmp_path / "state.db")
    kept.execute("CREATE TABLE taxpayer (tax_number TEXT PRIMARY KEY, name TEXT)")
    kept.execute("INSERT INTO taxpayer VALUES ('A', '甲公司')")
    kept.execute("ALTER TABLE taxpayer ADD COLUMN deadline TEXT")
    kept.commit()
    kept.close()
    store = Store(tmp_path / "state.db")
    row = store.one("SELECT * FROM taxpayer")
    assert (row["name"], row["filing_known"], row["question"]) == ("甲公司", 1, "")
    assert row["staff"] == "" and row["credit_level"] is None
    store.close()


def test_same_seed_same_data(control):
    assert seed(control) == {"taxpayers": 1, "invoices": 500}
    first = facts(control)
    assert seed(control)["invoices"] == 0
    control.post("reset")
    control.post("clock", now=NOW)
    seed(control)
    assert facts(control) == first
    control.post("reset")
    control.post("clock", now=NOW)
    seed(control, seed=6)
    assert facts(control) != first


def test_seeded_invoices_are_possible(control):
    seed(control)
    rows = facts(control)
    assert len({row["type"] for row in rows}) > 8
    assert {"voided", "red", "out_of_control", "abnormal"} <= {
        row["status"] for row in rows
    }
    digital = [row for row in rows if not row["code"]]
    assert 0.6 < len(digital) / len(rows) < 0.95
    for row in rows:
        assert uscc.is_valid(row["seller_tax_number"])
        amounts = [money.cents(row[name]) for name in ("net", "vat", "gross")]
        assert amounts[0] + amounts[1] == amounts[2]
        assert (amounts[0] < 0) == (row["status"] == "red")
        if row["code"]:
            assert re.fullmatch(r"\d{10}|\d{12}", row["code"])
            assert re.fullmatch(r"\d{8}", row["number"])
        else:
            assert re.fullmatch(r"26[1-9]\d{17}", row["number"])
    assert any(row["number"].startswith("0") for row in rows if row["code"])


def test_restricted_types(control):
    seed(control, types=["51", "61"], abnormal=0)
    rows = facts(control)
    assert {row["type"] for row in rows} == {"51", "61"}
    assert {row["status"] for row in rows} == {"normal"}


def test_asked_elements(control):
    """Each invoice whose type can have one of them has one; the rates fit."""
    rates = {
        ("81", "20"): {3},
        ("82", "16"): {9},
        ("82", "20"): {9},
        ("82", "09"): {3, 0},
        ("51", "09"): {9},
    }
    seed(
        control,
        types=["81", "82", "51", "17"],
        elements=["09", "16", "20"],
        abnormal=0,
    )
    found = {}
    for row in facts(control):
        cents = [money.cents(row[name]) for name in ("net", "vat")]
        rate = round(100 * cents[1] / cents[0])
        found.setdefault((row["type"], row["element"]), set()).add(rate)
    assert found.pop(("17", ""))
    assert found == rates


def test_unknown_elements_are_refused(control):
    for wrong in (["01"], ["x"], []):
        control.post("seed", expect=422, taxpayers=taxpayers()[:1], elements=wrong)


def test_seeding_is_fast(control):
    start = time.monotonic()
    assert seed(control, invoices=100_000)["invoices"] == 100_000
    assert time.monotonic() - start < 10


def test_reset(seeded, rpa):
    seeded.fault("refuse")
    seeded.post("settings", latency_ms=1)
    seeded.post("reset")
    state = seeded.get("state")
    assert state["invoices"] == state["taxpayers"] == []
    assert seeded.get("journal") == seeded.get("faults") == []
    assert seeded.get("settings")["latency_ms"] == 0
    assert seeded.get("clock")["now"] > "2026-11-20"


def test_clock(control):
    assert control.get("clock")["now"].startswith("2026-11-10T09:00:")
    control.post("clock", advance_days=1)
    assert control.post("clock", now="2026-11-12T01:00:00Z")["now"].startswith(
        "2026-11-12T09:00:00+08:00"
    )
    control.post("clock", expect=422)
    control.post("clock", expect=422, advance_days=1, advance_seconds=1)


def test_clock_turned_back_before_anything_happened(simulator, control):
    control.post("clock", now="2026-12-20T09:00:00")
    seed(control)
    control.post("clock", now=NOW)
    leqi = Leqi(simulator.url, GENERAL)
    assert leqi.call("HQDQSKSSQYDQSKSSQTJZT")["skssq"] == PERIOD


def test_edit(seeded, numbers):
    row = seeded.post("invoices", tax_number=GENERAL, number=numbers[0], net="1.00")
    assert row["net"] == "1.00"
    wrong = [
        {"number": "1" * 20},
        {"number": numbers[0], "status": "lost"},
        {"number": numbers[0], "net": "x"},
        {"number": numbers[0], "gross": "7.00"},
    ]
    for values in wrong:
        seeded.post("invoices", expect=422, tax_number=GENERAL, **values)
    seeded.post("invoices", expect=422, tax_number="nobody", number=numbers[0])


def test_restart_keeps_the_state(tmp_path):
    process = Process(tmp_path / "kept.db")
    try:
        control = Control(process.url)
        control.post("clock", now=NOW)
        control.post("settings", job_seconds=0, job_polls=1)
        seed(control, types=["81"], abnormal=0)
        number = facts(control)[0]["number"]
        leqi, rpa = Leqi(process.url, GENERAL), Rpa(process.url, GENERAL).login()
        body = {"skssq": PERIOD, "gxlxDm": "01", "fpmx": [{"fphm": number}]}
        batch = leqi.call("PLFPDKGX", ywlsh="A", **body)["pclsh"]
        control.fault("http_500", operation="nothing")
        before = control.get("state"), control.get("journal"), control.get("faults")
        process.kill()
        process.start()
        control = Control(process.url)
        after = control.get("state"), control.get("journal"), control.get("faults")
        assert before[0].pop("now")[:16] == after[0].pop("now")[:16]
        assert before == after
        leqi = Leqi(process.url, GENERAL)
        assert leqi.call("PLFPDKGX", ywlsh="A", **body)["pclsh"] == batch
        assert leqi.call("CXFPDKGXCLJG", pclsh=batch)["clzt"] == "0"
        assert leqi.call("CXFPDKGXCLJG", pclsh=batch)["plcode"] == "0000"
        rpa.http.close()
        assert rpa.call("period")["code"] == "0000"
        assert control.get("settings")["job_polls"] == 1
    finally:
        process.stop()


def test_a_file_of_an_earlier_version(tmp_path):
    """Columns that came since are added; what was kept stays."""
    path = tmp_path / "earlier.db"
    Store(path).close()
    earlier = sqlite3.connect(path)
    earlier.execute("ALTER TABLE invoice DROP COLUMN farm_method")
    earlier.execute("ALTER TABLE invoice DROP COLUMN effective_bookings")
    earlier.execute("INSERT INTO invoice (tax_number, number) VALUES ('T', '1')")
    earlier.commit()
    earlier.close()
    store = Store(path)
    row = store.one("SELECT * FROM invoice")
    assert (row["number"], row["farm_method"], row["effective_bookings"]) == (
        "1",
        "",
        0,
    )
    store.close()


@pytest.mark.parametrize("wrong", [{"job_polls": -1}, {"unknown": 1}, {"pool_page": 0}])
def test_wrong_settings_are_refused(control, wrong):
    control.post("settings", expect=422, **wrong)
