"""Whatever a platform answers: an answer of ours or an error of ours, in little memory.

Every question of every client is asked once of the simulated platforms; their answers
are then said again, changed in ten thousand ways for each client.
"""

import datetime
import itertools
import resource
import types
import uuid
from decimal import Decimal
from pathlib import Path

import fuzz_answers
import pytest
from fuzz_answers import KEY, SECRETS, Sample
from hypothesis import given, settings
from hypothesis import strategies as st
from leqi_samples import TAX_NUMBER, make_invoice, make_red

from odoo.addons.invoice_tax_leqi.gateway import digital_number
from odoo.addons.invoice_tax_leqi.gateway import messages as issuing
from odoo.addons.invoice_tax_leqi.gateway.client import LeqiIssuingClient
from odoo.addons.invoice_tax_license.gateway import entitlement
from odoo.addons.invoice_tax_service.gateway import bureau, errors, messages, transport
from odoo.addons.invoice_tax_service.gateway.channels import leqi

from processes import SimulatorProcess

SIMULATOR = Path(__file__).with_name("fixed_simulator.py")
CASES = 10_000
MEMORY = 300  # MB that one answer may take
PERIOD, MONTH = "202610", "202611"
NOW, DECEMBER = "2026-11-10T09:00:00", "2026-12-02T09:00:00"
LATER = datetime.datetime(2099, 1, 1)
CERTIFICATE, PLATFORM, _KEY, ENTITLEMENT = SECRETS
#: What each client knows, and must tell nobody.
OWN_SECRETS = {
    "rpa": (CERTIFICATE, PLATFORM),
    "leqi": (KEY,),
    "issuing": (KEY,),
    "entitlement": (ENTITLEMENT,),
}
KINDS = ("rpa", "leqi", "issuing", "entitlement")


def make_client(kind, address="http://127.0.0.1:9", exchange=None):
    if kind == "entitlement":
        credentials = entitlement.Credentials(address, "CUST0001", ENTITLEMENT)
        return entitlement.EntitlementClient(credentials, exchange=exchange)
    credentials = messages.Credentials(
        address=address,
        platform_number="LEQI0001",
        using_number="ENTITY01",
        use_case="01",
        encryption_key=KEY,
        certificate_password=CERTIFICATE,
        platform_password=PLATFORM,
    )
    if kind == "issuing":
        return LeqiIssuingClient(credentials, TAX_NUMBER, exchange=exchange)
    return bureau.get_client_class(kind)(
        credentials, TAX_NUMBER, messages.Session(), exchange=exchange
    )


# === SOUND ANSWERS === #


class Recorder:
    """Asks the simulated platforms and remembers the questions and answers."""

    def __init__(self, kind, address, heard):
        self.kind = kind
        self.client = make_client(kind, address)
        self.heard = heard
        self.samples = []

    def ask(self, name, *arguments, **values):
        self.heard.clear()
        sample = Sample(self.kind, name, arguments, values, [])
        try:
            return sample.ask(self.client)
        finally:
            sample.bodies = list(self.heard)
            self.samples.append(sample)


def record_bureau(ask, control):
    page = ask("fetch_invoices", months=("202609", PERIOD))
    pool = list(page.invoices)
    while page.next_position:
        page = ask("fetch_invoices", position=page.next_position)
        pool += page.invoices
    ask("fetch_period")
    ask("fetch_taxpayer")
    ask("fetch_credit_history")
    ask("read_invoices", [invoice.key for invoice in pool[:3]])
    free = [invoice for invoice in pool if invoice.selection == "unselected"]
    serials = itertools.count(1)

    def work(operation, invoices=(), **values):
        items = tuple(
            messages.SelectionItem(
                number=invoice.number,
                code=invoice.code,
                issue_date=invoice.issue_date,
                type_code=invoice.type_code,
                creditable_vat=invoice.vat_amount,
                **values,
            )
            for invoice in invoices
        )
        number = f"request-{next(serials)}"
        submission = messages.Submission(number, operation, TAX_NUMBER, PERIOD, items)
        reference = ask("submit", submission).reference
        ask("poll", submission, reference)
        ask("find", submission)

    work("deduct", free[:2])
    work("exclude", free[2:4], reason="3")
    work("booking", free[4:5], booked_on=datetime.date(2026, 10, 31))
    work("statistics")
    ask("fetch_statistics", PERIOD)
    work("sign")
    work("sign_revoke")
    work("statistics_revoke")


def record_rpa(ask, control):
    record_bureau(ask, control)
    staff = messages.Staff("李四", "15100000000", "li@example.com", "测试路", "100000")
    ask("save_staff", staff)
    ask("fetch_staff")
    ask("fetch_question")
    ask("change_password", "platform", PLATFORM, PLATFORM, question="花", answer="草草")
    ask("recover_password", "草草")


def record_issuing(ask, control):
    ask("fetch_quota")
    ask("fetch_issuer")
    ask("fetch_tax_rates")
    ask("download_quota", Decimal("1000.00"), "D-1")
    ask("find_transfer", "D-1")
    ask("return_quota", Decimal("10.00"), "D-2")
    ask("adjust_validity", MONTH)
    numbers = digital_number.split_segment(ask("draw_segment", 5, "N-1"))
    ask("find_draw", "N-1")
    ask("fetch_segments")
    ask("discard_number", numbers[4], "x", "N-2")
    blue = make_invoice(numbers[0])
    reference = ask("upload", [blue, make_invoice(numbers[1])], "U-1")
    ask("poll_upload", reference)
    ask("find_upload", "U-1")
    ask("read_issued", [blue.number])
    form = ask(
        "apply_red_form",
        issuing.RedFormRequest(
            "H-1", blue.number, "goods_returned", Decimal("-40.00"), Decimal("-5.20")
        ),
    )
    ask("find_red_form", "H-1")
    ask("read_red_form", form.uuid)
    ask("upload", [make_red(numbers[2], form)], "U-2")
    ask("fetch_red_forms")
    control.post("clock", now=DECEMBER)
    ask("confirm_summary", MONTH, issuing.MonthTotals(), "S-1")
    ask("find_summary", "S-1")
    ask("fetch_summary", MONTH)


def record_entitlement(ask, control):
    control.post("entitlements", serial="SN-1", service_group="receiving", total=2)
    call = entitlement.LicenseCall(
        "authorise", "L-1", TAX_NUMBER, "甲公司", "receiving"
    )
    ask("submit", call)
    ask("find", call)
    ask("fetch_entitlement", call)
    ask("fetch_customer", call)


RECORDS = {
    "rpa": record_rpa,
    "leqi": record_bureau,
    "issuing": record_issuing,
    "entitlement": record_entitlement,
}


def seed(control):
    control.post("reset")
    control.post("clock", now=NOW)
    control.post("settings", job_seconds=0, job_polls=0, quota_gate_seconds=0)
    taxpayer = {
        "tax_number": TAX_NUMBER,
        "name": "甲公司",
        "cert_password": CERTIFICATE,
        "platform_password": PLATFORM,
        "leqi_entity": "ENTITY01",
        "quota": "1000000.00",
    }
    control.post(
        "seed",
        seed=7,
        invoices=30,
        months=["202609", PERIOD],
        abnormal=0,
        types=["81"],
        taxpayers=[taxpayer],
    )
    control.post("entitlements", serial="SN-0", service_group="issuing", total=1)


def record_all(data):
    """Kind of client → what it was told when all was sound.

    The same in each run: a case that was found once can be looked at again.
    """
    heard, found = [], {}
    read, numbers = transport._read, itertools.count(1)

    def listen(response, deadline):
        heard.append(read(response, deadline))
        return heard[-1]

    counted = types.SimpleNamespace(uuid4=lambda: uuid.UUID(int=next(numbers)))
    control = SimulatorProcess(data, [SIMULATOR])
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(transport, "_read", listen)
            patch.setattr(leqi, "uuid", counted)
            for kind, record in RECORDS.items():
                seed(control)
                if kind == "issuing":
                    control.post("file", tax_number=TAX_NUMBER)
                recorder = Recorder(kind, control.address, heard)
                record(recorder.ask, control)
                found[kind] = recorder.samples
    finally:
        control.stop()
    return found


@pytest.fixture(scope="module")
def samples(tmp_path_factory):
    return record_all(tmp_path_factory.mktemp("simulator") / "state.db")


def test_samples_are_the_same_in_every_run(samples, tmp_path):
    again = record_all(tmp_path / "state.db")
    assert list(again) == list(samples)
    for kind, told in samples.items():
        for before, after in zip(told, again[kind], strict=True):
            assert (before.name, before.bodies) == (after.name, after.bodies)


# === UNSOUND ONES === #


@pytest.fixture
def no_waiting(monkeypatch):
    """A file job that is never done is waited for on a clock that runs at once."""
    clock = itertools.count()
    quick = types.SimpleNamespace(
        monotonic=lambda: float(next(clock)), sleep=lambda seconds: None
    )
    monkeypatch.setattr(leqi, "time", quick)


class Line:
    """A client whose platform says what the test wants."""

    def __init__(self, kind):
        self.records = []
        self.client = make_client(kind, exchange=self.records.append)
        connection = getattr(self.client, "connection", self.client)
        self.connection = connection
        self.said = fuzz_answers.Said()
        connection.transport.http.mount("http://", self.said)
        self.session = getattr(connection, "session", None)
        self.credentials = connection.credentials
        self.secrets = OWN_SECRETS[kind]

    def begin(self, has_session):
        self.records.clear()
        self.connection.credentials = self.credentials
        if self.session:
            self.session.token = "t0ken" if has_session else ""
            self.session.expires_at = LATER if has_session else None

    def check(self):
        """A session is there as a whole, or not at all."""
        if self.session:
            assert bool(self.session.token) == bool(self.session.expires_at)
        for record in self.records:
            fuzz_answers.check_record(record, self.secrets)
        # What cannot be sent, as with a session that is no header, is kept as well.
        unsent = [
            record
            for record in self.records
            if record["error"] and not record["status"]
        ]
        fewest = len(self.records) - len(unsent)
        assert fewest <= self.said.asked <= len(self.records), "an exchange is missing"


def ask(line, sample, answers, has_session=True):
    line.begin(has_session)
    line.said.say(answers)
    try:
        result = sample.ask(line.client)
    except errors.GatewayError as error:
        fuzz_answers.check_error(error, line.secrets)
        assert line.connection.credentials == line.credentials
    else:
        fuzz_answers.check_result(result)
    line.check()


def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


@pytest.mark.parametrize("kind", KINDS)
def test_sound_answers_are_understood_again(kind, samples):
    line = Line(kind)
    for sample in samples[kind]:
        line.begin(len(sample.bodies) < 2 or sample.name != "fetch_invoices")
        answers = [(body, 200, {}) for body in sample.bodies]
        login = kind == "rpa" and sample is samples[kind][0]
        line.begin(not login)
        line.said.say(answers)
        fuzz_answers.check_result(sample.ask(line.client))


@pytest.mark.parametrize("kind", KINDS)
def test_whatever_is_answered(kind, samples, no_waiting):
    told, line = samples[kind], Line(kind)
    cases = itertools.count(1)
    count = 0

    @settings(settings.get_profile("fuzz"), max_examples=CASES)
    @given(
        st.integers(0, len(told) - 1),
        fuzz_answers.changes,
        st.one_of(st.just([]), st.just([]), fuzz_answers.changes),
        fuzz_answers.wire,
        st.one_of(st.none(), st.none(), st.none(), fuzz_answers.garbage),
        st.sampled_from((True, True, True, False)),
    )
    def run(index, inside, outside, sent, instead, has_session):
        nonlocal count
        count = next(cases)
        sample = told[index]
        if instead is None:
            answers = fuzz_answers.answers_of(sample, inside, outside, sent)
        else:
            answers = [(instead, sent[1], fuzz_answers.HEADERS[sent[2]])]
        # Of each answer: what the whole run keeps is its driver's.
        before = peak()
        ask(line, sample, answers, has_session)
        assert peak() - before < MEMORY

    run()
    assert count >= CASES
