from lxml import etree

from odoo.tests import TransactionCase, new_test_user, tagged

from ..models.right_items import VIEWER
from .common import ACCOUNTANT, SECOND, TaxServiceMixin

BUTTONS = {
    ("invoice.tax.input.invoice", "list"): {
        "action_deduct",
        "action_exclude",
        "action_revoke",
    },
    ("invoice.tax.input.invoice", "form"): {
        "action_deduct",
        "action_exclude",
        "action_revoke",
    },
    ("invoice.tax.period", "kanban"): {
        "action_build_statistics",
        "action_sign",
        "action_roll_back",
    },
    ("invoice.tax.operation", "list"): {
        "action_fetch_result",
        "action_void",
        "action_retry",
    },
    ("invoice.tax.taxpayer", "form"): {"action_resume", "action_open_passwords"},
}


@tagged("post_install", "-at_install")
class TestRightView(TaxServiceMixin, TransactionCase):
    """Row O11, 隐藏无权按钮: on, a button without right is not there, wherever it would
    stand; off, it is, and pressing it says what is missing and who can give it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.companies = cls.company | cls.other_company
        cls.other_company.is_hiding_tax_buttons = False
        cls.worker = new_test_user(
            cls.env,
            "tax_worker",
            groups=f"{ACCOUNTANT},invoice_tax_service.group_viewer",
            company_id=cls.company.id,
            company_ids=[(6, 0, cls.companies.ids)],
            lang="en_US",
        )
        cls._new_taxpayer(SECOND, cls._new_connection(cls.other_company))

    def get_view(self, model, kind, companies, user=None):
        env = self.env(
            user=user or self.worker, context={"allowed_company_ids": companies.ids}
        )
        views = env[model].get_views([(False, kind)], {"toolbar": True})
        return views["views"][kind]

    def get_buttons(self, model, kind, companies, user=None):
        arch = self.get_view(model, kind, companies, user)["arch"]
        self.assertNotIn("__tax_right__", arch)
        return {node.get("name") for node in etree.fromstring(arch).iter("button", "a")}

    def get_gear(self, companies, user=None):
        view = self.get_view("invoice.tax.input.invoice", "list", companies, user)
        return {action["id"] for action in view["toolbar"].get("action", [])}

    def give(self, *items):
        self.env["invoice.tax.right"].create(
            [
                {
                    "company_id": self.company.id,
                    "user_id": self.worker.id,
                    "item": item,
                    "is_allowed": True,
                }
                for item in items
            ]
        )

    def test_row_O11_hidden_and_shown(self):
        # Twice, for the second time the views come from the cache.
        for _time in range(2):
            for (model, kind), buttons in BUTTONS.items():
                with self.subTest(model=model, kind=kind):
                    self.assertFalse(
                        self.get_buttons(model, kind, self.company) & buttons
                    )
                    self.assertLessEqual(
                        buttons, self.get_buttons(model, kind, self.other_company)
                    )

    def test_row_O11_gear_menu(self):
        rights = self.env["invoice.tax.right"]
        items = rights._get_items()
        # What every viewer may is there anyway.
        gear = {
            action
            for action, item in rights._get_action_items().items()
            if items[item].role != VIEWER
        }
        shown = self.get_gear(self.other_company)
        self.assertGreaterEqual(len(shown & gear), 9)
        self.assertFalse(self.get_gear(self.company) & gear)
        self.give("certify")
        certify = self.env.ref("invoice_tax_service.action_input_invoice_certify")
        self.assertEqual(self.get_gear(self.company) & gear, set(certify.ids))

    def test_row_O11_what_the_company_gives_appears(self):
        self.give("deduct", "sign")
        buttons = self.get_buttons("invoice.tax.input.invoice", "list", self.company)
        self.assertIn("action_deduct", buttons)
        self.assertNotIn("action_exclude", buttons)
        cards = self.get_buttons("invoice.tax.period", "kanban", self.company)
        self.assertIn("action_sign", cards)
        self.assertNotIn("action_build_statistics", cards)
        # Now the company has decided these, and has not named the clerk.
        clerk = self.get_buttons(
            "invoice.tax.input.invoice", "list", self.company, self.clerk
        )
        self.assertNotIn("action_deduct", clerk)
        self.assertIn("action_exclude", clerk)

    def test_row_O11_several_companies_at_hand(self):
        """What can be used in one of them stays."""
        self.other_company.is_hiding_tax_buttons = True
        self.give("deduct")
        for companies in (self.companies, self.other_company | self.company):
            buttons = self.get_buttons("invoice.tax.input.invoice", "list", companies)
            self.assertIn("action_deduct", buttons)
            self.assertNotIn("action_exclude", buttons)

    def test_row_O11_shown_button_says_what_is_missing(self):
        self.company.is_hiding_tax_buttons = False
        invoices = self.add_invoices(1).with_user(self.worker)
        self.assertIn(
            "action_deduct",
            self.get_buttons("invoice.tax.input.invoice", "form", self.company),
        )
        with self.assertRefused("no_right") as refusal:
            invoices.action_deduct()
        for word in ("Deduction Selection", self.company.name, self.manager.name):
            self.assertIn(word, refusal.sentence)
        self.assertNotIn(self.stranger.name, refusal.sentence)

    def test_row_O11_cards_show_without_right(self):
        """The fields say what stands in the way, the view leaves out."""
        period = self.taxpayer.current_period_id
        self.assertTrue(period.with_user(self.clerk).can_build)
        self.assertTrue(period.with_user(self.worker).can_build)

    def test_row_O11_the_browser_forgets_when_a_right_changes(self):
        rights = self.env["invoice.tax.right"].with_user(self.worker)
        before = rights._get_hidden_state()
        self.assertEqual(rights._get_hidden_state(), before)
        self.give("deduct")
        given = rights._get_hidden_state()
        self.assertNotEqual(given, before)
        self.company.is_hiding_tax_buttons = False
        self.assertNotEqual(rights._get_hidden_state(), given)
