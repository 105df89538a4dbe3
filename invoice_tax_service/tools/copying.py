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
    """A tuple of values (text, numbers, amounts, times, None) as one line without
    its end."""
    texts = [_NULL if value is None else str(value) for value in values]
    line = "\t".join(texts)
    # One look at the line is enough for nearly all of them.
    if (
        line.count("\\") == values.count(None)
        and line.count("\t") == len(texts) - 1
        and "\n" not in line
        and "\r" not in line
    ):
        return line
    return "\t".join(
        _NULL if value is None else str(value).translate(_ESCAPES) for value in values
    )


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
