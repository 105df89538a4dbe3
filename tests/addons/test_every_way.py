"""Without a licence nothing of issuing is done: both addons in one database.

Neither of the two knows the other, so what they are together is tested here.
"""

from odoo.tests import TransactionCase, tagged

from odoo.addons.invoice_tax_leqi.tests.issue_common import IssueMixin
from odoo.addons.invoice_tax_license.tests.common import LicenseMixin
from odoo.addons.invoice_tax_license.tests.ways import WaysMixin
from odoo.addons.invoice_tax_service.exceptions import TaxServiceError

# To look, to find out what became of something, and to give up or take back. The pages
# of issuing say for each invoice what is missing: tested apart.
OPEN_WAYS = {
    "account.move": (
        "action_issue_ask",
        "action_issue_digital_invoice",
        "action_issue_discard",
        "action_open_tax_issue",
        "button_draft",
    ),
    "invoice.tax.draw": ("action_ask_now",),
    "invoice.tax.issue": (
        "action_ask",
        "action_discard",
        "action_open_bind",
        "action_open_move",
        "action_withdraw",
    ),
    "invoice.tax.issue.wizard": ("action_check_again", "action_issue"),
    "invoice.tax.number": ("action_unbind",),
    "invoice.tax.quota.task": ("action_ask_now",),
    "invoice.tax.segment": ("action_open_numbers",),
    "invoice.tax.taxpayer": (
        "action_month_issues",
        "action_month_quota",
        "action_month_stuck",
    ),
}


@tagged("post_install", "-at_install")
class TestEveryWay(WaysMixin, LicenseMixin, IssueMixin, TransactionCase):
    """Quota, numbers and issuing of a taxpayer whose licence has gone."""

    harmless_tasks = {*WaysMixin.harmless_tasks, "invoice.tax.issue.task"}

    def setUp(self):
        super().setUp()
        self.issuing = self.get_license(self.taxpayer, "issuing")
        self.authorise(self.issuing)

    def open_failed(self):
        """An invoice that the platform has refused; it has its number."""
        self.leqi.results = {0: "field_invalid"}
        move = self.new_invoice()
        self.issue(move)
        self.assertEqual(self.issues_of(move).state, "failed")
        return move

    def open_pages(self):
        """Every page that can be open at the moment when the licence ends."""
        self.ready()
        self.draw(2)
        failed = self.open_failed()
        number = self.of_issuer("invoice.tax.number").search(
            [("taxpayer_id", "=", self.taxpayer.id), ("state", "=", "manual")], limit=1
        )
        quota = self.get_quota()
        wizards = {
            "bind.wizard": {
                "number_id": number.id,
                "issue_id": self.issues_of(failed).id,
            },
            "draw.wizard": {"taxpayer_id": self.taxpayer.id, "count": 1},
            "quota.wizard": {"quota_id": quota.id, "kind": "return", "amount": 1},
            "summary.wizard": {"taxpayer_id": self.taxpayer.id, "month": "202610"},
        }
        pages = [
            self.of_issuer(f"invoice.tax.{name}").create(values)
            for name, values in wizards.items()
        ]
        segments = self.of_issuer("invoice.tax.segment").search(
            [("taxpayer_id", "=", self.taxpayer.id)]
        )
        pages += [failed, self.issues_of(failed), number, quota, segments]
        # The bureau answers a question about quota once an hour.
        self.now = self.now.replace(hour=self.now.hour + 2)
        return {page._name: page for page in pages}

    def refuse(self, move):
        """The page that says what is missing for an invoice."""
        action = move.action_issue_digital_invoice()
        return self.of_issuer(action["res_model"]).browse(action["res_id"])

    def test_row_P7_every_way_of_issuing_is_shut(self):
        pages = self.open_pages()
        move = self.new_invoice()
        self.issuing.cancel()
        wizard = self.refuse(move)
        pages |= {wizard._name: wizard, wizard.line_ids._name: wizard.line_ids}
        self.press_all("invoice_tax_leqi", pages, OPEN_WAYS)

    def test_row_P7_issuing_is_refused_and_leads_to_the_licences(self):
        self.ready()
        move = self.new_invoice()
        self.issuing.cancel()
        wizard = self.refuse(move)
        self.assertEqual(wizard.line_ids.mapped("code"), ["service_unavailable"])
        self.assertIn("was cancelled", wizard.line_ids.description)
        self.assertShut(wizard.line_ids.action_open)
        with self.assertRaises(TaxServiceError) as caught:
            wizard.action_issue()
        self.assertEqual(caught.exception.code, "nothing_to_issue")
        self.assertFalse(self.issues_of(move))

    def test_row_P7_what_waits_to_be_issued_is_held(self):
        """Nothing new goes out; with a licence again it goes on by itself."""
        self.ready()
        move = self.new_invoice()
        move.action_issue_digital_invoice()
        self.issuing.cancel()
        self.dispatch()
        issue = self.issues_of(move)
        self.assertEqual(issue.state, "held")
        self.assertEqual(issue.result_code, "service_unavailable")
        self.assertFalse(issue.number)
        self.assertEqual(self.get_quota().taken, 0.0)
        self.issuing.sudo().write({"auth_state": "authorised", "sync_state": "success"})
        self.dispatch_for_long()
        self.assertIssued(move)
