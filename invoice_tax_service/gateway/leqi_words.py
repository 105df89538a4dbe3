"""Our words in Leqi's form, and its answers in our words."""

from . import messages
from .leqi_codes import (
    FARM_CODES,
    FARM_METHODS,
    FINAL_STATES,
    INVOICE_STATES,
    PURPOSES,
    REFUND_CODES,
    RESULT_TEXTS,
    RESULTS,
    SIGN_CODES,
    STATISTICS,
    TABLE_ROWS,
    TYPES,
    USES,
    VOUCHER_STATES,
)
from .leqi_envelope import REFUSALS
from .parsing import format_amount, require_value

# === OUR WORDS IN THEIRS === #


def format_item(operation, item):
    """One invoice of an operation.

    :raise RefusedError: ``invalid_argument``, it lacks what the operation needs
    """
    key = {"fpdm": item.code, "fphm": item.number}
    if operation == "booking":
        return {**key, "rzrq": _format_date(require_value(item, "booked_on"))}
    values = {**key, "kprq": _format_date(item.issue_date)}
    if operation in FARM_CODES:
        own = ""
        if operation == "farm_mixed":
            own = format_amount(require_value(item, "farm_amount"))
        return {**values, "clfs": FARM_CODES[operation], "ncpbfje": own}
    values["fplx"] = TYPES.get(item.type_code, item.type_code)
    if operation in REFUND_CODES:
        return values
    return {
        **values,
        "yxse": format_amount(item.creditable_vat),
        "bdkyy": item.reason,
        "bdkyysm": item.reason_text,
    }


def _format_date(day):
    return day.strftime("%Y%m%d")


# === THEIR WORDS IN OURS === #


def is_done(answer):
    return answer.word("clzt", {"0": False, "1": True})


def read_key(row):
    return messages.InvoiceKey(row.number("fphm"), row.number("fpdm", optional=True))


def read_state(row):
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


def read_abnormal(row):
    """The status of a row in the list of abnormal invoices: fpzt alone does not
    know all the ways to be abnormal."""
    word = read_state(row)[0]
    return "abnormal" if word == "normal" else word


def read_standing(row):
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


def read_invoice(row):
    """:rtype: messages.InvoiceData"""
    type_code = row.code("fplx")
    status, raw_status = read_state(row)
    selection, purpose, raw_purpose = read_standing(row)
    vat = row.amount("se")
    creditable = row.amount("yxse", optional=True)
    farm = row.code("clfs", optional=True)
    return messages.InvoiceData(
        number=row.number("fphm"),
        code=row.number("fpdm", optional=True),
        type_code=TYPES.get(type_code, type_code),
        type_known=type_code in TYPES,
        issue_date=row.date("kprq"),
        seller_tax_number=row.number("xfsbh", optional=True),
        seller_name=row.text("xfmc", optional=True),
        buyer_tax_number=row.number("gfsbh", optional=True),
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
        period=row.number("skssq", optional=True),
        selected_at=row.time("gxsj", optional=True),
        reason=row.code("bdkyy", optional=True),
        reason_text=row.text("bdkyysm", optional=True),
        farm_method=FARM_METHODS.get(farm, farm),
        farm_amount=row.amount("ncpbfje", optional=True),
        booked_on=row.date("rzrq", optional=True),
    )


def read_refusal(answer):
    """Fields of an operation that was refused as a whole while worked on."""
    raw = answer.code("ycdm", optional=True)
    return {
        "raw_code": raw,
        "text": answer.text("clms", optional=True),
        "refusal": REFUSALS.get(raw, "refused"),
    }


def read_selection(answer):
    """Result of an operation on invoices, one by one."""
    refused = answer.has("ycdm")
    result = {"raw_code": answer.code("plcode", optional=True)}
    if refused:
        result = read_refusal(answer)
    rows = answer.rows("fpmx")
    result["items"] = tuple(read_item(row, explain=not refused) for row in rows)
    return result


def read_item(row, explain):
    """:param bool explain: the text is about this invoice, not about the batch"""
    raw = row.code("cljg")
    text = row.text("clms", optional=True)
    result = RESULTS.get(raw, "unknown")
    if explain and result == "selection_abnormal":
        result = next((word for part, word in RESULT_TEXTS if part in text), result)
    selection = purpose = None
    if row.has("gxzt"):
        selection, purpose, _raw = read_standing(row)
    return messages.ItemResult(
        key=read_key(row),
        result=result,
        raw_code=raw,
        text=text,
        selection=selection,
        purpose=purpose,
        period=row.number("skssq", optional=True) if selection else None,
        creditable_vat=row.amount("yxse", optional=True),
    )


def read_table_result(answer):
    """Result of building or revoking the statistics table, or of going back to the
    period before."""
    result = {"text": answer.text("clms", optional=True)}
    if answer.word("cljg", {"0": False, "1": True}):
        result = read_refusal(answer)
    if answer.has("tjzt"):
        result["statistics"] = read_statistics(answer)
    return result


def read_signature(answer):
    """Result of signing or of cancelling the signature."""
    sign_code = answer.code("qrjg", optional=True)
    result = {"raw_code": sign_code, "text": answer.text("clms", optional=True)}
    if sign_code not in SIGN_CODES or answer.has("ycdm"):
        result = read_refusal(answer)
        result["raw_code"] = result["raw_code"] or sign_code
    locked = answer.rows("fpmx", optional=True) if sign_code == "444" else []
    return {
        **result,
        "sign_code": sign_code,
        "signed_at": answer.time("qrsj", optional=True),
        "ordinal": answer.count("qrcs", optional=True),
        "locked": tuple(map(read_key, locked)),
    }


def read_statistics(answer):
    status = answer.word("tjzt", STATISTICS)
    if not answer.data.get("tjxx"):
        return messages.StatisticsTable(status=status, built_at=None)
    table = answer.fields("tjxx")
    return messages.StatisticsTable(
        status=status,
        built_at=table.time("tjsj", optional=True),
        deduct=read_block(table, "dk"),
        exclude=read_block(table, "bdk"),
        abnormal=tuple(
            messages.AbnormalInvoice(
                key=read_key(row),
                status=read_abnormal(row),
                net_amount=row.amount("je"),
                vat_amount=row.amount("se"),
            )
            for row in table.rows("yc", optional=True)
        ),
    )


def read_block(table, name):
    return tuple(
        messages.TableRow(
            row=TABLE_ROWS.get(row.code("fplx"), row.code("fplx")),
            count=row.count("hjfs"),
            net_amount=row.amount("hjje"),
            vat_amount=row.amount("hjse"),
        )
        for row in table.rows(name, optional=True)
    )


def read_refund_confirmation(answer):
    """Result of confirming what is selected for refund."""
    result = read_signature(answer)
    if answer.has("hjfs") and not result.get("refusal"):
        result["totals"] = messages.TableRow(
            row="total",
            count=answer.count("hjfs"),
            net_amount=answer.amount("hjje"),
            vat_amount=answer.amount("hjse"),
        )
    return result


# Service that tells how far an operation is → reader of what it tells when done.
READERS = {
    "CXFPDKGXCLJG": read_selection,
    "CXFPTSGXCLJG": read_selection,
    "CXDCLNCPFPQRQDCLJG": read_selection,
    "CXFPRZBZSCJG": read_selection,
    "CXTJCLJG": read_table_result,
    "CXSKSSQBGJG": read_table_result,
    "CXQRTJCLJG": read_signature,
    "CXFPTSGXQRCLJG": read_refund_confirmation,
}
