"""The sentences behind the codes of quota and numbers."""

from odoo.tools import LazyTranslate

from odoo.addons.invoice_tax_service.models.words import register_reasons

_lt = LazyTranslate(__name__)

# code → (what happened, what to do); one sentence each.
LEQI_REASONS = {}

register_reasons(LEQI_REASONS)
