import datetime
from unittest.mock import patch

from odoo.tests import TransactionCase, tagged
from odoo.tools import SQL

from odoo.addons.invoice_tax_service.tests.common import (
    ACCOUNTANT,
    OWN,
    SECOND,
    TaxServiceMixin,
    money,
)
from odoo.addons.invoice_tax_service.tests.fake_bureau import FakeClient

from ..models import connection as connection_module
from .fake_leqi import FakeIssuingClient, FakeLeqi

ISSUER = f"{ACCOUNTANT},invoice_tax_leqi.group_issuing_clerk"
FIGURES = ("downloaded", "unused", "taken", "available")


def take_numbers(issues):
    """Numbers without quota, ``{issue id: number}`` of those that got one."""
    numbers = issues.env["invoice.tax.number"].sudo()
    supply = numbers._reserve(issues)
    for issue in issues:
        supply.serve(issue.id, issue.taxpayer_id.id, f"{issue.issued_on:%Y}")
    return numbers._give(supply)


class LeqiMixin(TaxServiceMixin):
    """A taxpayer that issues, and an accountant who may do so; see
    :class:`TaxServiceMixin`. The day is what the test's clock says."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        clients = patch.dict(
            connection_module.ISSUING_CLIENTS, {FakeClient.channel: FakeIssuingClient}
        )
        cls.startClassPatcher(clients)
        # Those of the demonstration and of other tests stay out of the daily cron.
        cls.env["invoice.tax.taxpayer"].search([]).is_issuing = False
        cls.issuer = cls._new_user("tax_issuer", ISSUER)
        cls.taxpayer.sudo().is_issuing = True
        cls.taxpayer = cls.taxpayer.with_user(cls.issuer)
        cls.other_connection = cls._new_connection(cls.other_company)

    def setUp(self):
        super().setUp()
        self.now = datetime.datetime(2026, 11, 10, 1, 0)
        self.leqi = FakeLeqi(lambda: self.now)
        self.startPatcher(patch.object(FakeIssuingClient, "leqi", self.leqi))
        self.startPatcher(
            patch.object(
                self.registry["invoice.tax.taxpayer"],
                "_get_today",
                lambda _taxpayer: self.leqi.today,
            )
        )

    def close_gate(self, *taxpayers):
        """These have no licence to issue, as the addon of the licences says it."""
        unlicensed = self.env["invoice.tax.taxpayer"].union(*taxpayers)

        def get_reason(taxpayer, group):
            is_refused = group == "issuing" and taxpayer in unlicensed
            return is_refused and f"{taxpayer.name} 未授权"

        def filter_served(taxpayers, group):
            return taxpayers.filtered(lambda one: not get_reason(one, group))

        taxpayers = self.registry["invoice.tax.taxpayer"]
        self.patch(taxpayers, "_get_service_unavailable_reason", get_reason)
        self.patch(taxpayers, "_filter_served", filter_served)

    # === WHAT PEOPLE DO === #

    def of_issuer(self, model):
        return self.env[model].with_user(self.issuer)

    def read_quota(self):
        """Press 同步 and let the dispatcher work."""
        self.of_issuer("invoice.tax.quota").action_read()
        self.dispatch()
        return self.get_quota()

    def get_quota(self, month=None):
        return self.of_issuer("invoice.tax.quota").search(
            [
                ("taxpayer_id", "=", self.taxpayer.id),
                ("month", "=", month or f"{self.leqi.today:%Y%m}"),
            ]
        )

    def transfer(self, kind, amount, quota=None):
        """What the wizard does, and the dispatcher after it."""
        quota = quota or self.get_quota()
        action = getattr(quota, f"action_{kind}")()
        wizard = self.of_issuer(action["res_model"]).browse(action["res_id"])
        wizard.amount = amount
        wizard.action_confirm()
        self.dispatch()
        return quota.task_ids.sorted("id")[-1:]

    def open_quota(self, downloaded="800000.00", **values):
        """A month with so much downloaded."""
        self.leqi.open_month(values.pop("monthly", "1000000.00"), **values)
        quota = self.read_quota()
        if float(downloaded):
            self.transfer("download", downloaded)
        return quota

    def draw(self, count, mode="manual"):
        draws = self.of_issuer("invoice.tax.draw")
        if mode == "manual":
            draw = draws._ask_manual(self.taxpayer, count)
        else:
            self.company.leqi_draw_count = count
            draw = draws.sudo()._ask_automatic(self.taxpayer, count)
        self.dispatch()
        return draw

    def new_issues(self, *amounts, kind="blue", issued_on=None, taxpayer=None):
        """Issue requests by net amount; the VAT is 13 %."""
        return (
            self.env["invoice.tax.issue"]
            .create(
                [
                    {
                        "name": f"INV/{position}",
                        "taxpayer_id": (taxpayer or self.taxpayer).id,
                        "kind": kind,
                        "issued_on": issued_on or self.leqi.today,
                        "net_amount": float(amount),
                        "gross_amount": round(float(amount) * 1.13, 2),
                        "blue_issued_on": kind == "red" and self.leqi.today,
                        # The test itself takes for them, not the dispatcher.
                        "next_attempt_at": "2100-01-01 00:00:00",
                    }
                    for position, amount in enumerate(amounts)
                ]
            )
            .sudo()
        )

    def take(self, issues):
        """Codes of :meth:`_take` in the order of the issues."""
        codes = self.env["invoice.tax.quota"].sudo()._take(issues)
        return [codes[issue] for issue in issues]

    def take_numbers(self, issues):
        """Numbers in the order of the issues, "" where there is none."""
        numbers = take_numbers(issues)
        return [numbers.get(issue.id, "") for issue in issues]

    def run_daily(self):
        with self.cron_environment() as env:
            env["invoice.tax.quota"]._cron_daily()
            env.cr.rollback()
        self.dispatch()

    def dispatch_for_long(self):
        """Runs over an hour, in which every wait comes to its end."""
        for _position in range(6):
            self.pass_time(600)
            self.dispatch()

    # === WHAT MUST HOLD === #

    def assertFigures(self, quota, **figures):
        """These figures, and all of them are the sums of their movements."""
        quota.invalidate_recordset()
        for name, amount in figures.items():
            self.assertEqual(money(quota[name]), money(amount), name)
        self.assertBalanced(quota)

    def assertBalanced(self, quota):
        self.env.flush_all()
        sums = SQL(", ").join(SQL(f"COALESCE(SUM({n}_change), 0)") for n in FIGURES)
        [kept] = self.env.execute_query(
            SQL(
                "SELECT %s FROM invoice_tax_quota WHERE id = %s",
                SQL(", ").join(map(SQL.identifier, FIGURES)),
                quota.id,
            )
        )
        [summed] = self.env.execute_query(
            SQL(
                "SELECT %s FROM invoice_tax_quota_move WHERE quota_id = %s",
                sums,
                quota.id,
            )
        )
        self.assertEqual(kept, summed, "figures are not the sums of the movements")
        last = quota.sudo().move_ids.sorted("id")[-1:]
        if last:
            self.assertEqual(money(last.unused_after), money(quota.unused))

    def assertAsAtTheBureau(self, quota):
        """Here as there, to the cent."""
        month = self.leqi.months[quota.month]
        self.assertFigures(
            quota,
            available=month.available,
            downloaded=month.downloaded,
            unused=month.unused,
        )


@tagged("post_install", "-at_install")
class LeqiCase(LeqiMixin, TransactionCase):
    """Base of the tests without HTTP. Issue requests are taken for and uploaded by
    the tests themselves; the dispatcher leaves them alone."""

    def setUp(self):
        super().setUp()
        lanes = self.registry["invoice.tax.lane"]
        waiting = {"invoice.tax.request": "invoice.tax.operation"}
        self.patch(lanes, "_get_waiting_models", lambda _lanes: waiting)


__all__ = ["ISSUER", "OWN", "SECOND", "LeqiCase", "LeqiMixin", "money"]
