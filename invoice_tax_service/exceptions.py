"""The exceptions that this addon shows to people and programs."""

from odoo.exceptions import UserError


class TaxServiceError(UserError):
    """A refusal with a sentence for people and a code for programs.

    Over JSON-2 the code arrives as ``context.code`` of the error body, with
    ``context.details`` beside it; the web client shows only the sentence.

    :param str message: translated; what happened, to what, and what to do
    :param str code: stable, part of the external interface
    :param details: further facts that can be sent as JSON
    """

    def __init__(self, message, code, **details):
        super().__init__(message)
        self.code = code
        self.context = {"code": code, "details": details}


class TaxServicePageError(TaxServiceError):
    """A refusal that leads to a page: the web client shows a button beside the
    sentence.

    :param action: what the button opens: id of an action, or an action
    :param str label: of the button, translated
    :param dict page_context: for the action
    """

    def __init__(self, message, code, action, label, page_context=None):
        super().__init__(message, code)
        # What the dialog of a RedirectWarning reads.
        self.args = (message, action, label, page_context)

    def __str__(self):
        return self.args[0]
