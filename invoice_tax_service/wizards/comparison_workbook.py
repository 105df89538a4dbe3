from odoo import fields, models

from ..spreadsheet import OutputColumn, OutputSheet, write_workbook


class InvoiceTaxComparison(models.TransientModel):
    """The working paper of the month as a workbook, and what both papers show: whose
    it is, the figures, the differences and the entries."""

    _inherit = "invoice.tax.comparison"

    def _write_workbook(self, target):
        """Write these comparisons as xlsx, four sheets for each.

        :param target: binary file object
        """
        self._check_compared()
        write_workbook(self._get_sheets(), target)

    def _get_sheets(self):
        for page in self:
            for label, columns, rows in (
                (self.env._("Working Paper"), *page._get_head_sheet()),
                (self.env._("Comparison"), *page._get_figures_sheet()),
                (self.env._("Differences"), *page._get_differences_sheet()),
                (self.env._("Entries"), *page._get_entries_sheet()),
            ):
                yield OutputSheet(
                    f"{page.period_id.name} {label}", columns, rows, autofilter=False
                )

    # === WHOSE IT IS === #

    def _get_verdict(self):
        """The one sentence of the page."""
        self.ensure_one()
        if self.verdict == "different":
            return self.env._("Differs: %(count)s lines", count=self.difference_count)
        if self.open_count:
            return self.env._("Agrees; still open: %(count)s", count=self.open_count)
        return self.env._("Agrees")

    def _get_time(self):
        """When it was compared, on the clock of China where the user has none."""
        zone = self.env.user.tz or "Asia/Shanghai"
        moment = fields.Datetime.context_timestamp(
            self.with_context(tz=zone), self.compared_at
        )
        return f"{moment:%Y-%m-%d %H:%M}"

    def _get_head_sheet(self):
        columns = [
            OutputColumn(self.env._("Working Paper"), "text", 22),
            OutputColumn(self.env._("Content"), "text", 44),
        ]
        simulated = self.env._(
            "Simulated environment: these figures are not of a real tax bureau."
        )
        rows = [
            (self.env._("Company"), self.company_id.name),
            (self.env._("Taxpayer"), self.taxpayer_id.name),
            (self.env._("Tax Number"), self.taxpayer_id.tax_number),
            (self.env._("Tax Period"), self.period_id.name),
            (self.env._("Compared At"), self._get_time()),
            (self.env._("Verdict"), self._get_verdict()),
            (self.env._("Prepared By"), ""),
            (self.env._("Reviewed By"), ""),
        ]
        if self.environment == "simulated":
            rows.append((self.env._("Environment"), simulated))
        return columns, rows

    # === FIGURES === #

    def _get_figures_sheet(self):
        columns = [
            OutputColumn(self.env._("Block"), "text", 14),
            OutputColumn(self.env._("Figure"), "text", 26),
            OutputColumn(self.env._("Bureau"), "figure"),
            OutputColumn(self.env._("Odoo"), "figure"),
            OutputColumn(self.env._("Company Books"), "figure"),
            OutputColumn(self.env._("Difference"), "figure"),
            OutputColumn(self.env._("Verdict"), "text", 12),
        ]
        rows = [
            (
                block["label"],
                row["label"],
                row["bureau"],
                row["odoo"],
                row["books"],
                row["difference"],
                self._get_row_verdict(row),
            )
            for block in self._get_blocks()
            for row in block["rows"]
        ]
        return columns, rows

    def _get_row_verdict(self, row):
        if row["difference"] is None:
            return ""
        return self.env._("Differs") if row["difference"] else self.env._("Agrees")

    # === DIFFERENCES === #

    def _get_differences_sheet(self):
        columns = [
            OutputColumn(self.env._("What Differs"), "text", 26),
            OutputColumn(self.env._("Invoice, Bill or Kind"), "number", 30),
            OutputColumn(self.env._("Seller"), "text", 30),
            OutputColumn(self.env._("VAT at the Bureau"), "amount"),
            OutputColumn(self.env._("VAT in Odoo"), "amount"),
            OutputColumn(self.env._("VAT in the Books"), "amount"),
            OutputColumn(self.env._("Gross Difference"), "amount"),
            OutputColumn(self.env._("Missing At"), "text", 10),
            OutputColumn(self.env._("What Mends It"), "text", 24),
        ]
        return columns, self._get_difference_rows()

    def _get_difference_rows(self, limit=None):
        lines = self.line_ids[:limit]
        labels = {
            name: dict(lines._fields[name]._description_selection(self.env))
            for name in ("kind", "lacking", "mend")
        }
        for line in lines:
            yield (
                labels["kind"][line.kind],
                line.name,
                line.seller,
                *(
                    line[name]
                    for name in (
                        "bureau_vat",
                        "own_vat",
                        "books_vat",
                        "gross_difference",
                    )
                ),
                labels["lacking"].get(line.lacking, ""),
                labels["mend"].get(line.mend, ""),
            )

    # === ENTRIES === #

    def _get_entries_sheet(self):
        columns = [
            OutputColumn(self.env._("Date"), "date"),
            OutputColumn(self.env._("Entry"), "text", 22),
            OutputColumn(self.env._("Description"), "text", 40),
            OutputColumn(self.env._("Account"), "text", 34),
            OutputColumn(self.env._("Debit"), "amount"),
            OutputColumn(self.env._("Credit"), "amount"),
        ]
        return columns, self._get_entry_rows()

    def _get_entry_rows(self):
        """A row for each item of the entries of input VAT of the period."""
        return [
            (
                item.date,
                item.move_id.name,
                item.name,
                item.account_id.display_name,
                item.debit,
                item.credit,
            )
            for item in self.period_id._get_entries().line_ids
        ]
