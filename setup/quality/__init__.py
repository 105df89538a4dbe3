"""Checks of the source: public tools, Odoo's own, and the rules of this house."""
