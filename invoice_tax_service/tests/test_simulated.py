from .common import CLERK, VIEWER, TaxServiceCase


class TestSimulated(TaxServiceCase):
    """Nobody takes the figures of a simulated platform for real ones."""

    def marked(self, user):
        """The companies of a user in which the web client shows its mark."""
        return self.env["ir.http"].with_user(user)._get_simulated(user.company_ids)

    def test_row_X4_mark_in_a_company_and_its_branch(self):
        branch = self.env["res.company"].create(
            {"name": "甲测试公司一分公司", "parent_id": self.company.id}
        )
        clerk = self._new_user("branch_clerk", CLERK, branch)
        self.assertEqual(self.marked(clerk), branch)
        self.assertEqual(self.marked(self.clerk), self.company)
        self.assertFalse(self.marked(self.stranger))
        self.connection.write(
            {"environment": "production", "address": "https://tax.example.com"}
        )
        self.assertFalse(self.marked(clerk) | self.marked(self.clerk))

    def test_row_X4_mark_of_each_company(self):
        """Whoever works in a real and a simulated one sees it in that one."""
        self._new_connection(
            self.other_company,
            environment="production",
            address="https://tax.example.com",
        )
        viewer = self._new_user("viewer_of_two", VIEWER)
        viewer.sudo().company_ids += self.other_company
        self.assertEqual(self.marked(viewer), self.company)

    def test_row_X4_pages_that_ask_say_it(self):
        """A page on which something is confirmed says it once more by itself."""
        found = 0
        for name, model in self.env.items():
            if model._abstract or "invoice.tax.right.page" not in model._inherit_module:
                continue
            with self.subTest(name):
                found += 1
                arch = model.get_view(False, "form")["arch"]
                self.assertRegex(arch, "environment|is_simulated")
        self.assertGreater(found, 5)
