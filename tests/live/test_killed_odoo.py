"""The main job while Odoo is killed (-9) after a call and before its commit."""

from environment import comparison, disturbance

ACTED = {
    "select_by_workbook": ("leqi", "PLFPDKGX"),
    "select_by_program": ("rpa", "GX"),
    "build_statistics": ("leqi", "SQCXDKTJ"),
    "sign": ("rpa", "QR"),
}
LATE = {
    "select_by_workbook": ("rpa", "GX"),
    "select_by_program": ("leqi", "PLFPDKGX"),
}
TAXPAYERS = (
    {
        "tax_number": "91440300MA5TE5T031",
        "name": "深圳示例",
        "channel": "leqi",
        "taxpayer_type": "general",
    },
    {
        "tax_number": "91330108MA2TE5T040",
        "name": "杭州示例",
        "channel": "rpa",
        "taxpayer_type": "general",
    },
)


def test_what_the_bureau_did_is_neither_lost_nor_done_twice(live):
    killer = disturbance.Killer(live.stack)
    job = live.prepare_job(160, disturbance=killer, bite_size=20)
    job.run(lambda step: step in ACTED and killer.arm(ACTED[step]))
    assert comparison.compare(job) == []
    assert killer.kills == len(ACTED)


def test_a_call_that_arrives_after_the_restart_is_not_done_twice(live):
    killer = disturbance.Killer(live.stack)
    job = live.prepare_job(160, disturbance=killer, taxpayers=TAXPAYERS)
    # Longer than a restart takes, shorter than the patience of the job.
    job.control.post("settings", repeat_gate_seconds=60)
    job.run(lambda step: step in LATE and killer.arm(LATE[step], "delay", 12))
    assert comparison.compare(job) == []
    assert killer.kills == len(LATE)
