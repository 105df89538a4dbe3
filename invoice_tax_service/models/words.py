"""Codes inside, words outside: what the stable codes mean to a person.

Each code has a reason and an advice. Clients and the planning hand codes on;
models look them up here, in the user's language. A code that is not listed is
shown as it came.
"""

from odoo.tools import LazyTranslate

from .reasons import REASONS

_lt = LazyTranslate(__name__)

# Service group of the licences that the operations of this addon belong to.
RECEIVING = "receiving"
TASK_STATES = [
    ("waiting", "Waiting"),
    ("processing", "Processing"),
    ("success", "Success"),
    ("failed", "Failed"),
    ("voided", "Voided"),
]
TASK_STEPS = [
    ("queued", "To Send"),
    ("sending", "Sending"),
    ("unknown", "Outcome Unknown"),
    ("accepted", "Accepted"),
    ("done", "Answered"),
]
ORIGINS = [
    ("manual", "Manual"),
    ("excel", "Excel Import"),
    ("automatic", "Automatic"),
    ("external", "External Interface"),
]
OPERATION_TYPES = [
    ("deduct", "Deduction Selection"),
    ("deduct_revoke", "Revoke Deduction Selection"),
    ("exclude", "Non-deduction Selection"),
    ("exclude_revoke", "Revoke Non-deduction Selection"),
    ("preselect", "Pre-selection"),
    ("preselect_revoke", "Revoke Pre-selection"),
    ("statistics", "Generate Statistics Table"),
    ("statistics_revoke", "Revoke Statistics Table"),
    ("sign", "Sign Confirmation"),
    ("sign_revoke", "Revoke Signature"),
    ("passenger", "Passenger Transport Deduction"),
    ("refund", "Export Refund Selection"),
    ("refund_revoke", "Revoke Export Refund Selection"),
    ("refund_sign", "Confirm Export Refund Statistics Table"),
    ("farm_own", "Farm Products (Own-grown)"),
    ("farm_bought", "Farm Products (Not Own-grown)"),
    ("farm_mixed", "Farm Products (Partly Own-grown)"),
    ("farm_face_amount", "Farm Products (Face Amount and Basic Deduction Rate)"),
    ("farm_face_tax", "Farm Products (Face VAT)"),
    ("booking", "Booking"),
    ("roll_back", "Roll Back the Tax Period"),
    ("certify", "Batch Certification"),
]
# Answers to the question of manual 001, 1.8 no. 7; who is not sure sends nothing.
FILINGS = [
    ("unfinished", "Filing Not Finished"),
    ("finished", "Filing Finished"),
]
INVOICE_STATUSES = [
    ("normal", "Normal"),
    ("voided", "Void"),
    ("red", "Red-letter"),
    ("partly_red", "Partly Red-lettered"),
    ("fully_red", "Fully Red-lettered"),
    ("abnormal", "Abnormal"),
    ("suspected", "Suspected"),
    ("out_of_control", "Out of Control"),
    ("unknown", "Unknown"),
]
SELECTIONS = [
    ("unselected", "Not Selected"),
    ("selected", "Selected"),
    ("confirmed", "Confirmed"),
]
PURPOSES = [
    ("deduct", "Deduct"),
    ("exclude", "Do Not Deduct"),
    ("refund", "Refund"),
    ("unknown", "Other"),
]
NON_DEDUCTION_REASONS = [
    ("1", "Used for non-taxable items"),
    ("2", "Used for VAT-exempt items"),
    ("3", "Used for collective welfare or personal consumption"),
    ("4", "Subject to abnormal loss"),
    ("5", "Other"),
]
# How a farm product invoice is credited; names as those of the operations.
FARM_METHODS = [
    ("own", "Own-grown"),
    ("bought", "Not Own-grown"),
    ("mixed", "Partly Own-grown"),
    ("face_amount", "Face Amount and Basic Deduction Rate"),
    ("face_tax", "Face VAT"),
    ("unknown", "Other"),
]
# Statistics status codes of the bureau (domain dictionary 1.6).
STATISTICS_STATUSES = [
    ("01", "Not generated"),
    ("02", "Generated, may be confirmed"),
    ("03", "Pre-statistics, filing window not open"),
    ("04", "Generated, cannot be confirmed"),
    ("05", "Confirmed and signed"),
    ("21", "Being generated"),
    ("22", "No records, select first"),
    ("23", "Re-registered taxpayer, not possible"),
    ("24", "Certification is running"),
    ("25", "Pre-statistics, revoke and generate again"),
]
TABLE_ROWS = [
    ("special", "Special invoices"),
    ("farm_purchase", "Farm product purchase invoices"),
    ("farm_sales", "Farm product sales invoices"),
    ("toll", "Toll invoices"),
    ("ordinary", "Other ordinary invoices"),
    ("motor", "Motor vehicle invoices"),
    ("customs", "Customs payment certificates"),
    ("withholding", "Withholding certificates"),
    ("air", "Air itineraries"),
    ("rail", "Railway tickets"),
    ("total", "Total"),
    ("other", "Other"),
]
# Where the type of an ordinary invoice leaves the row of the table open, its special
# element (domain dictionary 1.3) says it.
ROW_BY_ELEMENT = {
    "16": "farm_purchase",
    "12": "farm_sales",
    "20": "farm_sales",
    "08": "toll",
}

# Status of the registration (domain dictionary 1.11); others are shown as they came.
REGISTRATION_STATUSES = {
    "03": _lt("Normal"),
    "05": _lt("Irregular"),
    "07": _lt("Cancelled"),
}
CHANNELS = {"leqi": _lt("Leqi"), "rpa": _lt("Bureau by RPA")}
_SENTENCE_ENDS = (".", "。", "!", "！", "?", "？", "，", ";", "；")


def register_reasons(reasons):
    """Add the words of another addon: ``code → (what happened, what to do)``."""
    REASONS.update(reasons)


def get_reason(env, code):
    """What happened, in the user's language; the code itself when unknown."""
    reason = REASONS.get(code)
    return env._(reason[0]) if reason else code or ""


def get_advice(env, code):
    """What to do about it, in the user's language, or ""."""
    reason = REASONS.get(code)
    return env._(reason[1]) if reason and reason[1] else ""


def get_sentence(env, code, text=""):
    """Reason, the platform's own text if there is one, and the advice."""
    return join_sentences(
        env, (get_reason(env, code), text or "", get_advice(env, code))
    )


def join_sentences(env, parts):
    """Put sentences one after the other as the user's language does."""
    is_chinese = (env.lang or "").startswith("zh")
    joined = ""
    for part in filter(None, parts):
        if joined and not joined.endswith(_SENTENCE_ENDS):
            joined += "，" if is_chinese else "."
        joined += part if is_chinese or not joined else f" {part}"
    return joined


def get_channels(env, channels):
    """Labels of the channels in the user's language.

    :param list channels: ``[(key, label)]``; a channel that is not listed here is
        shown by the label it brings itself
    """
    return [
        (key, env._(CHANNELS[key]) if key in CHANNELS else label)
        for key, label in channels
    ]
