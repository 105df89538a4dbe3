from odoo.exceptions import AccessError

from ..exceptions import TaxServiceError
from .common import MANAGER, SECOND, TaxServiceCase


class TestRightMatrix(TaxServiceCase):
    """The page on which a manager says who may do what in his company."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.second_manager = cls._new_user("tax_manager_2", MANAGER)
        cls.other_manager = cls._new_user(
            "tax_other_manager", MANAGER, cls.other_company
        )

    def rights(self, user=None):
        return self.env["invoice.tax.right"].with_user(user or self.manager)

    def set_right(self, code, user, is_allowed, by=None):
        self.rights(by).set_right(self.company.id, code, user.id, is_allowed)

    def has_right(self, code, user):
        taxpayers = self.env["invoice.tax.taxpayer"].with_user(user)
        return taxpayers._has_right(code, self.company)

    def get_row(self, code, by=None):
        matrix = self.rights(by).get_matrix(self.company.id)
        [row] = [item for item in matrix["items"] if item["code"] == code]
        return row

    def assertNot(self, code, method, *args):
        with self.assertRaises(TaxServiceError) as caught, self.env.cr.savepoint():
            method(*args)
        self.assertEqual(caught.exception.code, code)

    def changes(self):
        return self.env["invoice.tax.right.change"].search(
            [("company_id", "=", self.company.id)], order="id"
        )

    def test_row_O11_one_change_touches_nobody_else(self):
        users = self.clerk | self.viewer | self.manager | self.second_manager
        before = {user: self.has_right("sign", user) for user in users}
        self.set_right("sign", self.clerk, False)
        self.assertFalse(self.has_right("sign", self.clerk))
        self.assertTrue(self.has_right("statistics", self.clerk))
        for user in users - self.clerk:
            self.assertEqual(self.has_right("sign", user), before[user])
        self.set_right("sign", self.viewer, True)
        self.assertTrue(self.has_right("sign", self.viewer))
        with self.assertRefused("no_right"):
            self.taxpayer.with_user(self.clerk).current_period_id.action_sign()
        row = self.get_row("sign")
        self.assertTrue(row["is_decided"])
        self.assertIn(self.viewer.id, row["allowed"])
        self.assertNotIn(self.clerk.id, row["allowed"])
        self.rights().set_by_role(self.company.id, "sign")
        self.assertFalse(self.get_row("sign")["is_decided"])
        self.assertEqual({user: self.has_right("sign", user) for user in users}, before)

    def test_row_O11_changes_are_noted(self):
        self.set_right("sign", self.clerk, False)
        self.set_right("sign", self.clerk, False)
        self.set_right("sign", self.clerk, True, by=self.second_manager)
        self.rights().set_by_role(self.company.id, "sign")
        self.rights().set_hiding(self.company.id, False)
        self.rights().set_hiding(self.company.id, False)
        changes = self.changes()
        self.assertEqual(
            changes.mapped(
                lambda one: (one.kind, one.item, one.user_id, one.create_uid)
            ),
            [
                ("taken", "sign", self.clerk, self.manager),
                ("given", "sign", self.clerk, self.second_manager),
                ("by_role", "sign", self.clerk.browse(), self.manager),
                ("shown", False, self.clerk.browse(), self.manager),
            ],
        )
        self.assertFalse(self.company.is_hiding_tax_buttons)
        for user in (self.manager, self.second_manager):
            for method, args in (("write", [{"kind": "given"}]), ("unlink", [])):
                with self.assertRaises(AccessError):
                    getattr(changes.with_user(user), method)(*args)

    def test_row_O11_nobody_gives_to_himself(self):
        self.set_right("sign", self.manager, False, by=self.second_manager)
        self.assertFalse(self.has_right("sign", self.manager))
        self.assertNot("own_right", self.set_right, "sign", self.manager, True)
        self.assertNot("own_right", self.rights().set_by_role, self.company.id, "sign")
        self.assertFalse(self.has_right("sign", self.manager))
        self.set_right("sign", self.manager, True, by=self.second_manager)
        self.assertTrue(self.has_right("sign", self.manager))

    def test_row_O11_only_managers_of_the_company(self):
        for user in (self.clerk, self.viewer, self.stranger, self.other_manager):
            rights = self.rights(user)
            for method, args in (
                ("get_matrix", []),
                ("set_right", ["sign", user.id, True]),
                ("set_by_role", ["sign"]),
                ("set_hiding", [False]),
            ):
                with self.subTest(user=user.login, method=method):
                    self.assertNot(
                        "not_manager", getattr(rights, method), self.company.id, *args
                    )
        # Not even where he may be, while it is not switched on.
        self.other_manager.company_ids += self.company
        rights = self.rights(self.other_manager)
        rights = rights.with_context(allowed_company_ids=self.other_company.ids)
        self.assertNot("not_manager", rights.get_matrix, self.company.id)
        self.assertFalse(self.changes())

    def test_row_O11_rows_are_written_by_the_page_alone(self):
        self.set_right("sign", self.clerk, False)
        row = self.rights().search([("item", "=", "sign")], limit=1)
        values = {"company_id": self.company.id, "user_id": self.manager.id}
        for method, args in (
            ("create", [{**values, "item": "deduct", "is_allowed": True}]),
            ("write", [{"is_allowed": True}]),
            ("unlink", []),
        ):
            with self.assertRaises(AccessError), self.env.cr.savepoint():
                getattr(row, method)(*args)

    def test_row_O11_nonsense_is_refused(self):
        rights = self.rights()
        company = self.company.id
        for args in (
            ("cooking", self.clerk.id, True),
            (["sign"], self.clerk.id, True),
            ("sign", self.stranger.id, True),
            ("sign", 0, True),
            ("sign", self.clerk.id, "yes"),
            ("sign", self.clerk.id, 1),
        ):
            with self.subTest(args=args):
                self.assertNot("invalid_argument", rights.set_right, company, *args)
        self.assertNot("invalid_argument", rights.set_by_role, company, "cooking")
        self.assertNot("invalid_argument", rights.set_hiding, company, "yes")
        for company_id in (False, 0, "1", [company], True):
            self.assertNot("not_manager", rights.get_matrix, company_id)
        self.assertFalse(self.changes())

    def test_row_O11_each_right_says_which_role_gives_it(self):
        row = self.get_row("sign")
        self.assertEqual(
            (row["section"], row["role"]), ("Receiving", "Receiving Clerk")
        )

    def test_row_X3_what_the_company_keeps_is_not_for_its_branches(self):
        """The page shows no right that would not hold, and gives none."""
        branch = self.env["res.company"].create(
            {"name": "甲测试公司一分公司", "parent_id": self.company.id}
        )
        user = self._new_user("branch_manager", MANAGER, branch)
        self.assertIn(user.id, self.get_row("sign")["allowed"])
        row = self.get_row("passwords")
        self.assertEqual(row["barred"], user.ids)
        self.assertNotIn(user.id, row["allowed"])
        self.assertNot(
            "invalid_argument",
            self.rights().set_right,
            *(self.company.id, "passwords", user.id, True),
        )
        self.assertFalse(self.has_right("passwords", user))

    def test_row_X3_users_of_branches_are_on_the_page(self):
        branch = self.env["res.company"].create(
            {"name": "甲测试公司一分公司", "parent_id": self.company.id}
        )
        of_branch = self._new_user("tax_of_branch", MANAGER, branch)
        names = {
            user["id"] for user in self.rights().get_matrix(self.company.id)["users"]
        }
        self.assertIn(of_branch.id, names)
        self.assertNotIn(self.stranger.id, names)
        self.assertNot(
            "not_manager", self.rights(of_branch).get_matrix, self.company.id
        )
        self._new_taxpayer(SECOND, self._new_connection(branch))
        names = {
            user["id"] for user in self.rights().get_matrix(self.company.id)["users"]
        }
        self.assertNotIn(of_branch.id, names)
