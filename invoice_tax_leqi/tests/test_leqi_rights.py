from odoo.exceptions import AccessError
from odoo.tests import new_test_user

from odoo.addons.invoice_tax_service.exceptions import TaxServiceError

from .common import SECOND, LeqiCase

MODELS = ("quota", "quota.move", "quota.task", "segment", "draw", "number")


class TestLeqiRights(LeqiCase):
    """Who may see and do what; companies are kept apart."""

    def assertNoRight(self, method, *args):
        with self.assertRaises(TaxServiceError) as caught:
            method(*args)
        self.assertEqual(caught.exception.code, "no_right")

    def test_row_L2_viewer_sees_and_does_nothing(self):
        self.open_quota()
        self.draw(1)
        quota = self.get_quota().with_user(self.viewer)
        self.assertEqual(quota.unused, 800000.0)
        for method in ("action_download", "action_return", "action_adjust_validity"):
            self.assertNoRight(getattr(quota, method))
        self.assertNoRight(quota._submit_transfer, "return", "1.00")
        self.assertNoRight(quota._submit_validity)
        self.pass_time(3600)
        self.assertNoRight(quota.action_read)
        segments = self.env["invoice.tax.segment"].with_user(self.viewer)
        self.assertNoRight(segments.action_open_draw)
        self.assertNoRight(segments.action_refresh)
        number = segments.search([("taxpayer_id", "=", self.taxpayer.id)]).number_ids
        self.assertNoRight(number.action_open_bind)
        self.assertNoRight(number.action_unbind)
        self.assertNoRight(number._bind, self.new_issues("1.00"))

    def test_row_L2_viewer_hurries_nothing(self):
        """Also where the same is being asked already."""
        quota = self.open_quota("0")
        self.pass_time(3600)
        quota.action_read()
        segments = self.of_issuer("invoice.tax.segment")
        segments.action_refresh()
        for ask in (
            quota.with_user(self.viewer).action_read,
            segments.with_user(self.viewer).action_refresh,
        ):
            with self.assertRaises(TaxServiceError) as caught:
                ask()
            self.assertEqual(caught.exception.code, "no_right")

    def test_row_O11_one_privilege(self):
        """All roles are one choice on the form of a user, the manager the highest."""
        service = "invoice_tax_service"
        privilege = self.env.ref(f"{service}.res_groups_privilege_tax_service")
        roles = {self.env.ref(f"{service}.group_manager")}
        for item in self.env["invoice.tax.right"]._get_items().values():
            roles.add(self.env.ref(item.role))
        self.assertEqual({role.privilege_id for role in roles}, {privilege})
        offered = self.env["res.groups"]._get_view_group_hierarchy()["privileges"]
        names = self.env["res.groups"].browse(offered[privilege.id]["group_ids"])
        self.assertEqual(
            (names[0], names[-1]),
            (
                self.env.ref(f"{service}.group_viewer"),
                self.env.ref(f"{service}.group_manager"),
            ),
        )

    def test_row_O11_both_clerks_are_one_choice(self):
        """Else the form of a user would take one of the two away unseen."""
        receiving = self.env.ref("invoice_tax_service.group_receiving_clerk")
        issuing = self.env.ref("invoice_tax_leqi.group_issuing_clerk")
        both = self.env.ref("invoice_tax_leqi.group_both_clerks")
        user, groups = self.clerk.sudo(), self.clerk.sudo().group_ids
        user.group_ids |= issuing
        self.env["res.groups"]._join_tax_clerks()
        self.assertEqual(user.group_ids, groups - receiving | both)
        self.assertLessEqual(receiving | issuing, user.all_group_ids)
        self.assertEqual(self.issuer.sudo().group_ids & both, both.browse())
        both.unlink()
        self.assertEqual(user.group_ids, groups, "as without this addon")

    def test_row_X3_pages_about_another_company(self):
        """Neither its name nor its sums, filled in or kept."""
        other = self._new_taxpayer(SECOND, self.other_connection)
        for name in ("summary.wizard", "draw.wizard"):
            pages = self.of_issuer(f"invoice.tax.{name}")
            with self.assertRaises(AccessError), self.env.cr.savepoint():
                pages.create({"taxpayer_id": other.id})
        page = self.of_issuer("invoice.tax.summary.wizard")
        values = {"taxpayer_id": other.id, "month": "202610", "action": "confirm"}
        with self.assertRaises(AccessError):
            page.onchange(values, list(values), {"blue_net": {}, "red_net": {}})

    def test_row_L2_receiving_clerk_does_not_issue(self):
        self.open_quota()
        self.assertNoRight(self.get_quota().with_user(self.clerk).action_download)

    def test_row_L2_manager_may(self):
        self.read_quota()
        quota = self.get_quota().with_user(self.manager)
        self.assertTrue(quota.action_download())

    def test_row_L1_companies_apart(self):
        quota = self.open_quota()
        self.draw(1)
        self.take(self.new_issues("1.00"))
        foreign = new_test_user(
            self.env,
            "tax_foreign_issuer",
            groups="account.group_account_user,invoice_tax_leqi.group_issuing_clerk",
            company_id=self.other_company.id,
            company_ids=[(6, 0, self.other_company.ids)],
        )
        for name in MODELS:
            model = self.env[f"invoice.tax.{name}"].with_user(foreign)
            own = [("company_id", "=", self.company.id)]
            self.assertFalse(model.search(own), name)
            self.assertTrue(model.sudo().search(own), name)
        with self.assertRaises(AccessError):
            quota.with_user(foreign)._submit_validity()
        wizards = self.env["invoice.tax.quota.wizard"].with_user(foreign)
        with self.assertRaises(AccessError):
            wizards.create({"quota_id": quota.id, "kind": "return"})
        wizard = self.env["invoice.tax.draw.wizard"].with_user(foreign)
        with self.assertRaises(AccessError):
            wizard.create({"taxpayer_id": self.taxpayer.id, "count": 1}).action_draw()

    def test_row_L11_nobody_writes_the_ledger(self):
        quota = self.open_quota()
        self.draw(1)
        for user in (self.issuer, self.manager):
            for record in (quota, quota.move_ids[0], quota.task_ids[0]):
                record = record.with_user(user)
                with self.assertRaises(AccessError):
                    record.write({"kind": "return"})
                with self.assertRaises(AccessError):
                    record.unlink()
            number = self.env["invoice.tax.number"].with_user(user).search([], limit=1)
            with self.assertRaises(AccessError):
                number.write({"state": "available"})

    def test_row_L2_service_not_licensed(self):
        """The hook of the licence addon holds up what is said about issuing."""
        quota = self.open_quota()
        taxpayers = self.registry["invoice.tax.taxpayer"]
        self.patch(
            taxpayers,
            "_get_service_unavailable_reason",
            lambda _taxpayer, group: group == "issuing" and "not licensed",
        )
        with self.assertRaises(TaxServiceError) as caught:
            quota._submit_transfer("return", "1.00")
        self.assertEqual(caught.exception.code, "service_unavailable")
        self.run_daily()
        self.assertEqual(self.leqi.count("read"), 1)

    def test_row_L2_channel_that_cannot_issue(self):
        connection = self._new_connection(self.company, channel="rpa")
        taxpayer = self._new_taxpayer(SECOND, connection).with_user(self.issuer)
        draws = self.of_issuer("invoice.tax.draw")
        with self.assertRaises(TaxServiceError) as caught:
            draws._ask_manual(taxpayer, 1)
        self.assertEqual(caught.exception.code, "channel_cannot_issue")
        without = self._new_taxpayer(
            "91330108MA2TE5T040", connection, connection_id=False
        )
        with self.assertRaises(TaxServiceError) as caught:
            draws._ask_manual(without.with_user(self.issuer), 1)
        self.assertEqual(caught.exception.code, "no_connection")

    def test_row_L1_tax_number_stays(self):
        self.read_quota()
        with self.assertRaises(TaxServiceError) as caught:
            self.taxpayer.sudo().tax_number = SECOND
        self.assertEqual(caught.exception.code, "taxpayer_in_use")
