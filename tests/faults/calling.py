"""What drivers have in common: a program that calls until it is answered."""

import collections
import threading
import time

import requests

from environment.clients import Refused

TRIES = 60


class Caller:
    """Calls Odoo while it is killed.

    :ivar counts: how often each action was done
    :ivar unlawful: refusals and answers that nobody could have expected
    """

    # Codes with which Odoo may lawfully refuse what is drawn by chance.
    lawful = frozenset()

    def __init__(self):
        self.program = None
        self.counts, self.unlawful = collections.Counter(), []
        self._counting = threading.Lock()

    def _call(self, model, method, ids=(), **arguments):
        """Call until a server has answered; False when it refused lawfully.

        The same call again is what the request number is for.
        """
        return self._call_as(self.program, model, method, ids, **arguments)

    def _call_as(self, program, model, method, ids=(), **arguments):
        """The same as another program than the usual one."""
        for _try in range(TRIES):
            try:
                return program.call(model, method, ids, **arguments)
            except Refused as refusal:
                if refusal.code:
                    self._note(method, refusal)
                    return False
                problem = refusal
            except requests.RequestException as error:
                problem = error
            time.sleep(0.5)
        self.unlawful.append(f"{method} got no answer in {TRIES} tries: {problem}")
        return False

    def _note(self, method, refusal):
        self._count(f"refused: {refusal.code}")
        if refusal.code not in self.lawful:
            self.unlawful.append(f"{method}: {refusal}")

    def _count(self, name):
        with self._counting:
            self.counts[name] += 1
