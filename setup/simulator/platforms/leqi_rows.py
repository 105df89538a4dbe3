"""The bureau's words in Leqi's codes."""

from .. import money
from ..bureau.words import ROWS

STATUS = {"voided": "2", "red": "3", "partly_red": "7", "fully_red": "8"}
VOUCHER = {"abnormal": "02", "suspected": "03"}
# In rows 05 is a refund, in a request the deduction of passenger transport.
PURPOSE = {"deduct": "01", "exclude": "03", "refund": "05"}
USE = {"deduct": "1", "exclude": "6", "refund": "2"}
PASSENGER = "05"
ACTIONS = {
    "01": ("select", "deduct"),
    "02": ("revoke", "deduct"),
    "03": ("select", "exclude"),
    "04": ("revoke", "exclude"),
    PASSENGER: ("select", "deduct"),
}
FARM_METHODS = {
    "1": "own",
    "2": "bought",
    "3": "mixed",
    "4": "face_amount",
    "5": "face_tax",
}
FARM_CODES = {method: code for code, method in FARM_METHODS.items()}
RESULTS = {
    "ok": "1",
    "not_found": "2",
    "abnormal": "3",
    "creditable": "8",
    "small_scale": "8",
    "already_selected": "8",
    "not_selected": "8",
    "issue_date": "10",
    "voided": "11",
    "fully_red": "12",
    "out_of_control": "15",
    "red": "16",
    "type": "31",
    "refund_confirmed": "8",
    "treated": "8",
    "farm_amount": "8",
    "booked": "8",
}


def digits(text: str | None) -> str:
    """2026-11-01 09:00:00 → 20261101090000."""
    return "".join(sign for sign in text or "" if sign.isdigit())


def result_code(result: str) -> str:
    """The `cljg` of a result."""
    if result.startswith("forced:"):
        value = result[7:]
        return str(int(value)) if value.isdigit() else value
    return RESULTS[result]


def use(row) -> str:
    """The `fpyt`: what a confirmed invoice is used for."""
    if row["selection"] != "confirmed":
        return "0"
    return USE[row["purpose"]]


def confirmed(row) -> str:
    """The `rzzt`: whether an invoice is confirmed."""
    return "02" if row["selection"] == "confirmed" else "01"


def _optional_amount(cents: int | None) -> str:
    return "" if cents is None else money.text(cents)


def invoice(row) -> dict:
    """A row of `fpxx`."""
    return {
        "fplx": row["type"],
        "fpdm": row["code"],
        "fphm": row["number"],
        "kprq": row["issue_date"].replace("-", ""),
        "xfsbh": row["seller_tax_number"],
        "xfmc": row["seller_name"],
        "gfsbh": row["tax_number"],
        "je": money.text(row["net"]),
        "se": money.text(row["vat"]),
        "jshj": money.text(row["net"] + row["vat"]),
        "yxse": money.text(row["creditable"]),
        "fpzt": STATUS.get(row["status"], "0"),
        "ycpzzt": VOUCHER.get(row["status"], "01"),
        "skbz": "Y" if row["status"] == "out_of_control" else "N",
        "hzsdbs": "Y" if row["red_locked"] else "N",
        "tdys": row["element"],
        "xgmqj": row["obtained_small_scale"],
        "gxzt": "0" if row["selection"] == "unselected" else "1",
        "rzzt": confirmed(row),
        "gxlxDm": PURPOSE.get(row["purpose"], ""),
        "fpyt": use(row),
        "skssq": row["period"] or "",
        "gxsj": digits(row["selected_at"]),
        "bdkyy": row["reason"],
        "bdkyysm": row["reason_text"],
        "clfs": FARM_CODES.get(row["farm_method"], ""),
        "ncpbfje": _optional_amount(row["farm_amount"]),
        "rzbz": "Y" if row["booked_on"] else "N",
        "rzrq": digits(row["booked_on"]),
        "sjc": row["changed"],
    }


def _line(line: dict) -> dict:
    return {
        "fpdm": line["code"],
        "fphm": line["number"],
        "cljg": result_code(line["result"]),
        "clms": line["text"],
    }


def refund_line(line: dict, row) -> dict:
    """A line of a refund selection's result; a refund may be confirmed already."""
    values = result_line(line, row)
    del values["bdkyy"]
    return {**values, "rzzt": confirmed(row) if row else ""}


def farm_line(line: dict, row) -> dict:
    """A line of a farm treatment's result, with how it is credited now."""
    return {
        **_line(line),
        "clfs": FARM_CODES.get(row["farm_method"], "") if row else "",
        "yxse": money.text(row["creditable"]) if row else "",
    }


def booking_line(line: dict, row) -> dict:
    """A line of a booking's result."""
    booked = "Y" if row and row["booked_on"] else "N"
    return {**_line(line), "rzbz": booked if row else ""}


def result_line(line: dict, row) -> dict:
    """A line of a selection's result, with how the invoice stands now."""
    return {
        **_line(line),
        "gxzt": "1" if row and row["selection"] != "unselected" else "0",
        "gxlxDm": PURPOSE.get(row["purpose"], "") if row else "",
        "skssq": (row["period"] or "") if row else "",
        "yxse": money.text(row["creditable"]) if row else "",
        "bdkyy": row["reason"] if row else "",
    }


def batch_code(lines: list[dict]) -> str:
    """The `plcode` of a selection."""
    good = sum(line["result"] == "ok" for line in lines)
    if good == len(lines):
        return "0000"
    return "90001" if good else "93000"


def _block(block: dict) -> list[dict]:
    return [
        {
            "fplx": row,
            "hjfs": block[row][0],
            "hjje": money.text(block[row][1]),
            "hjse": money.text(block[row][2]),
        }
        for row in ROWS
    ]


def table(values: dict | None) -> dict | None:
    """The `tjxx` of a statistics table."""
    if values is None:
        return None
    return {
        "tjsj": digits(values["built_at"]),
        "dk": _block(values["deduct"]),
        "bdk": _block(values["exclude"]),
        "yc": [
            {
                "fpdm": row["code"],
                "fphm": row["number"],
                "fpzt": STATUS.get(row["status"], "0"),
                "je": money.text(row["net"]),
                "se": money.text(row["vat"]),
            }
            for row in values["abnormal"]
        ],
    }
