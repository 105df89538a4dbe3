"""Whatever comes in, no answer is an unplanned error."""

import json
import tempfile

import pytest
import requests
import schemathesis
from conftest import GENERAL
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from reference_client import Leqi, Rpa, decrypt, encrypt

from simulator.app import create_app
from simulator.platforms import leqi

QUIET = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]


def operations() -> list:
    """The operations the program publishes, except seeding (it may take long)."""
    with tempfile.TemporaryDirectory() as folder:
        app = create_app(f"{folder}/state.db")
        published = schemathesis.openapi.from_dict(app.openapi())
        app.state.world.store.close()
    every = [one.ok() for one in published.get_all_operations()]
    return [one for one in every if one.path != "/_control/seed"]


@pytest.fixture
def ready(simulator, control):
    """A simulator with one taxpayer and a few invoices."""
    control.post(
        "seed",
        taxpayers=[{"tax_number": GENERAL}],
        invoices=20,
        months=["202609", "202610"],
    )
    yield
    # What was changed at random is no business of the other tests.
    requests.post(f"{simulator.url}/_control/reset")


@pytest.mark.parametrize("operation", operations(), ids=lambda one: one.label)
def test_schema(operation, simulator, ready):
    @given(case=operation.as_strategy())
    @settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
    def check(case):
        # Faults are errors on purpose, and long waits no findings.
        requests.delete(f"{simulator.url}/_control/faults")
        answer = case.call(base_url=simulator.url)
        assert answer.status_code < 500, answer.text
        # Nor does an unexpected error hide behind a proper answer.
        assert '"code": "9999"' not in answer.text
        assert '"Code": "InternalError"' not in answer.text

    check()


LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=20),
    st.sampled_from(
        ["", "1", "01", "202610", "20261005", "2026-10-05", "9" * 20, "0.00", "-1e9"]
    ),
)
ITEMS = st.dictionaries(
    st.sampled_from(
        "fpdm fphm kprq fplx yxse bdkyy bdkyysm clfs ncpbfje rzrq method ownAmount "
        "bookedOn lzfpbz fppz hjje hjse jshj kpr fpmxList slv se je".split()
    ),
    LEAVES,
)
VALUES = st.one_of(LEAVES, st.lists(ITEMS, max_size=3), ITEMS)
LEQI_BODIES = st.dictionaries(
    st.sampled_from(
        "skssq gxlxDm ywlsh fpmx fpxx sqbz qrbz sbqk bgsq pclsh wjxh kpyf jskpyf sjc "
        "pageNumber pageSize xsfnsrsbh sqlx sqed sxedsq lysl nd fphm fqyy sllsh "
        "dylzfphm chyyDm hzcxje hzcxse hzqrduuid hzqrxxdbh qrlx ywlx yf "
        "lzfpsl".split()
    ),
    VALUES,
)
RPA_BODIES = st.dictionaries(
    st.sampled_from(
        "taskType period traceNo gxlx items invoices reqId updatedSince page pageSize "
        "certPassword platformPassword filing staff kind old new enabled question "
        "answer".split()
    ),
    VALUES,
)


@given(service=st.sampled_from(sorted(leqi.SERVICES)), body=LEQI_BODIES)
@settings(max_examples=1000, deadline=None, suppress_health_check=QUIET)
def test_any_content_in_the_envelope(service, body, simulator, ready):
    name = "nsrsbh" if service[0] == "202007" else "gfsbh"
    client = Leqi(simulator.url, GENERAL)
    text = json.dumps({name: GENERAL, **body}).encode()
    answer = client.raw(*service, encrypt(text))
    assert answer.status_code == 200
    response = answer.json()["body"]["Response"]
    if "Error" in response:
        assert response["Error"]["Code"] == "MalformedRequest"
    else:
        assert json.loads(decrypt(response["Data"]))["returncode"] in ("00", "01")


@given(
    operation=st.sampled_from(
        "period pool invoices submit query statistics creditHistory staff password "
        "recover question".split()
    ),
    body=RPA_BODIES,
)
@settings(max_examples=300, deadline=None, suppress_health_check=QUIET)
def test_any_content_of_rpa(operation, body, simulator, ready):
    client = Rpa(simulator.url, GENERAL).login()
    answer = client.raw(operation, **body)
    assert answer.status_code == 200
    code = answer.json()["code"]
    assert code in ("0000", "1002", "4040", "4090", "4290") or (
        operation in ("password", "recover") and code in ("4102", "4103", "4104")
    )
