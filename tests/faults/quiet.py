"""Waiting until nothing is open any more."""

import time

PATIENCE = 240.0  # seconds


def wait_until_quiet(drivers, patience=PATIENCE):
    """Wait until no part has anything open.

    :return: sentences that tell what is still open after the patience
    """
    deadline = time.monotonic() + patience
    while True:
        opened = [text for driver in drivers for text in driver.describe_open()]
        if not opened or time.monotonic() > deadline:
            return opened
        time.sleep(0.5)
