from odoo import api, models

from ..exceptions import TaxServiceError

OURS = "invoice_tax_"


class AccountMove(models.Model):
    """What nobody writes on a journal entry, over RPC neither: what the tax service
    shows there of a digital invoice, a signature or a transfer. A form only hides that
    such a field could be written, and the computed ones show figures of other records
    to whoever names them.

    What must never happen: an invoice that looks issued, or not, since somebody has
    written it so; an entry that stands for a signature and was made by hand, past the
    right to post it; a number of another company read on one's own invoice.
    """

    _inherit = "account.move"

    @api.model_create_multi
    def create(self, vals_list):
        # EXTENDS 'account': our own entries get their links after they are made.
        names = {
            key.removeprefix("default_")
            for key in self.env.context
            if key.startswith("default_")
        }
        self._check_kept(names.union(*vals_list))
        return super().create(vals_list)

    def write(self, vals):
        # EXTENDS 'account'
        self._check_kept(vals)
        return super().write(vals)

    @api.model
    def _check_kept(self, names):
        """:raise TaxServiceError: one of these fields is filled by itself"""
        for field in () if self.env.su else map(self._fields.get, names):
            if (
                field
                and (field._module or "").startswith(OURS)
                and field.store
                and field.readonly
            ):
                label = field._description_string(self.env)
                raise TaxServiceError(
                    self.env._("%(field)s is filled by itself.", field=label),
                    "readonly",
                )
