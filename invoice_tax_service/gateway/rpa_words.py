"""Our words in the robot service's form, and its answers in our words."""

from . import messages
from .parsing import format_amount, require_value
from .rpa_codes import (
    BROKEN,
    FARM_CODES,
    FARM_METHODS,
    INVOICE_STATES,
    PURPOSES,
    RESULTS,
    SELECTIONS,
    SIGN_CODES,
    STATISTICS,
    TABLE_ROWS,
    TYPES,
)
from .rpa_connection import REFUSALS

# === OUR WORDS IN THEIRS === #


def format_item(operation, item):
    """One invoice of an operation.

    :raise RefusedError: ``invalid_argument``, it lacks what the operation needs
    """
    key = {"fpdm": item.code, "fphm": item.number}
    if operation == "booking":
        return {**key, "bookedOn": require_value(item, "booked_on").isoformat()}
    values = {**key, "kprq": item.issue_date.isoformat()}
    if operation in FARM_CODES:
        own = ""
        if operation == "farm_mixed":
            own = format_amount(require_value(item, "farm_amount"))
        return {**values, "method": FARM_CODES[operation], "ownAmount": own}
    return {
        **values,
        "yxse": format_amount(item.creditable_vat),
        "bdkyy": item.reason,
        "bdkyysm": item.reason_text,
    }


# === THEIR WORDS IN OURS === #


def read_key(row):
    return messages.InvoiceKey(row.number("fphm"), row.number("fpdm", optional=True))


def read_standing(row):
    """:return: selection, purpose, raw purpose; as the invoice stands now"""
    raw = row.code("gxlx", optional=True)
    selection = row.word("gxzt", SELECTIONS)
    purpose = None
    if selection != "unselected":
        purpose = PURPOSES.get(raw, "unknown")
    return selection, purpose, raw


def read_invoice(row):
    """:rtype: messages.InvoiceData"""
    type_code = row.code("fplx")
    raw_status = row.code("fpzt", optional=True)
    selection, purpose, raw_purpose = read_standing(row)
    vat = row.amount("se")
    creditable = row.amount("yxse", optional=True)
    farm = row.code("farmMethod", optional=True)
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
        status=INVOICE_STATES.get(raw_status, "unknown"),
        raw_status=raw_status,
        red_locked=row.flag("redLocked", optional=True),
        element=row.code("element", optional=True),
        selection=selection,
        purpose=purpose,
        raw_purpose=raw_purpose,
        period=row.number("period", optional=True),
        selected_at=row.time("selectedAt", optional=True),
        reason=row.code("bdkyy", optional=True),
        reason_text=row.text("bdkyysm", optional=True),
        farm_method=FARM_METHODS.get(farm, farm),
        farm_amount=row.amount("farmOwn", optional=True),
        booked_on=row.date("bookedOn", optional=True),
    )


def read_result(data, task, status):
    """What became of a finished task, as fields of a Progress."""
    result = {"text": data.text("text", optional=True)}
    if data.data.get("result") == "refused" or status == BROKEN:
        reason = data.code("reason", optional=True)
        result["refusal"] = REFUSALS.get(reason, "refused")
        result["raw_code"] = reason or status
    if task in ("GX", "NCP", "RZ"):
        optional = "refusal" in result
        result["items"] = tuple(map(read_item, data.rows("items", optional)))
    elif task in ("TJ", "QXTJ"):
        if data.has("statisticsStatus"):
            result["statistics"] = read_statistics(data)
    elif task != "HT":
        result.update(read_signature(data))
        sign_code = result["sign_code"]
        if "refusal" not in result and sign_code not in SIGN_CODES:
            result["refusal"] = "refused"
        result.setdefault("raw_code", sign_code)
    return result


def read_item(row):
    raw = row.code("result")
    selection = purpose = period = creditable = None
    if row.data.get("row"):
        standing = row.fields("row")
        selection, purpose, _raw = read_standing(standing)
        period = standing.number("period", optional=True)
        creditable = standing.amount("yxse", optional=True)
    return messages.ItemResult(
        key=read_key(row),
        result=RESULTS.get(raw, "unknown"),
        raw_code=raw,
        text=row.text("text", optional=True),
        selection=selection,
        purpose=purpose,
        period=period,
        creditable_vat=creditable,
    )


def read_signature(data):
    sign_code = data.code("signCode", optional=True)
    return {
        "totals": _read_totals(data),
        "sign_code": sign_code,
        "signed_at": data.time("signedAt", optional=True),
        "ordinal": data.count("ordinal", optional=True),
        "locked": tuple(read_key(row) for row in data.rows("locked", optional=True)),
    }


def _read_totals(data):
    """What a confirmation of refunds holds; other signatures do not say."""
    if not data.has("count"):
        return None
    return messages.TableRow(
        row="total",
        count=data.count("count"),
        net_amount=data.amount("net"),
        vat_amount=data.amount("vat"),
    )


def read_statistics(data):
    status = data.word("statisticsStatus", STATISTICS)
    if not data.data.get("table"):
        return messages.StatisticsTable(status=status, built_at=None)
    table = data.fields("table")
    return messages.StatisticsTable(
        status=status,
        built_at=table.time("builtAt", optional=True),
        deduct=read_block(table, "deduct"),
        exclude=read_block(table, "exclude"),
        abnormal=tuple(
            messages.AbnormalInvoice(
                key=read_key(row),
                status=INVOICE_STATES.get(row.code("fpzt"), "unknown"),
                net_amount=row.amount("net"),
                vat_amount=row.amount("vat"),
            )
            for row in table.rows("abnormal", optional=True)
        ),
    )


def read_block(table, name):
    return tuple(
        messages.TableRow(
            row=TABLE_ROWS.get(row.code("row"), row.code("row")),
            count=row.count("count"),
            net_amount=row.amount("net"),
            vat_amount=row.amount("vat"),
        )
        for row in table.rows(name, optional=True)
    )
