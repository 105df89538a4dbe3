from unittest.mock import patch

from odoo import SUPERUSER_ID, api

from .common import TaxServiceMixin


class TourMixin:
    """What is done while a person works in a real browser.

    No cron runs during tests. What would wake one runs the dispatcher at the end of
    the request instead, on a cursor of its own, before the browser has its answer.
    """

    def setUp(self):
        super().setUp()
        self.is_dispatching = False
        lanes = self.registry["invoice.tax.lane"]
        self.startPatcher(patch.object(lanes, "_wake", self._make_wake()))

    def _make_wake(self):
        def wake(lanes, at=None):
            if at is None and not self.is_dispatching:
                lanes.env.cr.precommit.add(self._run_dispatcher)

        return wake

    def _run_dispatcher(self):
        self.is_dispatching = True
        try:
            with self.registry.cursor() as cursor:
                env = api.Environment(cursor, SUPERUSER_ID, {})
                env["invoice.tax.lane"]._cron_dispatch()
        finally:
            self.is_dispatching = False


class ChineseTourMixin(TourMixin, TaxServiceMixin):
    """The pages in a real browser, in Chinese, as an ordinary accountant."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.lang"]._activate_lang("zh_CN")
        cls.clerk.lang = "zh_CN"

    def start(self, path, name, user=None):
        """Walk the tour ``tax_service_<name>`` from a page on, as clerk or user."""
        self.env.flush_all()
        login = (user or self.clerk).login
        self.start_tour(f"/odoo/{path}", f"tax_service_{name}", login=login)
        self.env.invalidate_all()
