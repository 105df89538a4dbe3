"""The invoices of a confirmation became rows of their own, which stand as signed."""

from odoo.tools import SQL, sql

_RELATION = "invoice_tax_confirmation_invoice_rel"
# Odoo keeps the index of a field that is not indexed any more.
_UNUSED_INDEXES = (
    "invoice_tax_operation__batch_number_index",
    "invoice_tax_operation_line__number_index",
    "invoice_tax_operation_line__state_index",
)


def migrate(cr, version):
    if sql.table_exists(cr, _RELATION):
        _move_invoices(cr)
    for index in _UNUSED_INDEXES:
        cr.execute(SQL("DROP INDEX IF EXISTS %s", SQL.identifier(index)))


def _move_invoices(cr):
    """There were signatures of deductions only, and amounts were kept at the invoice
    alone: as it stands now is all that is known."""
    cr.execute(
        SQL(
            """
            INSERT INTO invoice_tax_confirmation_line
                   (confirmation_id, company_id, input_invoice_id, type_id, purpose,
                    net_amount, vat_amount, creditable_vat)
            SELECT relation.confirmation_id, invoice.company_id, invoice.id,
                   invoice.type_id, COALESCE(invoice.purpose, 'deduct'),
                   invoice.net_amount, invoice.vat_amount, invoice.creditable_vat
              FROM %s relation
              JOIN invoice_tax_input_invoice invoice
                ON invoice.id = relation.input_invoice_id
          ORDER BY relation.confirmation_id, invoice.id
       ON CONFLICT DO NOTHING
            """,
            SQL.identifier(_RELATION),
        )
    )
    cr.execute(SQL("DROP TABLE %s", SQL.identifier(_RELATION)))
    cr.execute(SQL("DELETE FROM ir_model_relation WHERE name = %s", _RELATION))
