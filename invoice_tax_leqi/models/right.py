import dataclasses

from odoo import api, models
from odoo.tools import LazyTranslate

from odoo.addons.invoice_tax_service.models.right_items import RightItem

_lt = LazyTranslate(__name__)

CLERK = "invoice_tax_leqi.group_issuing_clerk"
SECTION = _lt("Issuing")


def _issues(method, of_move=""):
    found = (f"invoice.tax.issue/{method}",)
    return (*found, f"account.move/{of_move}") if of_move else found


# In the order of the matrix page.
ITEMS = {
    "issue": RightItem(
        _lt("Issue Digital Invoices"),
        CLERK,
        (
            "account.move/action_issue_digital_invoice",
            "invoice.tax.issue.wizard/action_issue",
            "invoice.tax.issue.wizard/action_check_again",
        ),
    ),
    "issue_ask": RightItem(
        _lt("Ask the Platform"), CLERK, _issues("action_ask", "action_issue_ask")
    ),
    "issue_upload_again": RightItem(
        _lt("Upload Again"),
        CLERK,
        _issues("action_upload_again", "action_issue_upload_again"),
    ),
    "issue_retry": RightItem(_lt("Retry Issuing"), CLERK, _issues("action_retry")),
    "issue_discard": RightItem(
        _lt("Discard Number"), CLERK, _issues("action_discard", "action_issue_discard")
    ),
    "issue_withdraw": RightItem(
        _lt("Withdraw Issue Requests"), CLERK, _issues("action_withdraw")
    ),
    "number_bind": RightItem(
        _lt("Bind Number"),
        CLERK,
        (
            "invoice.tax.issue/action_open_bind",
            "invoice.tax.number/action_open_bind",
            "invoice.tax.number/action_unbind",
            "invoice.tax.bind.wizard/action_bind",
        ),
    ),
    "number_draw": RightItem(
        _lt("Draw Numbers"),
        CLERK,
        (
            "invoice.tax.segment/action_open_draw",
            "invoice.tax.draw.wizard/action_draw",
            "invoice.tax.draw/action_ask_now",
        ),
    ),
    "number_refresh": RightItem(
        _lt("Synchronize Segments"),
        CLERK,
        ("invoice.tax.segment/action_refresh", "invoice.tax.draw/action_ask_now"),
    ),
    "quota_download": RightItem(
        _lt("Download Quota"),
        CLERK,
        (
            "invoice.tax.quota/action_download",
            "invoice.tax.quota.wizard/action_confirm",
            "invoice.tax.quota.task/action_ask_now",
        ),
    ),
    "quota_return": RightItem(
        _lt("Return Quota"),
        CLERK,
        (
            "invoice.tax.quota/action_return",
            "invoice.tax.quota.wizard/action_confirm",
            "invoice.tax.quota.task/action_ask_now",
        ),
    ),
    "quota_validity": RightItem(
        _lt("Adjust Validity"),
        CLERK,
        (
            "invoice.tax.quota/action_adjust_validity",
            "invoice.tax.quota.wizard/action_confirm",
            "invoice.tax.quota.task/action_ask_now",
        ),
    ),
    "quota_read": RightItem(
        _lt("Synchronize Quota"),
        CLERK,
        ("invoice.tax.quota/action_read", "invoice.tax.quota.task/action_ask_now"),
    ),
    "summary": RightItem(
        _lt("Confirm Monthly Summary"),
        CLERK,
        ("invoice.tax.summary.wizard/action_submit",),
        ("invoice_tax_leqi.invoice_tax_summary_wizard_action",),
    ),
}
ITEMS = {
    code: dataclasses.replace(item, section=SECTION) for code, item in ITEMS.items()
}
# What is said to Leqi, by kind of task.
TASK_ITEMS = {
    "download": "quota_download",
    "return": "quota_return",
    "validity": "quota_validity",
    "read": "quota_read",
    "draw": "number_draw",
    "refresh": "number_refresh",
}
FREE_METHODS = (
    "invoice.tax.taxpayer/action_month_issues",
    "invoice.tax.taxpayer/action_month_quota",
    "invoice.tax.taxpayer/action_month_stuck",
    "account.move/action_open_tax_issue",
    "invoice.tax.issue/action_open_move",
    "invoice.tax.segment/action_open_numbers",
    "invoice.tax.issue.wizard.line/action_open",
)


class InvoiceTaxRight(models.Model):
    """The rights of issuing."""

    _inherit = "invoice.tax.right"

    @api.model
    def _get_items(self):
        # EXTENDS 'invoice_tax_service'
        return {**super()._get_items(), **ITEMS}

    @api.model
    def _get_free_methods(self):
        # EXTENDS 'invoice_tax_service'
        return (*super()._get_free_methods(), *FREE_METHODS)
