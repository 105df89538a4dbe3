"""Leqi's codes in our words: one table per field.

Sources: domain 1.2, 1.3, 1.6, 1.7, 1.11 and 3.5; contract of the simulated
endpoints, sections 1 and 6. A code that is not here is kept as it came.
"""

import dataclasses

from . import messages

DEDUCTION = "203065"
REFUND = "203064"
BASE = "202007"

# fplx (domain 1.3). The internal codes are those of Leqi.
TYPES = {
    code: code
    for code in (
        *("01", "02", "03", "04", "08", "10", "11", "14", "15", "17", "30", "51", "61"),
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
# gxlxDm (contract 1 and 6): what is sent to select, …
SELECTION_CODES = {
    "deduct": "01",
    "deduct_revoke": "02",
    "exclude": "03",
    "exclude_revoke": "04",
    "passenger": "05",
}
# … what is sent to the services of the refund, …
REFUND_CODES = {"refund": "01", "refund_revoke": "02"}
# … and which purpose an answer means.
PURPOSES = {"01": "deduct", "03": "exclude", "05": "refund"}
# fpyt (domain 1.2), read only when gxlxDm is empty.
USES = {"1": "deduct", "2": "refund", "4": "exclude", "6": "exclude"}
# clfs (contract 6.3): what is sent, and what an answer means.
FARM_CODES = {
    "farm_own": "1",
    "farm_bought": "2",
    "farm_mixed": "3",
    "farm_face_amount": "4",
    "farm_face_tax": "5",
}
FARM_METHODS = {
    "1": "own",
    "2": "bought",
    "3": "mixed",
    "4": "face_amount",
    "5": "face_tax",
}
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
RESULT_TEXTS = (
    ("已确认退税", "refund_confirmed"),
    ("未勾选", "not_selected"),
    ("已勾选", "already"),
    ("已处理", "already"),
    ("已入账", "already"),
)
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


@dataclasses.dataclass(frozen=True)
class Service:
    """How an operation goes over the wire.

    :ivar start: service that starts it
    :ivar poll: service that tells how far it is
    :ivar fields: what is always asked with it
    :ivar period: name of the period's field, empty where it has none
    """

    start: str
    poll: str
    fields: dict = dataclasses.field(default_factory=dict)
    period: str = "skssq"
    capability: str = DEDUCTION


SERVICES = {
    "statistics": Service("SQCXDKTJ", "CXTJCLJG", {"sqbz": "1"}),
    "statistics_revoke": Service("SQCXDKTJ", "CXTJCLJG", {"sqbz": "2"}),
    "sign": Service("SQQRDKTJ", "CXQRTJCLJG", {"qrbz": "1"}),
    "sign_revoke": Service("SQQRDKTJ", "CXQRTJCLJG", {"qrbz": "2"}),
    **{
        operation: Service("PLFPDKGX", "CXFPDKGXCLJG", {"gxlxDm": code})
        for operation, code in SELECTION_CODES.items()
    },
    **{
        operation: Service(
            "PLFPTSGX", "CXFPTSGXCLJG", {"gxlxDm": code}, capability=REFUND
        )
        for operation, code in REFUND_CODES.items()
    },
    "refund_sign": Service("PLFPTSGXQR", "CXFPTSGXQRCLJG", capability=REFUND),
    **{
        operation: Service("PLSCDCLNCPFPQRQD", "CXDCLNCPFPQRQDCLJG", period="")
        for operation in FARM_CODES
    },
    "roll_back": Service("SQSKSSQBG", "CXSKSSQBGJG", period="bgsq"),
    "booking": Service("FPRZBZSC", "CXFPRZBZSCJG", period=""),
}
