from odoo.exceptions import AccessError
from odoo.tests import new_test_user

from odoo.addons.invoice_tax_service.exceptions import TaxServiceError

from .common import ISSUER
from .issue_common import IssueCase

MODELS = (
    "issue",
    "issue.step",
    "upload",
    "red.form",
    "issue.task",
    "monthly.summary",
)


class TestIssueRights(IssueCase):
    """Who may see and do what; companies are kept apart; nobody writes by hand."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.foreign = new_test_user(
            cls.env,
            "tax_foreign_issuer",
            groups=ISSUER,
            company_id=cls.other_company.id,
            company_ids=[(6, 0, cls.other_company.ids)],
        )

    def fill(self):
        """At least one row of each model."""
        self.ready()
        blue = self.new_invoice()
        self.issue(blue)
        red = self.new_credit_note(blue)
        self.issue(red)
        self.leqi.results = {0: "field_invalid"}
        failed = self.new_invoice()
        self.issue(failed)
        self.issues_of(failed).action_discard()
        self.dispatch()
        self.now = self.now.replace(month=12, day=3)
        summaries = self.of_issuer("invoice.tax.monthly.summary")
        summaries._request(self.taxpayer, "202611", "confirm")
        self.dispatch()
        return blue

    def test_row_L10_companies_apart(self):
        self.fill()
        for name in MODELS:
            model = self.env[f"invoice.tax.{name}"]
            own = [("company_id", "=", self.company.id)]
            self.assertTrue(model.with_user(self.issuer).search_count(own), name)
            self.assertFalse(model.with_user(self.foreign).search_count(own), name)
            with self.assertRaises(AccessError, msg=name):
                model.sudo().search(own, limit=1).with_user(self.foreign).read()

    def test_row_L10_nobody_writes_by_hand(self):
        self.fill()
        for name in MODELS:
            model = self.env[f"invoice.tax.{name}"].with_user(self.manager)
            row = model.search([("company_id", "=", self.company.id)], limit=1)
            for method, args in (("write", [{}]), ("unlink", []), ("copy", [])):
                with self.assertRaises(AccessError, msg=f"{name} {method}"):
                    getattr(row, method)(*args)

    def test_row_L9_nobody_writes_what_an_invoice_shows_of_its_issue(self):
        """Whoever named another request would read its number, and unlock his own."""
        blue = self.fill()
        issue = self.issues_of(blue)
        drafts = self.of_issuer("account.move")
        draft = self.new_invoice(post=False)
        for name, value in (
            ("tax_issue_id", issue.id),
            ("tax_issue_state", "success"),
            ("tax_issued_at", "2026-11-10 00:00:00"),
            ("digital_invoice_number", issue.number),
        ):
            default = drafts.with_context(**{f"default_{name}": value})
            ways = (
                lambda: draft.write({name: value}),  # noqa: B023 - called at once
                lambda: draft.copy({name: value}),  # noqa: B023
                lambda: default.create({"journal_id": self.journal.id}),  # noqa: B023
            )
            for number, way in enumerate(ways):
                with (
                    self.subTest(name=name, way=number),
                    self.assertRaises(TaxServiceError) as caught,
                ):
                    way()
                self.assertEqual(caught.exception.code, "readonly")
        with self.assertRaises(TaxServiceError):
            blue.with_user(self.issuer).write({"tax_issue_id": False})
        self.assertFalse(draft.digital_invoice_number)

    def test_row_L9_viewer_issues_nothing(self):
        blue = self.fill()
        issue = self.issues_of(blue).with_user(self.viewer)
        self.assertEqual(issue.state, "success")
        for action in ("ask", "upload_again", "discard", "retry", "withdraw"):
            with self.assertRaises(TaxServiceError) as caught:
                getattr(issue, f"action_{action}")()
            self.assertEqual(caught.exception.code, "no_right")
        with self.assertRaises(TaxServiceError) as caught:
            self.env["invoice.tax.monthly.summary"].with_user(self.viewer)._request(
                self.taxpayer.with_user(self.viewer), "202610", "confirm"
            )
        self.assertEqual(caught.exception.code, "no_right")
        with self.assertRaises(AccessError):
            self.env["invoice.tax.issue.wizard"].with_user(self.viewer).create({})

    def test_row_L9_wizard_shows_no_foreign_invoice(self):
        move = self.new_invoice()
        with self.assertRaises(AccessError):
            self.env["invoice.tax.issue.wizard"].with_user(self.foreign).create(
                {"move_ids": [(6, 0, move.ids)]}
            )

    def test_row_X3_branch_issues_under_the_tax_number_of_its_parent(self):
        self.ready()
        china = self.env.ref("base.cn").id
        branch = self.env["res.company"].create(
            {
                "name": "甲测试公司一分公司",
                "parent_id": self.company.id,
                "country_id": china,
                "account_fiscal_country_id": china,
            }
        )
        self.issuer.write(
            {"company_ids": [(6, 0, branch.ids)], "company_id": branch.id}
        )
        buyer = self.buyer.sudo().with_company(branch)
        buyer.property_account_receivable_id = self.receivable
        move = self.new_invoice(company_id=branch.id)
        self.issue(move)
        issue = self.issues_of(move)
        self.assertEqual((move.company_id, issue.state), (branch, "success"))
        self.assertEqual(issue.taxpayer_id.sudo(), self.taxpayer.sudo())

    def test_row_L9_no_licence_no_issuing(self):
        self.ready()
        move = self.new_invoice()
        taxpayers = self.registry["invoice.tax.taxpayer"]
        refused = "许可授权已到期"

        def is_unavailable(_taxpayer, group):
            return refused if group == "issuing" else False

        self.patch(taxpayers, "_get_service_unavailable_reason", is_unavailable)
        action = move.action_issue_digital_invoice()
        wizard = self.of_issuer(action["res_model"]).browse(action["res_id"])
        self.assertEqual(wizard.line_ids.mapped("description"), [refused])
        self.assertFalse(self.issues_of(move))
