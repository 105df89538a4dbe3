from odoo.tests import TransactionCase, tagged

from odoo.addons.invoice_tax_service.models.words import get_advice, get_reason

from ..gateway import messages

# Success, and nothing to explain.
SILENT = {"ok"}


@tagged("post_install", "-at_install")
class TestPlatformReasons(TransactionCase):
    def test_row_L10_each_answer_of_the_platform_has_a_reason(self):
        """No code reaches a person as a code."""
        codes = {*messages.REFUSAL_CODES, *messages.UPLOAD_RESULTS} - SILENT
        bare = {code for code in codes if get_reason(self.env, code) == code}
        self.assertFalse(bare)

    def test_row_L10_what_can_be_tried_again_says_how(self):
        for code in messages.UPLOAD_RETRYABLE:
            with self.subTest(code=code):
                self.assertTrue(get_advice(self.env, code))
