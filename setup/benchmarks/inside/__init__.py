"""What runs inside an Odoo process; the rest of the package only starts it."""
