"""What people can be allowed to do, one item for each button of the product.

The one place where rights are named: the matrix page shows these, buttons are hidden
by them, every public method asks for its own. Other addons add their items in
``invoice.tax.right._get_items``.
"""

import dataclasses

from odoo.tools import LazyTranslate

_lt = LazyTranslate(__name__)

VIEWER = "invoice_tax_service.group_viewer"
CLERK = "invoice_tax_service.group_receiving_clerk"
MANAGER = "invoice_tax_service.group_manager"
RECEIVING = _lt("Receiving")


@dataclasses.dataclass(frozen=True)
class RightItem:
    """One thing that a person may do or not.

    :ivar name: what the matrix page calls it, in the words of its button
    :ivar role: the group whose members may, where the company says nothing
    :ivar methods: public methods that need it, ``model/method``
    :ivar actions: xml ids of actions behind a button or in a gear menu
    :ivar section: under which heading of the matrix page it stands
    :ivar of_owner: whether it concerns what the company keeps itself, so that a branch
        that works under the tax number of its parent has no part in it
    """

    name: object
    role: str
    methods: tuple = ()
    actions: tuple = ()
    of_owner: bool = False
    section: object = RECEIVING


def _invoices(*methods):
    return tuple(f"invoice.tax.input.invoice/{method}" for method in methods)


def _tables(method):
    return (f"invoice.tax.period/{method}", f"invoice.tax.statistics/{method}")


def _lines(*methods):
    return tuple(f"invoice.tax.comparison.line/{method}" for method in methods)


def _gear(*names):
    return tuple(f"invoice_tax_service.{name}" for name in names)


_SELECT = ("invoice.tax.selection.wizard/action_submit",)
_LISTS = (
    "input.invoice",
    "operation",
    "operation.line",
    "statistics",
    "confirmation",
    "comparison",
)
_LANES = ("invoice.tax.taxpayer", "invoice.tax.lane")

# In the order of the matrix page.
ITEMS = {
    "fetch": RightItem(
        _lt("Fetch from the Bureau"),
        CLERK,
        (
            "invoice.tax.taxpayer/action_fetch",
            "invoice.tax.period/action_fetch",
            "invoice.tax.operation/action_fetch_taxpayer",
            "invoice.tax.invoice.query/action_fetch",
            "invoice.tax.comparison.line/action_fetch",
            "invoice.tax.start/action_fetch",
        ),
    ),
    "deduct": RightItem(
        _lt("Deduction Selection"),
        CLERK,
        (*_invoices("action_deduct"), *_SELECT, *_lines("action_deduct")),
    ),
    "exclude": RightItem(
        _lt("Non-deduction Selection"), CLERK, _invoices("action_exclude") + _SELECT
    ),
    "revoke": RightItem(
        _lt("Revoke Selection"), CLERK, _invoices("action_revoke") + _SELECT
    ),
    "passenger": RightItem(
        _lt("Passenger Transport Deduction"),
        CLERK,
        _invoices("action_passenger") + _SELECT,
        _gear("invoice_tax_input_invoice_passenger"),
    ),
    "farm": RightItem(
        _lt("Treat Farm Products"),
        CLERK,
        _invoices("action_farm") + _SELECT,
        _gear("invoice_tax_input_invoice_farm"),
    ),
    "booking": RightItem(
        _lt("Booking"),
        CLERK,
        _invoices("action_book") + _SELECT,
        _gear("invoice_tax_input_invoice_booking"),
    ),
    "preselect": RightItem(
        _lt("Pre-selection"),
        CLERK,
        _invoices("action_preselect") + _SELECT,
        _gear("action_input_invoice_preselect"),
    ),
    "preselect_revoke": RightItem(
        _lt("Revoke Pre-selection"),
        CLERK,
        _invoices("action_preselect_revoke") + _SELECT,
        _gear("action_input_invoice_preselect_revoke"),
    ),
    "certify": RightItem(
        _lt("Batch Certification"),
        CLERK,
        _invoices("action_certify") + _SELECT,
        _gear("action_input_invoice_certify"),
    ),
    "refund": RightItem(
        _lt("Export Refund Selection"),
        CLERK,
        _invoices("action_refund") + _SELECT,
        _gear("invoice_tax_input_invoice_refund"),
    ),
    "refund_revoke": RightItem(
        _lt("Revoke Export Refund Selection"),
        CLERK,
        _invoices("action_refund_revoke", "action_revoke") + _SELECT,
        _gear("invoice_tax_input_invoice_refund_revoke"),
    ),
    "refund_sign": RightItem(
        _lt("Confirm Export Refund Statistics Table"),
        CLERK,
        (
            *_invoices("action_confirm_refund"),
            "invoice.tax.period/action_confirm_refund",
            "invoice.tax.taxpayer/action_confirm_refund",
            "invoice.tax.refund.wizard/action_confirm",
            "invoice.tax.comparison.line/action_confirm_refund",
        ),
        _gear("invoice_tax_input_invoice_refund_sign"),
    ),
    "import": RightItem(
        _lt("Select by Workbook"),
        CLERK,
        (
            "invoice.tax.import.wizard/action_check",
            "invoice.tax.import.wizard/action_submit",
            "invoice.tax.download.wizard/action_upload",
        ),
    ),
    "statistics": RightItem(
        _lt("Generate Statistics Table"),
        CLERK,
        (
            *_tables("action_build_statistics"),
            "invoice.tax.taxpayer/action_month_statistics",
            "invoice.tax.comparison.line/action_build_statistics",
        ),
    ),
    "statistics_revoke": RightItem(
        _lt("Revoke Statistics Table"),
        CLERK,
        _tables("action_revoke_statistics") + _lines("action_revoke_statistics"),
    ),
    "sign": RightItem(
        _lt("Sign Confirmation"),
        CLERK,
        (
            *_tables("action_sign"),
            "invoice.tax.table.wizard/action_sign",
            "invoice.tax.taxpayer/action_month_sign",
        ),
    ),
    "sign_revoke": RightItem(
        _lt("Revoke Signature"), CLERK, _tables("action_revoke_signature")
    ),
    "roll_back": RightItem(
        _lt("Roll Back the Tax Period"),
        CLERK,
        (
            "invoice.tax.period/action_roll_back",
            "invoice.tax.roll.back/action_roll_back",
        ),
    ),
    "bill_match": RightItem(_lt("Match Bills"), CLERK, _invoices("action_match_bills")),
    "bill_make": RightItem(
        _lt("Make Vendor Bills"),
        VIEWER,
        _invoices("action_make_bills", "action_make_purchase_taxes")
        + _lines("action_make_bill"),
        _gear("invoice_tax_input_invoice_make_bills"),
    ),
    "bill_confirm": RightItem(
        _lt("Confirm Suggested Bills"),
        VIEWER,
        (
            *_invoices("action_confirm_bill"),
            *_lines("action_confirm_bill"),
            "account.move/action_confirm_input_invoice",
        ),
    ),
    "bill_reject": RightItem(
        _lt("Reject Suggested Bills"),
        VIEWER,
        (
            *_invoices("action_reject_bill"),
            "account.move/action_reject_input_invoice",
        ),
    ),
    "compare": RightItem(
        _lt("Compare Bureau, Odoo and Books"),
        VIEWER,
        (
            "invoice.tax.comparison/action_open",
            "invoice.tax.comparison/action_compare",
            "invoice.tax.period/action_compare",
            "invoice.tax.taxpayer/action_month_compare",
        ),
        of_owner=True,
    ),
    "entry_post": RightItem(
        _lt("Post the Entry of a Confirmation"),
        VIEWER,
        (
            "invoice.tax.confirmation/action_post_entry",
            "invoice.tax.confirmation/action_repost_entry",
            *_lines("action_post_entry"),
            *_lines("action_repost_entry"),
        ),
    ),
    "entry_transfer": RightItem(
        _lt("Transfer Out Input VAT"),
        VIEWER,
        (
            *_invoices("action_transfer_out"),
            *_lines("action_transfer_out"),
            "account.move/action_transfer_out",
        ),
    ),
    "fetch_result": RightItem(
        _lt("Get Asynchronous Result"),
        CLERK,
        ("invoice.tax.operation/action_fetch_result",),
    ),
    "retry": RightItem(
        _lt("Manual Retry"),
        CLERK,
        ("invoice.tax.operation/action_retry", "invoice.tax.operation/retry_batch"),
    ),
    "void": RightItem(_lt("Void Task"), CLERK, ("invoice.tax.operation/action_void",)),
    "discard": RightItem(
        _lt("Discard Task"), CLERK, ("invoice.tax.operation/action_discard",)
    ),
    "export": RightItem(
        _lt("Export"),
        VIEWER,
        (
            *(f"invoice.tax.{name}/action_export" for name in _LISTS),
            "invoice.tax.import/action_download_errors",
            "invoice.tax.import.wizard/action_download_errors",
            "invoice.tax.import.wizard/action_download_file",
            "invoice.tax.download.wizard/action_download",
        ),
    ),
    "print": RightItem(
        _lt("Print"),
        VIEWER,
        (
            "invoice.tax.statistics/action_print",
            "invoice.tax.confirmation/action_print",
            "invoice.tax.comparison/action_print",
        ),
    ),
    "check_environment": RightItem(
        _lt("Check the Environment"),
        CLERK,
        (
            "invoice.tax.taxpayer/action_check_environment",
            "invoice.tax.start/action_check",
        ),
    ),
    "check_connection": RightItem(
        _lt("Check Connection"),
        MANAGER,
        ("invoice.tax.connection/action_check_environment",),
        of_owner=True,
    ),
    "resume": RightItem(
        _lt("Resume the Line"),
        MANAGER,
        tuple(f"{model}/action_resume" for model in _LANES),
        of_owner=True,
    ),
    "passwords": RightItem(
        _lt("Passwords at the Bureau"),
        MANAGER,
        (
            *(f"{model}/action_open_passwords" for model in _LANES),
            "invoice.tax.password.wizard/action_apply",
            "invoice.tax.password.wizard/action_ask_question",
            "invoice.tax.start/action_enter_passwords",
        ),
        of_owner=True,
    ),
    "staff": RightItem(
        _lt("Tax Staff at the Bureau"),
        MANAGER,
        (
            "invoice.tax.taxpayer/action_save_staff",
            "invoice.tax.taxpayer/action_fetch_staff",
        ),
        of_owner=True,
    ),
}
# Under which item the operations of the log stand that have none of their own.
OPERATION_ITEMS = {
    "deduct_revoke": "revoke",
    "exclude_revoke": "revoke",
    "farm_own": "farm",
    "farm_bought": "farm",
    "farm_mixed": "farm",
    "farm_face_amount": "farm",
    "farm_face_tax": "farm",
}
# Public methods that need no item: they show what can be read anyway, or ask for the
# item of what they are told to do.
FREE_METHODS = (
    "invoice.tax.operation/submit_batch",
    "invoice.tax.operation/get_batch",
    "invoice.tax.operation/list_batches",
    "invoice.tax.operation/note_opened",
    "invoice.tax.operation/action_open_ledger",
    "invoice.tax.operation/action_open_red_locked",
    "invoice.tax.period/get_banner",
    "invoice.tax.period/action_open_statistics",
    "invoice.tax.period/action_open_input_invoices",
    "invoice.tax.statistics/action_open_input_invoices",
    "invoice.tax.confirmation/action_open_input_invoices",
    "invoice.tax.confirmation/action_open_entries",
    "invoice.tax.statistics/action_open_entries",
    "account.move/action_open_tax_confirmation",
    "invoice.tax.taxpayer/action_open_input_invoices",
    "invoice.tax.taxpayer/action_open_operations",
    "invoice.tax.taxpayer/action_month_failed",
    "invoice.tax.taxpayer/action_month_period",
    "invoice.tax.taxpayer/action_month_select",
    "invoice.tax.taxpayer/action_month_start",
    "invoice.tax.taxpayer/action_month_table",
    "invoice.tax.taxpayer/action_month_tasks",
    "invoice.tax.taxpayer/action_month_taxpayer",
    "invoice.tax.lane/action_open_tasks",
    "invoice.tax.lane/action_open_failed",
    "invoice.tax.import/action_open_log",
    "invoice.tax.import.wizard/action_back",
    "invoice.tax.invoice.query/action_query",
    "invoice.tax.comparison.line/action_open_bill",
    "invoice.tax.comparison.line/action_open_entries",
    "invoice.tax.comparison.line/action_open_invoice",
    "invoice.tax.comparison.line/action_open_items",
    # They ask for the access rights of taxpayers and connections.
    "invoice.tax.start/action_add_another",
    "invoice.tax.start/action_add_taxpayer",
    "invoice.tax.start/action_choose_connection",
    "invoice.tax.start/action_keep_access",
    "invoice.tax.start/action_open_month",
    # They ask who may see and who may change rights themselves.
    "invoice.tax.right/get_matrix",
    "invoice.tax.right/set_right",
    "invoice.tax.right/set_by_role",
    "invoice.tax.right/set_hiding",
)
