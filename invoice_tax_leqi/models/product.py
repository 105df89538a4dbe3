import re

from odoo import api, fields, models
from odoo.exceptions import ValidationError

TAX_CLASS_LENGTH = 19
_DIGITS = re.compile(r"[0-9]{19}")


class TaxClassMixin(models.AbstractModel):
    """Whatever may say under which class of goods and services something is taxed."""

    _name = "invoice.tax.class.mixin"
    _description = "With a Tax Class Code"

    tax_class_code = fields.Char(
        size=TAX_CLASS_LENGTH,
        help="19 digits of the tax bureau's classification of goods and services.",
    )

    @api.constrains("tax_class_code")
    def _check_tax_class_code(self):
        for record in self.filtered("tax_class_code"):
            if not _DIGITS.fullmatch(record.tax_class_code):
                raise ValidationError(
                    self.env._(
                        "%(code)s is not a tax class code: it has 19 digits.",
                        code=record.tax_class_code,
                    )
                )


class ProductCategory(models.Model):
    _name = "product.category"
    _inherit = ["product.category", "invoice.tax.class.mixin"]


class ProductTemplate(models.Model):
    _name = "product.template"
    _inherit = ["product.template", "invoice.tax.class.mixin"]

    def _get_tax_class_code(self):
        """Its own, else that of the nearest category that has one."""
        self.ensure_one()
        category = self.categ_id
        code = self.tax_class_code
        while not code and category:
            code, category = category.tax_class_code, category.parent_id
        return code or ""


class AccountMoveLine(models.Model):
    _name = "account.move.line"
    _inherit = ["account.move.line", "invoice.tax.class.mixin"]

    def _get_tax_class_code(self):
        """Of the line itself, else of its product."""
        self.ensure_one()
        product = self.product_id.product_tmpl_id
        return self.tax_class_code or (product._get_tax_class_code() if product else "")
