from unittest.mock import patch

from odoo import Command
from odoo.exceptions import AccessError, UserError

from ..gateway.messages import Capabilities
from ..gateway.operation_kinds import KINDS
from .common import (
    CLERK,
    SECOND,
    SELECTION_OPERATIONS,
    SMALL,
    TABLE_OPERATIONS,
    TaxServiceCase,
)
from .fake_bureau import PERIOD, FakeClient

SMALL_SCALE_TEXT = "小规模纳税人不支持抵扣类勾选"


class TestWhyNot(TaxServiceCase):
    """One function says why not; buttons, plan and method ask it."""

    def test_vector_6_9_T9_statistics_exist(self):
        invoices = self.add_invoices(1)
        for status in ("02", "03", "04", "05", "25"):
            self.open_period(statistics_status=status)
            for operation_type in SELECTION_OPERATIONS:
                if KINDS[operation_type].bound_to != "deduction":
                    continue
                with (
                    self.subTest(status=status, operation_type=operation_type),
                    self.assertRefused("statistics_exist") as refusal,
                ):
                    self.submit(operation_type, invoices)
                self.assertIn("Revoke statistics first", refusal.sentence)
            with self.assertRefused("statistics_exist"):
                invoices.action_deduct()

    def test_vector_6_9_T4_small_scale_each_operation(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        small = self._new_taxpayer(SMALL, self.connection, taxpayer_type="small_scale")
        self.open_period(small)
        invoices = self.add_invoices(1, small)
        chinese = small.with_context(lang="zh_CN")
        for operation_type in SELECTION_OPERATIONS + TABLE_OPERATIONS:
            if not KINDS[operation_type].is_barred_small_scale:
                continue
            with self.subTest(operation_type):
                code, sentence = chinese._get_cannot_operate_reason(
                    operation_type, PERIOD
                )
                self.assertEqual(code, "small_scale")
                self.assertTrue(
                    sentence.startswith(SMALL_SCALE_TEXT),
                    f"not the words of the manual: {sentence}",
                )
                operations = self.operations().with_context(lang="zh_CN")
                with self.assertRefused("small_scale") as refusal:
                    if operation_type in TABLE_OPERATIONS:
                        operations._submit_table(
                            chinese, operation_type, PERIOD, "manual"
                        )
                    else:
                        operations._submit_selection(
                            chinese, operation_type, PERIOD, [], "manual"
                        )
                self.assertIn(SMALL_SCALE_TEXT, refusal.sentence)
        for button in ("action_deduct", "action_exclude", "action_revoke"):
            with self.subTest(button), self.assertRefused("small_scale"):
                getattr(invoices, button)()

    def test_period_not_open(self):
        invoices = self.add_invoices(1)
        operations = self.operations()
        rows = operations._plan_selection(
            self.taxpayer, "deduct", "202609", invoices._get_wishes()
        )
        for period in ("202609", "202611", "2026", "", False):
            with self.subTest(period=period), self.assertRefused("period_not_open"):
                operations._submit_selection(
                    self.taxpayer, "deduct", period, rows, "manual"
                )

    def test_period_unknown(self):
        second = self._new_taxpayer(SECOND, self.connection)
        invoices = self.add_invoices(1, second)
        with self.assertRefused("period_unknown"):
            invoices.action_deduct()

    def test_period_filed(self):
        invoices = self.add_invoices(1)
        self.open_period(filed=True)
        with self.assertRefused("period_filed"):
            invoices.action_deduct()

    def test_no_connection(self):
        second = self._new_taxpayer(SECOND, self.connection)
        invoices = self.add_invoices(1, second)
        second.sudo().connection_id = False
        with self.assertRefused("no_connection"):
            invoices.action_deduct()
        with self.assertRefused("no_connection"):
            second.action_fetch()

    def test_licence_hook(self):
        invoices = self.add_invoices(1)
        self.patch(
            self.registry["invoice.tax.taxpayer"],
            "_get_service_unavailable_reason",
            lambda taxpayer, group: f"no licence for {group}",
        )
        with self.assertRefused("service_unavailable") as refusal:
            invoices.action_deduct()
        self.assertIn("receiving", refusal.sentence)

    def test_what_the_channel_cannot(self):
        # A certification needs all of its steps.
        some = Capabilities(idempotent=True, operations=("deduct", "statistics"))
        with (
            patch.object(FakeClient, "capabilities", some),
            self.assertRefused("not_supported"),
        ):
            self.operations()._submit_selection(
                self.taxpayer, "certify", PERIOD, [], "manual"
            )


class TestRights(TaxServiceCase):
    """Hiding a button is comfort, not security: every method checks itself, and
    nobody sees or touches what belongs to a company he is not in."""

    def test_viewer_sees_and_cannot(self):
        invoices = self.add_invoices(1)
        batch = self.submit("deduct", invoices)
        self.dispatch()
        seen = invoices.with_user(self.viewer)
        self.assertEqual(seen.number, invoices.number)
        self.assertEqual(batch.with_user(self.viewer).success_count, 1)
        for call in (
            seen.action_deduct,
            seen.action_exclude,
            seen.action_revoke,
            batch.with_user(self.viewer).action_void,
            batch.with_user(self.viewer).action_fetch_result,
            self.taxpayer.with_user(self.viewer).action_fetch,
            self.taxpayer.with_user(self.viewer).action_resume,
            self.taxpayer.current_period_id.with_user(
                self.viewer
            ).action_build_statistics,
            self.taxpayer.current_period_id.with_user(self.viewer).action_sign,
        ):
            with self.subTest(call.__name__), self.assertRefused("no_right"):
                call()

    def test_defaults_of_the_caller_have_no_say(self):
        """Over RPC a context may bring any default; none of it gets into what is
        done for the user with higher rights."""
        forged = {
            "default_state": "success",
            "default_step": "done",
            "default_cursor": "9" * 17,
            "default_success_count": 1,
        }
        [invoice] = self.add_invoices(1)
        taxpayer = self.taxpayer.with_context(**forged)
        taxpayer.action_fetch()
        reading = self.env["invoice.tax.fetch"].search([], limit=1)
        self.assertRecordValues(
            reading, [{"state": "waiting", "step": "queued", "cursor": False}]
        )
        operations = self.operations().with_context(**forged)
        batch = operations._submit_selection(
            taxpayer,
            "deduct",
            PERIOD,
            operations._plan_selection(
                taxpayer, "deduct", PERIOD, invoice._get_wishes()
            ),
            "manual",
        )
        self.assertRecordValues(batch, [{"state": "waiting", "success_count": 0}])
        table = operations._submit_table(taxpayer, "statistics", PERIOD, "manual")
        self.assertEqual(table.state, "waiting")

    def test_viewer_cannot_by_method(self):
        viewer = self.operations(self.viewer)
        taxpayer = self.taxpayer.with_user(self.viewer)
        with self.assertRefused("no_right"):
            viewer._submit_selection(taxpayer, "deduct", PERIOD, [], "manual")
        with self.assertRefused("no_right"):
            viewer.submit_batch(
                taxpayer.tax_number, "deduct", PERIOD, "a", [{"number": "2" * 20}]
            )
        for model in ("selection", "import", "table"):
            with self.assertRaises(AccessError):
                self.env[f"invoice.tax.{model}.wizard"].with_user(self.viewer).create(
                    {}
                )
        with self.assertRaises(UserError):
            self.add_invoices(1).with_user(self.viewer).write({"creditable_vat": 1})

    def test_other_company_sees_nothing(self):
        invoices = self.add_invoices(1)
        batch = self.submit("deduct", invoices)
        self.step(3)
        self.submit_table("statistics")
        self.dispatch()
        for model in (
            "taxpayer",
            "connection",
            "lane",
            "request",
            "fetch",
            "operation",
            "operation.line",
            "input.invoice",
            "period",
            "statistics",
            "statistics.line",
        ):
            model = self.env[f"invoice.tax.{model}"]
            own = [("company_id", "=", self.company.id)]
            with self.subTest(model._name):
                self.assertTrue(model.sudo().search_count(own), "nothing to be seen")
                self.assertFalse(
                    model.with_user(self.stranger).search_count([]),
                    "a company's rows are open to another",
                )
        for record in (invoices, batch, batch.line_ids, self.taxpayer):
            with self.subTest(record._name), self.assertRaises(AccessError):
                record.with_user(self.stranger).read(["display_name"])

    def test_other_company_cannot_act(self):
        invoices = self.add_invoices(1).with_user(self.stranger)
        batch = self.submit("deduct", self.add_invoices(1)).with_user(self.stranger)
        for call in (
            invoices.action_deduct,
            invoices.action_export,
            batch.action_void,
            batch.action_fetch_result,
            batch.action_export,
            self.taxpayer.with_user(self.stranger).action_fetch,
        ):
            with (
                self.subTest(call.__name__),
                self.assertRaises(UserError),
            ):
                call()
        with self.assertRaises(AccessError):
            self.operations(self.stranger)._submit_selection(
                self.taxpayer.with_user(self.stranger), "deduct", PERIOD, [], "manual"
            )
        with self.assertRefused("taxpayer_unknown"):
            self.operations(self.stranger).submit_batch(
                self.taxpayer.tax_number, "deduct", PERIOD, "a", [{"number": "2" * 20}]
            )
        with self.assertRefused("batch_unknown"):
            self.operations(self.stranger).get_batch(batch.sudo().batch_number)

    def test_pages_of_others_are_closed(self):
        """Odoo keeps nobody out of transient rows: an uploaded workbook would be
        open to every clerk of every company."""
        invoices = self.add_invoices(1, status="voided")
        wizard = invoices.action_deduct()
        exports = self.env["invoice.tax.export"].with_user(self.clerk)
        upload = self.env["invoice.tax.import.wizard"].with_user(self.clerk)
        for record in (
            self.env[wizard["res_model"]].browse(wizard["res_id"]),
            self.env[wizard["res_model"]].browse(wizard["res_id"]).line_ids,
            upload.create({"taxpayer_id": self.taxpayer.id, "workbook": b"eA=="}),
            exports.create({"res_model": invoices._name, "res_ids": invoices.ids}),
        ):
            with self.subTest(record._name):
                self.assertTrue(record.with_user(self.clerk).has_access("read"))
                for user in (self.stranger, self.manager):
                    self.assertFalse(record.with_user(user).has_access("read"))
                    self.assertFalse(record.with_user(user).search_count([]))

    def test_every_page_is_of_its_user_only(self):
        """Each transient model of the addon has a rule on who made the row."""
        module = "invoice_tax_service"
        models = self.env["ir.model.data"].search(
            [("module", "=", module), ("model", "=", "ir.model")]
        )
        names = {
            self.env["ir.model"].browse(data.res_id).model
            for data in models
            if data.res_id
        }
        transient = {
            name
            for name in names
            if name in self.env
            and self.env[name]._transient
            and self.env[name]._original_module == module
        }
        self.assertGreaterEqual(len(transient), 10)
        for name in sorted(transient):
            rules = self.env["ir.rule"].with_user(self.clerk)
            rules = rules._compute_domain(name, "read")
            with self.subTest(name):
                self.assertIn("create_uid", repr(rules), "open to every clerk")

    def test_row_O10_refund_page_of_another_is_closed(self):
        self.submit_refund()
        wizard = self.taxpayer.action_confirm_refund()
        wizard = self.env[wizard["res_model"]].browse(wizard["res_id"])
        self.assertTrue(wizard.with_user(self.clerk).has_access("read"))
        other = self._new_user("tax_clerk_2", CLERK)
        for user in (other, self.manager, self.stranger):
            self.assertFalse(wizard.with_user(user).has_access("read"))
            with self.assertRaises(AccessError):
                wizard.with_user(user).action_confirm()

    def submit_refund(self):
        operations = self.operations()
        month = self.taxpayer._get_month()
        rows = operations._plan_selection(
            self.taxpayer, "refund", month, self.add_invoices(1)._get_wishes()
        )
        operations._submit_selection(self.taxpayer, "refund", month, rows, "manual")
        self.dispatch()

    def test_pages_for_others_cannot_be_made(self):
        """Over RPC a page could be made for anything, and would show it."""
        invoices = self.add_invoices(2)
        period = self.taxpayer.current_period_id
        own_taxpayer = self._new_taxpayer(
            SECOND, self._new_connection(self.other_company)
        ).sudo()
        own_period = self.open_period(own_taxpayer).sudo()
        for model, foreign, own in (
            ("table", {"period_id": period.id}, {"period_id": own_period.id}),
            (
                "selection",
                {"taxpayer_id": self.taxpayer.id, "operation_type": "deduct"},
                {"taxpayer_id": own_taxpayer.id, "operation_type": "deduct"},
            ),
            (
                "selection",
                {
                    "taxpayer_id": own_taxpayer.id,
                    "operation_type": "deduct",
                    "input_invoice_ids": [Command.set(invoices.ids)],
                },
                {"taxpayer_id": own_taxpayer.id, "operation_type": "deduct"},
            ),
            (
                "import",
                {"taxpayer_id": self.taxpayer.id},
                {"taxpayer_id": own_taxpayer.id},
            ),
        ):
            pages = self.env[f"invoice.tax.{model}.wizard"].with_user(self.stranger)
            with self.subTest(model, values=foreign):
                with self.assertRaises(AccessError):
                    pages.create(foreign)
                page = pages.create(own)
                self.assertTrue(page.has_access("read"))
                with self.assertRaises(AccessError):
                    page.write(foreign)

    def test_pages_for_others_are_not_shown_before_they_are_made(self):
        """What a form shows while it is filled in comes without any row."""
        self.open_period(statistics_status="02")
        period = self.taxpayer.current_period_id
        for model, values, names in (
            (
                "table",
                {"period_id": period.id},
                ("statistics_id", "deduct_line_ids"),
            ),
            (
                "selection",
                {"taxpayer_id": self.taxpayer.id, "operation_type": "deduct"},
                ("period", "deadline"),
            ),
            ("import", {"taxpayer_id": self.taxpayer.id}, ("period",)),
        ):
            pages = self.env[f"invoice.tax.{model}.wizard"]
            for name in names:
                arguments = (values, list(values), {name: {}})
                with self.subTest(model, field=name):
                    own = pages.with_user(self.clerk).onchange(*arguments)["value"]
                    self.assertIn(name, own, "not asked the right way")
                    # A call of its own finds nothing in the cache.
                    self.env.invalidate_all()
                    with self.assertRaises(AccessError):
                        pages.with_user(self.stranger).onchange(*arguments)

    def test_secrets_are_for_the_system_only(self):
        for user in (self.clerk, self.manager):
            connection = self.connection.with_user(user)
            for name in ("address", "encryption_key", "platform_number"):
                with self.assertRaises(AccessError):
                    connection.read([name])
            with self.assertRaises(AccessError):
                self.taxpayer.sudo().lane_id.with_user(user).read(
                    ["certificate_password"]
                )
