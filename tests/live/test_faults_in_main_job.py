"""The main job while the bureau answers badly at every third submit."""

import pytest

from environment import comparison, disturbance

BITE = 8  # invoices in a request, so that there are many requests
# Fault over Leqi, fault over RPA, tax numbers of their own; all synthetic.
CASES = (
    ("act_drop", "act_drop", "91110105MA0TE5T019", "91310115MA1TE5T02F"),
    ("http_500", "http_500", "91440300MA5TE5T031", "91330108MA2TE5T040"),
    ("html", "html", "91500112MA6TE5T05M", "91120116MA0DEM001R"),
    ("half_json", "half_json", "91370200MA3DEM0A2T", "91210200MA1DEM0B33"),
    ("refuse", "session_lost", "92320102MA7DEM0C4U", "93510107MA8DEM0D5L"),
)


def make_taxpayer(channel, number):
    return {
        "tax_number": number,
        "name": f"示例 {number}",
        "channel": channel,
        "taxpayer_type": "general",
    }


def add_faults(control, channel, kind):
    """At every third selecting call, and at the only calls about the table."""
    scopes = [(where, {"every": 3}) for where in disturbance.SELECTING]
    scopes += [(where, {"count": 1}) for where in disturbance.TABLE]
    return [
        disturbance.add_fault(control, kind, where, **scope)
        for where, scope in scopes
        if where[0] == channel
    ]


@pytest.mark.parametrize(
    ("of_leqi", "of_rpa", "leqi_number", "rpa_number"),
    CASES,
    ids=[f"{case[0]}-{case[1]}" for case in CASES],
)
def test_nothing_is_lost_or_done_twice(live, of_leqi, of_rpa, leqi_number, rpa_number):
    taxpayers = [make_taxpayer("leqi", leqi_number), make_taxpayer("rpa", rpa_number)]
    job = live.prepare_job(120, taxpayers=taxpayers, bite_size=BITE)
    faults = add_faults(job.control, "leqi", of_leqi)
    faults += add_faults(job.control, "rpa", of_rpa)
    try:
        job.run()
        hits = [job.control.fired(fault) for fault in faults]
    finally:
        job.control.clear_faults()
    # Equal, each request number acted on once at most, no invoice under two of
    # them, counters that add up, nothing open: all of it is in the comparison.
    assert comparison.compare(job) == []
    assert all(hits), hits
