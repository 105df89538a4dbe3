import base64
import io

import openpyxl

from .common import TaxServiceCase
from .fake_bureau import PERIOD
from .workbooks import HEADER, hand_made, xlsx

REASON_HEADER = (*HEADER, "不抵扣原因", "不抵扣说明")


class TestImport(TaxServiceCase):
    """A workbook is read as a whole before anything happens: all errors at once,
    each with its cell; what cannot be read does nothing and says why."""

    def _wizard(self, content, filename="勾选.xlsx"):
        return (
            self.env["invoice.tax.import.wizard"]
            .with_user(self.clerk)
            .create(
                {
                    "taxpayer_id": self.taxpayer.id,
                    "workbook": base64.b64encode(content),
                    "filename": filename,
                }
            )
        )

    def _check(self, content, filename="勾选.xlsx"):
        wizard = self._wizard(content, filename)
        wizard.action_check()
        self.assertFalse(self.operations().search([]), "the dry run did something")
        return wizard

    def _errors(self, wizard):
        return {line.address: line.message for line in wizard.line_ids}

    def assertUnreadable(self, code, content, filename="勾选.xlsx", said=""):
        wizard = self._check(content, filename)
        self.assertEqual(wizard.state, "choose")
        self.assertTrue(wizard.problem, "refused without a sentence")
        self.assertNotIn("(", wizard.problem.partition(".")[0][:2])
        self.assertIn(said, wizard.problem)
        with self.assertRefused(code) as refusal:
            wizard.action_submit()
        self.assertEqual(refusal.sentence, wizard.problem)

    # === WHAT IS DONE === #

    def test_yes_selects_no_revokes_empty_is_not_concerned(self):
        wanted = self.add_invoices(2)
        given_back = self.add_invoices(
            1, selection="selected", purpose="deduct", period=PERIOD
        )
        untouched = self.add_invoices(1)
        wizard = self._check(
            xlsx(
                (wanted[0].number, None, None, None, "是"),
                (wanted[1].number, None, None, 5.05, "是"),
                (given_back.number, None, None, None, "否"),
                (untouched.number, None, None, None, None),
            )
        )
        self.assertRecordValues(
            wizard,
            [
                {
                    "state": "checked",
                    "row_count": 4,
                    "skipped_count": 1,
                    "select_count": 2,
                    "revoke_count": 1,
                    "unchanged_count": 0,
                    "error_count": 0,
                    "creditable_vat": 18.05,
                }
            ],
        )
        wizard.action_submit()
        batches = self.operations().search([])
        self.assertEqual(set(batches.mapped("origin")), {"excel"})
        self.dispatch()
        self.assertEqual(set(batches.mapped("state")), {"success"})
        self.assertStands(wanted, "selected", "deduct")
        self.assertEqual(wanted[1].creditable_vat, 5.05)
        self.assertStands(given_back | untouched, "unselected")

    def test_reason_makes_it_not_deductible(self):
        invoices = self.add_invoices(3)
        wizard = self._check(
            xlsx(
                (invoices[0].number, None, None, None, "是", "3", None),
                (invoices[1].number, None, None, None, "是", "其他", "展览"),
                (invoices[2].number, None, None, None, "是", "5", None),
                header=REASON_HEADER,
            )
        )
        self.assertEqual((wizard.select_count, wizard.error_count), (2, 1))
        wizard.action_submit()
        self.dispatch()
        self.assertStands(invoices[:2], "selected", "exclude")
        self.assertEqual(invoices[:2].mapped("reason"), ["3", "5"])
        self.assertEqual(invoices[1].reason_text, "展览")
        self.assertEqual(invoices[2].selection, "unselected")

    def test_unchanged(self):
        selected = self.add_invoices(
            1, selection="selected", purpose="deduct", period=PERIOD
        )
        free = self.add_invoices(1)
        wizard = self._check(
            xlsx(
                (selected.number, None, None, None, "是"),
                (free.number, None, None, None, "否"),
            )
        )
        self.assertEqual((wizard.unchanged_count, wizard.error_count), (2, 0))
        with self.assertRefused("nothing_to_send"):
            wizard.action_submit()

    def test_paper_invoice_by_code_and_number(self):
        paper = self.merge(
            [
                self.bureau.add_invoice(
                    self.taxpayer.tax_number,
                    "02630221",
                    code="4403192130",
                    type_code="01",
                )
            ]
        )
        wizard = self._check(xlsx((None, "4403192130", "02630221", None, "是")))
        self.assertEqual(wizard.select_count, 1)
        wizard.action_submit()
        self.dispatch()
        self.assertEqual(paper.selection, "selected")

    def test_columns_in_any_order_and_unknown_ones(self):
        number = self.add_invoices(1).number
        wizard = self._check(
            xlsx(("随便", "是", number), header=("备忘", "是否勾选", "数电票号码"))
        )
        self.assertEqual(wizard.select_count, 1)
        self.assertIn("备忘", wizard.ignored_columns)

    def test_vector_6_9_T11_2001_rows(self):
        self.add_invoices(2001)
        numbers = self.env["invoice.tax.input.invoice"].search([]).mapped("number")
        wizard = self._check(
            xlsx(*((number, None, None, None, "是") for number in numbers))
        )
        self.assertEqual((wizard.select_count, wizard.error_count), (2001, 0))
        wizard.action_submit()
        batch = self.operations().search([])
        self.assertEqual(sum(batch.mapped("total_count")), 2001)
        self.assertEqual(set(batch.line_ids.mapped("number")), set(numbers))
        self.assertEqual(set(map(len, numbers)), {20}, "a number was cut")

    # === WHAT IS WRONG === #

    def test_row_C15_errors_with_cell_addresses(self):
        good = self.add_invoices(1)
        foreign = "26442000000099999999"
        wizard = self._check(
            xlsx(
                (good.number, None, None, None, "是"),
                (1.23456789012345e19, None, None, None, "是"),
                ("1.23457E+19", None, None, None, "是"),
                (None, None, "02630221", None, "是"),
                (self.next_number(), None, None, "abc", "是"),
                (self.next_number(), None, None, None, "也许"),
                (good.number, None, None, None, "是"),
                (None, None, None, None, "是"),
                (foreign, None, None, None, "是"),
                (self.next_number(), None, None, "=1+1", "是"),
            )
        )
        errors = self._errors(wizard)
        for address, said in (
            ("A3", "Excel"),
            ("A4", "Excel"),
            ("B5", "code"),
            ("D6", "amount"),
            ("E7", "是"),
            ("D11", "formula"),
        ):
            self.assertIn(address, errors, f"the user must look for it: {errors}")
            self.assertIn(said, errors[address])
        self.assertTrue(any("8" in address for address in errors), "the same row twice")
        self.assertTrue(any("9" in address for address in errors), "no number at all")
        self.assertTrue(any("10" in address for address in errors), "unknown invoice")
        self.assertEqual((wizard.select_count, wizard.error_count), (1, 9))
        wizard.action_submit()
        batch = self.operations().search([])
        self.assertEqual(batch.line_ids.mapped("number"), [good.number])

    def test_creditable_above_vat_names_the_row(self):
        number = self.add_invoices(1).number
        wizard = self._check(xlsx((number, None, None, "13.01", "是")))
        [line] = wizard.line_ids
        self.assertEqual((line.row, line.number), (2, number))
        self.assertTrue(line.message and line.advice)
        with self.assertRefused("nothing_to_send"):
            wizard.action_submit()

    def test_formula_as_number_is_named(self):
        wizard = self._check(
            xlsx(('="2644"&"2000000000000001"', None, None, None, "是"))
        )
        self.assertEqual(list(self._errors(wizard)), ["A2"])
        with self.assertRefused("nothing_to_send"):
            wizard.action_submit()

    def test_row_C15_error_workbook(self):
        good = self.add_invoices(1)
        wizard = self._check(
            xlsx(
                (good.number, None, None, None, "是"),
                ("26442000000099999999", None, None, None, "是"),
                ("1.23457E+19", None, None, None, "是"),
            )
        )
        action = wizard.action_download_errors()
        self.assertEqual(action["type"], "ir.actions.act_url")
        target = io.BytesIO()
        wizard._write_workbook(target)
        sheet = openpyxl.load_workbook(io.BytesIO(target.getvalue())).worksheets[0]
        rows = [
            " ".join(str(value) for value in row if value)
            for row in sheet.iter_rows(values_only=True)
        ]
        text = "\n".join(rows)
        self.assertIn("26442000000099999999", text)
        self.assertIn("not among the input invoices", text)
        self.assertIn("Excel has turned the number", text)

    # === WHAT CANNOT BE READ === #

    def test_renamed_pdf(self):
        content = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n" + b"0" * 2000
        self.assertUnreadable("not_a_workbook", content, said="pdf")

    def test_other_extension(self):
        self.assertUnreadable("wrong_extension", xlsx(), "勾选.docx")

    def test_empty_file(self):
        self.assertUnreadable("empty_file", b"")

    def test_no_rows(self):
        self.assertUnreadable("no_rows", xlsx())

    def test_headers_missing(self):
        self.assertUnreadable(
            "missing_columns",
            xlsx(("26442000000099999999", 1), header=("数电票号码", "有效税额")),
            said="是否勾选",
        )
        self.assertUnreadable("no_header", xlsx(("a", "b"), header=("c", "d")))

    def test_header_twice(self):
        self.assertUnreadable(
            "duplicate_columns",
            xlsx(("1", "是", "否"), header=("数电票号码", "是否勾选", "是否勾选")),
        )

    def test_nothing_marked(self):
        number = self.add_invoices(1).number
        self.assertUnreadable(
            "nothing_marked", xlsx((number, None, None, None, None)), said="是否勾选"
        )

    def test_zip_bomb(self):
        content = hand_made(("1", "", "", "", "是"), ending=" " * (64 << 20))
        self.assertLess(len(content), 1 << 20)
        self.assertUnreadable("zip_bomb", content)

    def test_damaged(self):
        content = xlsx(("26442000000099999999", None, None, None, "是"))
        wizard = self._check(content[: len(content) // 2])
        self.assertTrue(wizard.problem)

    def test_claims_a_million_rows_and_holds_four(self):
        invoices = self.add_invoices(4)
        wizard = self._check(
            hand_made(
                *((number, "", "", "", "是") for number in invoices.mapped("number")),
                dimension="A1:E1048576",
            )
        )
        self.assertEqual((wizard.select_count, wizard.row_count), (4, 4))
        wizard.action_submit()
        self.dispatch()
        self.assertStands(invoices, "selected", "deduct")

    # === WHY NOT === #

    def test_not_while_a_table_stands(self):
        number = self.add_invoices(1).number
        self.open_period(statistics_status="02")
        wizard = self._wizard(xlsx((number, None, None, None, "是")))
        with self.assertRefused("statistics_exist"):
            wizard.action_submit()
