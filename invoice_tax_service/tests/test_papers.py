import datetime
import io
import unicodedata
from decimal import Decimal

import lxml.html
import openpyxl
import pypdf

from odoo.exceptions import AccessError
from odoo.tests import HttpCase, tagged

from ..gateway.messages import StatisticsTable, TableRow
from .common import TaxServiceCase, TaxServiceMixin
from .fake_bureau import PERIOD

# Vector P4 of the field's dictionary, 6.5: type, element, net, creditable VAT.
P4 = (
    ("81", "", "100000.00", "13000.00"),
    ("81", "", "9000.00", "540.00"),
    ("81", "", "9962.26", "597.74"),
    ("82", "16", "10000.00", "900.00"),
    ("82", "12", "5000.00", "450.00"),
    ("14", "", "100.00", "3.00"),
    ("83", "", "200000.00", "26000.00"),
    ("17", "", "50000.00", "6500.00"),
    ("30", "", "10000.00", "600.00"),
    ("61", "", "1000.00", "90.00"),
    ("51", "", "37.61", "3.39"),
)
P4_ROWS = {
    "special": (3, "118962.26", "14137.74"),
    "farm_purchase": (1, "10000.00", "900.00"),
    "farm_sales": (1, "5000.00", "450.00"),
    "toll": (1, "100.00", "3.00"),
    "motor": (1, "200000.00", "26000.00"),
    "customs": (1, "50000.00", "6500.00"),
    "withholding": (1, "10000.00", "600.00"),
    "air": (1, "1000.00", "90.00"),
    "rail": (1, "37.61", "3.39"),
    "total": (11, "395099.87", "48684.13"),
}
EXCLUDED = {"special": (1, "2000.00", "260.00"), "total": (1, "2000.00", "260.00")}


def rows(sums):
    return tuple(
        TableRow(row, count, Decimal(net), Decimal(vat))
        for row, (count, net, vat) in sums.items()
    )


class PapersMixin(TaxServiceMixin):
    def setUp(self):
        super().setUp()
        self.period = self.taxpayer.current_period_id

    def add(self, type_code, element, net, vat, purpose="deduct", **values):
        net, vat = Decimal(net), Decimal(vat)
        data = self.bureau.add_invoice(
            self.taxpayer.tax_number,
            self.next_number(),
            type_code=type_code,
            element=element,
            net_amount=net,
            vat_amount=vat,
            gross_amount=net + vat,
            creditable_vat=vat,
            selection="selected",
            purpose=purpose,
            period=PERIOD,
            reason="" if purpose == "deduct" else "3",
            **values,
        )
        return self.merge([data])

    def add_p4(self):
        invoices = [self.add(*values) for values in P4]
        self.add("81", "", "2000.00", "260.00", purpose="exclude")
        return invoices

    def build(self, deduct=None, exclude=None, status="02"):
        """The table as the bureau shows it; that of vector P4 when nothing is said."""
        deduct = P4_ROWS if deduct is None else deduct
        exclude = EXCLUDED if exclude is None else exclude
        self.period.sudo().write({"statistics_status": status})
        self.env["invoice.tax.statistics"]._apply_table(
            self.period,
            StatisticsTable(
                status=status,
                built_at=datetime.datetime(2026, 11, 10, 2, 0),
                deduct=rows(deduct),
                exclude=rows(exclude),
            ),
        )
        return self.period.statistics_id.with_user(self.clerk)

    def own(self, block="deduct"):
        sums = self.env["invoice.tax.statistics"]._fetch_own_rows(self.period)
        return {
            row: (count, str(net), str(vat))
            for (purpose, row), (count, net, vat) in sums[
                self.taxpayer.id, PERIOD
            ].items()
            if purpose == block
        }


class TestStatisticsCheck(PapersMixin, TaxServiceCase):
    """The sums of Odoo stand beside the bureau's, row by row and block by block."""

    def test_vector_6_5_P1_P2_rows_add_up_to_the_total(self):
        for text in (
            "01=1=9962.26=597.74;03=0=0=0;14=0=0=0;24=0=0=0;99=1=9962.26=597.74",
            "01=2=380.45=33.95;99=2=380.45=33.95",
        ):
            with self.subTest(text):
                parts = [part.split("=") for part in text.split(";")]
                table = self.build(
                    {
                        {"01": "special", "99": "total"}.get(code, code): (
                            int(count),
                            net,
                            vat,
                        )
                        for code, count, net, vat in parts
                    },
                    {},
                )
                self.assertEqual(table._get_sums_problem(), "")
        wrong = self.build({**P4_ROWS, "total": (11, "395099.87", "48684.14")})
        self.assertIn("48684.13", wrong._get_sums_problem())

    def test_vector_6_5_P3_five_special_invoices(self):
        for net, vat in (
            ("2995.00", "509.15"),
            ("1349.00", "229.33"),
            ("362.00", "61.54"),
            ("1446.00", "245.82"),
            ("252.00", "42.84"),
        ):
            self.add("01", "", net, vat)
        self.assertEqual(
            self.own(),
            dict.fromkeys(("special", "total"), (5, "6404.00", "1088.68")),
        )

    def test_vector_6_5_P4_rows_and_blocks(self):
        self.add_p4()
        self.assertEqual(self.own(), P4_ROWS)
        self.assertEqual(self.own("exclude"), EXCLUDED)
        table = self.build()
        self.assertFalse(table.line_ids.filtered("is_different"))
        self.assertFalse(table.difference)

    def test_vector_6_5_P5_lower_creditable_vat(self):
        invoices = self.add_p4()
        invoices[2].sudo().creditable_vat = 500
        own = self.own()
        self.assertEqual(own["special"], (3, "118962.26", "14040.00"))
        self.assertEqual(own["total"], (11, "395099.87", "48586.39"))
        table = self.build()
        self.assertEqual(
            set(table.line_ids.filtered("is_different").mapped("row")),
            {"special", "total"},
        )

    def test_vector_6_5_P6_out_of_control_after_the_signature(self):
        invoices = self.add_p4()
        table = self.build(status="05")
        for invoice in invoices:
            invoice.sudo().selection = "confirmed"
        motor = invoices[6]
        motor.sudo().status = "out_of_control"
        self.assertEqual(self.own()["total"], P4_ROWS["total"], "the total changed")
        abnormal = table._get_abnormal_invoices()
        self.assertEqual(abnormal, motor)
        self.assertEqual(abnormal._get_vat_to_transfer(), Decimal("26000.00"))
        self.assertEqual(abnormal.net_amount, 200000)
        self.assertEqual(invoices[0]._get_vat_to_transfer(), 0)

    def test_row_C11_abnormal_after_confirmation_is_the_same_everywhere(self):
        """Card, table, page, colours and VAT to transfer ask one thing."""
        deducted, excluded, partly, selected, refunded = (
            self.add("81", "", "100.00", "13.00", purpose=purpose)
            for purpose in ("deduct", "exclude", "deduct", "deduct", "refund")
        )
        for invoice in (deducted, excluded, partly, refunded):
            invoice.sudo().selection = "confirmed"
        for invoice in (deducted, excluded, selected, refunded):
            invoice.sudo().status = "out_of_control"
        partly.sudo().status = "partly_red"
        table = self.build(status="05")
        abnormal = deducted | excluded
        pool = deducted.with_user(self.viewer)
        self.assertEqual(
            pool.search([("is_abnormal_after", "=", True)], order="id"), abnormal
        )
        self.assertEqual(table._get_abnormal_invoices(), abnormal)
        self.assertEqual(table.abnormal_invoice_ids, abnormal)
        self.assertEqual(self.period.abnormal_count, 2)
        everything = deducted | excluded | partly | selected | refunded
        self.assertEqual(everything.filtered("is_abnormal_after"), abnormal)
        self.assertEqual(everything.filtered("is_sound"), partly)
        self.assertEqual(pool.search([("is_sound", "=", True)]), partly)
        self.assertEqual(
            everything.mapped("vat_to_transfer"), [13.0, 0.0, 0.0, 0.0, 0.0]
        )
        self.assertNotIn(refunded, table.input_invoice_ids)

    def test_row_C7_own_sums_cost_one_statement_for_any_number(self):
        self.add_p4()
        table = self.build()
        table.line_ids.mapped("row")
        self.env.flush_all()
        self.env.invalidate_all()
        lines = table.line_ids.with_prefetch()
        lines.mapped("taxpayer_id"), lines.mapped("period")
        with self.assertQueryCount(4):
            lines.mapped("own_count")


@tagged("post_install", "-at_install")
class TestPapers(PapersMixin, HttpCase):
    """Statistics and confirmations on paper and as workbooks, to the cent."""

    def _pdf(self, report, record):
        reports = (
            self.env["ir.actions.report"]
            .with_user(self.clerk)
            .with_context(force_report_rendering=True, lang="zh_CN")
        )
        pdf, kind = reports._render_qweb_pdf(report, record.ids)
        self.assertEqual(kind, "pdf")
        # Latin letters come without a table of their signs, so the figures are
        # looked up in what the PDF is made from.
        reader = pypdf.PdfReader(io.BytesIO(pdf))
        chinese = "".join(page.extract_text() for page in reader.pages)
        html, _kind = reports._render_qweb_html(report, record.ids)
        text = lxml.html.fromstring(html.decode()).text_content()
        return text, unicodedata.normalize("NFKC", chinese)

    def _workbook(self, record):
        action = record.with_user(self.clerk).action_export()
        self.authenticate("tax_clerk", "tax_clerk")
        response = self.url_open(action["url"])
        self.assertEqual(response.status_code, 200)
        return openpyxl.load_workbook(io.BytesIO(response.content))

    def _confirmation(self):
        self.add_p4()
        self.build(status="05")
        confirmation = self.env["invoice.tax.confirmation"].create(
            {"period_id": self.period.id, "ordinal": 1, "sign_code": "200"}
        )
        confirmation._cover_invoices()
        return confirmation.with_user(self.clerk)

    def test_row_C11_statistics_on_paper(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        invoices = self.add_p4()
        invoices[6].sudo().write({"selection": "confirmed", "status": "out_of_control"})
        text, chinese = self._pdf(
            "invoice_tax_service.invoice_tax_statistics_document",
            self.build(status="05"),
        )
        for part in (
            self.taxpayer.tax_number,
            PERIOD,
            "395,099.87",
            "48,684.13",
            "2,000.00",
            "26,000.00",
            invoices[6].number,
        ):
            self.assertIn(part, text)
        for part in ("抵扣统计表", "增值税专用发票", "异常发票", "失控"):
            self.assertIn(part, chinese.replace(" ", ""), "not Chinese in the PDF")

    def test_row_C11_statistics_as_workbook(self):
        self.add_p4()
        book = self._workbook(self.build())
        table, invoices, abnormal = book.worksheets
        last = [cell.value for cell in list(table.rows)[-1]]
        self.assertEqual(last[1:], [11, 395099.87, 48684.13, 1, 2000, 260])
        # Header, eleven to deduct, one excluded, totals.
        self.assertEqual(invoices.max_row, 14)
        self.assertEqual(abnormal.max_row, 2)
        self.assertEqual(
            {type(cell.value) for cell in invoices["B"][1:13]},
            {str},
            "numbers are text",
        )

    def test_row_C9_confirmation_on_paper_and_as_workbook(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        confirmation = self._confirmation()
        self.assertEqual(confirmation.invoice_count, 11)
        *types, total = confirmation._get_paper_rows()
        self.assertEqual(total[1:], (11, Decimal("395099.87"), Decimal("48684.13")))
        self.assertEqual(sum(row[1] for row in types), 11)
        self.assertEqual(
            confirmation._get_period_sums(),
            (1, 11, Decimal("395099.87"), Decimal("48684.13")),
        )
        text, chinese = self._pdf(
            "invoice_tax_service.invoice_tax_confirmation_document", confirmation
        )
        self.assertIn("数电发票", chinese)
        for part in ("395,099.87", "48,684.13", PERIOD):
            self.assertIn(part, text)
        [sheet] = self._workbook(confirmation).worksheets
        last = [cell.value for cell in list(sheet.rows)[-1]]
        # The excluded one is confirmed too; what is credited is summed up by purpose.
        self.assertEqual(sheet.max_row, 14)
        self.assertEqual(last[8], 48684.13 + 260)

    def test_nobody_else_prints(self):
        confirmation = self._confirmation()
        report = self.env["ir.actions.report"].with_user(self.stranger)
        with self.assertRaises(AccessError):
            report.with_context(force_report_rendering=True)._render_qweb_pdf(
                "invoice_tax_service.invoice_tax_confirmation_document",
                confirmation.ids,
            )
