"""What is read from Odoo's log of its own tests: nothing bad goes by unseen."""

from environment.core_tests import Outcome

LINE = "2026-11-21 07:50:05,126 6054 {} core odoo.addons.account.tests.{}\n"
STARTED = LINE.format("INFO", "test_account_move_entry: Starting TestMove.test_one ...")
FAILED = LINE.format("ERROR", "test_account_move_entry: FAIL: TestMove.test_one")
BROKEN = LINE.format("ERROR", "test_account_move_entry: ERROR: setUpClass (x.TestMove)")
SKIPPED = LINE.format(
    "INFO", "test_account_move_entry: skipped TestMove.test_two : why"
)
RESULT = (
    "2026-11-21 07:50:26,081 6054 {} core odoo.tests.result: {} failed, {} error(s) of"
    " 56 tests when loading database 'core' \n"
)


def test_all_passed():
    outcome = Outcome(STARTED + RESULT.format("INFO", 0, 0))
    assert (outcome.count, outcome.failed, outcome.is_known) == (56, set(), True)
    assert outcome.lacks(["test_account_move_entry"]) == []
    assert outcome.lacks(["test_account_move_send"]) == ["test_account_move_send"]


def test_failed_by_name():
    outcome = Outcome(STARTED + FAILED + RESULT.format("ERROR", 1, 0))
    assert (outcome.failed, outcome.is_known) == ({"TestMove.test_one"}, True)


def test_failed_without_name_of_a_test():
    assert not Outcome(BROKEN + RESULT.format("ERROR", 0, 1)).is_known


def test_skipped_is_told():
    assert Outcome(SKIPPED).skipped == ["skipped TestMove.test_two : why"]


def test_nothing_run():
    assert Outcome("").count == 0
