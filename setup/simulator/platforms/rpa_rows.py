"""The bureau's words in the codes of the RPA channel."""

from .. import money
from ..bureau.words import ROWS

TYPES = {
    "01": "1",
    "03": "3",
    "04": "4",
    "08": "8",
    "10": "10",
    "11": "11",
    "14": "14",
    "15": "15",
    "17": "21",
    "30": "30",
    "51": "83",
    "61": "84",
    "81": "81",
    "82": "82",
    "83": "87",
    "84": "88",
    "85": "85",
    "86": "86",
    # Digital paper motor and used car, and digital toll, have no code of their own.
    "87": "3",
    "88": "15",
    "8208": "14",
}
STATUS = {
    "out_of_control": "1",
    "voided": "2",
    "red": "3",
    "abnormal": "4",
    "partly_red": "7",
    "fully_red": "8",
}
SELECTION = {"unselected": "0", "selected": "1", "confirmed": "2"}
PURPOSE = {"deduct": "1", "exclude": "4", "refund": "2"}
PASSENGER = "9"
ACTIONS = {
    "1": ("select", "deduct"),
    "6": ("revoke", "deduct"),
    "4": ("select", "exclude"),
    "13": ("revoke", "exclude"),
    "2": ("select", "refund"),
    "7": ("revoke", "refund"),
    PASSENGER: ("select", "deduct"),
}
FARM_METHODS = {
    "own": "own",
    "bought": "bought",
    "mixed": "mixed",
    "faceAmount": "face_amount",
    "faceTax": "face_tax",
}
FARM_CODES = {method: code for code, method in FARM_METHODS.items()}
RESULTS = {
    "ok": "01",
    "not_found": "02",
    "abnormal": "03",
    "issue_date": "04",
    "already_selected": "06",
    "not_selected": "07",
    "voided": "11",
    "fully_red": "12",
    "out_of_control": "15",
    "red": "16",
    "type": "31",
    "creditable": "99",
    "small_scale": "99",
    "refund_confirmed": "08",
    "treated": "06",
    "farm_amount": "99",
    "booked": "06",
}
STATES = {
    "01": "2",
    "22": "2",
    "02": "0",
    "04": "0",
    "03": "4",
    "05": "1",
    "21": "9",
    "25": "3",
}


def result_code(result: str) -> str:
    """The `result` of an item."""
    if result.startswith("forced:"):
        value = result[7:]
        return value.zfill(2) if value.isdigit() else value
    return RESULTS[result]


def invoice(row) -> dict:
    """A row of the pool."""
    return {
        "fplx": TYPES[row["type"]],
        "fpdm": row["code"],
        "fphm": row["number"],
        "kprq": row["issue_date"],
        "xfsbh": row["seller_tax_number"],
        "xfmc": row["seller_name"],
        "gfsbh": row["tax_number"],
        "je": money.text(row["net"]),
        "se": money.text(row["vat"]),
        "jshj": money.text(row["net"] + row["vat"]),
        "yxse": money.text(row["creditable"]),
        "fpzt": STATUS.get(row["status"], "0"),
        "redLocked": bool(row["red_locked"]),
        "element": row["element"],
        "gxzt": SELECTION[row["selection"]],
        "gxlx": PURPOSE.get(row["purpose"], ""),
        "period": row["period"] or "",
        "selectedAt": row["selected_at"],
        "bdkyy": row["reason"],
        "bdkyysm": row["reason_text"],
        "farmMethod": FARM_CODES.get(row["farm_method"], ""),
        "farmOwn": "" if row["farm_amount"] is None else money.text(row["farm_amount"]),
        "booked": bool(row["booked_on"]),
        "bookedOn": row["booked_on"],
        "updated": row["changed"],
    }


def item(line: dict, row) -> dict:
    """A line of a task's result, with how the invoice stands now."""
    return {
        "fpdm": line["code"],
        "fphm": line["number"],
        "result": result_code(line["result"]),
        "text": line["text"],
        "row": invoice(row) if row else None,
    }


def farm_item(line: dict, row) -> dict:
    """The same of a farm treatment, with how the invoice is credited now."""
    values = item(line, row)
    values["method"] = values["row"]["farmMethod"] if row else ""
    values["creditable"] = values["row"]["yxse"] if row else ""
    return values


def _block(block: dict) -> list[dict]:
    return [
        {
            "row": name,
            "count": block[row][0],
            "net": money.text(block[row][1]),
            "vat": money.text(block[row][2]),
        }
        for row, name in ROWS.items()
    ]


def table(values: dict | None) -> dict | None:
    """A statistics table."""
    if values is None:
        return None
    return {
        "builtAt": values["built_at"],
        "deduct": _block(values["deduct"]),
        "exclude": _block(values["exclude"]),
        "abnormal": [
            {
                "fpdm": row["code"],
                "fphm": row["number"],
                "fpzt": STATUS.get(row["status"], "0"),
                "net": money.text(row["net"]),
                "vat": money.text(row["vat"]),
            }
            for row in values["abnormal"]
        ],
    }
