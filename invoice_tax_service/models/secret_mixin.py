from odoo import api, models
from odoo.fields import Domain

from ..exceptions import TaxServiceError

# In place of a secret; as long whatever it hides.
MASK = "********"


class InvoiceTaxSecretMixin(models.AbstractModel):
    """Fields that are written and never told: not to the browser, not in an export,
    not to the system administrator, who can only write another value; nor is anybody
    told how one begins, by searching or sorting.

    Entry point: :meth:`_get_secret_fields`. Code of ours reads the record's attribute,
    as the superuser.

    What must never happen: the mask kept in place of the secret when a form is saved.
    """

    _name = "invoice.tax.secret.mixin"
    _description = "Secrets That Are Written and Never Told"

    @api.model
    def _get_secret_fields(self):
        """Names of the fields that are never told."""
        return frozenset()

    def _read_format(self, fnames, load="_classic_read"):
        # EXTENDS 'base': what read, search_read and the web client's reads come to.
        rows = super()._read_format(fnames, load)
        for name in self._get_secret_fields().intersection(fnames):
            for row in rows:
                row[name] = row.get(name) and MASK
        return rows

    def _export_rows(self, fields, *, _is_toplevel_call=True):
        # EXTENDS 'base': also where the export began at another model.
        rows = super()._export_rows(fields, _is_toplevel_call=_is_toplevel_call)
        secrets = self._get_secret_fields()
        for index, path in enumerate(fields):
            if path and path[0] in secrets:
                for row in rows:
                    row[index] = row[index] and MASK
        return rows

    def _read_group_groupby(self, alias, groupby_spec, query):
        # EXTENDS 'base'
        self._check_not_secret(groupby_spec)
        return super()._read_group_groupby(alias, groupby_spec, query)

    def _read_group_select(self, aggregate_spec, query):
        # EXTENDS 'base'
        self._check_not_secret(aggregate_spec)
        return super()._read_group_select(aggregate_spec, query)

    @api.model
    def _search(self, domain, *args, **options):
        # EXTENDS 'base': also what another model looks for here. Who may ask how a
        # secret begins has it after some hundred questions.
        if not self.env.su:
            for condition in Domain(domain).iter_conditions():
                self._check_not_secret(condition.field_expr)
        return super()._search(domain, *args, **options)

    def _order_field_to_sql(self, alias, field_name, direction, nulls, query):
        # EXTENDS 'base'
        if not self.env.su:
            self._check_not_secret(field_name)
        return super()._order_field_to_sql(alias, field_name, direction, nulls, query)

    def _check_not_secret(self, spec):
        name = spec.partition(":")[0].partition(".")[0]
        if name in self._get_secret_fields():
            raise TaxServiceError(
                self.env._(
                    "A secret can be neither searched, sorted nor grouped by, nor "
                    "counted."
                ),
                "no_right",
            )

    @api.model_create_multi
    def create(self, vals_list):
        return super().create([self._without_masks(vals) for vals in vals_list])

    def write(self, vals):
        return super().write(self._without_masks(vals))

    def _without_masks(self, vals):
        secrets = self._get_secret_fields()
        return {
            name: value
            for name, value in vals.items()
            if not (name in secrets and value == MASK)
        }
