from lxml import html

from odoo.tests import HttpCase, tagged

from .common import LeqiMixin

MODELS = {
    "Issuing Monitor": "invoice.tax.issue",
    "Quota Management": "invoice.tax.quota",
}


@tagged("post_install", "-at_install")
class TestIssuingHelp(LeqiMixin, HttpCase):
    """流程指引, 常见问题 and 操作手册 cover issuing, for whoever issues."""

    def open_page(self, name):
        self.authenticate(self.issuer.login, self.issuer.login)
        answer = self.url_open(f"/invoice_tax_service/help/{name}")
        self.assertEqual(answer.status_code, 200)
        return html.fromstring(answer.text)

    def test_row_C2_help_covers_issuing(self):
        for name in ("flow", "questions"):
            with self.subTest(name):
                page = self.open_page(name)
                self.assertEqual(page.xpath("//h2/text()"), ["Issuing"])
                self.assertGreater(len(page.xpath("//h2/following::h4")), 3)

    def test_row_C2_buttons_of_the_manual_are_on_their_screens(self):
        page = self.open_page("manual")
        for title, model in MODELS.items():
            views = self.env["ir.ui.view"].search([("model", "=", model)])
            names = page.xpath(f"//section[h3='{title}']//tbody/tr/td[1]/text()")
            self.assertGreater(len(names), 3)
            for name in names:
                self.assertTrue(
                    any(f'string="{name}"' in view.arch for view in views),
                    f"{name} is no button of {title}",
                )
