"""Pages of a pool, received while the ones before them are being written."""

import threading
import time

# Pages that may wait for the caller; the bureau is not asked for more meanwhile.
DEPTH = 8


class ReadAhead:
    """Reads page after page in one thread of its own.

    Use it as a context manager and iterate: each turn hands out all pages that
    have come, in their order, and waits for one when there is none. It ends after
    the last page, or with the first one that comes when the time is over. What
    stopped the reading is raised in its turn, after all pages before it. Leaving
    the block waits for the call under way; pages not handed out are thrown away,
    which reading allows: the next reader asks for them again.

    What must never happen: two calls at once, or a call after the block; so nobody
    else uses the client inside it.

    :param callable fetch: gets a position and returns an ``InvoicePage``; runs in
        the thread, so it must know no database
    :param position: of the first page
    :param float seconds: after these nothing more is asked for; one page always is
    """

    def __init__(self, fetch, position, seconds):
        self._fetch = fetch
        self._position = position
        self._stop_at = time.monotonic() + seconds
        self._changed = threading.Condition()
        self._pages = []
        self._error = None
        self._ended = False
        self._left = False
        self._thread = threading.Thread(
            target=self._read, name="invoice_tax_read_ahead", daemon=True
        )
        # Odoo's log tells by this which database a line is about.
        self._thread.dbname = getattr(threading.current_thread(), "dbname", None)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *exc_info):
        with self._changed:
            self._left = True
            self._changed.notify_all()
        self._thread.join()

    def __iter__(self):
        return self

    def __next__(self):
        with self._changed:
            self._changed.wait_for(lambda: self._pages or self._ended)
            pages, self._pages = self._pages, []
            self._changed.notify_all()
        if pages:
            return pages
        if self._error:
            error, self._error = self._error, None
            raise error
        raise StopIteration

    def _read(self):
        try:
            while not self._left:
                page = self._fetch(self._position)
                with self._changed:
                    self._pages.append(page)
                    self._position = page.next_position
                    self._changed.notify_all()
                    # Waited for here, so that the time is looked at afterwards.
                    self._changed.wait_for(
                        lambda: self._left or len(self._pages) < DEPTH
                    )
                if page.next_position is None or time.monotonic() >= self._stop_at:
                    break
        except BaseException as error:  # raised again where the pages are taken
            self._error = error
        finally:
            with self._changed:
                self._ended = True
                self._changed.notify_all()
