"""The robot service's codes in our words: one table per field.

Sources: contract of the simulated endpoints, sections 2 and 6; domain 1.3. A code
that is not here is kept as it came.
"""

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
    "30": "30",
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
# gxlx (contract 2 and 6): what is sent, and which purpose an answer means.
SELECTION_CODES = {
    "deduct": "1",
    "deduct_revoke": "6",
    "exclude": "4",
    "exclude_revoke": "13",
    "refund": "2",
    "refund_revoke": "7",
    "passenger": "9",
}
PURPOSES = {"1": "deduct", "2": "refund", "4": "exclude"}
# method and farmMethod (contract 6.3): what is sent, and what an answer means.
FARM_CODES = {
    "farm_own": "own",
    "farm_bought": "bought",
    "farm_mixed": "mixed",
    "farm_face_amount": "faceAmount",
    "farm_face_tax": "faceTax",
}
FARM_METHODS = {
    "own": "own",
    "bought": "bought",
    "mixed": "mixed",
    "faceAmount": "face_amount",
    "faceTax": "face_tax",
}
# taskType (contract 2 and 6).
TASKS = {
    **dict.fromkeys(SELECTION_CODES, "GX"),
    **dict.fromkeys(FARM_CODES, "NCP"),
    "booking": "RZ",
    "refund_sign": "TSQR",
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
    "08": "refund_confirmed",
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
