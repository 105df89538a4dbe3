"""A pool of 100,000 input invoices: the page of selection, and the statistics."""

from .ledger import ACCOUNTANT, make_accountant, make_taxpayers
from .lists import CALLS, DEDUCTIBLE_TYPES, INVOICE, PAGE, Case, queries, sample, timed

INVOICES = 100_000
SHOWN = 50  # rows of a page of selection, as the list has it
_DAYS = 180
_SELLER = "示例7"  # one of five invoices: more than a page

# Of the first taxpayer two of five are still to be selected; all invoices of the
# second one stand in its current period, so its table counts 100,000.
_INSERT = f"""
INSERT INTO invoice_tax_input_invoice (
       taxpayer_id, company_id, create_date, write_date, synced_at, number, type_id,
       issue_date, seller_tax_number, seller_name, net_amount, vat_amount,
       gross_amount, creditable_vat, status, selection, purpose, period)
SELECT %(taxpayer)s, %(company)s, NOW(), NOW(), NOW(),
       '26' || LPAD((place * 7919 %% 1000000)::text, 10, '0')
            || LPAD(place::text, 8, '0'),
       kind.ids[place %% ARRAY_LENGTH(kind.ids, 1) + 1],
       CURRENT_DATE - (place * 31 %% {_DAYS})::int,
       '91310115MA1' || LPAD((place %% 5000)::text, 7, '0'),
       (ARRAY['上海', '北京', '深圳', '杭州', '成都'])[place %% 5 + 1] || '示例'
           || (place %% 5000) || '有限公司',
       place %% 9973 + 100, ROUND((place %% 9973 + 100) * 0.13, 2),
       ROUND((place %% 9973 + 100) * 1.13, 2), ROUND((place %% 9973 + 100) * 0.13, 2),
       CASE WHEN place %% 50 = 0 THEN 'voided' ELSE 'normal' END,
       CASE WHEN %(all)s OR place %% 5 > 1 THEN 'selected' ELSE 'unselected' END,
       CASE WHEN %(all)s OR place %% 5 > 1 THEN
            CASE WHEN place %% 7 = 0 THEN 'exclude' ELSE 'deduct' END END,
       CASE WHEN %(all)s OR place %% 5 > 1 THEN %(period)s END
  FROM generate_series(0, {INVOICES - 1}) place
 CROSS JOIN (SELECT ARRAY_AGG(id ORDER BY id) AS ids
               FROM invoice_tax_invoice_type
              WHERE id IN ({DEDUCTIBLE_TYPES})) kind
"""
_STATISTICS = """
SELECT purpose, type_id, element, COUNT(*), SUM(net_amount), SUM(vat_amount),
       SUM(creditable_vat)
  FROM invoice_tax_input_invoice
 WHERE taxpayer_id = %s AND period = %s GROUP BY purpose, type_id, element
"""
_PERIOD = "202610"


def prepare(env):
    """Fill the pools of two taxpayers; return how many invoices there are."""
    first, second = make_taxpayers(env)[:2]
    make_accountant(env, (first | second).company_id)
    env["invoice.tax.period"]._get_or_create(second, _PERIOD).is_current = True
    env.flush_all()
    for taxpayer in (first, second):
        env.cr.execute(
            _INSERT,
            {
                "taxpayer": taxpayer.id,
                "company": taxpayer.company_id.id,
                "all": taxpayer == second,
                "period": _PERIOD,
            },
        )
    env.cr.execute("SELECT COUNT(*) FROM invoice_tax_input_invoice")
    [count] = env.cr.fetchone()
    env.cr.commit()
    return count


def measure(env, rounds):
    """Return the seconds of the searches and of the statistics, ours and bare, and
    how many queries more a page of 80 rows needs than one of 8."""
    user = env["res.users"].search([("login", "=", ACCOUNTANT)])
    period = env["invoice.tax.period"].search([("name", "=", _PERIOD)])
    own = user.company_id.ids
    context = {**user.context_get(), "allowed_company_ids": own}
    page = env(user=user.id, context=context)
    return {
        "samples": {case.name: sample(page, case, rounds) for case in _cases(env)},
        "statistics": _sample_statistics(env, period, rounds),
        # Last, when all is cached that is not of the rows.
        "queries": queries(page, INVOICE, PAGE) - queries(page, INVOICE, PAGE // 10),
    }


def _cases(env):
    env.cr.execute("SELECT CURRENT_DATE - 60, CURRENT_DATE - 30")
    since, until = (day.isoformat() for day in env.cr.fetchone())
    unselected = "line.selection = 'unselected' AND line.status = 'normal'"
    dates = f"line.issue_date >= '{since}' AND line.issue_date <= '{until}'"
    seller = (
        f"(line.seller_name ILIKE '%%{_SELLER}%%'"
        f" OR line.seller_tax_number = '{_SELLER}')"
    )
    chosen = {
        "limit": SHOWN,
        "filters": ("unselected", "normal"),
        "domain": (("issue_date", ">=", since), ("issue_date", "<=", until)),
    }
    return [
        Case(
            "selection_seller_and_dates",
            INVOICE,
            search=(("seller_name", _SELLER),),
            condition=f"{unselected} AND {dates} AND {seller}",
            **chosen,
        ),
        Case(
            "selection_dates",
            INVOICE,
            condition=f"{unselected} AND {dates}",
            **chosen,
        ),
    ]


def _sample_statistics(env, period, rounds):
    statistics = env["invoice.tax.statistics"]

    def ours():
        return statistics._fetch_own_rows(period)[period.taxpayer_id.id, _PERIOD]

    def bare():
        env.cr.execute(_STATISTICS, [period.taxpayer_id.id, _PERIOD])
        return env.cr.fetchall()

    counted = sum(row[3] for row in bare())
    rows = ours()
    totals = sum(rows[block, "total"][0] for block in ("deduct", "exclude"))
    if not counted == totals == INVOICES:
        raise RuntimeError(f"{totals} and {counted} invoices were summed up")
    samples = [], []
    for _round in range(rounds):
        for taken, take in zip(samples, (ours, bare), strict=True):
            taken += [timed(env, take) for _call in range(CALLS)]
    return samples
