from odoo import api, fields, models

from ..exceptions import TaxServiceError

# How many ids the web client sends for "all records" of a longer list.
ACTIVE_IDS_LIMIT = 20_000


class InvoiceTaxListExport(models.AbstractModel):
    """Rows whose list can be downloaded as a workbook: the ticked ones or all.

    Entry point: :meth:`action_export` is the button above the list. Heirs have
    ``_write_workbook_of(domain, target, order)``.

    What must never happen: a list that is cut silently; a row that the user could
    not read in the list.
    """

    _name = "invoice.tax.list.export"
    _description = "List to Be Downloaded"

    def action_export(self):
        """Download the ticked rows, or all that the list shows when none is ticked.

        For a list longer than its limit the web client turns "all" into the first
        ids only; then too everything that the list shows is meant.
        """
        domain = self.env.context.get("active_domain")
        order = self.env.context.get("active_order") or ""
        get_param = self.env["ir.config_parameter"].sudo().get_param
        limit = int(get_param("web.active_ids_limit", ACTIVE_IDS_LIMIT))
        exports = self.env["invoice.tax.export"]
        if self and len(self) < limit:
            self.check_access("read")
            return exports._get_action(self, order)
        if domain is None:
            raise TaxServiceError(
                self.env._("Tick the rows that are meant, or open their list."),
                "nothing_to_export",
            )
        if not self.search_count(domain, limit=1):
            raise TaxServiceError(
                self.env._("The list is empty; there is nothing to export."),
                "nothing_to_export",
            )
        return exports._get_action_of_domain(self._name, domain, order)

    @api.model
    def _get_list_order(self, wished):
        """The sorting of a list as the web client names it (``"number asc, …"``),
        as far as the database can follow it; else that of the model."""
        terms = []
        for term in wished.split(",") if isinstance(wished, str) else ():
            name, _space, direction = term.strip().lower().partition(" ")
            field = self._fields.get(name)
            if field and field.store and field.column_type:
                terms.append(f"{name} {'desc' if direction == 'desc' else 'asc'}")
        return ", ".join([*terms, "id"]) if terms else self._order

    # === WORDS OF A WORKBOOK === #

    @api.model
    def _get_labels(self, field_name):
        """``value → label`` of a selection, in the user's language."""
        labels = self._fields[field_name]._description_selection(self.env)
        return dict(labels)

    @api.model
    def _get_local_time(self, moment):
        # Workbooks know no time zones: write what the user's clock showed.
        return moment and fields.Datetime.context_timestamp(self, moment).replace(
            tzinfo=None
        )
