"""Reading hundreds of thousands of rows of the database without holding them."""

from itertools import count

from odoo.tools import SQL

# Two readings of one transaction need two names.
_names = count()


def fetch_rows(env, select, size):
    """Yield the rows of a statement, of which only so many are in memory at once.

    :param odoo.tools.SQL select:
    :param int size: rows read at once
    """
    # Fields that are searched or shown may wait in the cache to be written.
    env.flush_all()
    name = SQL.identifier(f"invoice_tax_rows_{next(_names)}")
    env.cr.execute(SQL("DECLARE %s NO SCROLL CURSOR FOR %s", name, select))
    while rows := env.execute_query(SQL("FETCH FORWARD %s FROM %s", size, name)):
        yield from rows
    # After an error it ends with the transaction.
    env.cr.execute(SQL("CLOSE %s", name))
