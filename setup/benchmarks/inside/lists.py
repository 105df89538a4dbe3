"""Pages of the lists: as the web client asks for them, and by bare SQL."""

import time
from dataclasses import dataclass

from lxml import etree

from odoo.tools.safe_eval import safe_eval

from .ledger import ACCOUNTANT

PAGE = 80
CALLS = 5  # in a row
COUNT_LIMIT = 10_001  # what the pager of a list counts to
LINE = "invoice.tax.operation.line"
OPERATION = "invoice.tax.operation"
INVOICE = "invoice.tax.input.invoice"
# Types that can be deducted whatever their element.
DEDUCTIBLE_TYPES = """
    SELECT usable.type_id FROM invoice_tax_credit_rule_type_rel usable
      JOIN invoice_tax_credit_rule rule ON rule.id = usable.rule_id
     WHERE rule.may_deduct AND rule.active AND COALESCE(rule.elements, '') = ''
"""
_NAMES = {"ledger": LINE, "log": OPERATION, "pool": INVOICE}
# The same columns as the lists show.
_COLUMNS = {
    LINE: """
        SELECT line.id, operation.batch_number, line.code, line.number,
               invoice.seller_name, invoice.issue_date, line.operation_type,
               line.period, line.net_amount, line.vat_amount, line.creditable_vat,
               line.selection_before, line.selection_after, line.state,
               line.result_code, line.raw_code, line.raw_text, line.reason,
               line.answered_at, line.taxpayer_id, taxpayer.name, taxpayer.tax_number
          FROM ({page}) line
          JOIN invoice_tax_operation operation ON operation.id = line.operation_id
          JOIN invoice_tax_taxpayer taxpayer ON taxpayer.id = line.taxpayer_id
     LEFT JOIN invoice_tax_input_invoice invoice ON invoice.id = line.input_invoice_id
    """,
    OPERATION: """
        SELECT line.id, line.batch_number, line.operation_type, line.state,
               line.taxpayer_id, taxpayer.name, taxpayer.tax_number, line.total_count,
               line.success_count, line.failed_count, line.open_count,
               line.voided_count, line.period, line.vat_amount, line.creditable_vat,
               line.origin, line.is_asynchronous, line.result_code, line.result_text,
               line.user_id, partner.name, line.create_date, line.finished_at,
               line.net_amount, line.company_id, company.name
          FROM ({page}) line
          JOIN invoice_tax_taxpayer taxpayer ON taxpayer.id = line.taxpayer_id
          JOIN res_company company ON company.id = line.company_id
     LEFT JOIN res_users users ON users.id = line.user_id
     LEFT JOIN res_partner partner ON partner.id = users.partner_id
    """,
    INVOICE: """
        SELECT line.id, line.number, line.code, line.issue_date, line.seller_name,
               line.seller_tax_number, line.type_id, kind.name, line.net_amount,
               line.vat_amount, line.gross_amount, line.creditable_vat, line.status,
               line.selection, line.purpose, line.period, line.selected_at,
               line.reason, line.element, line.is_red_locked, line.taxpayer_id,
               taxpayer.name, taxpayer.tax_number, line.company_id, company.name,
               EXISTS (SELECT FROM invoice_tax_operation_line busy
                        WHERE busy.input_invoice_id = line.id
                          AND busy.state IN ('waiting', 'processing')),
               ARRAY(SELECT bill.id FROM account_move bill
                      WHERE bill.input_invoice_number = line.number
                        AND bill.company_id = line.company_id
                        AND bill.move_type IN ('in_invoice', 'in_refund'))
          FROM ({page}) line
          JOIN invoice_tax_taxpayer taxpayer ON taxpayer.id = line.taxpayer_id
          JOIN res_company company ON company.id = line.company_id
          JOIN invoice_tax_invoice_type kind ON kind.id = line.type_id
    """,
}
_ORDERS = {
    LINE: "line.operation_id DESC, line.id",
    OPERATION: "line.id DESC",
    INVOICE: "line.issue_date DESC, line.id DESC",
}
_SELLER = "示例78"


@dataclass(frozen=True)
class Case:
    """One thing that a person does with a list.

    :param search: what is typed, by the name of the field in the search view
    :param filters: names of filters of the search view
    :param domain: what is chosen by hand, as a date range
    :param str condition: the same for bare SQL
    :param str order: of the column that was clicked on
    :param int limit: rows of a page
    """

    name: str
    model: str = LINE
    search: tuple = ()
    filters: tuple = ()
    domain: tuple = ()
    condition: str = "TRUE"
    order: str = ""
    limit: int = PAGE
    offset: int = 0
    groupby: str = ""


def measure(env, rounds):
    """Return the seconds of each case, ours and bare, and how many queries more
    a page of 80 rows needs than one of 8."""
    user = env["res.users"].search([("login", "=", ACCOUNTANT)])
    companies = {"allowed_company_ids": user.company_ids.ids}
    env = env(user=user.id, context={**user.context_get(), **companies})
    return {
        "samples": {case.name: sample(env, case, rounds) for case in _cases(env)},
        "queries": {
            name: queries(env, model, PAGE) - queries(env, model, PAGE // 10)
            for name, model in _NAMES.items()
        },
    }


def sample(env, case, rounds):
    """Take samples in turns, so that a busy second hits both."""
    takers = [_ours(env, case), _bare(env, case)]
    _check(case, *(take() for take in takers))
    samples = [], []
    for _round in range(rounds):
        for taken, take in zip(samples, takers, strict=True):
            taken += [timed(env, take) for _call in range(CALLS)]
    return samples


def _cases(env):
    """The cases over what is in the database."""
    line = env[LINE].search([], limit=1, offset=20_000)
    failed = {"filters": ("failed",), "condition": "line.state = 'failed'"}
    number = {
        "search": (("number", line.number),),
        "condition": f"line.number = '{line.number}'",
    }
    period = {
        "search": (("period", line.period),),
        "condition": f"line.period = '{line.period}'",
    }
    return [
        *_ledger_cases(env, line.batch_number),
        Case("ledger_failed", **failed),
        Case("ledger_number", **number),
        Case("ledger_period", **period),
        *_log_cases(line),
        Case("log_failed", OPERATION, **failed),
        Case("log_period", OPERATION, **period),
        Case(
            "pool_first_page",
            INVOICE,
            filters=("selectable",),
            condition="line.selection = 'unselected' AND line.net_amount >= 0"
            " AND line.status IN ('normal', 'suspected', 'partly_red') AND line.type_id"
            f" IN ({DEDUCTIBLE_TYPES})",
        ),
        Case("pool_number", INVOICE, **number),
    ]


def _ledger_cases(env, batch):
    total = env[LINE].search_count([])
    return [
        Case("ledger_first_page"),
        Case("ledger_page_50", offset=49 * PAGE),
        Case("ledger_last_page", offset=(total - 1) // PAGE * PAGE),
        Case("ledger_by_amount", order="net_amount DESC"),
        Case("ledger_by_date", order="answered_at DESC"),
        Case(
            "ledger_seller",
            search=(("seller_name", _SELLER),),
            condition="line.input_invoice_id IN (SELECT id FROM"
            f" invoice_tax_input_invoice WHERE seller_name ILIKE '%%{_SELLER}%%')",
        ),
        Case(
            "ledger_batch",
            search=(("operation_id", batch),),
            condition="line.operation_id IN (SELECT id FROM invoice_tax_operation"
            f" WHERE batch_number ILIKE '%%{batch}%%')",
        ),
        *(
            Case(f"ledger_group_{name}", groupby=name)
            for name in ("operation_id", "state", "taxpayer_id", "period")
        ),
    ]


def _log_cases(line):
    return [
        Case("log_first_page", OPERATION),
        Case(
            "log_batch",
            OPERATION,
            search=(("batch_number", line.batch_number),),
            condition=f"line.batch_number ILIKE '%%{line.batch_number}%%'",
        ),
        Case(
            "log_invoice",
            OPERATION,
            search=(("line_ids", line.number),),
            condition="line.id IN (SELECT operation_id FROM invoice_tax_operation_line"
            f" WHERE number = '{line.number}')",
        ),
        *(
            Case(f"log_group_{name}", OPERATION, groupby=name)
            for name in ("state", "taxpayer_id", "period")
        ),
    ]


# === AS THE WEB CLIENT ASKS === #


def _ours(env, case):
    model = env[case.model]
    domain = _domain(env, case)
    if case.groupby:
        aggregates = [f"{name}:sum" for name in _summed(env, case.model)]
        return lambda: model.web_read_group(
            domain, [case.groupby], aggregates, limit=PAGE
        )["groups"]
    specification = _specification(env, case.model)
    default = _arch(env, case.model, "list").get("default_order", "")
    order = ", ".join(filter(None, (case.order, default)))
    return lambda: model.web_search_read(
        domain,
        specification,
        offset=case.offset,
        limit=case.limit,
        order=order,
        count_limit=COUNT_LIMIT,
    )["records"]


def _arch(env, model, kind):
    return etree.fromstring(env[model].get_view(view_type=kind)["arch"])


def _specification(env, model):
    """What the list view reads, hidden columns as well."""
    columns = {
        node.get("name"): not node.get("column_invisible")
        for node in _arch(env, model, "list").iter("field")
    }
    kinds = env[model].fields_get(columns, ["type"])
    return {
        name: {"fields": {"display_name": {}} if shown else {}}
        if "2" in kinds[name]["type"]
        else {}
        for name, shown in columns.items()
    }


def _summed(env, model):
    names = _arch(env, model, "list").xpath("//field[@sum]/@name")
    fields = env[model].fields_get(names, ["aggregator"])
    # As the web client: what is computed can be summed on a page, not in SQL.
    return [str(name) for name in names if fields[name].get("aggregator")]


def _domain(env, case):
    """What the search view makes of the filters and of what is typed."""
    arch, domain = _arch(env, case.model, "search"), list(case.domain)
    for name in case.filters:
        [node] = arch.xpath(f"//filter[@name='{name}']")
        domain += safe_eval(node.get("domain"))
    for name, value in case.search:
        [node] = arch.xpath(f"/search/field[@name='{name}']")
        if node.get("filter_domain"):
            domain += safe_eval(node.get("filter_domain"), {"self": value})
        else:
            domain.append((name, node.get("operator", "ilike"), value))
    return domain


# === BARE === #


def _bare(env, case):
    """What somebody would write by hand: the page first, then what is shown of it."""
    if case.groupby:
        return _bare_groups(env, case)
    order = f"line.{case.order}" if case.order else _ORDERS[case.model]
    rows = (
        f"FROM {_table(case.model)} line"
        f" WHERE line.company_id IN %(companies)s AND {case.condition}"
    )
    page = f"SELECT * {rows} ORDER BY {order} LIMIT {case.limit} OFFSET {case.offset}"
    statement = f"{_COLUMNS[case.model].format(page=page)} ORDER BY {order}"
    count = f"SELECT COUNT(*) FROM (SELECT {rows} LIMIT {COUNT_LIMIT}) counted"
    parameters = {"companies": tuple(env.companies.ids)}

    def read():
        env.cr.execute(statement, parameters)
        records = env.cr.dictfetchall()
        if len(records) == case.limit and case.offset + case.limit < COUNT_LIMIT:
            env.cr.execute(count, parameters)
            env.cr.fetchall()
        return records

    return read


def _bare_groups(env, case):
    companies, name = tuple(env.companies.ids), case.groupby
    sums = ", ".join(f"SUM({column})" for column in _summed(env, case.model))
    statement = (
        f"SELECT {name}, COUNT(*), {sums} FROM {_table(case.model)}"
        f" WHERE company_id IN %s GROUP BY {name} ORDER BY {name} LIMIT {PAGE}"
    )
    if name == "operation_id":
        statement = statement.replace(f"ORDER BY {name}", f"ORDER BY {name} DESC")

    def page():
        env.cr.execute(statement, [companies])
        rows = env.cr.dictfetchall()
        if len(rows) == PAGE:
            env.cr.execute(
                f"SELECT COUNT(DISTINCT {name}) FROM {_table(case.model)}"
                " WHERE company_id IN %s",
                [companies],
            )
            env.cr.fetchall()
        return rows

    return page


def _table(model):
    return model.replace(".", "_")


# === SAMPLES === #


def _check(case, ours, bare):
    """The same rows in the same order, or the comparison says nothing."""
    if case.groupby:
        ours, bare = ([row["__count"] for row in ours], [row["count"] for row in bare])
        # Groups may stand in the order of their names.
        ours, bare = sorted(ours), sorted(bare)
    else:
        key = case.order.split()[0] if case.order else "id"
        ours, bare = ([_plain(row[key]) for row in rows] for rows in (ours, bare))
    if not bare or ours != bare:
        raise RuntimeError(f"{case.name}: {ours[:5]} is not {bare[:5]}")


def _plain(value):
    return float(value) if hasattr(value, "is_finite") else value or None


def timed(env, call):
    """Seconds of one call in a fresh transaction with an empty cache."""
    env.cr.commit()
    env.invalidate_all()
    started = time.perf_counter()
    call()
    return time.perf_counter() - started


def queries(env, model, limit):
    env.invalidate_all()
    before = env.cr.sql_log_count
    env[model].web_search_read(
        [], _specification(env, model), limit=limit, count_limit=COUNT_LIMIT
    )
    return env.cr.sql_log_count - before
