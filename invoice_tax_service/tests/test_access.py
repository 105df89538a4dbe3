import json
from datetime import timedelta
from unittest.mock import patch
from urllib.parse import urljoin

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, new_test_user, tagged
from odoo.tools import mute_logger

from ..exceptions import TaxServiceError
from ..models.right_items import MANAGER, VIEWER
from .access_world import AccessWorld, find_buttons, find_public_methods
from .common import ACCOUNTANT, OWN, SECOND, TaxServiceMixin

# What a method needs besides its records.
ARGUMENTS = {
    "invoice.tax.operation/retry_batch": {
        "batch_number": "",
        "request_number": "access-1",
    },
}
# To a stranger a batch is not there.
REFUSALS = ("no_right", "batch_unknown")
# They are about the companies of the caller, whatever rows he names.
OF_CALLER = ("invoice.tax.segment/action_open_draw",)
DOORS = ("button", "rpc", "json2")


class AccessMixin(TaxServiceMixin):
    """Two companies and a branch, somebody of each role, and a record of each kind."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # The right is asked for first; what the channel can do is asked elsewhere.
        connections = cls.registry["invoice.tax.connection"]
        if hasattr(connections, "_can_issue"):
            cls.startClassPatcher(
                patch.object(connections, "_can_issue", lambda connection: True)
            )
        cls.branch = cls.env["res.company"].create(
            {"name": "甲测试公司一分公司", "parent_id": cls.company.id}
        )
        rights = cls.env["invoice.tax.right"]
        cls.items = rights._get_items()
        cls.method_items = rights._get_method_items()
        cls.roles = {
            role: cls._new_role_user(role, cls.company)
            for role in dict.fromkeys((VIEWER, *(i.role for i in cls.items.values())))
        }
        cls.foreign_manager = cls._new_role_user(MANAGER, cls.other_company)
        cls.branch_manager = cls._new_role_user(MANAGER, cls.branch)
        cls.branch_viewer = cls._new_role_user(VIEWER, cls.branch)
        cls.other_taxpayer = cls._new_taxpayer(
            SECOND, cls._new_connection(cls.other_company)
        )

    @classmethod
    def _new_role_user(cls, role, company):
        login = f"access_{role.partition('.')[2]}_{company.id}"
        return new_test_user(
            cls.env,
            login,
            groups=f"{ACCOUNTANT},account.group_account_invoice,{role}",
            company_id=company.id,
            company_ids=[(6, 0, company.ids)],
            lang="en_US",
            tz="Asia/Shanghai",
        )

    def setUp(self):
        super().setUp()
        # All of it is undone again.
        self.patch(self.registry["invoice.tax.lane"], "_commit", lambda lanes: None)
        self.world = AccessWorld(self.env, self.taxpayer)
        self.submit("deduct", self.add_invoices(2))

    # === ROWS === #

    def decide(self, user, allowed, items=None, company=None):
        """What the company says of a user; of everything when nothing is named."""
        company = company or self.company
        rights = self.env["invoice.tax.right"]
        items = list(self.items if items is None else items)
        rights.search(
            [
                ("company_id", "=", company.id),
                ("item", "in", items),
                ("user_id", "=", user.id),
            ]
        ).unlink()
        rights.create(
            [
                {
                    "company_id": company.id,
                    "item": item,
                    "user_id": user.id,
                    "is_allowed": allowed,
                }
                for item in items
            ]
        )

    def leave_to_roles(self):
        self.env["invoice.tax.right"].search(
            [("company_id", "=", self.company.id)]
        ).unlink()

    # === RECORDS AND PAGES === #

    def get_targets(self, user):
        """``model/method`` → ids and arguments, for whoever may see the records; the
        pages are opened by the user while he may do everything."""
        self.decide(user, True)
        env = self.env(user=user, context={"allowed_company_ids": user.company_ids.ids})
        found = {}
        for name in {method.partition("/")[0] for method in self.method_items}:
            if self.env[name]._transient:
                found[name] = self.world.make(name, env)
            else:
                found[name] = self.world.get(name)
        self.env["invoice.tax.right"].search([("user_id", "=", user.id)]).unlink()
        self.env.flush_all()
        return {
            method: found[method.partition("/")[0]].ids for method in self.method_items
        }

    def get_arguments(self, method):
        arguments = dict(ARGUMENTS.get(method, {}))
        if "batch_number" in arguments:
            operation = self.world.get("invoice.tax.operation")
            arguments["batch_number"] = operation.batch_number
        return arguments

    def is_refused(self, user, method, ids):
        """Called in the process, and undone again."""
        name, _slash, method_name = method.partition("/")
        context = {"allowed_company_ids": user.company_ids.ids}
        records = self.env(user=user, context=context)[name].browse(ids)
        arguments = self.get_arguments(method)
        if arguments:
            records = records.browse()
        try:
            with self.env.cr.savepoint():
                getattr(records, method_name)(**arguments)
                raise _Undo
        except TaxServiceError as error:
            return error.code in REFUSALS
        except AccessError:
            return True
        except (_Undo, UserError):
            return False
        finally:
            self.env.invalidate_all()

    def may(self, user, method):
        return any(
            user.has_group(self.items[item].role) for item in self.method_items[method]
        )


class _Undo(Exception):
    pass


@tagged("post_install", "-at_install")
class TestAccess(AccessMixin, HttpCase):
    """Role × action × company × door: nobody acts without right, whatever the door.

    The actions are the code's own: a public method or a button without a right item
    fails here.
    """

    # === THE LIST === #

    def test_row_O11_every_public_method_has_its_item(self):
        rights = self.env["invoice.tax.right"]
        known = {*rights._get_method_items(), *rights._get_free_methods()}
        found = find_public_methods(self.env)
        self.assertGreater(len(found), 90)
        self.assertFalse(
            sorted(found - known),
            "name the right item of these, or say that they need none",
        )
        self.assertFalse(sorted(known - found), "these are not there any more")

    def test_row_O11_every_button_has_its_item(self):
        rights = self.env["invoice.tax.right"]
        known = {*rights._get_method_items(), *rights._get_free_methods()}
        actions = rights._get_action_items()
        buttons = find_buttons(self.env)
        self.assertGreater(len(buttons), 90)
        ours = find_public_methods(self.env)
        for model, kind, name in sorted(buttons):
            with self.subTest(model=model, name=name):
                if kind == "action" and model.startswith("invoice.tax."):
                    self.assertIn(int(name), actions)
                elif f"{model}/{name}" in ours:
                    self.assertIn(f"{model}/{name}", known)

    def test_row_O11_every_gear_action_has_its_item(self):
        rights = self.env["invoice.tax.right"]
        data = self.env["ir.model.data"].search(
            [
                ("model", "=", "ir.actions.server"),
                ("module", "=like", "invoice_tax_%"),
            ]
        )
        bound = self.env["ir.actions.server"].browse(data.mapped("res_id"))
        bound = bound.exists().filtered("binding_model_id")
        self.assertGreaterEqual(len(bound), 9)
        self.assertLessEqual(set(bound.ids), set(rights._get_action_items()))

    def test_row_O11_every_operation_has_its_item(self):
        taxpayers = self.env["invoice.tax.taxpayer"]
        operations = self.env["invoice.tax.operation"]
        for key in operations._fields["operation_type"].get_values(self.env):
            self.assertLessEqual(
                set(taxpayers._get_operation_items(key)), set(self.items)
            )

    # === IN THE PROCESS === #

    def test_row_O11_role_by_action(self):
        for role, user in self.roles.items():
            for method, ids in self.get_targets(user).items():
                with self.subTest(role=role, method=method):
                    self.assertEqual(
                        self.is_refused(user, method, ids), not self.may(user, method)
                    )

    def test_row_O11_company_before_role(self):
        """Rows of the company decide: they give to a viewer, take from a manager, and
        who has none has not."""
        for role, is_allowed in ((VIEWER, True), (MANAGER, False)):
            user = self.roles[role]
            targets = self.get_targets(user)
            self.decide(user, is_allowed)
            for method, ids in targets.items():
                with self.subTest(role=role, method=method):
                    self.assertEqual(self.is_refused(user, method, ids), not is_allowed)
            self.leave_to_roles()
        manager = self.roles[MANAGER]
        targets = self.get_targets(manager)
        self.decide(self.roles[VIEWER], True)
        for method, ids in targets.items():
            with self.subTest(method=method):
                self.assertTrue(self.is_refused(manager, method, ids))

    def test_row_X3_another_company_is_out_of_reach(self):
        """Also for its manager, and with rows that say otherwise."""
        user = self.foreign_manager
        taxpayers = self.env["invoice.tax.taxpayer"].with_user(user)
        self.decide(user, True)
        for method in self.method_items:
            name = method.partition("/")[0]
            if method in OF_CALLER or self.env[name]._transient:
                continue
            with self.subTest(method=method):
                ids = self.world.get(name).ids
                self.assertTrue(self.is_refused(user, method, ids))
        for item in self.items:
            self.assertFalse(taxpayers._has_right(item, self.company))

    def test_row_X3_branch_works_under_the_tax_number_of_its_parent(self):
        user = self.branch_manager
        taxpayer = self.taxpayer.with_user(user)
        self.assertEqual(
            self.env["invoice.tax.taxpayer"].with_user(user).search([]), taxpayer
        )
        invoices = self.add_invoices(1).with_user(user)
        wizard = invoices.action_deduct()
        wizard = self.env[wizard["res_model"]].with_user(user).browse(wizard["res_id"])
        wizard.action_submit()
        self.assertTrue(invoices.is_in_progress)
        for item, right in self.items.items():
            with self.subTest(item):
                self.assertEqual(
                    taxpayer._has_right(item, self.company), not right.of_owner
                )
        for vals in ({"name": "x"}, {"active": False}):
            with self.assertRaises(AccessError), self.env.cr.savepoint():
                taxpayer.write(vals)
        # Its own number takes the place of the parent's.
        own = self._new_taxpayer(OWN, self._new_connection(self.branch))
        self.assertEqual(
            self.env["invoice.tax.taxpayer"].with_user(user).search([]),
            own.with_user(user),
        )
        self.assertFalse(taxpayer._has_right("deduct", self.company))

    def test_row_X3_parent_decides_for_its_branches(self):
        user = self.branch_viewer
        taxpayer = self.taxpayer.with_user(user)
        self.assertFalse(taxpayer._has_right("fetch", self.company))
        self.decide(user, True, ["fetch"])
        self.assertTrue(taxpayer._has_right("fetch", self.company))
        self.assertTrue(taxpayer._has_right("fetch", self.branch))

    def test_row_X3_every_model_with_a_company_has_its_rule(self):
        models = [
            model
            for name, model in self.env.items()
            if name.startswith("invoice.tax.")
            and not model._abstract
            and not model._transient
            and "company_id" in model._fields
        ]
        self.assertGreater(len(models), 15)
        rules = self.env["ir.rule"].with_user(self.roles[VIEWER])
        for model in models:
            with self.subTest(model._name):
                domain = repr(rules._compute_domain(model._name, "read"))
                self.assertIn("company_id", domain)

    # === OVER THE WIRE === #

    @mute_logger("odoo.http", "odoo.addons.base.models.ir_rule")
    def test_row_O11_every_door_is_shut_for_the_viewer(self):
        self._check_doors(self.roles[VIEWER])

    @mute_logger("odoo.http", "odoo.addons.base.models.ir_rule")
    def test_row_O11_every_door_is_shut_for_the_clerk(self):
        self._check_doors(self.roles["invoice_tax_service.group_receiving_clerk"])

    @mute_logger("odoo.http", "odoo.addons.base.models.ir_rule")
    def test_row_O11_every_door_is_shut_by_the_company(self):
        user = self.roles[MANAGER]
        targets = self.get_targets(user)
        self.decide(user, False)
        self._knock(user, targets)

    @mute_logger("odoo.http", "odoo.addons.base.models.ir_rule")
    def test_row_X3_every_door_is_shut_for_another_company(self):
        targets = {
            method: self.world.get(method.partition("/")[0]).ids
            for method in self.method_items
            if not self.env[method.partition("/")[0]]._transient
            and method not in OF_CALLER
        }
        self._knock(self.foreign_manager, targets)

    def _check_doors(self, user):
        targets = self.get_targets(user)
        self._knock(
            user,
            {
                method: ids
                for method, ids in targets.items()
                if not self.may(user, method)
            },
        )

    def _knock(self, user, targets):
        self.assertGreater(len(targets), 5)
        self.authenticate(user.login, user.login)
        key = (
            self.env["res.users.apikeys"]
            .with_user(user)
            ._generate("rpc", "test", fields.Datetime.now() + timedelta(hours=6))
        )
        before = self._count_tasks()
        for method, ids in targets.items():
            for door in DOORS:
                with self.subTest(method=method, door=door):
                    answer = self._call(door, method, ids, key)
                    self.assertTrue(self._is_refusal(answer), answer)
        self.env.invalidate_all()
        self.assertEqual(self._count_tasks(), before, "something was done")

    def _count_tasks(self):
        return [
            self.env[name].search_count([])
            for name in ("invoice.tax.operation", "invoice.tax.fetch")
        ]

    def _call(self, door, method, ids, key):
        name, _slash, method_name = method.partition("/")
        arguments = self.get_arguments(method)
        if door == "json2":
            body = arguments or {"ids": ids}
            response = self.opener.post(
                urljoin(self.base_url(), f"/json/2/{name}/{method_name}"),
                data=json.dumps(body),
                headers={
                    "Authorization": f"Bearer {key}",
                    "Content-Type": "application/json",
                },
                timeout=30,
            )
            if response.status_code == 200:
                return {}
            return response.json()
        path = {"button": "call_button", "rpc": "call_kw"}[door]
        answer = self.opener.post(
            urljoin(self.base_url(), f"/web/dataset/{path}/{name}/{method_name}"),
            json={
                "params": {
                    "model": name,
                    "method": method_name,
                    "args": [] if arguments else [ids],
                    "kwargs": arguments,
                }
            },
            timeout=30,
        ).json()
        return answer.get("error", {}).get("data", {})

    def _is_refusal(self, answer):
        code = (answer.get("context") or {}).get("code")
        return code in REFUSALS or answer.get("name") == ("odoo.exceptions.AccessError")
