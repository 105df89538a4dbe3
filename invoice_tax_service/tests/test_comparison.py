from datetime import date, timedelta
from decimal import Decimal

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import Form

from .bill_common import BOOKKEEPER, BillCase, TwoCompanies
from .common import CLERK, SECOND
from .fake_bureau import PERIOD

MENDER = f"{CLERK},{BOOKKEEPER}"


class ComparisonCase(BillCase):
    """A tax period of which bureau, Odoo and books are compared by an accountant who
    may do both: work at the bureau and book."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.mender = cls._new_user("tax_mender", MENDER)

    def setUp(self):
        super().setUp()
        self.period = self.taxpayer.current_period_id

    # === THE WORLD === #

    def add_selected(self, count=1, purpose="deduct", **values):
        """Invoices that are selected for the period, at the bureau and in Odoo."""
        return self.add_invoices(
            count, selection="selected", purpose=purpose, period=PERIOD, **values
        )

    def book(self, invoices):
        """Posted vendor bills of these."""
        for invoice in self.pool(invoices):
            invoice.action_make_bills()
            invoice.bill_id.action_post()
        return self.pool(invoices).bill_ids

    def read_table(self, status="02", **values):
        """The bureau builds its table of what it holds, and Odoo reads it."""
        return self.open_period(statistics_status=status, **values)

    # === THE PAGE === #

    def bill_with_credit(self, invoice):
        """A draft bill of 91 whose VAT of 9 % is what is credited of the invoice."""
        tax = self.env["account.tax"].search(
            [
                ("company_id", "=", self.company.id),
                ("type_tax_use", "=", "purchase"),
                ("amount", "=", 9),
                ("price_include", "=", False),
            ],
            limit=1,
        )
        bill = self.bill(91, input_invoice_number=invoice.number)
        bill.invoice_line_ids.tax_ids = tax
        bill.line_ids.filtered("tax_line_id").amount_currency = 9
        return bill

    def compare(self, period=None, user=None):
        period = (period or self.period).with_user(user or self.mender)
        self.env.invalidate_all()
        action = period.action_compare()
        return (
            self.env[action["res_model"]]
            .with_user(user or self.mender)
            .browse(action["res_id"])
        )

    def figure(self, page, block, measure):
        """The three columns of a row, as text."""
        [row] = [
            row
            for row in page.figures
            if (row["block"], row["measure"]) == (block, measure)
        ]
        return tuple(row[side] for side in ("bureau", "odoo", "books"))

    def assertAgrees(self, page=None):
        page = page or self.compare()
        self.assertEqual(
            (page.verdict, page.line_ids.filtered(lambda one: not one.is_open)),
            ("agreed", page.line_ids.browse()),
            [page.figures, page.line_ids.mapped(lambda one: (one.kind, one.name))],
        )
        return page

    def assertDiffers(self, kind, mend, **values):
        """One difference, and the one button that mends it."""
        page = self.compare()
        line = page.line_ids
        self.assertEqual(line.mapped("kind"), [kind], page.figures)
        self.assertEqual(line.mend, mend)
        for name, value in values.items():
            self.assertEqual(line[name], value, name)
        if line.is_open:
            self.assertEqual((page.open_count, page.difference_count), (1, 0))
        else:
            self.assertEqual((page.verdict, page.difference_count), ("different", 1))
        return line

    def press(self, line):
        """The button that the page shows for a line."""
        names = {
            "build": "action_build_statistics",
            "rebuild": "action_revoke_statistics",
            "transfer": "action_transfer_out",
        }
        return getattr(line, names.get(line.mend, f"action_{line.mend}"))()


class TestComparison(ComparisonCase):
    """Three columns to the cent, with a verdict for each row."""

    def test_row_C16_comparison_to_the_cent(self):
        deducted = self.add_selected(2)
        deducted |= self.add_selected(
            net_amount=Decimal("999.99"),
            vat_amount=Decimal("129.97"),
            gross_amount=Decimal("1129.96"),
            creditable_vat=Decimal("129.97"),
        )
        excluded = self.add_selected(purpose="exclude", reason="3")
        self.book(deducted | excluded)
        self.read_table()
        page = self.assertAgrees()
        self.assertEqual(self.figure(page, "deduct", "count"), (3, 3, 3))
        for measure, wanted in (
            ("net", ("1199.99", "1199.99", None)),
            ("creditable", ("155.97", "155.97", None)),
            ("bill_vat", (None, "155.97", "155.97")),
            ("gross", (None, "1355.96", "1355.96")),
        ):
            self.assertEqual(self.figure(page, "deduct", measure), wanted, measure)
        self.assertEqual(self.figure(page, "exclude", "count"), (1, 1, 1))
        self.assertEqual(self.figure(page, "exclude", "gross")[1:], ("113.00",) * 2)
        self.assertFalse(page.is_without_table)
        blocks = page._get_blocks()
        self.assertEqual([block["is_agreed"] for block in blocks], [True, True])
        self.assertEqual(blocks[0]["rows"][1]["difference"], Decimal("0.00"))
        # A cent is a difference.
        deducted[2].sudo().creditable_vat = 129.96
        page = self.compare()
        self.assertEqual(page.verdict, "different")
        self.assertEqual(
            self.figure(page, "deduct", "creditable"), ("155.97", "155.96", None)
        )
        rows = page._get_blocks()[0]["rows"]
        self.assertEqual([row["difference"] for row in rows][2], Decimal("0.01"))
        self.assertIn("0.01", page.figures_html)

    def test_row_C16_comparison_before_the_table(self):
        """What the bureau has not said yet is no difference."""
        self.book(self.add_selected(2))
        line = self.assertDiffers("table_missing", "build", lacking="bureau")
        page = line.comparison_id
        self.assertTrue(page.is_without_table)
        self.assertEqual(page.verdict, "agreed")
        self.assertEqual(self.figure(page, "deduct", "count"), (None, 2, 2))
        self.press(line)
        self.dispatch()
        page = self.assertAgrees()
        self.assertEqual(self.figure(page, "deduct", "count"), (2, 2, 2))
        self.assertFalse(page.line_ids)

    def test_row_C16_comparison_of_nothing(self):
        page = self.assertAgrees()
        self.assertFalse(page.line_ids)
        self.assertEqual(self.figure(page, "deduct", "count"), (None, 0, 0))

    def test_row_C16_comparison_of_a_quarter(self):
        self.taxpayer.sudo().filing_frequency = "quarter"
        period = self.env["invoice.tax.period"]._get_or_create(self.taxpayer, "202612")
        self.assertEqual(period._get_days(), (date(2026, 10, 1), date(2026, 12, 31)))
        self.taxpayer.sudo().filing_frequency = "month"
        self.assertEqual(period._get_days()[0], date(2026, 12, 1))

    def test_row_C16_comparison_as_many_queries_for_2000_invoices_as_for_20(self):
        self.add_selected(20)
        self.read_table()

        def count():
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            page = self.compare()
            queries = self.env.cr.sql_log_count - before
            return queries, page

        count()  # what is cached for good is not of the rows
        few, page = count()
        self.assertEqual(page.difference_count, 20)
        self.add_selected(1980)
        self.read_table()
        many, page = count()
        self.assertEqual(page.difference_count, 2000)
        self.assertEqual(self.figure(page, "deduct", "count"), (2000, 2000, 0))
        # Ids are read in pieces of a thousand.
        self.assertLessEqual(many, few + 4, "queries grow with the invoices")

    def test_row_C16_comparison_is_of_its_user_and_of_who_may(self):
        self.add_selected(1)
        page = self.compare(user=self.viewer)
        self.assertTrue(page.line_ids)
        for record in (page, page.line_ids):
            with self.assertRaises(AccessError):
                record.with_user(self.mender).read(["display_name"])
        line = page.line_ids.filtered(lambda one: one.mend == "build")
        with self.assertRefused("no_right"):
            line.action_build_statistics()
        bill = page.line_ids.filtered(lambda one: one.mend == "make_bill")
        invoicing = self._new_user(
            "only_viewer", "invoice_tax_service.group_viewer", self.company
        )
        page = self.compare(user=invoicing)
        bill = page.line_ids.filtered(lambda one: one.mend == "make_bill")
        with self.assertRefused("no_billing_right"):
            bill.action_make_bill()
        rights = self.env["invoice.tax.right"]
        rights.create(
            {
                "company_id": self.company.id,
                "user_id": self.viewer.id,
                "item": "compare",
                "is_allowed": False,
            }
        )
        with self.assertRefused("no_right"):
            self.compare(user=self.viewer)
        with self.assertRefused("no_right"):
            self.env["invoice.tax.comparison"].with_user(self.viewer).action_open()

    def test_row_C16_comparison_is_reached_from_menu_and_month(self):
        pages = self.env["invoice.tax.comparison"].with_user(self.mender)
        page = pages.browse(pages.action_open()["res_id"])
        self.assertEqual(page.period_id, self.period)
        taxpayer = self.taxpayer.with_user(self.mender)
        self.assertTrue(taxpayer.action_month_compare()["res_id"])
        menu = self.env.ref("invoice_tax_service.menu_comparison")
        self.assertEqual(
            menu.parent_id, self.env.ref("invoice_tax_service.menu_receiving")
        )
        # Another period is chosen on the page.
        older = self.env["invoice.tax.period"]._get_or_create(self.taxpayer, "202609")
        page.period_id = older
        page.action_compare()
        self.assertEqual(page.period_id, older)
        self.assertEqual(page.verdict, "agreed")

    # === WHAT IS WRITTEN === #

    def assertForgotten(self, page):
        self.env.invalidate_all()
        for name in ("verdict", "compared_at", "figures", "figures_html"):
            self.assertFalse(page[name], name)
        self.assertEqual((page.difference_count, page.open_count), (0, 0))
        self.assertFalse(page.line_ids)

    def test_row_C16_figures_are_forgotten_with_their_period(self):
        self.add_selected(1)
        page = self.compare()
        self.assertTrue(page.line_ids)
        older = self.env["invoice.tax.period"]._get_or_create(self.taxpayer, "202609")
        page.write({"period_id": self.period.id})
        self.assertEqual(page.verdict, "different", "nothing was changed")
        with Form(page) as form:
            form.period_id = older
            self.assertFalse(form.verdict, "the verdict stands until it is saved")
            self.assertFalse(form.figures_html)
        self.assertEqual(page.period_id, older)
        self.assertForgotten(page)
        page.action_compare()
        self.assertEqual(page.verdict, "agreed")
        # A taxpayer brings its current period.
        other = self._new_taxpayer(SECOND, self.connection)
        page.write({"taxpayer_id": other.id})
        self.assertForgotten(page)

    def test_row_C16_figures_are_not_written_by_hand(self):
        self.add_selected(1)
        page = self.compare()
        figures = page.figures
        by_hand = {"figures": [], "verdict": "agreed", "difference_count": 0}
        page.write({**by_hand, "compared_at": "2026-01-01", "line_ids": [(5,)]})
        self.env.invalidate_all()
        self.assertEqual((page.verdict, page.figures), ("different", figures))
        self.assertEqual(len(page.line_ids), page.difference_count + page.open_count)
        defaults = {f"default_{name}": value for name, value in by_hand.items()}
        pages = page.browse().with_context(**defaults)
        for made in (
            pages.create({"period_id": self.period.id, **by_hand}),
            pages.create({"period_id": self.period.id}),
            page.copy(),
        ):
            self.assertEqual(made.period_id, self.period)
            self.assertForgotten(made)
        # Of two taxpayers, it is that of the period.
        other = self._new_taxpayer(SECOND, self.connection)
        page.write({"taxpayer_id": other.id, "period_id": self.period.id})
        page.action_compare()
        self.assertEqual(page.taxpayer_id, self.taxpayer)

    def test_row_C16_lines_are_written_by_the_comparison_alone(self):
        [invoice] = self.add_selected(1)
        page = self.compare()
        line = page.line_ids.filtered(lambda one: one.mend == "make_bill")
        self.assertEqual(line.name, invoice.number)
        values = {
            "comparison_id": page.id,
            "taxpayer_id": self.taxpayer.id,
            "period_id": self.period.id,
            "kind": "no_bill",
        }
        for act in (
            lambda: line.create(values),
            lambda: line.write({"name": "x"}),
            line.unlink,
        ):
            with self.assertRaises(AccessError):
                act()
        # They go as all pages go, whoever asked.
        old = fields.Datetime.now() - timedelta(days=3)
        self.env.cr.execute(
            "UPDATE invoice_tax_comparison_line SET write_date = %s", [old]
        )
        self.env.invalidate_all()
        lines = page.line_ids
        self.env["invoice.tax.comparison.line"]._transient_vacuum()
        self.assertFalse(lines.exists())
        self.assertTrue(page.exists())


class TestTwoCompanies(ComparisonCase, TwoCompanies):
    """Nothing of another company is counted, and a tax number only as a whole."""

    def test_row_C16_comparison_of_two_companies(self):
        self.open_period(self.other_taxpayer)
        own = self.add_selected(2)
        theirs = self.add_invoices(
            3,
            self.other_taxpayer,
            selection="selected",
            purpose="deduct",
            period=PERIOD,
        ).with_user(self.stranger)
        self.book(own)
        self.bill(post=True)
        page = self.compare()
        self.assertEqual(self.figure(page, "deduct", "count")[1:], (2, 2))
        # Theirs stay unbooked, whoever has booked what with the same number here.
        for invoice in theirs:
            self.bill(
                input_invoice_number=invoice.number,
                invoice_date="2026-09-01",
                date="2026-09-01",
                post=True,
            )
        page = self.compare(self.other_taxpayer.current_period_id, self.stranger)
        self.assertEqual(self.figure(page, "deduct", "count")[1:], (3, 0))
        self.assertEqual(page.line_ids.input_invoice_id, theirs)
        for user in (self.mender, self.stranger):
            other = self.period if user == self.stranger else None
            other = other or self.other_taxpayer.current_period_id
            with self.assertRaises(AccessError):
                other.with_user(user).action_compare()
            pages = self.env["invoice.tax.comparison"].with_user(user)
            with self.assertRaises(AccessError):
                pages.create({"period_id": other.id})

    def test_row_C16_comparison_of_a_branch_under_the_same_number(self):
        branch = self.env["res.company"].create(
            {"name": "甲测试公司一分公司", "parent_id": self.company.id}
        )
        with self.assertRefused("comparison_companies"):
            self.compare()
        self.mender.company_ids |= branch
        self.mender = self.mender.with_context(
            allowed_company_ids=(self.company | branch).ids
        )
        self.assertTrue(self.compare().verdict)
        of_branch = self._new_user("tax_branch", MENDER, branch)
        with self.assertRefused("no_right"):
            self.compare(user=of_branch)
