"""Leqi's codes of issuing in our words: one table per field.

Sources: domain 1.8 to 1.10, 3.2; contract of the simulated endpoints, section 7. A
code that is not here is kept as it came. What a word means to a person, and what to
do, the models say.
"""

# ycdm with returncode 01 → refusal code (messages.REFUSAL_CODES).
REFUSALS = {
    "QUOTA_SUSPENDED": "quota_suspended",
    "QUOTA_SHORT": "quota_short",
    "QUOTA_UNUSED_SHORT": "quota_unused_short",
    "QUOTA_MONTH_OVER": "quota_month_over",
    "QUOTA_NOT_FILED": "quota_not_filed",
    "TAXPAYER_NOT_NORMAL": "taxpayer_not_normal",
    "NUMBER_UPLOADED": "number_uploaded",
    "NUMBER_NOT_DRAWN": "number_not_drawn",
    "BLUE_NOT_FOUND": "blue_not_found",
    "RED_EXCEEDS_BLUE": "red_exceeds_blue",
    "RED_FORM_STATE": "red_form_state",
    "SUMMARY_MONTH_RUNNING": "summary_month_running",
    "SUMMARY_DIFFERS": "summary_differs",
    "SUMMARY_MISSING": "summary_missing",
    "ALREADY_CONFIRMED": "summary_confirmed",
    "PERIOD_FILED": "period_filed",
    "SERIAL_CONFLICT": "request_number_conflict",
    "TOO_MANY_ITEMS": "too_many_items",
    "INVALID_ARGUMENT": "invalid_argument",
    "NOT_FOUND": "not_found",
}
# The one refusal that only means: later.
QUERY_TOO_SOON = "QUERY_TOO_SOON"

# status and code of an invoice in CXQDFPSCJG → result (messages.UPLOAD_RESULTS).
UPLOAD_OK, UPLOAD_FAILED = "1", "2"
UPLOAD_RESULTS = {
    "0000": "ok",
    "1001": "number_not_drawn",
    "1002": "duplicate",
    "1003": "number_conflict",
    "1004": "number_discarded",
    "1005": "number_year",
    "2001": "quota_short",
    "2002": "quota_invalid_date",
    "2003": "quota_suspended",
    "2004": "taxpayer_not_normal",
    "3001": "amount_differs",
    "3002": "vat_differs",
    "3003": "rate_unknown",
    "3004": "tax_class_invalid",
    "3005": "buyer_incomplete",
    "3006": "issue_time_invalid",
    "3007": "field_invalid",
    "4001": "blue_not_found",
    "4002": "red_exceeds_blue",
    "4003": "red_form_missing",
    "4004": "red_form_differs",
    "5001": "month_summarised",
    "9999": "platform_error",
}

# lzfpbz, fppz, fphxz, chyyDm, sqlx, qrlx, ywlx: both ways.
KIND_CODES = {"blue": "0", "red": "1"}
TYPE_CODES = {"special": "01", "ordinary": "02"}
NATURE_CODES = {"normal": "00", "discount": "01", "discounted": "02"}
REASON_CODES = {
    "wrong_issue": "01",
    "goods_returned": "02",
    "service_stopped": "03",
    "sales_allowance": "04",
}
TRANSFER_CODES = {"download": "0", "return": "1"}
FORM_ANSWER_CODES = {"confirm": "Y", "refuse": "N", "cancel": "C"}
SUMMARY_CODES = {"confirm": "0", "cancel": "1"}
KINDS = {code: word for word, code in KIND_CODES.items()}
TRANSFERS = {code: word for word, code in TRANSFER_CODES.items()}
REASONS = {code: word for word, code in REASON_CODES.items()}
# hzqrxxzt; 11 to 13 are named nowhere in public.
RED_FORM_STATES = {
    "01": "free",
    "02": "waits_for_buyer",
    "03": "waits_for_seller",
    "04": "confirmed",
    "05": "refused_by_buyer",
    "06": "refused_by_seller",
    "07": "expired",
    "08": "cancelled",
    "09": "cancelled_later",
    "10": "void_abnormal",
}
