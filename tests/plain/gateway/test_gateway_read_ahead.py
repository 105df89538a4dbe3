"""Pages are received while others are written: in order, one call at a time, and
never after the block."""

import threading

import pytest
from gateway import errors, messages, read_ahead

PATIENCE = 10  # seconds after which something hangs
NO_END = 3600.0


class Killed(BaseException):
    """What kill -9 is to the code under test."""


class Pool:
    """A pool of numbered pages; ``troubles``: what is raised for a position."""

    def __init__(self, pages, troubles=()):
        self.pages = pages
        self.troubles = dict(troubles)
        self.asked = []
        self.calls = threading.Semaphore(0)
        self.busy = threading.Lock()

    def fetch(self, position):
        assert self.busy.acquire(blocking=False), "two calls at once"
        try:
            number = int(position or 1)
            self.asked.append(number)
            if number in self.troubles:
                raise self.troubles[number]
            following = str(number + 1) if number < self.pages else None
            return messages.InvoicePage([number], following, "" if following else "C")
        finally:
            self.busy.release()
            self.calls.release()

    def wait_for_calls(self, count):
        for _call in range(count):
            assert self.calls.acquire(timeout=PATIENCE), "nothing is read ahead"


def numbers(pages):
    return [number for page in pages for number in page.invoices]


def read(pool, position=None, seconds=NO_END):
    with read_ahead.ReadAhead(pool.fetch, position, seconds) as reader:
        return [numbers(pages) for pages in reader]


def test_all_pages_in_order():
    pool = Pool(50)
    assert sum(read(pool), []) == list(range(1, 51)) == pool.asked


def test_begins_where_it_is_told():
    assert sum(read(Pool(5), "4"), []) == [4, 5]


def test_next_pages_come_while_the_caller_writes():
    pool = Pool(4)
    with read_ahead.ReadAhead(pool.fetch, None, NO_END) as reader:
        first = numbers(next(reader))
        pool.wait_for_calls(4)
        rest = [numbers(pages) for pages in reader]
    assert first + sum(rest, []) == [1, 2, 3, 4]


def test_only_so_many_pages_wait_for_the_caller():
    pool = Pool(100)
    with read_ahead.ReadAhead(pool.fetch, None, NO_END) as reader:
        pool.wait_for_calls(read_ahead.DEPTH)
        # Nobody takes a page: whatever more were asked for would be one too many.
        assert not pool.calls.acquire(timeout=0.2)
        assert len(next(reader)) == read_ahead.DEPTH
        pool.wait_for_calls(1)


def test_time_over_asks_for_one_page_only():
    pool = Pool(5)
    assert read(pool, seconds=0) == [[1]]
    assert pool.asked == [1]


@pytest.mark.parametrize(
    "trouble",
    [errors.WaitError(wait=30), errors.OutcomeUnknownError("cut"), Killed()],
)
def test_trouble_is_raised_in_its_turn(trouble):
    pool, taken = Pool(5, {3: trouble}), []
    with pytest.raises(type(trouble)) as raised:
        with read_ahead.ReadAhead(pool.fetch, None, NO_END) as reader:
            pool.wait_for_calls(3)
            for pages in reader:
                taken += numbers(pages)
    assert raised.value is trouble
    assert taken == [1, 2], "pages before the trouble are lost"
    assert pool.asked == [1, 2, 3], "asked on after the platform said no"


def test_no_call_after_the_block():
    """A caller that fails leaves at once; what was read ahead is thrown away."""
    pool = Pool(100)
    with pytest.raises(ZeroDivisionError):
        with read_ahead.ReadAhead(pool.fetch, None, NO_END) as reader:
            next(reader)
            raise ZeroDivisionError
    assert len(pool.asked) <= 2 * read_ahead.DEPTH
    assert not any(
        thread.name == "invoice_tax_read_ahead" for thread in threading.enumerate()
    )


def test_leaving_waits_for_the_call_under_way():
    begun, may_end, ended = threading.Event(), threading.Event(), []

    def fetch(_position):
        begun.set()
        assert may_end.wait(PATIENCE)
        ended.append(True)
        return messages.InvoicePage([], "2", "")

    with read_ahead.ReadAhead(fetch, None, NO_END):
        assert begun.wait(PATIENCE)
        threading.Timer(0.05, may_end.set).start()
    assert ended == [True], "the client would be closed under the call"
