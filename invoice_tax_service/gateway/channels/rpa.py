"""The tax bureau's web site, operated by a robot service (RPA) that logs in."""

from .. import messages
from ..bureau import BureauClient
from ..errors import OutcomeUnknownError
from ..parsing import format_amount
from ..period_filing import read_rpa_roll_back, rpa_filing
from ..pool_run import Run, read_each
from ..rpa_account import RpaAccountMixin
from ..rpa_connection import REFUSALS, RpaConnection

PAGE_SIZE = 500

# fplx of this channel (contract 2) → internal code (domain 1.3).
TYPES = {
    "1": "01",
    "3": "03",
    "4": "04",
    "8": "08",
    "10": "10",
    "14": "14",
    "15": "15",
    "21": "17",
    "81": "81",
    "82": "82",
    "83": "51",
    "84": "61",
    "85": "85",
    "86": "86",
    "87": "83",
    "88": "84",
}
# fpzt (contract 2).
INVOICE_STATES = {
    "0": "normal",
    "1": "out_of_control",
    "2": "voided",
    "3": "red",
    "4": "abnormal",
    "7": "partly_red",
    "8": "fully_red",
}
SELECTIONS = {"0": "unselected", "1": "selected", "2": "confirmed"}  # gxzt
# gxlx (contract 2): what is sent, and which purpose an answer means.
SELECTION_CODES = {
    "deduct": "1",
    "deduct_revoke": "6",
    "exclude": "4",
    "exclude_revoke": "13",
}
PURPOSES = {"1": "deduct", "4": "exclude"}
# taskType (contract 2).
TASKS = {
    **dict.fromkeys(SELECTION_CODES, "GX"),
    "statistics": "TJ",
    "statistics_revoke": "QXTJ",
    "sign": "QR",
    "sign_revoke": "QXQR",
    "roll_back": "HT",
}
# result of an invoice (contract 2).
RESULTS = {
    "01": "ok",
    "02": "not_found",
    "03": "abnormal",
    "04": "date_out_of_range",
    "06": "already",
    "07": "not_selected",
    "11": "voided",
    "12": "fully_red",
    "15": "out_of_control",
    "16": "red_invoice",
    "31": "type_not_supported",
    "99": "selection_abnormal",
}
# statisticsStatus (contract 2) → 01-05, 21-25.
STATISTICS = {
    "0": "02",
    "1": "05",
    "2": "01",
    "3": "25",
    "4": "03",
    "9": "21",
}
# row of the statistics table (contract 2).
TABLE_ROWS = {
    "special": "special",
    "farmPurchase": "farm_purchase",
    "farmSales": "farm_sales",
    "toll": "toll",
    "ordinary": "ordinary",
    "motor": "motor",
    "customs": "customs",
    "withholding": "withholding",
    "air": "air",
    "rail": "rail",
    "total": "total",
}
SIGN_CODES = ("200", "222", "333", "444")
TAXPAYER_TYPES = {
    "general": "general",
    "1": "general",
    "small": "small_scale",
    "2": "small_scale",
    "3": "reregistered",
    "4": "counselling",
    "5": "natural_person",
}
FREQUENCIES = {"month": "month", "quarter": "quarter"}
CREDIT_LEVELS = ("A", "B", "C", "D", "M")
RUNNING, DONE, BROKEN = "9", "1", "3"  # status of a task


class RpaClient(RpaAccountMixin, BureauClient):
    """One taxpayer's login at the robot service; see :class:`bureau.BureauClient`."""

    channel = "rpa"
    label = "Bureau by RPA"
    capabilities = messages.Capabilities(
        idempotent=False,
        repeat_gate=180,
        bite_size=100,
        page_size=PAGE_SIZE,
        needs_login=True,
        has_passwords=True,
        has_staff=True,
    )

    def __init__(self, credentials, tax_number, session, *, exchange=None):
        self.tax_number = tax_number
        self.connection = RpaConnection(
            self.channel, credentials, tax_number, session, exchange=exchange
        )

    def close(self):
        self.connection.close()

    # === CHANGING === #

    def submit(self, submission):
        payload = {
            "taxNo": submission.tax_number,
            "taskType": TASKS[submission.operation_type],
            "period": submission.period,
            "traceNo": submission.request_number,
            **rpa_filing(submission),
        }
        if submission.operation_type in SELECTION_CODES:
            payload["gxlx"] = SELECTION_CODES[submission.operation_type]
            payload["items"] = [_format_item(item) for item in submission.items]
        data = self.connection.call("submit", payload)
        return messages.Acceptance(data.text("reqId"), data.seconds("nextPollSeconds"))

    def find(self, submission):
        return self._query(submission, {"traceNo": submission.request_number})

    def poll(self, submission, reference):
        if not reference:
            return self.find(submission)
        return self._query(submission, {"reqId": reference})

    def _query(self, submission, which):
        data = self.connection.call(
            "query", {"taxNo": submission.tax_number, **which}, asks_back=True
        )
        for name, value in which.items():
            if data.has(name) and data.text(name) != value:
                raise OutcomeUnknownError(f"query: the answer is of another {name}")
        reference = data.text("reqId", optional=True) or which.get("reqId", "")
        status = data.code("status")
        if status == RUNNING:
            return messages.Progress(
                done=False,
                reference=reference,
                poll_after=data.seconds("nextPollSeconds"),
            )
        if status not in (DONE, BROKEN):
            raise OutcomeUnknownError(
                f"query: unknown status {status}", raw_code=status
            )
        return messages.Progress(
            done=True,
            reference=reference,
            **_read_result(data, TASKS[submission.operation_type], status),
        )

    # === READING === #

    def fetch_period(self):
        data = self.connection.call("period", {"taxNo": self.tax_number})
        return messages.PeriodData(
            period=data.text("period"),
            next_period=data.text("nextPeriod", optional=True),
            opened_on=data.date("openedAt", optional=True),
            deadline=data.date("deadline", optional=True),
            issue_date_from=data.date("issueDateFrom", optional=True),
            issue_date_to=data.date("issueDateTo", optional=True),
            statistics_status=data.word("statisticsStatus", STATISTICS),
            filed=data.flag("filed") if data.has("filed") else None,
            may_revoke_statistics=data.flag("mayRevoke", optional=True),
            may_sign=data.flag("maySign", optional=True),
            statistics_at=data.time("statisticsAt", optional=True),
            signed_at=data.time("signedAt", optional=True),
            roll_back=read_rpa_roll_back(data),
        )

    def fetch_taxpayer(self):
        data = self.connection.call("profile", {"taxNo": self.tax_number})
        kind = data.code("taxpayerType")
        level = data.code("creditLevel", optional=True)
        return messages.TaxpayerData(
            name=data.text("name"),
            taxpayer_type=TAXPAYER_TYPES.get(kind, "unknown"),
            raw_taxpayer_type=kind,
            status=data.code("status", optional=True),
            authority=data.text("authority", optional=True),
            filing_frequency=FREQUENCIES.get(data.code("filing", optional=True), ""),
            credit_level=level if level in CREDIT_LEVELS else "",
            risk=data.flag("risk", optional=True),
        )

    def fetch_invoices(self, *, cursor="", position=None, months=()):
        """As in the interface. The channel cannot ask for months: without a
        cursor the whole pool is read and invoices of other months left out."""
        if position is None:
            wanted = () if cursor else tuple(months)
            run = Run(self.channel, since=cursor, months=wanted)
        else:
            run = Run.load(position, self.channel)
        data = self.connection.call(
            "pool",
            {
                "taxNo": self.tax_number,
                "updatedSince": run.since or None,
                "page": run.number,
                "pageSize": PAGE_SIZE,
            },
        )
        rows, total = data.rows("rows"), data.count("total")
        if len(rows) != min(PAGE_SIZE, max(0, total - (run.number - 1) * PAGE_SIZE)):
            raise OutcomeUnknownError("pool: rows of the page are missing")
        invoices, unreadable = read_each(rows, _read_invoice)
        if run.months:
            wanted = set(run.months)
            invoices = [i for i in invoices if f"{i.issue_date:%Y%m}" in wanted]
        run = run.replace(
            number=run.number + 1,
            cursor=run.cursor or data.text("cursor", optional=True),
        )
        last = run.number > data.count("pages")
        return messages.InvoicePage(
            invoices,
            None if last else run.dump(),
            run.cursor if last else "",
            total=None if run.months else total,
            unreadable=unreadable,
        )

    def read_invoices(self, keys):
        if not keys:
            return []
        rows = [{"fpdm": key.code, "fphm": key.number} for key in keys]
        data = self.connection.call(
            "invoices", {"taxNo": self.tax_number, "invoices": rows}
        )
        return [_read_invoice(row) for row in data.rows("rows")]

    def fetch_statistics(self, period):
        data = self.connection.call(
            "statistics", {"taxNo": self.tax_number, "period": period}
        )
        return _read_statistics(data)


# === OUR WORDS TO THEIRS AND BACK === #


def _format_item(item):
    return {
        "fpdm": item.code,
        "fphm": item.number,
        "kprq": item.issue_date.isoformat(),
        "yxse": format_amount(item.creditable_vat),
        "bdkyy": item.reason,
        "bdkyysm": item.reason_text,
    }


def _read_key(row):
    return messages.InvoiceKey(row.text("fphm"), row.text("fpdm", optional=True))


def _read_standing(row):
    """:return: selection, purpose, raw purpose; as the invoice stands now"""
    raw = row.code("gxlx", optional=True)
    selection = row.word("gxzt", SELECTIONS)
    purpose = None
    if selection != "unselected":
        purpose = PURPOSES.get(raw, "unknown")
    return selection, purpose, raw


def _read_invoice(row):
    key = _read_key(row)
    type_code = row.code("fplx")
    raw_status = row.code("fpzt", optional=True)
    selection, purpose, raw_purpose = _read_standing(row)
    vat = row.amount("se")
    creditable = row.amount("yxse", optional=True)
    return messages.InvoiceData(
        number=key.number,
        code=key.code,
        type_code=TYPES.get(type_code, type_code),
        type_known=type_code in TYPES,
        issue_date=row.date("kprq"),
        seller_tax_number=row.text("xfsbh", optional=True),
        seller_name=row.text("xfmc", optional=True),
        buyer_tax_number=row.text("gfsbh", optional=True),
        net_amount=row.amount("je"),
        vat_amount=vat,
        gross_amount=row.amount("jshj"),
        creditable_vat=vat if creditable is None else creditable,
        status=INVOICE_STATES.get(raw_status, "unknown"),
        raw_status=raw_status,
        red_locked=row.flag("redLocked", optional=True),
        element=row.code("element", optional=True),
        selection=selection,
        purpose=purpose,
        raw_purpose=raw_purpose,
        period=row.text("period", optional=True),
        selected_at=row.time("selectedAt", optional=True),
        reason=row.code("bdkyy", optional=True),
        reason_text=row.text("bdkyysm", optional=True),
    )


def _read_result(data, task, status):
    """What became of a finished task, as fields of a Progress."""
    result = {"text": data.text("text", optional=True)}
    if data.data.get("result") == "refused" or status == BROKEN:
        reason = data.code("reason", optional=True)
        result["refusal"] = REFUSALS.get(reason, "refused")
        result["raw_code"] = reason or status
    if task == "GX":
        optional = "refusal" in result
        result["items"] = tuple(map(_read_item, data.rows("items", optional)))
    elif task in ("TJ", "QXTJ"):
        if data.has("statisticsStatus"):
            result["statistics"] = _read_statistics(data)
    elif task != "HT":
        result.update(_read_signature(data))
        sign_code = result["sign_code"]
        if "refusal" not in result and sign_code not in SIGN_CODES:
            result["refusal"] = "refused"
        result.setdefault("raw_code", sign_code)
    return result


def _read_item(row):
    raw = row.code("result")
    selection = purpose = period = creditable = None
    if row.data.get("row"):
        standing = row.fields("row")
        selection, purpose, _raw = _read_standing(standing)
        period = standing.text("period", optional=True)
        creditable = standing.amount("yxse", optional=True)
    return messages.ItemResult(
        key=_read_key(row),
        result=RESULTS.get(raw, "unknown"),
        raw_code=raw,
        text=row.text("text", optional=True),
        selection=selection,
        purpose=purpose,
        period=period,
        creditable_vat=creditable,
    )


def _read_signature(data):
    sign_code = data.code("signCode", optional=True)
    return {
        "sign_code": sign_code,
        "signed_at": data.time("signedAt", optional=True),
        "ordinal": data.count("ordinal", optional=True),
        "locked": tuple(_read_key(row) for row in data.rows("locked", optional=True)),
    }


def _read_statistics(data):
    status = data.word("statisticsStatus", STATISTICS)
    if not data.data.get("table"):
        return messages.StatisticsTable(status=status, built_at=None)
    table = data.fields("table")
    return messages.StatisticsTable(
        status=status,
        built_at=table.time("builtAt", optional=True),
        deduct=_read_block(table, "deduct"),
        exclude=_read_block(table, "exclude"),
        abnormal=tuple(
            messages.AbnormalInvoice(
                key=_read_key(row),
                status=INVOICE_STATES.get(row.code("fpzt"), "unknown"),
                net_amount=row.amount("net"),
                vat_amount=row.amount("vat"),
            )
            for row in table.rows("abnormal", optional=True)
        ),
    )


def _read_block(table, name):
    return tuple(
        messages.TableRow(
            row=TABLE_ROWS.get(row.code("row"), row.code("row")),
            count=row.count("count"),
            net_amount=row.amount("net"),
            vat_amount=row.amount("vat"),
        )
        for row in table.rows(name, optional=True)
    )
