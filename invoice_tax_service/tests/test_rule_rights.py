import datetime

from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common import MANAGER, TaxServiceCase

TODAY = datetime.date(2026, 11, 20)


@tagged("post_install", "-at_install")
class TestRuleRights(TaxServiceCase):
    """The law for all companies is changed by the system administrator, and it is
    noted who did it."""

    def value(self, kind, company=None):
        rules = self.env["invoice.tax.rule"]
        return rules._get_value(kind, TODAY, company or self.env.company)

    def test_row_C5_law_for_all_is_not_one_managers(self):
        """A manager of one company would change the credit of all others."""
        rules = self.env["invoice.tax.rule"].with_user(self.manager)
        rule = self.env.ref("invoice_tax_service.tax_rule_farm_rate_2026")
        credit = self.env.ref("invoice_tax_service.credit_rule_farm")
        self.assertEqual(rule.with_user(self.manager).value, 9)
        values = {
            "kind": "farm_rate",
            "value": 10,
            "valid_from": "2026-01-01",
            "source": "test",
        }
        own = rules.create({**values, "company_id": self.company.id})
        own.value = 11
        self.assertEqual(self.value("farm_rate", company=self.company), 11)
        free = {"valid_from": "1990-01-01", "valid_to": "1990-12-31"}
        for call in (
            lambda: rule.with_user(self.manager).write({"value": 1}),
            lambda: rule.with_user(self.manager).unlink(),
            lambda: own.write({**free, "company_id": False}),
            lambda: rules.create({**values, **free}),
            lambda: rules.create(
                {**values, **free, "company_id": self.other_company.id}
            ),
            lambda: credit.with_user(self.manager).write({"may_refund": True}),
            lambda: credit.with_user(self.manager).unlink(),
            lambda: credit.with_user(self.manager).copy(),
        ):
            with self.assertRaises(AccessError), self.env.cr.savepoint():
                call()
                self.env.flush_all()
        self.assertEqual(self.value("farm_rate"), 9)

    def test_row_C5_who_changed_the_law_is_noted(self):
        administrator = self._new_user(
            "tax_administrator", f"{MANAGER},base.group_system"
        )
        rule = self.env.ref("invoice_tax_service.tax_rule_farm_rate_2026")
        credit = self.env.ref("invoice_tax_service.credit_rule_farm")
        rule.with_user(administrator).value = 8
        credit.with_user(administrator).may_refund = True
        self.assertEqual(self.value("farm_rate"), 8)
        self.env.flush_all()
        self.env.cr.precommit.run()
        for record, name in ((rule, "value"), (credit, "may_refund")):
            tracked = record.message_ids.tracking_value_ids
            self.assertIn(name, tracked.field_id.mapped("name"))
            self.assertEqual(
                record.message_ids.filtered("tracking_value_ids")[:1].author_id,
                administrator.partner_id,
            )
