from odoo import api, fields, models, tools

from ..exceptions import TaxServiceError


class ResCompany(models.Model):
    """An accounting organisation: under which tax number it works, and whether it
    shows buttons for which a user has no right."""

    _inherit = "res.company"

    tax_service_taxpayer_ids = fields.One2many(
        "invoice.tax.taxpayer", "company_id", string="Taxpayers of the Tax Service"
    )
    is_hiding_tax_buttons = fields.Boolean(
        string="Hide Buttons without Right",
        default=True,
        help="On: buttons of the tax service for which a user has no right are not "
        "there. Off: they are, and say which right is missing and who can give it.",
    )

    def write(self, vals):
        changing = self.filtered(
            lambda company: (
                "is_hiding_tax_buttons" in vals
                and company.is_hiding_tax_buttons != vals["is_hiding_tax_buttons"]
            )
        )
        result = super().write(vals)
        for company in changing:
            self.env["invoice.tax.right"]._note(
                company,
                False,
                "hidden" if company.is_hiding_tax_buttons else "shown",
            )
        return result

    def _check_tax_right(self, item):
        """For what concerns no taxpayer.

        :raise TaxServiceError: the user has no right for one of these
        """
        taxpayers = self.env["invoice.tax.taxpayer"]
        rights = self.env["invoice.tax.right"]
        for company in self:
            if not taxpayers._has_right(item, company):
                sentence = rights._get_missing_sentence(item, company)
                raise TaxServiceError(sentence, "no_right")

    # === TAX NUMBERS OF BRANCHES === #

    def _get_tax_company(self):
        """The company under whose tax number this one works: itself, or, for a branch
        that has no taxpayer, the nearest of its parents that has one."""
        self.ensure_one()
        return self.browse(self._find_tax_company_id(self.id))

    @tools.ormcache("company_id")
    def _find_tax_company_id(self, company_id):
        line = self.sudo().browse(company_id).parent_ids
        served = (
            self.env["invoice.tax.taxpayer"]
            .sudo()
            .search([("company_id", "in", line.ids)])
            .company_id
        )
        # From the root down to the company itself.
        own = [company.id for company in line if company in served]
        return own[-1] if own else company_id

    @api.model
    @tools.ormcache()
    def _find_branches(self):
        """``(branch id, id of the company under whose tax number it works)`` of all
        branches that have none of their own."""
        branches = self.sudo().with_context(active_test=False)
        branches = branches.search([("parent_id", "!=", False)])
        pairs = [(one.id, self._find_tax_company_id(one.id)) for one in branches]
        return tuple(pair for pair in pairs if pair[0] != pair[1])

    def _get_tax_companies(self):
        """These, and those under whose tax numbers they work."""
        return self.browse(
            sorted({*self.ids, *map(self._find_tax_company_id, self.ids)})
        )

    def _get_served_companies(self):
        """These, and the branches that work under their tax numbers."""
        own = set(self.ids)
        branches = [branch for branch, head in self._find_branches() if head in own]
        return self | self.browse(branches)
