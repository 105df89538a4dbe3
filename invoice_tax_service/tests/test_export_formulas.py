import csv
import io
import json
import zipfile

from odoo.http import Request
from odoo.tests import HttpCase, tagged

RISKY = ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", '=HYPERLINK("http://x")')


@tagged("post_install", "-at_install")
class TestExportFormulas(HttpCase):
    """The export of any list: what came from outside stays text."""

    def setUp(self):
        super().setUp()
        self.partners = self.env["res.partner"].create(
            [{"name": f"{name}", "ref": "formula", "comment": name} for name in RISKY]
        )
        self.authenticate("admin", "admin")

    def export(self, kind, **values):
        data = {
            "model": "res.partner",
            "fields": [
                {"name": "ref", "label": "=Ref", "type": "char"},
                {"name": "function", "label": "Function", "type": "char"},
            ],
            "ids": self.partners.ids,
            "domain": [],
            "import_compat": False,
            "context": {},
            **values,
        }
        form = {"data": json.dumps(data), "csrf_token": Request.csrf_token(self)}
        answer = self.url_open(f"/web/export/{kind}", form)
        self.assertEqual(answer.status_code, 200)
        return answer.content

    def sheet(self, content):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            self.assertFalse([n for n in archive.namelist() if "rels/sheet" in n])
            return archive.read("xl/worksheets/sheet1.xml").decode()

    def test_workbook_holds_no_formula(self):
        for partner, name in zip(self.partners, RISKY, strict=True):
            partner.write({"ref": name, "function": "https://tax.example.com"})
        sheet = self.sheet(self.export("xlsx"))
        self.assertNotIn("<f>", sheet)
        self.assertNotIn("<hyperlink", sheet)

    def test_grouped_workbook_holds_no_formula(self):
        for partner, name in zip(self.partners, RISKY, strict=True):
            partner.function = name
        sheet = self.sheet(self.export("xlsx", groupby=["function"]))
        self.assertNotIn("<f>", sheet)

    def test_csv_marks_what_a_spreadsheet_would_count(self):
        for partner, name in zip(self.partners, RISKY, strict=True):
            partner.write({"ref": name})
        text = self.export("csv").decode()
        rows = list(csv.reader(io.StringIO(text, newline="")))
        self.assertEqual(len(rows), len(RISKY) + 1)
        for row in rows[1:]:
            self.assertEqual(row[0][0], "'", row)
