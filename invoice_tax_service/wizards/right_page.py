from odoo import api, models
from odoo.exceptions import AccessError


class InvoiceTaxRightPage(models.AbstractModel):
    """A page that asks before something is done: only for those who may do at least
    one of the things that it is for, in one of the companies at hand.

    Its methods ask for the right item once more, for the taxpayer it is about.
    """

    _name = "invoice.tax.right.page"
    _description = "Page That Needs a Right"

    @api.model_create_multi
    def create(self, vals_list):
        self._check_may_open()
        return super().create(vals_list)

    @api.model
    def _check_may_open(self):
        """:raise AccessError: naming what is missing"""
        rights = self.env["invoice.tax.right"]
        taxpayers = self.env["invoice.tax.taxpayer"]
        items = dict.fromkeys(
            item
            for method, codes in rights._get_method_items().items()
            if method.partition("/")[0] == self._name
            for item in codes
            if item not in ("export", "print")
        )
        companies = self.env.companies
        if not any(
            taxpayers._has_right(item, company)
            for item in items
            for company in companies
        ):
            sentence = rights._get_missing_sentence(next(iter(items)), companies[:1])
            raise AccessError(sentence)
