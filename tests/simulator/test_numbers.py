"""Numbers: drawn once, by year and region, kept over a restart."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from conftest import GENERAL, OTHER, Process
from issuing_client import Issuer, invoice
from reference_client import Control


def test_a_segment(issuer, control):
    answer = issuer.draw(1000)
    first, last = answer["fpqshm"], answer["fpzzhm"]
    assert set(answer) == {
        *("returncode", "returnmsg", "fpqshm", "fpzzhm", "lysl", "lysj")
    }
    assert (first, last) == ("26117000000000000001", "26117000000000001000")
    assert (answer["lysl"], answer["lysj"][:8]) == (1000, "20261110")
    assert issuer.draw(1)["fpqshm"] == "26117000000000001001"
    listed = issuer.base("CXQDFPHD", pageSize=1)
    assert listed["total"] == 2
    assert listed["hdxx"][0]["fpqshm"] == first
    assert (listed["hdxx"][0]["sysl"], listed["hdxx"][0]["gqbz"]) == (1000, "N")
    assert issuer.base("CXQDFPHD", pageNumber=2, pageSize=1)["hdxx"][0]["lysl"] == 1
    assert issuer.base("CXQDFPHD", nd="2025")["total"] == 0


def test_regions(control, simulator):
    plain = [{"tax_number": OTHER}, {"tax_number": "440300123456789", "region": "95"}]
    control.post("seed", taxpayers=plain)
    assert Issuer(simulator.url, OTHER).draw(1)["fpqshm"][:5] == "26317"
    other = Issuer(simulator.url, "440300123456789")
    assert other.draw(1)["fpqshm"][:5] == "26957"


@pytest.mark.parametrize("count", [0, -1, 5001, 10**30])
def test_counts_that_cannot_be(issuer, count):
    answer = issuer.draw(count)
    assert (answer["returncode"], answer["ycdm"]) == ("01", "INVALID_ARGUMENT")
    assert issuer.base("CXQDFPHD")["total"] == 0


def test_the_same_draw_once(issuer):
    first = issuer.draw(5000, ywlsh="N-1")
    assert issuer.draw(5000, ywlsh="N-1") == first
    assert issuer.base("CXQDFPPLFM", ywlsh="N-1") == first
    assert issuer.draw(4999, ywlsh="N-1")["ycdm"] == "SERIAL_CONFLICT"
    assert issuer.base("CXQDFPPLFM", ywlsh="N-2")["ycdm"] == "NOT_FOUND"
    assert issuer.base("CXQDFPHD")["total"] == 1


def test_a_taxpayer_out_of_order_draws_none(issuer, control):
    control.post("taxpayers", tax_number=GENERAL, status="05")
    assert issuer.draw(1)["ycdm"] == "TAXPAYER_NOT_NORMAL"
    assert issuer.download("1.00")["ycdm"] == "TAXPAYER_NOT_NORMAL"


def test_a_new_year(issuer, control):
    old = issuer.numbers(3)
    issuer.download("1000.00")
    control.post("clock", now="2027-01-02T09:00:00")
    assert issuer.draw(2)["fpqshm"] == "27117000000000000001"
    segments = issuer.base("CXQDFPHD")["hdxx"]
    assert [row["gqbz"] for row in segments] == ["Y", "N"]
    codes = issuer.codes(
        invoice(old[0], kprq="20261110090000"),  # issued in time, uploaded later
        invoice(old[1], kprq="20270102080000"),  # no number of this year
        invoice("27117000000000000001", kprq="20261231235959"),
    )
    assert codes == ["0000", "1005", "1005"]


def test_discarding(issuer):
    issuer.download("1000.00")
    used, spoilt = issuer.numbers(2)
    assert issuer.codes(invoice(used)) == ["0000"]
    assert issuer.ask("FQQDFPHM", fphm=used)["ycdm"] == "NUMBER_UPLOADED"
    first = issuer.ask("FQQDFPHM", fphm=spoilt, fqyy="开错")
    assert len(first["fqsj"]) == 14
    assert issuer.ask("FQQDFPHM", fphm=spoilt)["fqsj"] == first["fqsj"]
    assert issuer.codes(invoice(spoilt)) == ["1004"]
    foreign = issuer.ask("FQQDFPHM", fphm="26317000000000000001")
    assert foreign["ycdm"] == "NUMBER_NOT_DRAWN"
    assert issuer.base("CXQDFPHD")["hdxx"][0]["sysl"] == 0


def test_many_draw_at_once(simulator, issuer):
    clients = [Issuer(simulator.url, GENERAL) for _ in range(4)]

    def draw(client):
        return [client.draw(7) for _ in range(25)]

    with ThreadPoolExecutor(4) as pool:
        drawn = [one for found in pool.map(draw, clients) for one in found]
    starts = sorted(int(one["fpqshm"]) for one in drawn)
    assert all(int(one["fpzzhm"]) - int(one["fpqshm"]) == 6 for one in drawn)
    steps = zip(starts, starts[1:], strict=False)
    assert {after - before for before, after in steps} == {7}


def test_all_of_it_survives_a_kill(tmp_path):
    process = Process(tmp_path / "state.db")
    control = Control(process.url)
    control.post("clock", now="2026-11-10T09:00:00")
    control.post("settings", job_seconds=0)
    control.post("seed", taxpayers=[{"tax_number": GENERAL}])
    client = Issuer(process.url, GENERAL)
    client.download("500.00", ywlsh="K-1")
    number = client.numbers(2)[0]
    waiting = client.ask("QDFPSC", fpxx=[invoice(number)])["sllsh"]
    process.kill()
    process.start()
    control.post("settings", quota_gate_seconds=0)
    done = client.base("CXQDFPSCJG", sllsh=waiting)
    assert [row["code"] for row in done["fpxx"]] == ["0000"]
    assert client.base("CXXZTHSXED", ywlsh="K-1")["sqed"] == "500.00"
    assert client.draw(1)["fpqshm"][-1] == "3"
    assert client.quota()["yxzwsyed"] == "400.00"
    process.stop()
