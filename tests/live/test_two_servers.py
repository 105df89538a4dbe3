"""Two Odoo servers, each with its own cron workers, on one database."""

import pytest

from environment import comparison


@pytest.fixture(scope="module")
def done(live):
    """The main job, done by both servers."""
    live.stack.start_odoo(2, workers=1, cron_threads=2)
    return live.do_job(240, bite_size=10)


def test_nothing_is_lost_or_done_twice(done):
    assert done[1] == []


def test_both_servers_have_talked_to_the_bureau(done):
    logs = [
        server.log.read_text(encoding="utf-8", errors="replace")
        for server in done[0].stack.servers
    ]
    assert all("invoice_tax_service.gateway" in log for log in logs)


def test_one_conversation_at_a_time_over_rpa(done):
    """A second login would end the token of the first."""
    codes = [
        entry["answer_code"]
        for entry in done[0].control.get("journal", limit=100_000)
        if entry["platform"] == "rpa"
    ]
    assert "4001" not in codes
    assert comparison.check_journal(done[0].control) == []
