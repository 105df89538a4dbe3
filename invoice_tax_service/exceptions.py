"""The one exception that this addon shows to people and programs."""

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
