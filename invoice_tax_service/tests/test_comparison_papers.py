import io
import unicodedata

import lxml.html
import openpyxl
import pypdf

from odoo.exceptions import AccessError
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from .entry_common import NEW_ACCOUNTS, EntryCase
from .fake_bureau import PERIOD
from .test_comparison import ComparisonCase

REPORT = "invoice_tax_service.invoice_tax_comparison_document"


@tagged("post_install", "-at_install")
class TestComparisonPapers(EntryCase, ComparisonCase, HttpCase):
    """The comparison is the month's working paper: as PDF and as workbook."""

    def setUp(self):
        super().setUp()
        self.env["res.lang"]._activate_lang("zh_CN")
        self.deduct_and_sign(2)
        self.run_cron()
        # A seller whose name a spreadsheet would take for a formula.
        [self.invoice] = self.add_invoices(
            1,
            selection="selected",
            purpose="exclude",
            reason="3",
            period=PERIOD,
            seller_name="=1+1",
        )

    def get_workbook(self, page):
        action = page.action_export()
        self.authenticate("tax_mender", "tax_mender")
        response = self.url_open(action["url"])
        self.assertEqual(response.status_code, 200)
        return openpyxl.load_workbook(io.BytesIO(response.content))

    def test_row_C16_paper_as_workbook(self):
        page = self.compare()
        book = self.get_workbook(page)
        head, figures, differences, entries = book.worksheets
        facts = {row[0].value: row[1].value for row in head.rows}
        self.assertEqual(facts["Company"], self.company.name)
        self.assertEqual(facts["Tax Number"], self.taxpayer.tax_number)
        self.assertEqual(facts["Tax Period"], PERIOD)
        self.assertTrue(facts["Compared At"])
        self.assertEqual(facts["Verdict"], "Differs: 2 lines")
        for label in ("Prepared By", "Reviewed By"):
            self.assertIn(label, facts)
            self.assertFalse(facts[label])
        rows = {
            (row[0], row[1]): row[2:] for row in figures.iter_rows(values_only=True)
        }
        self.assertEqual(rows["Deduct", "Invoice Count"], (2, 2, 2, 0, "Agrees"))
        self.assertEqual(rows["Deduct", "Creditable VAT"], (26, 26, 26, 0, "Agrees"))
        self.assertEqual(
            rows["Do Not Deduct", "Gross Amount"][1:], (113, 0, 113, "Differs")
        )
        formats = {
            cell.number_format for row in figures.iter_rows(2) for cell in row[2:5]
        }
        self.assertLessEqual({"0", "#,##0.00"}, formats)
        lines = [row for row in differences.iter_rows(min_row=2)]
        self.assertEqual(len(lines), 2)
        [line] = [row for row in lines if row[1].value == self.invoice.number]
        self.assertEqual(line[2].value, "=1+1")
        self.assertEqual(line[2].data_type, "s", "a formula")
        items = list(entries.iter_rows(min_row=2, values_only=True))
        self.assertEqual(sum(item[4] or 0 for item in items), 26)
        self.assertEqual(sum(item[5] or 0 for item in items), 26)

    def test_row_C16_paper_as_pdf(self):
        page = self.compare()
        self.assertEqual(page.action_print()["report_name"], REPORT)
        reports = (
            self.env["ir.actions.report"]
            .with_user(self.mender)
            .with_context(force_report_rendering=True, lang="zh_CN")
        )
        pdf, kind = reports._render_qweb_pdf(REPORT, page.ids)
        self.assertEqual(kind, "pdf")
        reader = pypdf.PdfReader(io.BytesIO(pdf))
        chinese = unicodedata.normalize(
            "NFKC", "".join(one.extract_text() for one in reader.pages)
        ).replace(" ", "")
        for part in ("纳税人识别号", "可抵扣税额", "份数"):
            self.assertIn(part, chinese, "not Chinese in the PDF")
        html, _kind = reports._render_qweb_html(REPORT, page.ids)
        text = lxml.html.fromstring(html.decode()).text_content()
        for part in (
            self.taxpayer.tax_number,
            self.company.name,
            PERIOD,
            "226.00",
            "26.00",
            "113.00",
            self.invoice.number,
            self.period._get_entries().name,
            NEW_ACCOUNTS["input_tax_account_id"][0],
        ):
            self.assertIn(part, text)

    def test_row_C16_paper_is_of_now_and_not_written_by_hand(self):
        page = self.compare()
        self.assertEqual(page.verdict, "different")
        page.line_ids.sudo().unlink()
        page.sudo().write({"figures": [], "verdict": "agreed"})
        page.action_print()
        self.assertEqual(page.verdict, "different")
        self.assertEqual(page.difference_count, 2)
        reports = self.env["ir.actions.report"].with_user(self.viewer)
        with self.assertRaises(AccessError):
            reports.with_context(force_report_rendering=True)._render_qweb_pdf(
                REPORT, page.ids
            )
        with self.assertRefused("no_right"):
            self.env["invoice.tax.right"].create(
                {
                    "company_id": self.company.id,
                    "user_id": self.viewer.id,
                    "item": "print",
                    "is_allowed": True,
                }
            )
            page.action_print()

    def get_paper(self, page, kind="pdf"):
        """Over its address, without the button."""
        self.env.flush_all()
        self.authenticate("tax_mender", "tax_mender")
        return self.url_open(f"/report/{kind}/{REPORT}/{page.id}")

    @mute_logger("odoo.http")
    def test_row_C16_paper_over_its_address_asks_for_the_right(self):
        page = self.compare()
        self.assertEqual(self.get_paper(page, "html").status_code, 200)
        self.env["invoice.tax.right"].create(
            {
                "company_id": self.company.id,
                "user_id": self.mender.id,
                "item": "print",
                "is_allowed": False,
            }
        )
        for kind in ("html", "pdf"):
            self.assertNotEqual(self.get_paper(page, kind).status_code, 200, kind)
        with self.assertRefused("no_right"):
            self.render(page)

    def render(self, page):
        papers = self.env[f"report.{REPORT}"].with_user(self.mender)
        return papers._get_report_values(page.ids)

    @mute_logger("odoo.http")
    def test_row_C16_no_paper_of_what_was_not_compared(self):
        page = self.compare()
        self.assertEqual(self.render(page)["docs"], page)
        older = self.env["invoice.tax.period"]._get_or_create(self.taxpayer, "202609")
        page.period_id = older
        with self.assertRefused("comparison_none"):
            self.render(page)
        self.assertNotEqual(self.get_paper(page).status_code, 200)
        exports = self.env["invoice.tax.export"].with_user(self.mender)
        export = exports.create({"res_model": page._name, "res_ids": page.ids})
        with self.assertRefused("comparison_none"):
            export._write_file(io.BytesIO())
        page.action_compare()
        self.assertTrue(export._write_file(io.BytesIO()))
