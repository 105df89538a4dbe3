"""A page on which nothing stands yet says what to do.

The pages are the code's own: whatever a menu of one of the addons opens is looked at.
"""

from lxml import html

from odoo.tests import TransactionCase, tagged

OWN = "invoice_tax_"


@tagged("post_install", "-at_install")
class TestEmptyPages(TransactionCase):
    """Every page of the menus that can be empty has its help."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        names = cls.env["ir.model.data"].search(
            [("model", "=", "ir.ui.menu"), ("module", "=like", f"{OWN}%")]
        )
        menus = cls.env["ir.ui.menu"].browse(names.mapped("res_id")).exists()
        cls.pages = {
            action
            for action in menus.mapped("action")
            if action
            and action._name == "ir.actions.act_window"
            # A dialog is never empty.
            and action.target != "new"
        }

    def test_row_X1_every_page_of_the_menus_says_what_to_do(self):
        self.assertGreater(len(self.pages), 25)
        for page in self.pages:
            with self.subTest(page.get_external_id()[page.id]):
                self.assertTrue(page.help, "the page has no help")
                tree = html.fromstring(page.help)
                [title] = tree.xpath("//p[@class='o_view_nocontent_smiling_face']")
                self.assertTrue(title.text_content().strip())
                texts = [p.text_content().strip() for p in tree.xpath("//p")]
                self.assertGreater(len(texts), 1, "only a title, no sentence")
                self.assertTrue(all(texts), "an empty paragraph")

    def test_row_X1_links_of_the_help_lead_somewhere(self):
        paths = set(self.env["ir.actions.act_window"].search([]).mapped("path"))
        found = 0
        for page in self.pages:
            for link in html.fromstring(page.help).iter("a"):
                found += 1
                with self.subTest(page.get_external_id()[page.id]):
                    if link.get("type") == "action":
                        action = self.env["ir.actions.actions"].browse(
                            int(link.get("name"))
                        )
                        self.assertTrue(action.exists())
                    else:
                        prefix, path = link.get("href").rsplit("/", 1)
                        self.assertEqual(prefix, "/odoo")
                        self.assertIn(path, paths)
        self.assertGreater(found, 8)
