"""Bring up a working system: Odoo, Python packages, PostgreSQL, simulator."""
