import json
from datetime import timedelta
from unittest.mock import patch

from odoo.tests import tagged

from odoo.addons.invoice_tax_service.gateway.operation_kinds import KINDS
from odoo.addons.invoice_tax_service.tests.fake_bureau import PERIOD

from .common import LicenseCase
from .ways import WaysMixin, find_public_methods

# The gear menu of a page is looked up in all kinds of actions.
ACTIONS = (
    "act_url",
    "act_window",
    "act_window_close",
    "actions",
    "client",
    "report",
    "server",
)
# What nobody needs a licence for: to look, to find out what became of something, to
# give it up, and to look after the line to the bureau. Everything else is shut.
OPEN_WAYS = {
    # Bills and entries are of the books alone; nothing of them goes to the bureau.
    "account.move": (
        "action_confirm_input_invoice",
        "action_open_tax_confirmation",
        "action_reject_input_invoice",
        "action_transfer_out",
    ),
    # What is missing is seen without a licence; what talks to the bureau is shut.
    "invoice.tax.comparison": (
        "action_compare",
        "action_export",
        "action_open",
        "action_print",
    ),
    "invoice.tax.comparison.line": (
        "action_confirm_bill",
        "action_make_bill",
        "action_open_bill",
        "action_open_entries",
        "action_open_invoice",
        "action_open_items",
        "action_post_entry",
        "action_repost_entry",
        "action_transfer_out",
    ),
    "invoice.tax.confirmation": (
        "action_export",
        "action_open_entries",
        "action_open_input_invoices",
        "action_post_entry",
        "action_print",
        "action_repost_entry",
    ),
    "invoice.tax.connection": ("action_check_environment",),
    "invoice.tax.download.wizard": ("action_download", "action_upload"),
    "invoice.tax.import": ("action_download_errors", "action_open_log"),
    "invoice.tax.import.wizard": (
        "action_back",
        "action_download_errors",
        "action_download_file",
    ),
    "invoice.tax.input.invoice": (
        "action_confirm_bill",
        "action_export",
        "action_make_bills",
        "action_make_purchase_taxes",
        "action_match_bills",
        "action_reject_bill",
        "action_transfer_out",
    ),
    "invoice.tax.invoice.query": ("action_query",),
    "invoice.tax.lane": (
        "action_open_failed",
        "action_open_passwords",
        "action_open_tasks",
        "action_resume",
    ),
    "invoice.tax.operation": (
        "action_discard",
        "action_export",
        "action_fetch_result",
        "action_open_ledger",
        "action_open_red_locked",
        "action_void",
        "get_batch",
        "list_batches",
        "note_opened",
    ),
    "invoice.tax.operation.line": ("action_export",),
    "invoice.tax.password.wizard": ("action_apply", "action_ask_question"),
    "invoice.tax.period": (
        "action_compare",
        "action_open_input_invoices",
        "action_open_statistics",
        "get_banner",
    ),
    # Who may do what is for people to settle, whatever is licensed.
    "invoice.tax.right": ("get_matrix", "set_by_role", "set_hiding", "set_right"),
    # It says itself what is missing, and leads there; the first fetch is shut.
    "invoice.tax.start": (
        "action_add_another",
        "action_add_taxpayer",
        "action_check",
        "action_choose_connection",
        "action_enter_passwords",
        "action_keep_access",
        "action_open_month",
    ),
    "invoice.tax.statistics": (
        "action_export",
        "action_open_entries",
        "action_open_input_invoices",
        "action_print",
    ),
    "invoice.tax.taxpayer": (
        "action_month_compare",
        "action_month_failed",
        "action_month_period",
        "action_month_select",
        "action_month_start",
        "action_month_table",
        "action_month_tasks",
        "action_month_taxpayer",
        "action_check_environment",
        "action_fetch_staff",
        "action_open_input_invoices",
        "action_open_operations",
        "action_open_passwords",
        "action_resume",
        "action_save_staff",
    ),
    "res.config.settings": ("get_values", "set_values"),
    **{f"ir.actions.{kind}": ("get_bindings",) for kind in ACTIONS},
}


class TestGate(WaysMixin, LicenseCase):
    """Without a usable licence nothing of the service can be used, every way says why
    not and leads to the licences; what never was told to the platform keeps working."""

    def submit_external(self, operation_type="deduct", invoices=()):
        return self.operations().submit_batch(
            self.taxpayer.tax_number,
            operation_type,
            PERIOD,
            f"gate-{operation_type}",
            [{"number": one.number} for one in invoices],
        )

    def open_pages(self, invoices):
        """Every page that can be open at the moment when the licence ends."""
        period = self.taxpayer.current_period_id.with_user(self.clerk)
        self.bureau.results[invoices[0].number] = "abnormal"
        failed = self.submit("deduct", invoices[0])
        self.dispatch()
        self.assertEqual(failed.state, "failed")
        action = invoices[1].action_exclude()
        self.submit_table("statistics")
        self.dispatch()
        pages = [
            self.env[action["res_model"]].with_user(self.clerk).browse(action["res_id"])
        ]
        wizards = {
            "comparison": {"period_id": period.id},
            "import.wizard": {"taxpayer_id": self.taxpayer.id},
            "invoice.query": {"taxpayer_id": self.taxpayer.id},
            "start": {"taxpayer_id": self.taxpayer.id},
            "refund.wizard": {"taxpayer_id": self.taxpayer.id},
            "roll.back": {"period_id": period.id},
            "table.wizard": {"period_id": period.id},
        }
        pages += [
            self.env[f"invoice.tax.{name}"].with_user(self.clerk).create(values)
            for name, values in wizards.items()
        ]
        # A line is written by the comparison, and by nobody else.
        lines = self.env["invoice.tax.comparison.line"].with_user(self.clerk)
        line = lines.sudo().create(
            {
                "taxpayer_id": self.taxpayer.id,
                "period_id": period.id,
                "input_invoice_id": invoices[1].id,
                "kind": "not_selected",
            }
        )
        pages += [line.sudo(False), invoices, period, period.statistics_id]
        pages += [self.taxpayer, failed]
        return {page._name: page for page in pages}

    def test_row_P7_every_way_is_shut(self):
        self.authorise()
        invoices = self.add_invoices(2)
        pages = self.open_pages(invoices)
        self.license.cancel()
        operations = pages["invoice.tax.operation"]
        keys = [{"number": one.number} for one in invoices]
        # Talks to the bureau while the user waits, as no test may.
        pages["invoice.tax.taxpayer", "action_check_environment"] = None
        pages["invoice.tax.start", "action_check"] = None
        arguments = {
            ("invoice.tax.operation", "submit_batch"): [
                (
                    self.taxpayer.tax_number,
                    key,
                    PERIOD,
                    f"gate-{key}",
                    keys if kind.subject == "invoices" else [],
                )
                for key, kind in KINDS.items()
            ],
            ("invoice.tax.operation", "retry_batch"): [
                (operations.batch_number, "gate-retry")
            ],
        }
        self.press_all("invoice_tax_service", pages, OPEN_WAYS, arguments)

    def test_row_P7_a_new_way_without_a_gate_is_noticed(self):
        """What shuts every way would see the next one that forgets to ask."""
        [definition] = [
            one
            for one in self.registry["invoice.tax.operation"].__mro__
            if "action_retry" in vars(one)
        ]

        def action_new(operations):
            return operations.env["invoice.tax.fetch"]._ask(self.taxpayer, "pool")

        self.startPatcher(
            patch.object(definition, "action_new", action_new, create=True)
        )
        self.assertIn(
            ("invoice.tax.operation", "action_new"),
            find_public_methods(self.env, "invoice_tax_service"),
        )
        with self.assertRaises(AssertionError):
            self.press_shut(self.operations().action_new, ())

    def test_row_P7_every_kind_of_operation_is_shut(self):
        for key, kind in KINDS.items():
            if kind.subject == "table":
                self.press_shut(self.submit_table, (key,))
            else:
                self.press_shut(self.submit, (key, self.add_invoices(1)))

    def test_row_P7_a_workbook_is_refused_before_it_is_read(self):
        wizard = (
            self.env["invoice.tax.import.wizard"]
            .with_user(self.clerk)
            .create({"taxpayer_id": self.taxpayer.id})
        )
        self.assertShut(wizard.action_check)

    def test_row_P7_a_retry_is_refused(self):
        invoices = self.add_invoices(1)
        self.authorise()
        self.bureau.results[invoices.number] = "abnormal"
        operation = self.submit("deduct", invoices)
        self.dispatch()
        self.assertEqual(operation.state, "failed")
        self.license.cancel()
        self.assertShut(operation.action_retry)
        self.assertShut(operation.retry_batch, operation.batch_number, "again-1")

    def test_row_P7_open_with_a_licence(self):
        invoices = self.add_invoices(2)
        self.authorise()
        self.submit("deduct", invoices)
        self.dispatch()
        self.assertStands(invoices, "selected", "deduct")

    def test_row_P7_what_waits_fails_when_the_licence_has_gone(self):
        invoices = self.add_invoices(2)
        self.authorise()
        operation = self.submit("deduct", invoices)
        table = self.submit_table("statistics")
        self.license.cancel()
        self.dispatch()
        self.assertEqual((operation.state, table.state), ("failed", "failed"))
        self.assertEqual(
            operation.line_ids.mapped("result_code"), ["service_unavailable"] * 2
        )
        self.assertIn("cancelled", operation.description)
        self.assertStands(invoices, "unselected")

    def test_row_P7_historic_rows_keep_working(self):
        self.license.sudo().write({"auth_state": "authorised"})
        self.assertFalse(self.license.sync_state)
        self.assertFalse(self.taxpayer._get_service_unavailable_reason("receiving"))
        self.taxpayer.action_fetch()
        # And can be told to the platform.
        self.license.action_sync_authorisation()
        self.dispatch()
        self.assertEqual(self.license.sync_state, "success")

    def test_row_P7_the_page_of_the_period_says_why(self):
        period = self.taxpayer.current_period_id
        self.assertIn("not authorised", period.license_trouble)
        self.assertFalse(period.can_build)
        self.assertIn("not authorised", self.taxpayer.license_trouble)
        action = period.action_open_licenses()
        self.assertEqual(action["res_model"], "invoice.tax.license")
        self.authorise()
        self.env.invalidate_all()
        self.assertFalse(period.license_trouble)

    def test_row_P7_scheduled_actions_pass_over_and_say_so_once(self):
        invoices = self.add_invoices(1)
        self.taxpayer.sudo().is_selecting_by_bill = True
        self.company.partner_id.lang = "en_US"

        def run_crons():
            with self.cron_environment() as env:
                env["invoice.tax.fetch"]._cron_fetch()
                env["invoice.tax.taxpayer"]._cron_select_by_bill()
            return self.taxpayer.sudo().message_ids.filtered(
                lambda message: "pass over" in (message.body or "")
            )

        fetches = self.env["invoice.tax.fetch"].search_count([])
        self.assertEqual(len(run_crons()), 1)
        self.assertEqual(len(run_crons()), 1)
        self.assertEqual(self.env["invoice.tax.fetch"].search_count([]), fetches)
        self.assertStands(invoices, "unselected")
        self.authorise()
        self.assertEqual(len(run_crons()), 1)
        self.assertTrue(
            self.env["invoice.tax.fetch"].search(
                [("taxpayer_id", "=", self.taxpayer.id)]
            )
        )
        self.license.cancel()
        self.assertEqual(len(run_crons()), 2)

    def test_row_P7_passed_over_is_said_once_for_each_service(self):
        """Who may receive and not issue is no news every day."""
        self.company.partner_id.lang = "en_US"
        self.authorise()
        said = []
        for _day in range(2):
            for group, served in (("issuing", False), ("receiving", True)):
                found = self.taxpayer.sudo()._filter_served(group)
                self.assertEqual(bool(found), served, group)
            messages = self.taxpayer.sudo().message_ids
            said.append(
                len(messages.filtered(lambda one: "pass over" in (one.body or "")))
            )
        self.assertEqual(said, [1, 1])

    def test_row_P7_not_before_and_not_after_its_validity(self):
        today = self.taxpayer._get_today()
        self.platform.validity = (today + timedelta(days=1), today + timedelta(days=9))
        self.authorise()
        with self.assertLicenseRefused("service_unavailable", "valid from"):
            self.taxpayer.action_fetch()
        self.now += timedelta(days=1)
        self.taxpayer.action_fetch()
        self.now += timedelta(days=9)
        with self.assertLicenseRefused("service_unavailable", "ended on"):
            self.taxpayer.action_fetch()

    def test_row_P7_issuing_is_asked_apart(self):
        self.authorise(self.get_license(self.taxpayer, "issuing"))
        self.assertFalse(self.taxpayer._get_service_unavailable_reason("issuing"))
        self.assertTrue(self.taxpayer._get_service_unavailable_reason("receiving"))
        self.assertIn(
            "no licence", self.taxpayer._get_service_unavailable_reason("cooking")
        )

    def test_row_P7_programs_get_a_code(self):
        invoices = self.add_invoices(1)
        error = self.assertShut(lambda: self.submit_external(invoices=invoices))
        self.assertEqual(error.context["code"], "service_unavailable")
        self.assertTrue(json.dumps(error.context))


@tagged("post_install", "-at_install")
class TestInstall(LicenseCase):
    """What is there when the addon comes."""

    def test_taxpayers_of_before_get_licences(self):
        self.taxpayer.sudo().license_ids.unlink()
        self.env["invoice.tax.taxpayer"].search([])._ensure_licenses()
        self.assertEqual(len(self.taxpayer.sudo().license_ids), 2)

    def test_the_platform_is_no_bureau(self):
        """A taxpayer cannot choose it as its connection to the bureau."""
        field = self.env["invoice.tax.taxpayer"]._fields["connection_id"]
        domain = field.domain
        self.assertIn(("channel", "!=", "entitlement"), list(domain))
        self.assertNotEqual(
            self.taxpayer.sudo()._get_entitlement_lane(), self.taxpayer.sudo().lane_id
        )

    def test_a_copied_database_keeps_no_secret(self):
        from odoo.tools import file_open

        with file_open("invoice_tax_license/data/neutralize.sql") as script:
            self.env.flush_all()
            self.env.cr.execute(script.read())
        self.env.invalidate_all()
        self.assertFalse(self.platform_connection.entitlement_secret)

    def test_the_secret_is_told_to_nobody(self):
        connection = self.platform_connection.sudo()
        secret = connection.entitlement_secret
        self.assertTrue(secret)
        admin = self.env.ref("base.user_admin")
        admin.company_ids |= connection.company_id
        connection = connection.with_user(admin).with_context(
            allowed_company_ids=connection.company_id.ids
        )
        told = [
            connection.read(["entitlement_secret"]),
            connection.web_read({"entitlement_secret": {}}),
            connection.export_data(["entitlement_secret"]),
            connection.copy({"active": False}).read(["entitlement_secret"]),
        ]
        self.assertNotIn(f"'{secret}'", repr(told))
