"""A ledger of years, put into the database set-wise."""

COMPANIES = 20
INVOICES = 250_000
BATCH = 500
# Every so many batches one is of a whole year's end, this many times as large.
HUGE_EVERY, HUGE = 400, 40
REQUEST = 100
# The last batches are still being worked on.
OPEN = 12
ACCOUNTANT = "lists_accountant"
_DAYS = 730

# One row per batch: who, when, how large, from which of its company's invoices on.
_BATCHES = f"""
CREATE TEMPORARY TABLE bench_batch ON COMMIT DROP AS
SELECT place, taxpayer.id AS taxpayer_id, taxpayer.company_id, lane.id AS lane_id,
       {BATCH} * CASE WHEN place %% {HUGE_EVERY} = {HUGE_EVERY // 2} THEN {HUGE} ELSE 1
                 END AS size,
       (NOW() AT TIME ZONE 'UTC')
           - INTERVAL '{_DAYS} days' * (%(batches)s - place) / %(batches)s AS made_at,
       (place / {COMPANIES} * {BATCH}) %% {INVOICES // COMPANIES} AS first,
       CASE WHEN place > %(batches)s - {OPEN} THEN 'processing'
            WHEN place %% 97 = 0 THEN 'voided'
            WHEN place %% 3 = 0 THEN 'failed' ELSE 'success' END AS state
  FROM generate_series(1, %(batches)s) place
  JOIN (SELECT id, company_id, ROW_NUMBER() OVER (ORDER BY id) - 1 AS turn
          FROM invoice_tax_taxpayer WHERE id = ANY(%(taxpayers)s)) taxpayer
    ON taxpayer.turn = place %% {COMPANIES}
  JOIN invoice_tax_lane lane ON lane.taxpayer_id = taxpayer.id
"""
_INVOICES = f"""
INSERT INTO invoice_tax_input_invoice (
       taxpayer_id, company_id, create_date, write_date, synced_at, number, type_id,
       issue_date, seller_tax_number, seller_name, net_amount, vat_amount,
       gross_amount, creditable_vat, status, selection, purpose, period)
SELECT taxpayer.id, taxpayer.company_id, NOW(), NOW(), NOW(),
       '26' || LPAD((place * 7919 %% 1000000)::text, 10, '0')
            || LPAD(place::text, 8, '0'),
       (SELECT id FROM invoice_tax_invoice_type ORDER BY id LIMIT 1),
       CURRENT_DATE - (place * 31 %% {_DAYS})::int,
       '91310115MA1' || LPAD((place %% 5000)::text, 7, '0'),
       (ARRAY['上海', '北京', '深圳', '杭州', '成都'])[place %% 5 + 1] || '示例'
           || (place %% 5000)
           || (ARRAY['贸易', '科技', '物流', '咨询'])[place %% 4 + 1] || '有限公司',
       place %% 9973 + 100, ROUND((place %% 9973 + 100) * 0.13, 2),
       ROUND((place %% 9973 + 100) * 1.13, 2), ROUND((place %% 9973 + 100) * 0.13, 2),
       'normal', CASE WHEN place %% 4 = 0 THEN 'unselected' ELSE 'confirmed' END,
       CASE WHEN place %% 4 = 0 THEN NULL ELSE 'deduct' END,
       CASE WHEN place %% 4 = 0 THEN NULL
            ELSE TO_CHAR(CURRENT_DATE - (place * 31 %% {_DAYS})::int, 'YYYYMM') END
  FROM generate_series(0, {INVOICES - 1}) place
  JOIN (SELECT id, company_id, ROW_NUMBER() OVER (ORDER BY id) - 1 AS turn
          FROM invoice_tax_taxpayer WHERE id = ANY(%(taxpayers)s)) taxpayer
    ON taxpayer.turn = place %% {COMPANIES}
"""
_OPERATIONS = """
INSERT INTO invoice_tax_operation (
       id, batch_number, taxpayer_id, company_id, lane_id, operation_type, period,
       origin, is_asynchronous, user_id, state, total_count, success_count,
       failed_count, voided_count, open_count, create_uid, create_date, write_date,
       finished_at)
SELECT place + %(before)s, 'BENCH' || LPAD(place::text, 10, '0'), taxpayer_id,
       company_id, lane_id,
       CASE WHEN place %% 7 = 0 THEN 'exclude' ELSE 'deduct' END,
       TO_CHAR(made_at, 'YYYYMM'),
       (ARRAY['excel', 'manual', 'automatic'])[place %% 3 + 1], TRUE, %(user)s, state,
       0, 0, 0, 0, 0, %(user)s, made_at, made_at,
       CASE WHEN state <> 'processing' THEN made_at + INTERVAL '3 minutes' END
  FROM bench_batch ORDER BY place
"""
_REQUESTS = f"""
INSERT INTO invoice_tax_request (
       id, operation_id, lane_id, taxpayer_id, company_id, request_number, state, step,
       next_attempt_at, create_date, line_count)
SELECT place * 1000 + piece, place + %(before)s, lane_id, taxpayer_id, company_id,
       MD5(place || '-' || piece), state,
       CASE WHEN state = 'processing' THEN 'accepted' ELSE 'done' END,
       made_at, made_at, {REQUEST}
  FROM bench_batch
  CROSS JOIN LATERAL generate_series(0, size / {REQUEST} - 1) piece
"""
_LINES = f"""
INSERT INTO invoice_tax_operation_line (
       operation_id, request_id, company_id, taxpayer_id, operation_type, period,
       create_date, write_date, answered_at, input_invoice_id, number, net_amount,
       vat_amount, creditable_vat, state, selection_before, selection_after,
       purpose_after, result_code)
SELECT batch.place + %(before)s, batch.place * 1000 + position / {REQUEST},
       batch.company_id, batch.taxpayer_id,
       CASE WHEN batch.place %% 7 = 0 THEN 'exclude' ELSE 'deduct' END,
       TO_CHAR(made_at, 'YYYYMM'), made_at, made_at,
       CASE WHEN line.state <> 'processing' THEN made_at + INTERVAL '2 minutes' END,
       invoice.id, invoice.number, invoice.net_amount, invoice.vat_amount,
       invoice.creditable_vat, line.state, 'unselected',
       CASE WHEN line.state = 'success' THEN 'selected' ELSE 'unselected' END,
       CASE WHEN line.state = 'success' THEN 'deduct' END,
       CASE line.state WHEN 'failed' THEN 'already_selected'
                       WHEN 'success' THEN 'success' END
  FROM bench_batch batch
  CROSS JOIN LATERAL generate_series(0, size - 1) position
  CROSS JOIN LATERAL (
       SELECT CASE WHEN batch.state = 'failed' AND position %% 10 > 0 THEN 'success'
                   ELSE batch.state END AS state) line
  JOIN bench_invoice invoice ON invoice.taxpayer_id = batch.taxpayer_id
   AND invoice.turn = (batch.first + position) %% {INVOICES // COMPANIES}
 ORDER BY batch.place, position
"""


def prepare(env, rows):
    """Fill pool, log and ledger; return the ids of the taxpayers."""
    taxpayers = make_taxpayers(env)
    user = make_accountant(env, taxpayers.company_id)
    env.flush_all()
    cursor = env.cr
    cursor.execute("SELECT COALESCE(MAX(id), 0) FROM invoice_tax_operation")
    [before] = cursor.fetchone()
    parameters = {
        "taxpayers": taxpayers.ids,
        "user": user.id,
        "before": before,
        "batches": _count_batches(rows),
    }
    cursor.execute(_INVOICES, parameters)
    cursor.execute(
        "CREATE TEMPORARY TABLE bench_invoice ON COMMIT DROP AS SELECT *,"
        " ROW_NUMBER() OVER (PARTITION BY taxpayer_id ORDER BY id) - 1 AS turn"
        " FROM invoice_tax_input_invoice"
    )
    for statement in (_BATCHES, _OPERATIONS, _REQUESTS, _LINES):
        cursor.execute(statement, parameters)
    _count_lines(cursor)
    for table in ("operation", "request"):
        cursor.execute(
            f"SELECT SETVAL('invoice_tax_{table}_id_seq',"
            f" (SELECT MAX(id) FROM invoice_tax_{table}))"
        )
    cursor.execute("SELECT COUNT(*) FROM invoice_tax_operation_line")
    [count] = cursor.fetchone()
    cursor.commit()
    return count


def _count_batches(rows):
    """As many as hold these rows, were they all of the usual size."""
    return rows * HUGE_EVERY // ((HUGE_EVERY + HUGE - 1) * BATCH) + 1


def _count_lines(cursor):
    cursor.execute(
        """
        UPDATE invoice_tax_operation operation
           SET total_count = line.total, success_count = line.success,
               failed_count = line.failed, voided_count = line.voided,
               open_count = line.open, net_amount = line.net, vat_amount = line.vat,
               creditable_vat = line.creditable
          FROM (SELECT operation_id, COUNT(*) AS total,
                       COUNT(*) FILTER (WHERE state = 'success') AS success,
                       COUNT(*) FILTER (WHERE state = 'failed') AS failed,
                       COUNT(*) FILTER (WHERE state = 'voided') AS voided,
                       COUNT(*) FILTER (WHERE state = 'processing') AS open,
                       SUM(net_amount) AS net, SUM(vat_amount) AS vat,
                       SUM(creditable_vat) AS creditable
                  FROM invoice_tax_operation_line GROUP BY operation_id) line
         WHERE line.operation_id = operation.id
        """
    )


def make_taxpayers(env):
    companies = env["res.company"].create(
        [{"name": f"示例公司 {number:02d}"} for number in range(COMPANIES)]
    )
    connections = env["invoice.tax.connection"].create(
        [
            {"name": "乐企", "channel": "leqi", "company_id": company.id}
            for company in companies
        ]
    )
    return env["invoice.tax.taxpayer"].create(
        [
            {
                "name": f"示例企业 {number:02d}",
                "tax_number": _make_tax_number(number),
                "company_id": connection.company_id.id,
                "connection_id": connection.id,
            }
            for number, connection in enumerate(connections)
        ]
    )


def _make_tax_number(number):
    """A tax number of the old kind, which carries no check character."""
    return f"11010500000{number:04d}"


def make_accountant(env, companies):
    """An ordinary accountant of two of the companies."""
    groups = ("account.group_account_user", "invoice_tax_service.group_receiving_clerk")
    return env["res.users"].create(
        {
            "name": "王会计",
            "login": ACCOUNTANT,
            "password": ACCOUNTANT,
            "lang": "zh_CN",
            "tz": "Asia/Shanghai",
            "company_id": companies[0].id,
            "company_ids": [(6, 0, companies[:2].ids)],
            "group_ids": [(6, 0, [env.ref(name).id for name in groups])],
        }
    )
