"""The tables of issuing: quota, numbers, issued invoices, forms, summaries."""

SCHEMA = """
CREATE TABLE IF NOT EXISTS quota (
    tax_number TEXT, month TEXT, monthly INTEGER, remaining INTEGER,
    other_used INTEGER DEFAULT 0, downloaded INTEGER DEFAULT 0,
    used INTEGER DEFAULT 0, valid_from TEXT, valid_to TEXT,
    PRIMARY KEY (tax_number, month)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS quota_move (
    id INTEGER PRIMARY KEY, tax_number TEXT, month TEXT, kind TEXT, amount INTEGER,
    number TEXT, request_number TEXT, moved_at TEXT, downloaded INTEGER,
    used INTEGER
);
CREATE INDEX IF NOT EXISTS quota_move_of ON quota_move (tax_number, month);
CREATE TABLE IF NOT EXISTS number_counter (
    prefix TEXT PRIMARY KEY, next INTEGER
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS segment (
    id INTEGER PRIMARY KEY, tax_number TEXT, year TEXT, first TEXT, last TEXT,
    count INTEGER, request_number TEXT, drawn_at TEXT, spent INTEGER DEFAULT 0
);
CREATE INDEX IF NOT EXISTS segment_of ON segment (tax_number, first);
CREATE TABLE IF NOT EXISTS issued (
    number TEXT PRIMARY KEY, tax_number TEXT, kind TEXT, type TEXT, issued_at TEXT,
    month TEXT, uploaded_at TEXT, buyer_tax_number TEXT, buyer_name TEXT,
    net INTEGER, vat INTEGER, charged INTEGER, blue_number TEXT, form TEXT,
    used_by_buyer INTEGER DEFAULT 0, digest TEXT, content TEXT
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS issued_of ON issued (tax_number, month);
CREATE INDEX IF NOT EXISTS issued_red ON issued (blue_number) WHERE blue_number <> '';
CREATE TABLE IF NOT EXISTS discarded (
    number TEXT PRIMARY KEY, tax_number TEXT, discarded_at TEXT, reason TEXT
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS red_form (
    id INTEGER PRIMARY KEY, number TEXT UNIQUE, uuid TEXT UNIQUE, tax_number TEXT,
    request_number TEXT, state TEXT, blue_number TEXT, reason TEXT, net INTEGER,
    vat INTEGER, requested REAL, requested_at TEXT, red_number TEXT DEFAULT ''
);
CREATE INDEX IF NOT EXISTS red_form_of ON red_form (tax_number, blue_number);
CREATE TABLE IF NOT EXISTS summary (
    tax_number TEXT, month TEXT, confirmed_at TEXT, PRIMARY KEY (tax_number, month)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS request_once (
    tax_number TEXT, service TEXT, request_number TEXT, digest TEXT, answer TEXT,
    answered_at TEXT, PRIMARY KEY (tax_number, service, request_number)
) WITHOUT ROWID;
"""

TABLES = (
    "quota quota_move number_counter segment issued discarded red_form summary "
    "request_once"
).split()
