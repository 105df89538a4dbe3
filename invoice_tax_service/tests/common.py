import contextlib
from datetime import timedelta
from decimal import Decimal
from types import SimpleNamespace
from unittest.mock import patch

from odoo import SUPERUSER_ID, api, fields
from odoo.tests import HttpCase, TransactionCase, new_test_user, tagged

from ..exceptions import TaxServiceError
from ..gateway import bureau as gateway_bureau
from ..gateway.operation_kinds import KINDS
from ..models import lane as lane_module
from ..models import task_mixin as task_module
from ..models.words import OPERATION_TYPES
from ..tools.selection_plan import WishRow
from .fake_bureau import PERIOD, FakeBureau, FakeClient

ACCOUNTANT = "account.group_account_user"
CLERK = f"{ACCOUNTANT},invoice_tax_service.group_receiving_clerk"
VIEWER = f"{ACCOUNTANT},invoice_tax_service.group_viewer"
MANAGER = f"{ACCOUNTANT},invoice_tax_service.group_manager"
# Synthetic numbers of the domain dictionary, 6.1: U11 to U14.
OWN = "91110105MA0TE5T019"
SECOND = "91310115MA1TE5T02F"
FOREIGN = "91440300MA5TE5T031"
SMALL = "91330108MA2TE5T040"
# What the log knows, with invoices and without.
SELECTION_OPERATIONS = tuple(
    key
    for key, _label in OPERATION_TYPES
    if KINDS[key].subject == "invoices"
    # Pre-selection and batch certification have tests of their own.
    and not (KINDS[key].sent_as or KINDS[key].is_local)
)
TABLE_OPERATIONS = tuple(
    key for key, _label in OPERATION_TYPES if KINDS[key].subject == "table"
)


class Killed(BaseException):
    """What kill -9 is to the code under test: nobody gets to clean up."""


class TaxServiceMixin:
    """A company with a taxpayer on the fake channel, and three of its users.

    Everything is done as an ordinary accountant; only what the dispatcher cron
    does runs as the cron's user. The clock stands still and moves when somebody
    sleeps or the test says so (:meth:`pass_time`).
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # Loaded before, or leaving the patch would take the others out for good.
        gateway_bureau.get_channels()
        registry = patch.dict(
            gateway_bureau._registry, {FakeClient.channel: FakeClient}
        )
        cls.startClassPatcher(registry)
        cls._open_gate()
        # Whatever else is in the database talks to nobody while we dispatch.
        cls.env["invoice.tax.lane"].search([]).write({"is_stopped": True})
        cls.company = cls.env["res.company"].create({"name": "甲测试公司"})
        cls.other_company = cls.env["res.company"].create({"name": "乙测试公司"})
        cls.clerk = cls._new_user("tax_clerk", CLERK)
        cls.viewer = cls._new_user("tax_viewer", VIEWER)
        cls.manager = cls._new_user("tax_manager", MANAGER)
        cls.stranger = cls._new_user("tax_stranger", CLERK, cls.other_company)
        cls.connection = cls._new_connection(cls.company)
        cls.taxpayer = cls._new_taxpayer(OWN, cls.connection)

    @classmethod
    def _open_gate(cls):
        """All are served, whatever an addon of licences says: it has its own tests."""
        taxpayers = cls.registry["invoice.tax.taxpayer"]
        for hook, answer in (
            ("_get_service_unavailable_reason", lambda taxpayer, group: False),
            ("_filter_served", lambda taxpayers, group: taxpayers),
            ("_find_unserved", lambda taxpayers: taxpayers.browse()),
        ):
            cls.startClassPatcher(patch.object(taxpayers, hook, answer))

    @classmethod
    def _new_user(cls, login, groups, company=None):
        company = company or cls.company
        return new_test_user(
            cls.env,
            login,
            groups=groups,
            company_id=company.id,
            company_ids=[(6, 0, company.ids)],
            lang="en_US",
            tz="Asia/Shanghai",
        )

    @classmethod
    def _new_connection(cls, company, **values):
        return cls.env["invoice.tax.connection"].create(
            {
                "name": "假通道",
                "company_id": company.id,
                "channel": FakeClient.channel,
                "poll_interval": 0,
                **values,
            }
        )

    @classmethod
    def _new_taxpayer(cls, tax_number, connection, **values):
        taxpayer = cls.env["invoice.tax.taxpayer"].create(
            {
                "name": f"合成企业 {tax_number[-4:]}",
                "tax_number": tax_number,
                "company_id": connection.company_id.id,
                "connection_id": connection.id,
                **values,
            }
        )
        return taxpayer.with_user(cls.clerk)

    def setUp(self):
        super().setUp()
        self.bureau = FakeBureau()
        self.bureau.add_taxpayer(OWN)
        self.startPatcher(patch.object(FakeClient, "bureau", self.bureau))
        self.serial = 0
        # Ahead of the clock of the database, which writes the creation dates.
        self.now = fields.Datetime.now() + timedelta(minutes=1)
        self.startPatcher(
            patch.object(fields.Datetime, "now", staticmethod(lambda *args: self.now))
        )
        clock = SimpleNamespace(
            monotonic=lambda: self.now.timestamp(), sleep=self.pass_time
        )
        for module in (lane_module, task_module):
            self.startPatcher(patch.object(module, "time", clock))
        # The real lock wants a connection of its own, which a test in a single
        # transaction cannot have; TestLaneLock tests it with two.
        self.held = set()
        self.startPatcher(
            patch.object(self.registry["invoice.tax.lane"], "_hold", self._make_hold())
        )
        self.open_period()

    def pass_time(self, seconds):
        # Column precision is seconds, and so is that of the tests.
        self.now += timedelta(seconds=max(1, round(seconds)))

    def _make_hold(self):
        @contextlib.contextmanager
        def hold(_lanes, lane_id):
            yield lane_id not in self.held and SimpleNamespace(execute=lambda sql: None)

        return hold

    # === THE WORLD === #

    def open_period(self, taxpayer=None, **values):
        """The current period as a reading would note it."""
        taxpayer = taxpayer or self.taxpayer
        if taxpayer.tax_number not in self.bureau.periods:
            self.bureau.add_taxpayer(taxpayer.tax_number)
        self.bureau.change_period(taxpayer.tax_number, **values)
        data = self.bureau.periods[taxpayer.tax_number]
        standing = data.statistics_status not in ("01", "21", "22")
        period = self.env["invoice.tax.period"]._get_or_create(taxpayer, data.period)
        period._apply_bureau_data(
            data, self.bureau.table(taxpayer.tax_number) if standing else None
        )
        return period.with_user(self.clerk)

    def next_number(self):
        self.serial += 1
        return f"264420000000{self.serial:08d}"

    def add_invoices(self, count, taxpayer=None, **values):
        """Invoices that bureau and Odoo both know."""
        taxpayer = taxpayer or self.taxpayer
        data = [
            self.bureau.add_invoice(taxpayer.tax_number, self.next_number(), **values)
            for _position in range(count)
        ]
        return self.merge(data, taxpayer)

    def merge(self, data, taxpayer=None):
        taxpayer = taxpayer or self.taxpayer
        model = self.env["invoice.tax.input.invoice"]
        model._merge(taxpayer.sudo(), data)
        invoices = model.search(
            [
                ("taxpayer_id", "=", taxpayer.id),
                ("number", "in", [one.number for one in data]),
            ],
            order="id",
        )
        return invoices.with_user(self.clerk)

    # === WHAT PEOPLE DO === #

    def operations(self, user=None):
        return self.env["invoice.tax.operation"].with_user(user or self.clerk)

    def submit(self, operation_type, invoices, taxpayer=None, **wish):
        """What a button does with these invoices, without the page between."""
        taxpayer = taxpayer or self.taxpayer
        operations = self.operations()
        rows = operations._plan_selection(
            taxpayer, operation_type, PERIOD, invoices._get_wishes(**wish)
        )
        return operations._submit_selection(
            taxpayer, operation_type, PERIOD, rows, "manual"
        )

    def submit_table(self, operation_type, taxpayer=None):
        return self.operations()._submit_table(
            taxpayer or self.taxpayer, operation_type, PERIOD, "manual"
        )

    def wishes(self, *numbers, **values):
        return [WishRow(number=number, **values) for number in numbers]

    def plan_codes(self, operation_type, wishes):
        """number → refusal of a plan."""
        rows = self.operations()._plan_selection(
            self.taxpayer, operation_type, PERIOD, wishes
        )
        return [row.refusal for row in rows]

    def requests_of(self, operation):
        return operation.sudo().request_ids.sorted("id")

    # === WHAT THE DISPATCHER DOES === #

    @contextlib.contextmanager
    def cron_environment(self):
        """An environment that may commit, as a cron has it."""
        self.env.flush_all()
        with contextlib.ExitStack() as stack:
            if not isinstance(self, HttpCase):
                stack.enter_context(self.enter_registry_test_mode())
            cursor = stack.enter_context(self.registry.cursor())
            yield api.Environment(cursor, SUPERUSER_ID, {})
        self.env.invalidate_all()

    def dispatch(self):
        """One run of a dispatcher, to its end: at most ten seconds of the clock."""
        with self.cron_environment() as env:
            env["invoice.tax.lane"]._cron_dispatch()
            # The dispatcher has committed what must last.
            env.cr.rollback()

    def dispatch_and_die(self):
        """A run in which the worker is killed (see :class:`Killed`)."""
        # Not assertRaises: it would roll back what the dead worker has committed.
        try:
            self.dispatch()
        except Killed:
            return
        self.fail("the worker was not killed")

    def step(self, count=1, taxpayer=None):
        """Only so many steps of one lane."""
        lane_id = (taxpayer or self.taxpayer).lane_id.id
        with self.cron_environment() as env:
            for _position in range(count):
                # Over before it began: at least one step is done.
                env["invoice.tax.lane"]._work_lane(lane_id, float("-inf"))
            env.cr.rollback()

    def assertStands(self, invoices, selection, purpose=False):
        self.assertEqual(
            set(invoices.mapped("selection")), {selection}, "Odoo shows another state"
        )
        self.assertEqual(set(invoices.mapped("purpose")), {purpose})
        for invoice in invoices:
            key = (invoice.taxpayer_id.tax_number, invoice.number)
            held = [
                data
                for (owner, _key), data in self.bureau.invoices.items()
                if (owner, data.number) == key
            ]
            self.assertEqual(
                [(data.selection, data.purpose or False) for data in held],
                [(selection, purpose)],
                f"Odoo and the bureau differ on {invoice.number}",
            )

    def assertRefused(self, code):
        """A refusal with this code, a sentence, and nothing done."""
        return _Refused(self, code)


class _Refused:
    def __init__(self, case, code):
        self._case = case
        self._code = code

    def __enter__(self):
        self._before = self._count()
        self._savepoint = self._case.env.cr.savepoint()
        self._savepoint.__enter__()
        return self

    def _count(self):
        env = self._case.env
        return [
            env[model].search_count([])
            for model in ("invoice.tax.operation", "invoice.tax.operation.line")
        ]

    def __exit__(self, kind, error, trace):
        if error is not None and not isinstance(error, TaxServiceError):
            self._savepoint.__exit__(kind, error, trace)
            return False
        case = self._case
        case.assertIsNotNone(error, f"{self._code} was not refused")
        case.assertEqual(error.code, self._code)
        case.assertEqual(error.context["code"], self._code)
        case.assertRegex(str(error), r"\w+[ ,]?\w*", "a refusal without a sentence")
        case.assertEqual(self._count(), self._before, "something was half-done")
        self.sentence = str(error)
        self._savepoint.__exit__(kind, error, trace)
        case.env.invalidate_all()
        return True


@tagged("post_install", "-at_install")
class TaxServiceCase(TaxServiceMixin, TransactionCase):
    """Base of the tests without HTTP."""


def money(value):
    return Decimal(str(value)).quantize(Decimal("0.01"))
