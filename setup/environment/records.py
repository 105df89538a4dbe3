"""Inside Odoo: records that the set-up makes once, and finds again by their names.

Imported by what runs in Odoo's shell.
"""

MODULE = "__setup__"


def find_or_create(env, name, model, values):
    """Return the record of that name, made when it is missing."""
    record = env.ref(f"{MODULE}.{name}", raise_if_not_found=False)
    if not record:
        record = env[model].create(values)
        env["ir.model.data"].create(
            {
                "module": MODULE,
                "name": name,
                "model": model,
                "res_id": record.id,
                "noupdate": True,
            }
        )
    return record
