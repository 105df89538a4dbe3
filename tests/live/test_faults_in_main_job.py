"""The main job while the bureau answers badly, and Odoo is killed."""

import pytest
from environment import comparison, demo, disturbance

BITE = 8  # invoices in a request, so that there are many requests
SYNTHETIC = (
    ("91110105MA0TE5T019", "91310115MA1TE5T02F"),
    ("91440300MA5TE5T031", "91330108MA2TE5T040"),
    ("91500112MA6TE5T05M", "91120116MA0DEM001R"),
    ("91370200MA3DEM0A2T", "91210200MA1DEM0B33"),
    ("92320102MA7DEM0C4U", "93510107MA8DEM0D5L"),
)
# A fault over Leqi, one over RPA, and the taxpayers that meet them.
FAULTS = (
    ("act_drop", "act_drop"),
    ("http_500", "http_500"),
    ("html", "html"),
    ("half_json", "half_json"),
    ("refuse", "session_lost"),
)


def make_taxpayers(numbers):
    return [
        {
            "tax_number": number,
            "name": f"示例 {number}",
            "channel": channel,
            "taxpayer_type": "general",
        }
        for number, channel in zip(numbers, ("leqi", "rpa"), strict=True)
    ]


@pytest.mark.parametrize(
    ("faults", "numbers"),
    zip(FAULTS, SYNTHETIC, strict=True),
    ids=["-".join(dict.fromkeys(faults)) for faults in FAULTS],
)
def test_nothing_is_done_twice_or_lost_at_every_third_submit(live, faults, numbers):
    job = live.prepare_job(120, taxpayers=make_taxpayers(numbers), bite_size=BITE)
    added = []
    for kind, wheres in zip(faults, ("leqi", "rpa"), strict=True):
        added += [
            disturbance.add_fault(job.control, kind, where, every=3)
            for where in disturbance.SELECTING
            if where[0] == wheres
        ]
        added += [
            disturbance.add_fault(job.control, kind, where, count=1)
            for where in disturbance.TABLE
            if where[0] == wheres
        ]
    try:
        job.run()
        hits = [job.control.fired(number) for number in added]
    finally:
        job.control.clear_faults()
    assert comparison.compare(job) == []
    assert all(hits), hits


