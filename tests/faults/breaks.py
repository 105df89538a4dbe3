"""The ways of breaking: who is killed, and in which moment.

A break returns the lanes whose work it interrupted and when it killed, or None
when the moment that it waits for did not come.
"""

import collections
import time

from .queries import REQUESTS
from .wire import SUBMITS

PATIENCE = 15.0  # seconds for the moment to come
# Seconds by which what a dead sender said arrives late: longer than the read timeout
# of the driver, shorter than the time after which nothing is taken to arrive.
LATE = (4, 9)
# Share of the kills at a point of a call that spare the rest of the server; starting
# a whole one again takes most of the time of a run.
WORKERS_ONLY = 0.7
_BITES = """
SELECT operation.lane_id FROM invoice_tax_operation operation
 WHERE operation.state = 'processing'
   AND EXISTS (SELECT FROM invoice_tax_request request
                WHERE request.operation_id = operation.id)
   AND NOT EXISTS (SELECT FROM invoice_tax_request request
                    WHERE request.operation_id = operation.id
                      AND request.step IN ('queued', 'sending'))
   AND EXISTS (SELECT FROM invoice_tax_operation_line line
                WHERE line.operation_id = operation.id AND line.state = 'waiting')
"""
_SENDING = " UNION ALL ".join(
    f"(SELECT lane_id FROM {table} WHERE step = 'sending' ORDER BY id)"
    for table in REQUESTS
)
# Locks the rows of a lane that are being sent, wherever they stand.
_BEING_SENT = "WITH {} {}".format(
    ", ".join(
        f"{table}_rows AS (SELECT id FROM {table}"
        " WHERE step = 'sending' AND lane_id = %s FOR UPDATE)"
        for table in REQUESTS
    ),
    " UNION ALL ".join(f"SELECT id FROM {table}_rows" for table in REQUESTS),
)


class Breaker:
    """Breaks a running system in the ways named by ``KINDS``.

    Where Odoo is killed at a point of a call, it is either the whole server or only
    the cron workers of it that talk to a platform, by chance.

    :ivar victims: how often each of these died
    """

    def __init__(self, system, journal, drivers, random):
        self.system, self.journal = system, journal
        self.drivers, self.random = drivers, random
        self.control = system.control
        self.victims = collections.Counter()

    def do(self, kind):
        """Break in one way; ``(kind, lanes, time)`` or None."""
        done = getattr(self, KINDS[kind])()
        return done and (kind, *done)

    # === ODOO, AT EACH POINT OF A CALL === #

    def before_send(self):
        """The intention is committed, and no byte reaches the platform."""
        lane = self._wait_for_call("delay", 60)
        if not lane:
            return None
        killed = self._kill_owner(lane)
        # It held the call without having acted; now nobody knows of it.
        self._kill_simulator()
        return killed

    def after_send(self):
        """The platform acts long after the sender died."""
        return self._kill_in_call("delay", self.random.uniform(*LATE))

    def after_send_voided(self):
        """A person gives up meanwhile, so that the platform acts on what is void."""
        lane = self._wait_for_call("delay", self.random.uniform(*LATE))
        if not lane or not any([one.give_up(lane) for one in self.drivers]):
            return None
        return self._kill_owner(lane)

    def before_reply(self):
        """The platform has acted, its reply finds nobody."""
        return self._kill_in_call("act_delay", self.random.uniform(*LATE))

    def before_commit(self):
        """The reply has been read and cannot be written yet."""
        lane = self._wait_for_call("act_delay", 0.7)
        return lane and self._kill_blocked(lane, _BEING_SENT, [lane] * len(REQUESTS))

    def in_commit(self):
        """COMMIT is on its way; the database ends it without its client."""
        return self._kill_in_commit(self._kill_owner)

    def in_commit_lost(self):
        """COMMIT is on its way, and both ends of it die."""
        return self._kill_in_commit(self._kill_both)

    def between_bites(self):
        """Some requests of a batch are answered, the next is not made yet."""
        rows = self.system.wait_until(lambda: self.system.execute(_BITES), PATIENCE)
        return self._kill_owner(rows[0][0]) if rows else None

    def any_moment(self):
        """Whatever Odoo does just now."""
        lanes = self.system.wait_until(self._lanes_at_work, PATIENCE)
        if not lanes:
            return None
        time.sleep(self.random.uniform(0, 0.5))
        return self._kill_owner(lanes[0])

    def whole_host(self):
        """A server that does not come back until others have done its work."""
        lanes = self.system.wait_until(self._lanes_at_work, PATIENCE)
        if not lanes:
            return None
        server, held = self._owner(lanes[0])
        self.system.kill_server(server, comes_back=len(self.system.servers) == 1)
        self.victims["a server, for good"] += 1
        return held, self.journal.now()

    # === OTHERS === #

    def one_worker(self):
        """A single cron worker process, while it talks to a platform."""
        lane = self._wait_for_call("act_delay", self.random.uniform(1, 3))
        talking = lane and self.system.talking_workers()
        if not talking or not self.system.kill_process(self.random.choice(talking)):
            return None
        self.victims["a cron worker"] += 1
        return [lane], self.journal.now()

    def one_worker_in_passing(self, random):
        """One that talks just now, if any does; nothing is waited for or measured."""
        talking = self.system.talking_workers()
        is_killed = talking and self.system.kill_process(random.choice(talking))
        if is_killed:
            self.victims["a cron worker, in passing"] += 1
        return is_killed

    def postgres(self):
        """PostgreSQL with all its processes."""
        lane = self._wait_for_call("act_delay", self.random.uniform(0.2, 2))
        lanes = set(self._lanes_at_work()) | ({lane} if lane else set())
        moment = self.journal.now()
        self.system.kill_postgres()
        self.victims["PostgreSQL"] += 1
        return list(lanes), moment

    def simulator(self):
        """The platforms themselves."""
        self.system.wait_until(self._lanes_at_work, PATIENCE)
        time.sleep(self.random.uniform(0, 0.5))
        lanes, moment = self._lanes_at_work(), self.journal.now()
        self._kill_simulator()
        return lanes, moment

    # === HOW === #

    def _wait_for_call(self, kind, seconds):
        """Trap the next submitting call; the lane that is caught in it, or None."""
        traps = {
            self.control.fault(
                kind, platform=platform, operation=name, count=1, value=f"{seconds:.2f}"
            )
            for platform, name in SUBMITS
        }
        before = set(self._sending())
        caught = self.system.wait_until(lambda: self._has_fired(traps), PATIENCE)
        for trap in traps:
            self.control.remove_fault(trap)
        if not caught:
            return None
        # The intention is committed before the call, so its lane is known.
        lanes = [lane for lane in self._sending() if lane not in before]
        lanes = lanes or self._sending() or self._lanes_at_work()
        return lanes[0] if lanes else None

    def _has_fired(self, traps):
        faults = self.control.get("faults")
        return any(one["fired"] for one in faults if one["id"] in traps)

    def _kill_in_call(self, kind, seconds):
        lane = self._wait_for_call(kind, seconds)
        if not lane:
            return None
        time.sleep(self.random.uniform(0, 0.3))
        return self._kill_owner(lane)

    def _kill_in_commit(self, kill):
        statement = "SELECT pg_advisory_xact_lock(%s)"
        with self.system.holding(statement, [self.system.gate_key]) as backend:
            blocked = self.system.wait_until(
                lambda: self.system.blocked_by(backend), PATIENCE
            )
            # Its old version still stands for everybody else.
            lanes = blocked and self._sending()
            return kill(lanes[0]) if lanes else None

    def _kill_blocked(self, lane, statement, parameters):
        with self.system.holding(statement, parameters) as backend:
            blocked = self.system.wait_until(
                lambda: self.system.blocked_by(backend), PATIENCE / 3
            )
            return self._kill_owner(lane) if blocked else None

    def _kill_owner(self, lane):
        """Kill who talks over that lane: the server, or its talking workers."""
        server, lanes = self._owner(lane)
        spare = self.random.random() < WORKERS_ONLY
        workers = self.system.talking_workers(server) if spare else ()
        killed = sum([self.system.kill_process(pid) for pid in workers])
        if killed:
            self.victims["a cron worker"] += killed
        else:
            self.system.kill_server(server)
            self.victims["a server"] += 1
        return lanes, self.journal.now()

    def _owner(self, lane):
        """The server that talks over a lane, and all lanes that it holds."""
        holders = self.system.holders()
        pids = [pid for pid, held in holders if held == lane]
        server = self.system.server_of(pids[0] if pids else 0)
        held = {one for pid, one in holders if self.system.server_of(pid) is server}
        return server, sorted(held | {lane})

    def _kill_both(self, lane):
        done = self._kill_owner(lane)
        self.system.kill_postgres()
        self.victims["PostgreSQL"] += 1
        return done

    def _kill_simulator(self):
        self.system.kill_simulator()
        self.victims["simulator"] += 1

    def _lanes_at_work(self):
        return sorted({lane for _pid, lane in self.system.holders()})

    def _sending(self):
        rows = self.system.execute(_SENDING)
        return [lane for (lane,) in rows]


# What it is called in the table → the method.
KINDS = {
    "Odoo before send": "before_send",
    "Odoo after send": "after_send",
    "Odoo after send, then voided": "after_send_voided",
    "Odoo before the reply": "before_reply",
    "Odoo between reply and commit": "before_commit",
    "Odoo during commit": "in_commit",
    "Odoo and PostgreSQL during commit": "in_commit_lost",
    "Odoo between bites": "between_bites",
    "Odoo at any moment": "any_moment",
    "Odoo with its host": "whole_host",
    "one cron worker": "one_worker",
    "PostgreSQL": "postgres",
    "simulator": "simulator",
}
