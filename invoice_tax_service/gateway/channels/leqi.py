"""Leqi (乐企): the tax authority's own interface, capabilities 203065 and 202007."""

import time
import uuid

from .. import messages
from ..bureau import BureauClient
from ..errors import RefusedError, RepeatTooSoonError
from ..leqi_envelope import REFUSALS, LeqiConnection
from ..parsing import format_amount
from ..period_filing import leqi_filing, read_leqi_roll_back
from ..pool_run import Run, read_each, split_months

DEDUCTION = "203065"
BASE = "202007"
JOB_PATIENCE = 20.0  # seconds spent in the client on a running file job
JOB_SLEEPS = (0.2, 0.3, 0.5, 1.0, 2.0)  # seconds, the last one repeats
JOB_WAIT = 15.0  # seconds the caller is asked to wait after that
ITEMS_PER_REQUEST = 100

# fplx (domain 1.3). The internal codes are those of Leqi.
TYPES = {
    code: code
    for code in (
        *("01", "02", "03", "04", "08", "10", "11", "14", "15", "17", "51", "61"),
        *("81", "82", "83", "84", "85", "86", "87", "88", "8208"),
    )
}
# fpzt (domain 1.2, contract 1).
INVOICE_STATES = {
    "0": "normal",
    "2": "voided",
    "3": "red",
    "7": "partly_red",
    "8": "fully_red",
}
# ycpzzt (domain 1.2); says more than fpzt only of an invoice that still lives.
VOUCHER_STATES = {"01": None, "02": "abnormal", "03": "suspected", "": None}
FINAL_STATES = ("voided", "red", "fully_red", "unknown")
# gxlxDm (contract 1): what is sent, and which purpose an answer means.
SELECTION_CODES = {
    "deduct": "01",
    "deduct_revoke": "02",
    "exclude": "03",
    "exclude_revoke": "04",
}
PURPOSES = {"01": "deduct", "03": "exclude"}
# fpyt (domain 1.2), read only when gxlxDm is empty.
USES = {"1": "deduct", "4": "exclude", "6": "exclude"}
# cljg of an invoice (domain 3.5); 8 is looked at more closely.
RESULTS = {
    "1": "ok",
    "2": "not_found",
    "3": "abnormal",
    "8": "selection_abnormal",
    "10": "date_out_of_range",
    "11": "voided",
    "12": "fully_red",
    "15": "out_of_control",
    "16": "red_invoice",
    "31": "type_not_supported",
}
RESULT_TEXTS = (("未勾选", "not_selected"), ("已勾选", "already"))
# fplx inside tjxx (domain 1.6).
TABLE_ROWS = {
    "0": "special",
    "1": "farm_purchase",
    "2": "farm_sales",
    "3": "toll",
    "4": "ordinary",
    "5": "motor",
    "6": "customs",
    "7": "withholding",
    "21": "air",
    "22": "rail",
    "8": "total",
}
STATISTICS = {code: code for code in messages.STATISTICS_STATUSES}  # tjzt, domain 1.6
SIGN_CODES = ("200", "222", "333", "444")  # qrjg, domain 1.7
TAXPAYER_TYPES = {  # nsrlx, domain 1.11
    "1": "general",
    "2": "small_scale",
    "3": "reregistered",
    "4": "counselling",
    "5": "natural_person",
}
FREQUENCIES = {"M": "month", "Q": "quarter"}  # sbzq
CREDIT_LEVELS = ("A", "B", "C", "D", "M")  # xydj, domain 1.11
# Operation → service that starts it, its fields, service that tells how far it is.
SELECT, SELECT_POLL = "PLFPDKGX", "CXFPDKGXCLJG"
ROLL_BACK, ROLL_BACK_POLL = "SQSKSSQBG", "CXSKSSQBGJG"
SERVICES = {
    "roll_back": (ROLL_BACK, {}, ROLL_BACK_POLL),
    "statistics": ("SQCXDKTJ", {"sqbz": "1"}, "CXTJCLJG"),
    "statistics_revoke": ("SQCXDKTJ", {"sqbz": "2"}, "CXTJCLJG"),
    "sign": ("SQQRDKTJ", {"qrbz": "1"}, "CXQRTJCLJG"),
    "sign_revoke": ("SQQRDKTJ", {"qrbz": "2"}, "CXQRTJCLJG"),
    **{
        operation: (SELECT, {"gxlxDm": code}, SELECT_POLL)
        for operation, code in SELECTION_CODES.items()
    },
}


class LeqiClient(BureauClient):
    """One using entity's line to Leqi; see :class:`bureau.BureauClient`."""

    channel = "leqi"
    label = "Leqi"
    capabilities = messages.Capabilities(
        idempotent=True, bite_size=ITEMS_PER_REQUEST, page_size=1000
    )

    def __init__(self, credentials, tax_number, session, *, exchange=None):
        self.tax_number = tax_number
        self.session = session
        self.connection = LeqiConnection(self.channel, credentials, exchange=exchange)

    def close(self):
        self.connection.close()

    # === CHANGING === #

    def submit(self, submission):
        service, fields, _poll = SERVICES[submission.operation_type]
        payload = {
            "gfsbh": submission.tax_number,
            "skssq": submission.period,
            "ywlsh": submission.request_number,
            **fields,
            **leqi_filing(submission),
        }
        if service == ROLL_BACK:
            payload["bgsq"] = payload.pop("skssq")
        if service == SELECT:
            payload["fpmx"] = [_format_item(item) for item in submission.items]
        answer = self.connection.call(DEDUCTION, service, payload)
        return messages.Acceptance(reference=answer.text("pclsh"))

    def find(self, submission):
        return self._ask(submission, {"ywlsh": submission.request_number})

    def poll(self, submission, reference):
        if not reference:
            return self.find(submission)
        return self._ask(submission, {"pclsh": reference})

    def _ask(self, submission, which):
        service = SERVICES[submission.operation_type][2]
        answer = self.connection.call(
            DEDUCTION,
            service,
            {"gfsbh": submission.tax_number, **which},
            asks_back=True,
        )
        reference = answer.text("pclsh", optional=True) or which.get("pclsh", "")
        if not _is_done(answer):
            return messages.Progress(
                done=False,
                reference=reference,
                poll_after=answer.seconds("nextPollSeconds"),
            )
        read = {
            SELECT_POLL: _read_selection,
            "CXTJCLJG": _read_table_result,
            ROLL_BACK_POLL: _read_table_result,
        }
        read = read.get(service, _read_signature)
        return messages.Progress(done=True, reference=reference, **read(answer))

    # === READING === #

    def fetch_period(self):
        answer = self.connection.call(
            DEDUCTION, "HQDQSKSSQYDQSKSSQTJZT", {"gfsbh": self.tax_number}
        )
        return messages.PeriodData(
            period=answer.text("skssq"),
            next_period=answer.text("xyskssq", optional=True),
            opened_on=answer.date("kssj", optional=True),
            deadline=answer.date("sbjzrq", optional=True),
            issue_date_from=answer.date("kprqq", optional=True),
            issue_date_to=answer.date("kprqz", optional=True),
            statistics_status=answer.word("tjzt", STATISTICS),
            filed=answer.flag("sbzt") if answer.has("sbzt") else None,
            may_revoke_statistics=answer.flag("yxcxtj", optional=True),
            may_sign=answer.flag("yxqr", optional=True),
            statistics_at=answer.time("tjsj", optional=True),
            signed_at=answer.time("qrsj", optional=True),
            roll_back=read_leqi_roll_back(answer),
        )

    def fetch_taxpayer(self):
        key = {"nsrsbh": self.tax_number}
        profile = self.connection.call(BASE, "CXNSRJBXX", key)
        risk = self.connection.call(BASE, "CXNSRFXXX", key)
        kind = profile.code("nsrlx")
        level = risk.code("xydj", optional=True)
        return messages.TaxpayerData(
            name=profile.text("nsrmc"),
            taxpayer_type=TAXPAYER_TYPES.get(kind, "unknown"),
            raw_taxpayer_type=kind,
            status=profile.code("nsrztdm", optional=True),
            authority=profile.text("zgswjg", optional=True),
            filing_frequency=FREQUENCIES.get(profile.code("sbzq", optional=True), ""),
            credit_level=level if level in CREDIT_LEVELS else "",
            risk=risk.flag("fxnsrbz", optional=True),
        )

    def fetch_credit_history(self):
        answer = self.connection.call(BASE, "CXXYDJXGJL", {"nsrsbh": self.tax_number})
        return [
            messages.CreditLevel(
                level=row.code("xydj"),
                active=row.flag("qybz"),
                valid_from=row.date("yxqq", optional=True),
            )
            for row in answer.rows("xyjl", optional=True)
        ]

    def fetch_invoices(self, *, cursor="", position=None, months=()):
        """As in the interface; a run is one file job, or one per 12 months.

        The first page may be empty: its position holds the job, so that
        nothing is lost when the caller has to come back later.

        :raise RepeatTooSoonError: ``job_running``; ask with the same position
        :raise NotFoundError: the job is gone; begin again without position
        """
        if position is None:
            run = self._begin(cursor, months)
        else:
            run = Run.load(position, self.channel)
        waited_before = bool(run.job)
        if not run.job:
            run = self._start_job(run)
        answer = self._read_file(run)
        if not _is_done(answer):
            if waited_before:
                raise RepeatTooSoonError(
                    "The file job is still running", code="job_running", wait=JOB_WAIT
                )
            return messages.InvoicePage([], run.dump(), "")
        invoices, unreadable = read_each(
            answer.rows("fpxx", optional=True), _read_invoice
        )
        run = run.replace(
            number=run.number + 1,
            cursor=run.cursor or answer.text("sjc", optional=True),
        )
        if run.number > answer.count("wjsl"):
            run = run.replace(job="", number=1)
        last = not run.job and not run.ranges
        return messages.InvoicePage(
            invoices,
            None if last else run.dump(),
            run.cursor if last else "",
            unreadable=unreadable,
        )

    def _begin(self, cursor, months):
        if cursor:
            return Run(self.channel, since=cursor, ranges=(("", ""),))
        if not months:
            raise RefusedError("No months were given", code="invalid_argument")
        return Run(self.channel, ranges=split_months(months))

    def _start_job(self, run):
        """:return: the run, with the job for its next range of months"""
        first, last = run.ranges[0]
        answer = self.connection.call(
            DEDUCTION,
            "WGXSJCSHQDXZSQDKGX",
            {
                "gfsbh": self.tax_number,
                "kpyf": first,
                "jskpyf": last,
                "sjc": run.since,
                "ywlsh": uuid.uuid4().hex,
            },
        )
        return run.replace(job=answer.text("pclsh"), number=1, ranges=run.ranges[1:])

    def _read_file(self, run):
        """The answer as soon as the job is done, or a running one."""
        deadline = time.monotonic() + JOB_PATIENCE
        sleeps = iter(JOB_SLEEPS)
        pause = 0
        while True:
            answer = self.connection.call(
                DEDUCTION,
                "WGXSJCSHQDXZSQDKGXFK",
                {"gfsbh": self.tax_number, "pclsh": run.job, "wjxh": run.number},
                asks_back=True,
            )
            pause = next(sleeps, pause)
            if _is_done(answer) or time.monotonic() + pause > deadline:
                return answer
            time.sleep(pause)

    def read_invoices(self, keys):
        if not keys:
            return []
        rows = [{"fpdm": key.code, "fphm": key.number} for key in keys]
        answer = self.connection.call(
            BASE, "FPZTXXCX", {"nsrsbh": self.tax_number, "fpxx": rows}
        )
        return [_read_invoice(row) for row in answer.rows("fpxx", optional=True)]

    def fetch_statistics(self, period):
        answer = self.connection.call(
            DEDUCTION, "HQTJBXX", {"gfsbh": self.tax_number, "skssq": period}
        )
        return _read_statistics(answer)


# === OUR WORDS TO THEIRS AND BACK === #


def _format_item(item):
    return {
        "kprq": item.issue_date.strftime("%Y%m%d"),
        "fpdm": item.code,
        "fphm": item.number,
        "fplx": TYPES.get(item.type_code, item.type_code),
        "yxse": format_amount(item.creditable_vat),
        "bdkyy": item.reason,
        "bdkyysm": item.reason_text,
    }


def _is_done(answer):
    return answer.word("clzt", {"0": False, "1": True})


def _read_key(row):
    return messages.InvoiceKey(row.text("fphm"), row.text("fpdm", optional=True))


def _read_state(row):
    """:return: status word, raw codes fpzt/ycpzzt/skbz as far as told"""
    codes = [row.code(name, optional=True) for name in ("fpzt", "ycpzzt", "skbz")]
    state, voucher, lost = codes
    word = INVOICE_STATES.get(state, "unknown")
    if word not in FINAL_STATES:
        if lost == "Y":
            word = "out_of_control"
        else:
            word = VOUCHER_STATES.get(voucher, "unknown") or word
    return word, "/".join(codes).rstrip("/")


def _read_abnormal(row):
    """The status of a row in the list of abnormal invoices: fpzt alone does not
    know all the ways to be abnormal."""
    word = _read_state(row)[0]
    return "abnormal" if word == "normal" else word


def _read_standing(row):
    """:return: selection, purpose, raw purpose; as the invoice stands now"""
    raw = row.code("gxlxDm", optional=True)
    selection = row.word("gxzt", {"0": "unselected", "1": "selected"})
    use = row.code("fpyt", optional=True)
    if selection == "unselected":
        return selection, None, raw or use
    if row.code("rzzt", optional=True) == "02":
        selection = "confirmed"
    if raw:
        return selection, PURPOSES.get(raw, "unknown"), raw
    return selection, USES.get(use, "unknown"), use


def _read_invoice(row):
    key = _read_key(row)
    type_code = row.code("fplx")
    status, raw_status = _read_state(row)
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
        status=status,
        raw_status=raw_status,
        red_locked=row.flag("hzsdbs", optional=True),
        element=row.code("tdys", optional=True),
        selection=selection,
        purpose=purpose,
        raw_purpose=raw_purpose,
        period=row.text("skssq", optional=True),
        selected_at=row.time("gxsj", optional=True),
        reason=row.code("bdkyy", optional=True),
        reason_text=row.text("bdkyysm", optional=True),
    )


def _read_refusal(answer):
    """Fields of an operation that was refused as a whole while worked on."""
    raw = answer.code("ycdm", optional=True)
    return {
        "raw_code": raw,
        "text": answer.text("clms", optional=True),
        "refusal": REFUSALS.get(raw, "refused"),
    }


def _read_selection(answer):
    """Result of a selecting operation, invoice by invoice."""
    refused = answer.has("ycdm")
    result = {"raw_code": answer.code("plcode", optional=True)}
    if refused:
        result = _read_refusal(answer)
    rows = answer.rows("fpmx")
    result["items"] = tuple(_read_item(row, explain=not refused) for row in rows)
    return result


def _read_item(row, explain):
    """:param bool explain: the text is about this invoice, not about the batch"""
    raw = row.code("cljg")
    text = row.text("clms", optional=True)
    result = RESULTS.get(raw, "unknown")
    if explain and result == "selection_abnormal":
        result = next((word for part, word in RESULT_TEXTS if part in text), result)
    selection = purpose = None
    if row.has("gxzt"):
        selection, purpose, _raw = _read_standing(row)
    return messages.ItemResult(
        key=_read_key(row),
        result=result,
        raw_code=raw,
        text=text,
        selection=selection,
        purpose=purpose,
        period=row.text("skssq", optional=True) if selection else None,
        creditable_vat=row.amount("yxse", optional=True),
    )


def _read_table_result(answer):
    """Result of building or revoking the statistics table, or of going back to the
    period before."""
    result = {"text": answer.text("clms", optional=True)}
    if answer.word("cljg", {"0": False, "1": True}):
        result = _read_refusal(answer)
    if answer.has("tjzt"):
        result["statistics"] = _read_statistics(answer)
    return result


def _read_signature(answer):
    """Result of signing or of cancelling the signature."""
    sign_code = answer.code("qrjg", optional=True)
    result = {"raw_code": sign_code, "text": answer.text("clms", optional=True)}
    if sign_code not in SIGN_CODES or answer.has("ycdm"):
        result = _read_refusal(answer)
        result["raw_code"] = result["raw_code"] or sign_code
    locked = answer.rows("fpmx", optional=True) if sign_code == "444" else []
    return {
        **result,
        "sign_code": sign_code,
        "signed_at": answer.time("qrsj", optional=True),
        "ordinal": answer.count("qrcs", optional=True),
        "locked": tuple(map(_read_key, locked)),
    }


def _read_statistics(answer):
    status = answer.word("tjzt", STATISTICS)
    if not answer.data.get("tjxx"):
        return messages.StatisticsTable(status=status, built_at=None)
    table = answer.fields("tjxx")
    return messages.StatisticsTable(
        status=status,
        built_at=table.time("tjsj", optional=True),
        deduct=_read_block(table, "dk"),
        exclude=_read_block(table, "bdk"),
        abnormal=tuple(
            messages.AbnormalInvoice(
                key=_read_key(row),
                status=_read_abnormal(row),
                net_amount=row.amount("je"),
                vat_amount=row.amount("se"),
            )
            for row in table.rows("yc", optional=True)
        ),
    )


def _read_block(table, name):
    return tuple(
        messages.TableRow(
            row=TABLE_ROWS.get(row.code("fplx"), row.code("fplx")),
            count=row.count("hjfs"),
            net_amount=row.amount("hjje"),
            vat_amount=row.amount("hjse"),
        )
        for row in table.rows(name, optional=True)
    )
