"""A refusal that leads to the page where it is mended."""

from odoo.addons.invoice_tax_service.exceptions import TaxServiceError


class LicenseError(TaxServiceError):
    """No licence: the web client shows a button to the licences beside the sentence.

    :param int action: id of the action that the button opens
    :param str label: of the button, translated
    :param dict context: for the action
    """

    def __init__(self, message, code, action, label, context):
        super().__init__(message, code)
        # What the dialog of a RedirectWarning reads.
        self.args = (message, action, label, context)

    def __str__(self):
        return self.args[0]
