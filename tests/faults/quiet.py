"""Waiting until nothing is open any more."""

import time

PATIENCE = 240.0  # seconds
# Seconds between two times at which people look after what is open.
LOOK_AFTER = 10.0


def wait_until_quiet(drivers, journal, patience=PATIENCE):
    """Have people do what only they can do, until no part has anything open.

    :return: sentences that tell what is still open after the patience
    """
    deadline = time.monotonic() + patience
    looked_at = 0.0
    while True:
        opened = [text for driver in drivers for text in driver.describe_open()]
        if not opened or time.monotonic() > deadline:
            return opened
        if time.monotonic() > looked_at + LOOK_AFTER:
            looked_at = time.monotonic()
            journal.read_on()
            for driver in drivers:
                driver.end(journal.entries)
        time.sleep(0.5)
