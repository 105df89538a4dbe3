"""A refusal that leads to the page where it is mended."""

from odoo.addons.invoice_tax_service.exceptions import TaxServicePageError


class LicenseError(TaxServicePageError):
    """No licence: the web client shows a button to the licences."""
