"""The state on disk: one SQLite file, short transactions, one connection."""

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from . import issuing_schema

SCHEMA = """
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS taxpayer (
    tax_number TEXT PRIMARY KEY, name TEXT, kind TEXT, status TEXT, authority TEXT,
    filing TEXT, credit_level TEXT, risk INTEGER, cert_password TEXT,
    platform_password TEXT, leqi_entity TEXT, period TEXT, opened_at TEXT,
    deadline TEXT, cert_wrong INTEGER DEFAULT 0, platform_wrong INTEGER DEFAULT 0,
    locked_until TEXT, nothing_selected INTEGER DEFAULT 0,
    filing_known INTEGER DEFAULT 1, question TEXT DEFAULT '',
    answer TEXT DEFAULT '', answer_wrong INTEGER DEFAULT 0, staff TEXT DEFAULT '',
    region TEXT DEFAULT '', monthly_quota INTEGER DEFAULT 0, suspended_at TEXT,
    quota_asked REAL, quota_asked_month TEXT
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS taxpayer_deadline ON taxpayer (deadline);
CREATE TABLE IF NOT EXISTS closed_period (
    tax_number TEXT, period TEXT, opened_at TEXT, deadline TEXT, closed_at TEXT,
    how TEXT, PRIMARY KEY (tax_number, period)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS jump (
    tax_number TEXT PRIMARY KEY, period TEXT, opened_at TEXT, jumped_at TEXT,
    by_answer INTEGER, filed INTEGER DEFAULT 0, last_confirmation INTEGER
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS credit_level (
    tax_number TEXT, valid_from TEXT, level TEXT, active INTEGER,
    PRIMARY KEY (tax_number, valid_from)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS invoice (
    id INTEGER PRIMARY KEY, tax_number TEXT, code TEXT, number TEXT, type TEXT,
    issue_date TEXT, seller_tax_number TEXT, seller_name TEXT, net INTEGER,
    vat INTEGER, creditable INTEGER, status TEXT, red_locked INTEGER, element TEXT,
    obtained_small_scale TEXT, selection TEXT, purpose TEXT, period TEXT,
    reason TEXT, reason_text TEXT, selected_at TEXT, changed TEXT,
    in_pool INTEGER, effective_selections INTEGER DEFAULT 0,
    effective_revocations INTEGER DEFAULT 0, farm_method TEXT DEFAULT '',
    farm_amount INTEGER, farm_credit INTEGER, booked_on TEXT,
    effective_treatments INTEGER DEFAULT 0, effective_bookings INTEGER DEFAULT 0,
    UNIQUE (tax_number, number, code)
);
CREATE INDEX IF NOT EXISTS invoice_changed ON invoice (tax_number, changed)
    WHERE in_pool = 1;
CREATE INDEX IF NOT EXISTS invoice_stamp ON invoice (changed);
CREATE INDEX IF NOT EXISTS invoice_issued ON invoice (tax_number, issue_date);
CREATE INDEX IF NOT EXISTS invoice_period ON invoice (tax_number, period)
    WHERE period IS NOT NULL;
CREATE INDEX IF NOT EXISTS invoice_waiting ON invoice (issue_date) WHERE in_pool = 0;
CREATE TABLE IF NOT EXISTS statistics (
    tax_number TEXT, period TEXT, pre INTEGER, built_at TEXT, data TEXT,
    fingerprint TEXT, signed_at TEXT, ordinal INTEGER,
    PRIMARY KEY (tax_number, period)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS confirmation (
    id INTEGER PRIMARY KEY, tax_number TEXT, period TEXT, ordinal INTEGER,
    signed_at TEXT, cancelled_at TEXT
);
CREATE INDEX IF NOT EXISTS confirmation_of ON confirmation (tax_number, period);
CREATE INDEX IF NOT EXISTS invoice_refund ON invoice (period)
    WHERE purpose = 'refund';
CREATE TABLE IF NOT EXISTS refund_confirmation (
    id INTEGER PRIMARY KEY, tax_number TEXT, period TEXT, ordinal INTEGER,
    signed_at TEXT, count INTEGER, net INTEGER, vat INTEGER
);
CREATE INDEX IF NOT EXISTS refund_confirmation_of
    ON refund_confirmation (tax_number, period);
CREATE TABLE IF NOT EXISTS job (
    id INTEGER PRIMARY KEY, batch TEXT UNIQUE, platform TEXT, tax_number TEXT,
    kind TEXT, service TEXT, request_number TEXT, digest TEXT, payload TEXT,
    created REAL, created_at TEXT, need_seconds REAL, need_polls INTEGER,
    polls INTEGER DEFAULT 0, stuck INTEGER DEFAULT 0, done INTEGER DEFAULT 0,
    result TEXT, finished_at TEXT
);
CREATE INDEX IF NOT EXISTS job_open ON job (tax_number) WHERE done = 0;
CREATE INDEX IF NOT EXISTS job_number ON job (tax_number, service, request_number);
CREATE INDEX IF NOT EXISTS job_digest ON job (tax_number, digest);
CREATE TABLE IF NOT EXISTS job_file (
    job INTEGER, part INTEGER, ids TEXT, PRIMARY KEY (job, part)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS pool_read (
    tax_number TEXT, since TEXT, cursor TEXT, PRIMARY KEY (tax_number, since)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS session (
    tax_number TEXT PRIMARY KEY, token TEXT UNIQUE, expires REAL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS entitlement_serial (
    serial TEXT PRIMARY KEY, customer TEXT, service_group TEXT, total INTEGER,
    valid_from TEXT, valid_to TEXT
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS entitlement (
    tax_number TEXT, service_group TEXT, customer TEXT, name TEXT, serial TEXT,
    status TEXT, code TEXT, authorised_at TEXT, valid_from TEXT, valid_to TEXT,
    cancelled_at TEXT, locked_until TEXT, effective_authorisations INTEGER DEFAULT 0,
    effective_cancellations INTEGER DEFAULT 0, PRIMARY KEY (tax_number, service_group)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS entitlement_of ON entitlement (serial)
    WHERE status = 'authorised';
CREATE TABLE IF NOT EXISTS entitlement_request (
    customer TEXT, request_number TEXT, operation TEXT, digest TEXT, answer TEXT,
    PRIMARY KEY (customer, request_number)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS journal (
    id INTEGER PRIMARY KEY AUTOINCREMENT, time TEXT, platform TEXT, operation TEXT,
    tax_number TEXT, request_number TEXT, items INTEGER, answer_code TEXT,
    fault TEXT, request TEXT
);
CREATE TABLE IF NOT EXISTS fault (
    id INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT, platform TEXT, operation TEXT,
    tax_number TEXT, invoice TEXT, count INTEGER, every INTEGER, probability REAL,
    seed INTEGER, value TEXT, matched INTEGER DEFAULT 0, fired INTEGER DEFAULT 0
);
"""
SCHEMA += issuing_schema.SCHEMA

TABLES = (
    "meta taxpayer closed_period jump credit_level invoice statistics confirmation "
    "refund_confirmation job job_file pool_read session entitlement_serial entitlement "
    "entitlement_request journal fault"
).split() + issuing_schema.TABLES


class Store:
    """One SQLite file. Every change is committed before its answer leaves."""

    def __init__(self, path: str | Path):
        self.path = str(path)
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        self._db = sqlite3.connect(
            self.path,
            isolation_level=None,
            check_same_thread=False,
            cached_statements=512,
        )
        self._db.row_factory = sqlite3.Row
        # Only the process may die, not the machine: what reached the operating
        # system survives a kill, so no flush to the disk is needed per commit.
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = OFF")
        self._db.execute("PRAGMA cache_size = -64000")
        self._db.executescript(SCHEMA)
        self._add_missing_columns()
        self._depth = 0

    def _add_missing_columns(self) -> None:
        """A file of an earlier version gets the columns that came since."""
        fresh = sqlite3.connect(":memory:")
        fresh.executescript(SCHEMA)
        for table in TABLES:
            kept = {row[1] for row in self._db.execute(f"PRAGMA table_info({table})")}
            for row in fresh.execute(f"PRAGMA table_info({table})"):
                _, name, type_, _, default, _ = row
                if name not in kept:
                    ends = "" if default is None else f" DEFAULT {default}"
                    self._db.execute(
                        f"ALTER TABLE {table} ADD COLUMN {name} {type_}{ends}"
                    )
        fresh.close()

    def rows(self, sql: str, *values) -> list[sqlite3.Row]:
        """All rows of a query."""
        return self._db.execute(sql, values).fetchall()

    def one(self, sql: str, *values) -> sqlite3.Row | None:
        """The first row of a query, or None."""
        return self._db.execute(sql, values).fetchone()

    def value(self, sql: str, *values):
        """The first column of the first row, or None."""
        row = self._db.execute(sql, values).fetchone()
        return row[0] if row else None

    def run(self, sql: str, *values) -> sqlite3.Cursor:
        """Execute one statement."""
        return self._db.execute(sql, values)

    def many(self, sql: str, rows: Iterable) -> int:
        """Execute one statement for many rows; answers how many took effect."""
        return self._db.executemany(sql, rows).rowcount

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing; an inner one joins the outer one."""
        if self._depth:
            yield
            return
        self._db.execute("BEGIN IMMEDIATE")
        self._depth = 1
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        else:
            self._db.execute("COMMIT")
        finally:
            self._depth = 0

    def empty(self) -> None:
        """Forget everything."""
        with self.transaction():
            for table in TABLES:
                self._db.execute(f"DELETE FROM {table}")
            # The counters of the journal and the faults start again as well.
            self._db.execute("DELETE FROM sqlite_sequence")

    def get_meta(self, name: str, default: str | None = None) -> str | None:
        """A named text kept beside the tables."""
        value = self.value("SELECT value FROM meta WHERE name = ?", name)
        return default if value is None else value

    def set_meta(self, name: str, value: str) -> None:
        """Keep a named text."""
        self.run("INSERT OR REPLACE INTO meta VALUES (?, ?)", name, value)

    def close(self) -> None:
        """Close the file."""
        self._db.close()
