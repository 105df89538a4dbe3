import json

from odoo.http import request

from odoo.addons.web.controllers import export

# What a spreadsheet takes for a formula, beside =, + and -, which the web client's
# own csv sees to.
RISKY = ("@", "\t", "\r", "\n")


class TextOnly:
    """Texts are written as texts, whatever they begin with: names of sellers and what
    a bureau says come from outside."""

    def write(self, row, column, cell_value, style=None):
        if isinstance(cell_value, str) and cell_value:
            return self.worksheet.write_string(row, column, cell_value, style)
        return super().write(row, column, cell_value, style)


class TextWriter(TextOnly, export.ExportXlsxWriter):
    pass


class GroupTextWriter(TextOnly, export.GroupExportXlsxWriter):
    pass


class SimulatedName:
    """A file with figures of a simulated tax bureau says so in its name: a row or a
    column of its own would be in the way when the file is read in again."""

    def filename(self, base):
        # EXTENDS 'web'
        name = super().filename(base)
        if base not in request.env:
            return name
        wanted = json.loads(request.params["data"])
        records = request.env[base].with_context(**wanted.get("context", {}))
        domain = wanted["domain"]
        if wanted["ids"]:
            records = records.with_context(active_test=False)
            domain = [("id", "in", wanted["ids"])]
        return request.env["invoice.tax.export"]._mark_simulated(name, records, domain)


class ExcelExport(SimulatedName, export.ExcelExport):
    """The export of any list as a workbook; as the web client's own, with texts kept
    texts, formulas and links none."""

    def from_group_data(self, fields, columns_headers, groups):
        # OVERRIDES 'web': another writer
        with GroupTextWriter(fields, columns_headers, groups.count) as writer:
            x, y = 1, 0
            for group_name, group in groups.children.items():
                x, y = writer.write_group(x, y, group_name, group)
        return writer.value

    def from_data(self, fields, columns_headers, rows):
        # OVERRIDES 'web': another writer
        with TextWriter(fields, columns_headers, len(rows)) as writer:
            for row_index, row in enumerate(rows):
                for cell_index, cell_value in enumerate(row):
                    writer.write_cell(row_index + 1, cell_index, cell_value)
        return writer.value


class CSVExport(SimulatedName, export.CSVExport):
    def from_data(self, fields, columns_headers, rows):
        # EXTENDS 'web'
        marked = [[_mark(value) for value in row] for row in rows]
        return super().from_data(fields, columns_headers, marked)


def _mark(value):
    """In csv nothing but a sign in front tells a text from a formula."""
    return f"'{value}" if isinstance(value, str) and value.startswith(RISKY) else value
