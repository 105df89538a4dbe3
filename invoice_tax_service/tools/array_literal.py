"""A column of values as PostgreSQL reads an array from text."""

from odoo.tools import SQL


def ids_array(ids):
    """A PostgreSQL array of so many ids, cheap to be read.

    :rtype: SQL
    """
    return SQL("%s::int[]", "{%s}" % ",".join(map(str, ids)))


def to_array_literal(values):
    """One text for all values, which PostgreSQL reads in one go; given one by one,
    it would have to understand thousands of constants in each statement.

    :param values: each None, or with the text that PostgreSQL reads it from
    """
    return "{%s}" % ",".join(map(_quote, values))


def _quote(value):
    if value is None:
        return "NULL"
    text = str(value)
    if "\\" in text or '"' in text:
        text = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{text}"'
