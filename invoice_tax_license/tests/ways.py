import contextlib
import inspect

from odoo import models
from odoo.exceptions import UserError

from ..exceptions import LicenseError


def find_public_methods(env, addon):
    """Everything that a button or a program can call and that this addon defines.

    :return: set of ``(model, method)``, read from the classes that are loaded
    """
    place = f"odoo.addons.{addon}."
    return {
        (model._name, name)
        for model in env.registry.values()
        if not model._abstract
        for definition in model.__mro__
        if definition.__module__.startswith(place)
        for name, method in vars(definition).items()
        if inspect.isfunction(method)
        and not name.startswith("_")
        and not hasattr(models.BaseModel, name)
        and not getattr(method, "_api_private", False)
    }


class WaysMixin:
    """Presses everything that an addon offers, for a taxpayer without licence.

    What is pressed is found in the code (:func:`find_public_methods`), so that a new
    way is pressed too: it must refuse and lead to the licences, or be named among
    those that are open without a licence, and then it must write nothing that is sent.
    """

    # Tasks that only find out or give up, or are not for the bureau.
    harmless_tasks = {"invoice.tax.license.request"}

    def assertShut(self, action, *args):
        """Refused for want of a licence, with a sentence and the way to mend it."""
        with self.assertRaises(LicenseError) as caught, self.env.cr.savepoint():
            action(*args)
        error = caught.exception
        self.assertEqual(error.code, "service_unavailable")
        self.assertRegex(str(error), "not authorised|was cancelled")
        message, action_id, label, context = error.args
        action = self.env["ir.actions.act_window"].sudo().browse(action_id)
        self.assertEqual(action.res_model, "invoice.tax.license")
        self.assertEqual(context["search_default_taxpayer_id"], self.taxpayer.ids)
        self.assertTrue(label and message)
        return error

    def press_all(self, addon, pages, open_ways, arguments=None):
        """Press everything.

        :param dict pages: model, or ``(model, method)``, → the record that is pressed;
            None: an open way that cannot be pressed here
        :param dict open_ways: model → methods that are open without a licence
        :param dict arguments: ``(model, method)`` → lists of positional arguments, a
            call with each
        """
        found = find_public_methods(self.env, addon)
        named = {(model, name) for model, names in open_ways.items() for name in names}
        self.assertFalse(named - found, "named as open, and not there")
        for way in sorted(found):
            model, name = way
            page = pages.get(way, pages.get(model))
            for values in (arguments or {}).get(way, [()]):
                with self.subTest(model=model, way=name, arguments=values):
                    if way in named:
                        self.press_open(page, name)
                    else:
                        self.assertIsNotNone(page, "a way that no test presses")
                        self.press_shut(getattr(page, name), values)

    def press_shut(self, method, values):
        before = self.count_sent()
        self.assertShut(method, *values)
        self.assertEqual(self.count_sent(), before, "refused, and written all the same")

    def press_open(self, page, name):
        """It may refuse for other reasons, and sends nothing new."""
        method = getattr(page, name, None)
        if not page or inspect.signature(method).parameters:
            return
        before = self.count_sent()
        with self.rolled_back():
            with contextlib.suppress(UserError):
                method()
            self.assertEqual(self.count_sent(), before, "open, and it sends something")

    @contextlib.contextmanager
    def rolled_back(self):
        with self.env.cr.savepoint() as savepoint:
            yield
            savepoint.close(rollback=True)
        self.env.invalidate_all()

    def count_sent(self):
        """Rows of what goes over lanes to the bureau, by model."""
        lanes = self.env["invoice.tax.lane"]
        sent = {*lanes._get_task_models(), *lanes._get_waiting_models().values()}
        self.env.flush_all()
        return {
            name: self.env[name].sudo().search_count([])
            for name in sent - self.harmless_tasks
        }
