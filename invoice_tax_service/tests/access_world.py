"""What the access matrix is made of: the code's own list of actions, and at least one
record of each model that has one."""

import inspect

from odoo import fields, models
from odoo.tools import date_utils

# A month of the fake bureau.
MONTH = "202610"
# What a page is about, though it need not say so.
PAGE_FIELDS = (
    "period_id",
    "lane_id",
    "quota_id",
    "number_id",
    "issue_id",
    "license_ids",
    "input_invoice_ids",
    "move_ids",
)
OURS = "odoo.addons.invoice_tax_"


def find_public_methods(env):
    """``model/method`` of everything that one of our addons offers to callers, save
    what Odoo itself offers under that name."""
    found = set()
    for name, model in env.registry.items():
        classes = inspect.getmro(model)
        ours = [one for one in classes if one.__module__.startswith(OURS)]
        if model._abstract or not ours:
            continue
        others = [one for one in classes if one not in ours and one is not model]
        for one in ours:
            for method, value in vars(one).items():
                if (
                    not method.startswith("_")
                    and inspect.isfunction(value)
                    and not any(method in vars(other) for other in others)
                ):
                    found.add(f"{name}/{method}")
    return found


def find_buttons(env):
    """``(model, kind, name)`` of the buttons in the views of our addons."""
    data = env["ir.model.data"].search(
        [("model", "=", "ir.ui.view"), ("module", "=like", "invoice_tax_%")]
    )
    views = env["ir.ui.view"].browse(data.mapped("res_id")).exists()
    found = set()
    for view in views.filtered(lambda one: one.type in ("list", "form", "kanban")):
        for node in view._get_combined_arch().iter("button", "a"):
            if node.get("type") in ("object", "action"):
                model = _get_node_model(env, view.model, node)
                found.add((model, node.get("type"), node.get("name")))
    return found


def _get_node_model(env, model, node):
    """The model of the view or of the lines in it that a button stands in."""
    names = [
        one.get("name")
        for one in node.iterancestors("field")
        if one.get("name") != "arch"
    ]
    for name in reversed(names):
        field = env[model]._fields.get(name)
        model = field.comodel_name if field and field.comodel_name else model
    return model


class AccessWorld:
    """Makes one record of a model, of a taxpayer, with no more than it must have.

    Values that matter to nobody here: who has no right gets no further than that.
    """

    # field, or model and field → value
    KNOWN = {
        "operation_type": "deduct",
        "mode": "authorise",
        "year": "2026",
        "first_number": "26" + "0" * 18,
        "last_number": "26" + "0" * 17 + "9",
        "invoice.tax.number/name": "26" + "0" * 18,
        # What the database takes for a movement: a number was taken.
        "invoice.tax.quota.move/kind": "take",
        "invoice.tax.quota.move/downloaded_change": 0.0,
        "invoice.tax.quota.move/unused_change": 0.0,
        "invoice.tax.quota.move/available_change": 0.0,
        "move_type": "out_invoice",
        "journal_id": None,
    }

    def __init__(self, env, taxpayer):
        self.company = taxpayer.sudo().company_id
        self.env = env(su=True, context={"allowed_company_ids": self.company.ids})
        self.taxpayer = taxpayer.with_env(self.env)
        self.known = {**self.KNOWN, "tax_number": self.taxpayer.tax_number}

    def get(self, model_name):
        """An existing record of the taxpayer, or a new one."""
        model = self.env[model_name]
        if model_name == self.taxpayer._name:
            return self.taxpayer
        if model._transient:
            return model
        found = model.search(self._get_domain(model), limit=1)
        return found or self.make(model_name)

    def _get_domain(self, model):
        if (
            "taxpayer_id" in model._fields
            and model._fields["taxpayer_id"]._description_searchable
        ):
            return [("taxpayer_id", "=", self.taxpayer.id)]
        if "company_id" in model._fields:
            return [("company_id", "=", self.company.id)]
        # Master data: one is as good as another.
        return []

    def make(self, model_name, env=None):
        model = (env or self.env)[model_name]
        if model_name == "account.move":
            self._ensure_journal()
        if not model.has_access("create"):
            # Written by its page alone, for the user who asked.
            model = model.sudo()
        return model.create(self.get_values(model)).with_env(env or self.env)

    def _ensure_journal(self):
        self.env["account.journal"].create(
            {
                "name": "销售",
                "type": "sale",
                "code": "ACCS",
                "company_id": self.company.id,
            }
        )

    def get_values(self, model):
        values = {}
        defaults = model.sudo().default_get(list(model._fields))
        for name, field in model._fields.items():
            wanted = (
                field.required
                or name == "taxpayer_id"
                or (model._transient and name in PAGE_FIELDS)
            )
            if (
                not wanted
                or name in models.MAGIC_COLUMNS
                or (defaults.get(name) and name not in self.known)
                or (field.compute and not field.inverse and field.readonly)
                or field.related
                or field.type == "one2many"
            ):
                continue
            value = self._get_value(field)
            if value is not None:
                values[name] = value
        return values

    def _get_value(self, field):
        for key in (f"{field.model_name}/{field.name}", field.name):
            known = self.known.get(key)
            if key in self.known and (
                field.type != "selection" or known in field.get_values(self.env)
            ):
                return known
        if field.type == "many2one":
            return self._get_related(field)
        if field.type == "many2many":
            return [fields.Command.set(self.get(field.comodel_name).ids)]
        if field.type == "selection":
            return field.get_values(self.env)[0]
        return {
            "char": MONTH,
            "text": "x",
            "integer": 1,
            "float": 1.0,
            "monetary": 1.0,
            "boolean": True,
            "date": fields.Date.today(),
            "datetime": date_utils.start_of(fields.Datetime.now(), "day"),
        }.get(field.type)

    def _get_related(self, field):
        if field.comodel_name == "res.company":
            return self.company.id
        if field.comodel_name == "res.users":
            return self.env.uid
        if field.comodel_name.startswith("invoice.tax."):
            return self.get(field.comodel_name).id
        return self.env[field.comodel_name].search([], limit=1).id
