"""Runs inside Odoo's shell: two companies and a branch, somebody of each role, and a
record of each model that has a company.

``PARAMETERS`` is put in front of this script. The list of actions, and what a record
of a model needs, are those of the addons' own access tests. The last line printed is
the world, in JSON.
"""

import datetime
import inspect
import json

from odoo.models import MAGIC_COLUMNS

from odoo.addons.invoice_tax_service.models.right_items import MANAGER, VIEWER
from odoo.addons.invoice_tax_service.tests.access_world import (
    AccessWorld,
    find_public_methods,
)

from environment import licenses

ODOO = env  # noqa: F821
SYSTEM = "base.group_system"
BOOKS = ("account.group_account_user", "account.group_account_invoice")
NAMES = {"own": "甲机密有限公司", "branch": "甲机密一分公司", "other": "乙测试公司"}
NEW_NUMBER = "91510100MA5TE5T07D"
# A value of each type of field that can be written.
SAMPLES = {
    "boolean": True,
    "integer": 7,
    "float": 7.0,
    "monetary": 7.0,
    "json": {"a": 1},
    "date": "2020-01-01",
    "datetime": "2020-01-01 00:00:00",
    "html": "<p>7</p>",
    "binary": "Nw==",
    "many2many": [[5]],
}
NUMBERS = {"own": "91110105MA0TE5T019", "other": "91310115MA1TE5T02F"}


class World:
    """The companies, their people, and what each of them is about to try."""

    def __init__(self, connection, license_connection):
        self.connection, self.license_connection = connection, license_connection
        self.rights = ODOO["invoice.tax.right"]
        self.items = self.rights._get_items()
        self.method_items = self.rights._get_method_items()
        self.companies, self.taxpayers, self.users = {}, {}, {}

    def make(self):
        companies = ODOO["res.company"]
        for key in ("own", "other"):
            self.companies[key] = companies.create({"name": NAMES[key]})
            self.taxpayers[key] = self.make_taxpayer(key)
            # What is refused is refused for want of the right, not of a licence.
            licenses.authorise(ODOO, self.taxpayers[key], self.license_connection)
        self.companies["branch"] = companies.create(
            {"name": NAMES["branch"], "parent_id": self.companies["own"].id}
        )
        self.world = AccessWorld(ODOO, self.taxpayers["own"])
        roles = dict.fromkeys((VIEWER, *(item.role for item in self.items.values())))
        for role in roles:
            self.make_user(role.partition(".")[2], role, ["own"])
        self.make_user("denied_manager", MANAGER, ["own"])
        self.make_user("foreign_manager", MANAGER, ["other"])
        self.make_user("foreign_viewer", VIEWER, ["other"])
        self.make_user("branch_manager", MANAGER, ["branch"])
        self.make_user("manager_of_both", MANAGER, ["own", "other"])
        # A customer, with the page that Odoo gives to customers.
        self.make_user("portal", "base.group_portal", ["own"], books=())

    def make_taxpayer(self, key):
        company = self.companies[key]
        connection = ODOO["invoice.tax.connection"].create(
            {**self.connection, "channel": "leqi", "company_id": company.id}
        )
        return ODOO["invoice.tax.taxpayer"].create(
            {
                "name": f"企业 {company.name}",
                "tax_number": NUMBERS[key],
                "company_id": company.id,
                "connection_id": connection.id,
            }
        )

    def make_user(self, name, role, companies, books=BOOKS):
        ids = [self.companies[key].id for key in companies]
        groups = [ODOO.ref(group).id for group in (role, *books)]
        self.users[name] = (
            ODOO["res.users"]
            .with_context(no_reset_password=True)
            .create(
                {
                    "name": name,
                    "login": f"access-{name}",
                    "password": f"access-{name}",
                    "company_id": ids[0],
                    "company_ids": [(6, 0, ids)],
                    "group_ids": [(6, 0, groups)],
                    "tz": "Asia/Shanghai",
                }
            )
        )

    # === WHAT THEY TRY === #

    def allow_everything(self, user):
        self.rights.create(
            [
                {
                    "company_id": company.id,
                    "item": item,
                    "user_id": user.id,
                    "is_allowed": True,
                }
                for item in self.items
                for company in user.company_ids
            ]
        )

    def get_targets(self, user):
        """Method → ids; the pages were opened while the user might do everything."""
        self.allow_everything(user)
        own = self.companies["own"]
        at_hand = own if own in user.company_ids else user.company_ids
        env = ODOO(user=user, context={"allowed_company_ids": at_hand.ids})
        found = {}
        for name in sorted({method.partition("/")[0] for method in self.method_items}):
            # Who may not see the taxpayer cannot open a page about it either.
            if not ODOO[name]._transient:
                found[name] = self.world.get(name).ids
            elif own in user.company_ids and not user.share:
                found[name] = self.world.make(name, env).ids
        self.rights.search([("user_id", "=", user.id)]).unlink()
        return {
            method: found[method.partition("/")[0]]
            for method in self.method_items
            if method.partition("/")[0] in found
        }

    def may(self, user):
        return [
            method
            for method, items in self.method_items.items()
            if any(user.has_group(self.items[item].role) for item in items)
        ]

    def get_records(self):
        """Model → ids of what belongs to the first company."""
        found = {}
        for name, model in ODOO.items():
            if not name.startswith("invoice.tax.") or model._abstract:
                continue
            holders = {"company_id", "taxpayer_id"} & set(model._fields)
            # Master data without a company are everybody's.
            if model._transient or not any(
                model._fields[holder].required or model._fields[holder].related
                for holder in holders
            ):
                continue
            record = self.world.get(name).sudo()
            holder = record.company_id if "company_id" in holders else False
            if (holder or record.taxpayer_id.company_id) == self.companies["own"]:
                found[name] = record.ids
        found["account.move"] = self.world.get("account.move").ids
        return found

    def make_papers(self):
        """A message and an attachment of the taxpayer, and a download."""
        taxpayer = self.taxpayers["own"]
        message = taxpayer.message_post(body=f"机密 {NUMBERS['own']}")
        attachment = ODOO["ir.attachment"].create(
            {
                "name": f"{NUMBERS['own']}.txt",
                "raw": NUMBERS["own"].encode(),
                "res_model": taxpayer._name,
                "res_id": taxpayer.id,
            }
        )
        user = self.users["group_manager"]
        context = {"allowed_company_ids": user.company_ids.ids}
        operations = ODOO(user=user, context=context)["invoice.tax.operation"]
        action = operations.search([], limit=1).action_export()
        return {
            "message": message.id,
            "attachment": attachment.id,
            "download": action["url"],
        }

    def get_answer(self):
        records = self.get_records()
        kept = self.get_kept(records)
        operation = ODOO["invoice.tax.operation"].browse(
            records["invoice.tax.operation"]
        )
        methods, free = self.method_items, self.rights._get_free_methods()
        return {
            "unknown": sorted(find_public_methods(ODOO) - {*methods, *free}),
            "items": list(self.items),
            "methods": list(methods),
            "free": {method: self.get_parameters(method) for method in free},
            "of_owner": [
                method
                for method, items in methods.items()
                if all(self.items[item].of_owner for item in items)
            ],
            "unruled": self.get_unruled(),
            "pages": [name for name in ODOO if ODOO[name]._transient],
            "records": records,
            "papers": self.make_papers(),
            "reports": self.get_reports(records),
            "batch": operation.batch_number,
            "companies": {key: one.id for key, one in self.companies.items()},
            "relations": self.get_relations(records),
            "kept": kept,
            "unwritable": self.get_unwritable(kept),
            "users": {name: self.get_user(user) for name, user in self.users.items()},
        }

    def get_user(self, user):
        expires = datetime.datetime.now() + datetime.timedelta(days=1)
        keys = ODOO["res.users.apikeys"].with_user(user).sudo()
        return {
            "id": user.id,
            "login": user.login,
            "key": keys._generate("rpc", "access", expires),
            "targets": self.get_targets(user),
            "may": self.may(user),
        }

    def get_reports(self, records):
        """Name, and a record that is printed with it."""
        data = ODOO["ir.model.data"].search(
            [("model", "=", "ir.actions.report"), ("module", "=like", "invoice_tax_%")]
        )
        reports = ODOO["ir.actions.report"].browse(data.mapped("res_id"))
        return [
            [
                report.report_name,
                records[report.model][0]
                if report.model in records
                else self.make_comparison(report.model, records),
            ]
            for report in reports
        ]

    def get_unruled(self):
        """Pages of ours that anybody may read, whoever has opened them."""
        ruled = ODOO["ir.rule"].search([]).mapped("model_id.model")
        open_models = ODOO["ir.model.access"].search([("perm_read", "=", True)])
        return [
            name
            for name in sorted(set(open_models.mapped("model_id.model")) - set(ruled))
            if name.startswith("invoice.tax.") and ODOO[name]._transient
        ]

    def get_parameters(self, method):
        model, _slash, name = method.partition("/")
        return list(inspect.signature(getattr(type(ODOO[model]), name)).parameters)[1:]

    def get_writable(self):
        """Models of which somebody who is no system administrator may write rows."""
        found = ODOO["ir.model.access"].search(
            [("perm_write", "=", True), ("group_id", "!=", ODOO.ref(SYSTEM).id)]
        )
        return set(found.mapped("model_id.model"))

    def get_kept(self, records):
        """``[model, id, field, value, other values of a new row]`` of every field that
        is filled by itself, of rows that people may write."""
        return [
            [
                name,
                records[name][0],
                field.name,
                self.get_sample(field),
                self.get_row(name),
            ]
            for name in sorted(self.get_writable() & set(records))
            for field in ODOO[name]._fields.values()
            if field.store
            and field.readonly
            and field.name not in MAGIC_COLUMNS
            and (field._module or "").startswith("invoice_tax_")
        ]

    def get_row(self, name):
        """What somebody who may make such a row gives it."""
        company = self.companies["own"].id
        rows = {"invoice.tax.taxpayer": {"name": "新企业", "tax_number": NEW_NUMBER}}
        rows["account.move"] = {"move_type": "entry"}
        found = rows.get(name, {"name": "新"} if "name" in ODOO[name]._fields else {})
        has_company = "company_id" in ODOO[name]._fields
        return {**found, "company_id": company} if has_company else found

    def get_sample(self, field):
        if field.type == "selection":
            return field.get_values(ODOO)[-1]
        if field.type == "many2one":
            return self.get_own(field.comodel_name).id
        if field.type == "reference":
            own = self.get_own("invoice.tax.taxpayer")
            return f"{own._name},{own.id}"
        return SAMPLES.get(field.type, "7")

    def get_own(self, name):
        """A record of the first company, where the model has companies."""
        if name == "res.company":
            return self.companies["own"]
        model = ODOO[name]
        own = [("company_id", "in", (False, self.companies["own"].id))]
        domain = own if "company_id" in model._fields else []
        return model.search(domain, limit=1, order="id DESC")

    def get_unwritable(self, kept):
        """Which of these fields take not even from the superuser what is tried."""
        found = []
        for name, record_id, field, value, _row in kept:
            try:
                with ODOO.cr.savepoint() as savepoint:
                    ODOO[name].browse(record_id).write({field: value})
                    ODOO.flush_all()
                    savepoint.rollback()
            except Exception as error:  # noqa: BLE001 - whatever stands in the way
                found.append(f"{name}.{field}: {error}")
            ODOO.invalidate_all(flush=False)
        return found

    def make_comparison(self, model, records):
        """A page of somebody else, worked out."""
        [period_id, *_others] = records["invoice.tax.period"]
        page = ODOO[model].create({"period_id": period_id})
        page.action_compare()
        return page.id

    def get_relations(self, records):
        """``[model, field, id, whether many]`` of every field of ours that can name a
        record of the first company."""
        return [
            [name, field.name, records[field.comodel_name][0], field.type != "many2one"]
            for name, model in ODOO.items()
            if not model._abstract
            and (name.startswith("invoice.tax.") or name == "account.move")
            for field in model._fields.values()
            if field.type in ("many2one", "many2many")
            and field.comodel_name in records
            and not field.related
            and (name != "account.move" or field._module.startswith("invoice_tax_"))
        ]


def main(parameters):
    world = World(**parameters)
    world.make()
    answer = world.get_answer()
    ODOO.cr.commit()
    print(json.dumps(answer))


main(json.loads(PARAMETERS))  # noqa: F821
