"""What is read straight from Odoo's tables, most of it of certification."""

# What is sent to a platform, with the intention committed before.
REQUESTS = ("invoice_tax_request", "invoice_tax_license_request")

# Names of the columns below, beside what each is for.
INVOICE_NAMES = (
    "number code vat net type element selection purpose is_sound is_deductible "
    "farm_method is_booked is_free waits_for"
).split()
INVOICES = """
SELECT invoice.number, invoice.code, invoice.vat_amount::text,
       invoice.net_amount::text, kind.code, COALESCE(invoice.element, ''),
       invoice.selection, invoice.purpose,
       invoice.status = 'normal' AND invoice.net_amount > 0,
       EXISTS (SELECT FROM invoice_tax_credit_rule_type_rel usable
                 JOIN invoice_tax_credit_rule rule ON rule.id = usable.rule_id
                WHERE usable.type_id = invoice.type_id AND rule.may_deduct
                  AND rule.active AND COALESCE(rule.elements, '') = '')
           OR invoice.element IN ('08', '12', '16', '20'),
       invoice.farm_method, invoice.booked_on IS NOT NULL, line.id IS NULL,
       CASE WHEN line.operation_type = 'preselect' AND line.state = 'waiting'
             AND line.request_id IS NULL THEN line.period END
  FROM invoice_tax_input_invoice invoice
  JOIN invoice_tax_invoice_type kind ON kind.id = invoice.type_id
  JOIN invoice_tax_taxpayer taxpayer ON taxpayer.id = invoice.taxpayer_id
  LEFT JOIN invoice_tax_operation_line line
    ON line.input_invoice_id = invoice.id AND line.state IN ('waiting', 'processing')
 WHERE tax_number = %s
 ORDER BY invoice.number, invoice.code
"""
CURRENT = """
SELECT period.id, period.name, period.statistics_status, is_filing_known, roll_back_to
  FROM invoice_tax_period period
  JOIN invoice_tax_taxpayer taxpayer ON taxpayer.id = taxpayer_id
 WHERE is_current AND tax_number = %s
"""
COUNT_OPEN = """
SELECT COUNT(*) FROM invoice_tax_operation operation
  JOIN invoice_tax_taxpayer taxpayer ON taxpayer.id = operation.taxpayer_id
 WHERE tax_number = %s AND state IN ('waiting', 'processing') AND is_held IS NOT TRUE
"""
OPEN_TABLES = """
SELECT DISTINCT operation_type FROM invoice_tax_operation operation
  JOIN invoice_tax_taxpayer taxpayer ON taxpayer.id = operation.taxpayer_id
 WHERE tax_number = %s AND state IN ('waiting', 'processing')
   AND (total_count IS NULL OR total_count = 0 OR operation_type = 'certify')
"""
FAILED_BATCHES = """
SELECT batch_number FROM invoice_tax_operation operation
  JOIN invoice_tax_taxpayer taxpayer ON taxpayer.id = operation.taxpayer_id
 WHERE tax_number = %s AND state = 'failed' AND failed_count > 0
 ORDER BY operation.id DESC LIMIT 10
"""
ALL_DISPATCHERS = """
UPDATE ir_cron SET active = TRUE
  FROM ir_act_server action
 WHERE action.id = ir_actions_server_id AND action.code = 'model._cron_dispatch()'
"""
OPEN = """
SELECT work.kind, work.name, work.state, work.step, work.attempts, work.due,
       NOW() AT TIME ZONE 'UTC', work.problem, lane.is_stopped, lane.paused_until,
       lane.trouble_code
  FROM (SELECT 'request' AS kind, request_number AS name, lane_id, state, step,
               attempts, next_attempt_at AS due, result_code AS problem
          FROM invoice_tax_request WHERE step <> 'done'
     UNION ALL
        SELECT 'reading', kind, lane_id, state, step, attempts, next_attempt_at,
               result_code
          FROM invoice_tax_fetch WHERE step <> 'done'
     UNION ALL
        SELECT 'batch', batch_number, lane_id, state, operation_type, 0, NULL,
               result_code
          FROM invoice_tax_operation
         WHERE state IN ('waiting', 'processing') AND is_held IS NOT TRUE
       ) work
  JOIN invoice_tax_lane lane ON lane.id = work.lane_id
 ORDER BY work.kind, work.name
"""
PERIODS = """
SELECT period.name, is_current,
       CASE WHEN statistics_status = '05' THEN '05'
            WHEN statistics_status IN ('02', '03', '04', '25') THEN 'stands'
            ELSE 'none' END
  FROM invoice_tax_period period
  JOIN invoice_tax_taxpayer taxpayer ON taxpayer.id = period.taxpayer_id
 WHERE tax_number = %s
"""
TABLES = """
SELECT period.name, line.block, line.row, line.invoice_count,
       round(line.net_amount::numeric, 2)::text,
       round(line.vat_amount::numeric, 2)::text
  FROM invoice_tax_statistics_line line
  JOIN invoice_tax_statistics statistics ON statistics.id = line.statistics_id
  JOIN invoice_tax_period period ON period.id = statistics.period_id
  JOIN invoice_tax_taxpayer taxpayer ON taxpayer.id = period.taxpayer_id
 WHERE tax_number = %s
"""
CONFIRMATIONS = """
SELECT period.name, ordinal, confirmation.state = 'cancelled'
  FROM invoice_tax_confirmation confirmation
  JOIN invoice_tax_period period ON period.id = confirmation.period_id
  JOIN invoice_tax_taxpayer taxpayer ON taxpayer.id = period.taxpayer_id
 WHERE tax_number = %s AND confirmation.kind = 'deduction' ORDER BY 1, 2, 3
"""
REFUND_CONFIRMATIONS = """
SELECT period.name, ordinal, invoice_count,
       round(confirmation.net_amount::numeric, 2)::text,
       round(confirmation.vat_amount::numeric, 2)::text
  FROM invoice_tax_confirmation confirmation
  JOIN invoice_tax_period period ON period.id = confirmation.period_id
  JOIN invoice_tax_taxpayer taxpayer ON taxpayer.id = period.taxpayer_id
 WHERE tax_number = %s AND confirmation.kind = 'refund' ORDER BY 1, 2
"""
# Periods in which something was signed that a person had voided.
# How it came to the confirmations, for whoever has to explain a difference.
SIGNATURES = """
SELECT operation.period, operation.id, operation.operation_type, operation.state,
       COALESCE(operation.has_late_answer, FALSE), request.operation_type,
       request.state, request.create_date, request.sent_at, request.answered_at,
       confirmation.id, confirmation.ordinal, confirmation.state,
       confirmation.is_read_back, confirmation.create_date, confirmation.cancelled_at
  FROM invoice_tax_operation operation
  JOIN invoice_tax_taxpayer taxpayer ON taxpayer.id = operation.taxpayer_id
  JOIN invoice_tax_request request ON request.operation_id = operation.id
  LEFT JOIN invoice_tax_confirmation confirmation
         ON confirmation.operation_id = operation.id
 WHERE tax_number = %s AND request.operation_type IN ('sign', 'sign_revoke')
 ORDER BY request.create_date
"""
VOIDED_SIGNS = """
SELECT DISTINCT operation.period FROM invoice_tax_operation operation
  JOIN invoice_tax_taxpayer taxpayer ON taxpayer.id = operation.taxpayer_id
 WHERE tax_number = %s AND operation.state = 'voided' AND has_late_answer
   AND operation_type = ANY(%s)
"""
# Taking a pre-selection back sends nothing.
LINES = """
SELECT tax_number, operation.batch_number, COALESCE(request.request_number, ''),
       line.number, COALESCE(line.code, ''), line.state,
       COALESCE(line.result_code, ''), line.operation_type,
       COALESCE(operation.has_late_answer, FALSE)
  FROM invoice_tax_operation_line line
  JOIN invoice_tax_operation operation ON operation.id = line.operation_id
  JOIN invoice_tax_taxpayer taxpayer ON taxpayer.id = line.taxpayer_id
  LEFT JOIN invoice_tax_request request ON request.id = line.request_id
 WHERE line.operation_type <> 'preselect_revoke'
"""
# A batch on a table, or such a step of a batch that first works on invoices.
TABLE_BATCHES = """
SELECT operation.batch_number,
       CASE WHEN operation.total_count > 0 THEN request.state
            ELSE operation.state END,
       request.request_number, COALESCE(operation.has_late_answer, FALSE)
  FROM invoice_tax_operation operation
  LEFT JOIN invoice_tax_request request ON request.operation_id = operation.id
 WHERE CASE WHEN operation.total_count > 0 THEN request.line_count = 0
            ELSE TRUE END
"""
TREATMENTS = """
SELECT number, COALESCE(code, ''), COALESCE(farm_method, ''),
       CASE WHEN farm_amount > 0 THEN round(farm_amount::numeric, 2)::text END,
       booked_on::text, round(creditable_vat::numeric, 2)::text, selection
  FROM invoice_tax_input_invoice invoice
  JOIN invoice_tax_taxpayer taxpayer ON taxpayer.id = invoice.taxpayer_id
 WHERE tax_number = %s
"""
HELD = """
SELECT operation.batch_number, operation.period, current.name
  FROM invoice_tax_operation operation
  JOIN invoice_tax_period current
    ON current.taxpayer_id = operation.taxpayer_id AND is_current
 WHERE operation.state IN ('waiting', 'processing') AND is_held
   AND operation.period <= current.name
"""
COUNTERS = """
SELECT batch_number, counters::text, ledger::text FROM (
    SELECT batch_number,
           ROW(COALESCE(total_count, 0), COALESCE(success_count, 0),
               COALESCE(failed_count, 0), COALESCE(voided_count, 0),
               COALESCE(open_count, 0)) AS counters,
           ROW(COUNT(line.id)::int,
               (COUNT(*) FILTER (WHERE line.state = 'success'))::int,
               (COUNT(*) FILTER (WHERE line.state = 'failed'))::int,
               (COUNT(*) FILTER (WHERE line.state = 'voided'))::int,
               (COUNT(*) FILTER (
                   WHERE line.state IN ('waiting', 'processing')))::int) AS ledger
      FROM invoice_tax_operation operation
      LEFT JOIN invoice_tax_operation_line line ON line.operation_id = operation.id
  GROUP BY operation.id) sums
 WHERE counters <> ledger
"""
STOPPED = "SELECT trouble_code FROM invoice_tax_lane WHERE is_stopped"
NOT_READ_AGAIN = """
SELECT operation.batch_number FROM invoice_tax_operation operation
  JOIN invoice_tax_request request ON request.operation_id = operation.id
 WHERE has_late_answer AND request.state = 'voided' AND request.answered_at IS NOT NULL
   AND request.result_code IS NULL
   AND NOT EXISTS (SELECT FROM invoice_tax_fetch reading
                    WHERE reading.taxpayer_id = operation.taxpayer_id
                      AND reading.answered_at >= request.answered_at
                      AND reading.create_date
                          <= request.answered_at + interval '5 seconds')
"""
STORY = """
SELECT exchange.started_at, request.state, request.step, request.answered_at,
       exchange.operation, exchange.status, COALESCE(exchange.error_text, ''),
       LEFT(exchange.response_text, 500)
  FROM invoice_tax_exchange exchange
  JOIN invoice_tax_request request ON request.id = exchange.request_id
 WHERE request.request_number = %s ORDER BY exchange.id
"""
ISSUES_IN_STATE = """
SELECT issue.id FROM invoice_tax_issue issue
  JOIN invoice_tax_taxpayer taxpayer ON taxpayer.id = issue.taxpayer_id
 WHERE taxpayer.tax_number = %s AND issue.state = ANY(%s)
   AND (issue.state <> 'numbered' OR issue.upload_id IS NULL)
 ORDER BY issue.id LIMIT 50
"""
ISSUE_COUNTS = "SELECT state, COUNT(*) FROM invoice_tax_issue GROUP BY state"
ISSUES_FAILED = """
SELECT result_code, COUNT(*) FROM invoice_tax_issue WHERE state = 'failed' GROUP BY 1
"""
ISSUED_MOVES = "SELECT DISTINCT move_id FROM invoice_tax_issue"
ISSUED_TWICE = """
SELECT issue.name, COUNT(*) FROM invoice_tax_issue issue
  JOIN invoice_tax_taxpayer taxpayer ON taxpayer.id = issue.taxpayer_id
 WHERE taxpayer.tax_number = %s AND issue.state = 'success'
 GROUP BY issue.name HAVING COUNT(*) > 1
"""
