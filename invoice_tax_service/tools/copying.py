"""Rows for ``COPY … FROM STDIN``, the fastest way into a PostgreSQL table.

Plain Python: one row is one line of text, its values parted by tabs.
"""

import io

from psycopg2 import sql

# Rows of one statement: the database keeps the foreign keys of all of them in
# memory until its end.
BLOCK = 10_000
_NULL = "\\N"
_ESCAPES = str.maketrans({"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r"})


def copy_line(values):
    """Values (text, numbers, amounts, times, None) as one line without its end."""
    return "\t".join(map(_copy_text, values))


def _copy_text(value):
    if value is None:
        return _NULL
    if type(value) is not str:
        return str(value)
    # Numbers and codes, which nearly all texts are, need no second look.
    return value if value.isalnum() else value.translate(_ESCAPES)


def copy_in(cursor, table, columns, lines, ending):
    """Copy rows into a table.

    :param columns: those of the lines, then those of the ending
    :param list lines: of :func:`copy_line`, one a row
    :param str ending: the values that are the same in every row, likewise
    """
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, columns))
    )
    ending = f"\t{ending}\n"
    for start in range(0, len(lines), BLOCK):
        block = ending.join(lines[start : start + BLOCK]) + ending
        cursor.copy_expert(statement, io.StringIO(block))
