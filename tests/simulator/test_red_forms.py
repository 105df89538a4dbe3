"""Red-letter confirmation forms, and the red invoices issued by them."""

import pytest
from conftest import GENERAL
from issuing_client import invoice, line, quota_of, red

FIELDS = (
    "hzqrxxdbh hzqrduuid hzqrxxzt dylzfphm chyyDm hzcxje hzcxse lrrq hzfphm"
).split()


@pytest.fixture
def blue(issuer):
    """A blue invoice of 100.00 and 13.00."""
    issuer.download("1000.00")
    number = issuer.numbers(1)[0]
    assert issuer.codes(invoice(number)) == ["0000"]
    return number


@pytest.fixture
def used(control, blue):
    """The same, used by the buyer."""
    control.post("issued", tax_number=GENERAL, number=blue, used_by_buyer=True)
    return blue


def cancel(issuer, form, kind="C", **more):
    return issuer.ask("QDHZQRDQR", hzqrduuid=form["hzqrduuid"], qrlx=kind, **more)


def state_of(issuer, form):
    return issuer.base("CXQDHZQRDMX", hzqrduuid=form["hzqrduuid"])["hzqrxxzt"]


def test_a_form_at_once_and_its_invoice(issuer, blue, control):
    form = issuer.form(blue, "-100.00", "-13.00", ywlsh="H-1")
    assert set(form) == {"returncode", "returnmsg", *FIELDS}
    assert (form["hzqrxxzt"], len(form["hzqrxxdbh"])) == ("01", 20)
    assert issuer.form(blue, "-100.00", "-13.00", ywlsh="H-1") == form
    assert issuer.base("CXQDHZQRDMX", ywlsh="H-1") == form
    assert issuer.base("CXQDHZQRDMX", hzqrxxdbh=form["hzqrxxdbh"]) == form
    assert issuer.base("CXQDHZQRDMX", ywlsh="H-2")["ycdm"] == "NOT_FOUND"
    assert issuer.base("CXQDHZQRDMX")["ycdm"] == "INVALID_ARGUMENT"
    assert issuer.form(blue, "-1.00", "-0.13")["ycdm"] == "RED_EXCEEDS_BLUE"
    first, second = issuer.numbers(2)
    assert issuer.codes(red(first, blue, "-99.00", form)) == ["4004"]
    assert issuer.codes(red(first, blue, "-100.00", form, chyyDm="03")) == ["4004"]
    wrong = {**form, "hzqrduuid": "x"}
    assert issuer.codes(red(first, blue, "-100.00", wrong)) == ["4003"]
    assert quota_of(control)["unused"] == "900.00"
    assert issuer.codes(red(first, blue, "-100.00", form)) == ["0000"]
    assert quota_of(control)["unused"] == "1000.00"
    assert issuer.codes(red(second, blue, "-100.00", form)) == ["4003"]
    assert state_of(issuer, form) == "01"
    assert cancel(issuer, form)["ycdm"] == "RED_FORM_STATE"
    row = issuer.base("CXQDFPXX", fpxx=[{"fphm": blue}])["fpxx"][0]
    assert (row["ychje"], row["ychse"]) == ("100.00", "13.00")
    listed = issuer.base("CXQDHZQRDLB", dylzfphm=blue)
    assert (listed["total"], listed["hzqrdlb"][0]["hzfphm"]) == (1, first)


def test_part_of_it(issuer, blue):
    assert issuer.form(blue, "-40.00", "-5.20", "01")["ycdm"] == "INVALID_ARGUMENT"
    assert issuer.form(blue, "40.00", "5.20")["ycdm"] == "INVALID_ARGUMENT"
    first = issuer.form(blue, "-40.00", "-5.20")
    assert issuer.form(blue, "-60.01", "-7.80")["ycdm"] == "RED_EXCEEDS_BLUE"
    assert cancel(issuer, first)["hzqrxxzt"] == "08"
    number = issuer.numbers(1)[0]
    assert issuer.codes(red(number, blue, "-40.00", first)) == ["4003"]
    assert issuer.form(blue, "-100.00", "-13.00", "01")["hzqrxxzt"] == "01"
    assert issuer.form("9" * 20, "-1.00", "0.00")["ycdm"] == "BLUE_NOT_FOUND"


def test_the_buyer_has_to_agree(issuer, used, control):
    form = issuer.form(used, "-50.00", "-6.50")
    number = issuer.numbers(1)[0]
    assert form["hzqrxxzt"] == "02"
    assert issuer.codes(red(number, used, "-50.00", form)) == ["4003"]
    values = {"tax_number": GENERAL, "number": form["hzqrxxdbh"], "action": "confirm"}
    assert control.post("red_forms", **values)["state"] == "confirmed"
    control.post("red_forms", 409, **values)
    assert issuer.codes(red(number, used, "-50.00", form)) == ["0000"]
    second = issuer.form(used, "-50.00", "-6.50")
    control.post("red_forms", **{**values, "number": second["hzqrxxdbh"]})
    assert cancel(issuer, second, ywlsh="C-1")["hzqrxxzt"] == "09"
    assert cancel(issuer, second, ywlsh="C-1")["hzqrxxzt"] == "09"


def test_the_buyer_says_no_or_nothing(issuer, used, control):
    form = issuer.form(used, "-50.00", "-6.50")
    values = {"tax_number": GENERAL, "number": form["hzqrxxdbh"], "action": "refuse"}
    control.post("red_forms", **values)
    assert state_of(issuer, form) == "05"
    form = issuer.form(used, "-50.00", "-6.50")
    control.post("clock", advance_seconds=72 * 3600 - 60)
    assert state_of(issuer, form) == "02"
    control.post("clock", advance_seconds=120)
    assert state_of(issuer, form) == "07"
    assert issuer.form(used, "-100.00", "-13.00")["hzqrxxzt"] == "02"


def test_the_buyer_asks(issuer, blue, control):
    values = {"tax_number": GENERAL, "blue_number": blue}
    values |= {"net": "-10.00", "vat": "-1.30"}
    number = control.post("red_forms", **values)["number"]
    form = issuer.base("CXQDHZQRDMX", hzqrxxdbh=number)
    assert form["hzqrxxzt"] == "03"
    assert cancel(issuer, form)["ycdm"] == "RED_FORM_STATE"
    assert cancel(issuer, form, "Y")["hzqrxxzt"] == "04"
    number = control.post("red_forms", **values)["number"]
    form = issuer.base("CXQDHZQRDMX", hzqrxxdbh=number)
    assert cancel(issuer, form, "N")["hzqrxxzt"] == "06"
    control.post("red_forms", 409, **{**values, "net": "-1000.00"})
    control.post("red_forms", 422, **{**values, "net": "much"})
    control.post("issued", 404, tax_number=GENERAL, number="1", used_by_buyer=True)


@pytest.mark.parametrize(
    ("rule", "november", "december"),
    [
        ("same_month", "900.00", "1000.00"),
        ("always", "900.00", "1100.00"),
        ("never", "900.00", "1000.00"),
    ],
)
def test_quota_of_another_month(issuer, blue, control, rule, november, december):
    control.post("settings", red_gives_back=rule)
    control.post("clock", now="2026-12-02T09:00:00")
    control.post("quota", tax_number=GENERAL, left_before="1000.00")
    issuer.download("1000.00")
    form = issuer.form(blue, "-100.00", "-13.00")
    number = issuer.numbers(1)[0]
    last = red(number, blue, "-100.00", form, kprq="20261202090000")
    assert issuer.codes(last) == ["0000"]
    assert quota_of(control)["unused"] == november
    assert quota_of(control, "202612")["unused"] == december


def test_never_gives_back_within_the_month(issuer, blue, control):
    control.post("settings", red_gives_back="never", red_needs_form=False)
    number = issuer.numbers(1)[0]
    assert issuer.codes(red(number, blue, "-100.00")) == ["0000"]
    assert quota_of(control)["unused"] == "900.00"


def test_lines_of_a_red_invoice_are_negative(issuer, blue, control):
    control.post("settings", red_needs_form=False)
    number = issuer.numbers(1)[0]
    values = {"lzfpbz": "1", "dylzfphm": blue, "chyyDm": "02"}
    assert issuer.codes(invoice(number, line("10.00"), **values)) == ["3001"]
    mixed = [line("-20.00"), line("10.00")]
    assert issuer.codes(invoice(number, *mixed, **values)) == ["3001"]
