"""Runs inside Odoo's shell: what people do on an ordinary day, whatever is installed.

Every page of every menu is opened, settings are saved, invoices and bills are posted,
scheduled actions run. The last line printed is the answer, in JSON: the models of the
tax addons that there still are.
"""

import json

from lxml import etree

ADMIN = env.ref("base.user_admin")  # noqa: F821
CONTEXT = {"lang": ADMIN.lang, "allowed_company_ids": ADMIN.company_ids.ids}
ODOO = env(user=ADMIN, context=CONTEXT)  # noqa: F821
# Scheduled actions that talk to services outside.
OUTSIDE = {
    "mail.ir_cron_mail_scheduler_action",
    "mail.ir_cron_module_update_notification",
    "mail.ir_cron_web_push_notification",
    "sms.ir_cron_sms_scheduler_action",
    "snailmail.snailmail_print",
}


def open_page(action):
    """An action of a menu, as the web client asks for it."""
    model = ODOO[action.res_model]
    kinds = [(view_id, kind) for view_id, kind in action.views]
    views = model.get_views([*kinds, (False, "search")], {"action_id": action.id})
    for kind in ("list", "kanban", "form"):
        if kind not in views["views"]:
            continue
        arch = etree.fromstring(views["views"][kind]["arch"])
        model.web_search_read([], read_fields(arch), limit=3)


def read_fields(node):
    """What the web client asks for to show a view, lists inside of it included."""
    fields = {}
    for child in node.iterchildren("*"):
        inner = read_fields(child)
        if child.tag == "field":
            fields[child.get("name")] = {"fields": inner} if inner else {}
        else:
            fields.update(inner)
    return fields


def open_menus():
    """All menus that there are, and what each of them opens."""
    menus = ODOO["ir.ui.menu"].load_web_menus(False)
    windows = ODOO["ir.actions.act_window"].browse(
        {
            int(menu["actionID"])
            for menu in menus.values()
            if menu.get("actionModel") == "ir.actions.act_window" and menu["actionID"]
        }
    )
    assert len(windows) > 10
    for action in windows:
        open_page(action)


def save_settings():
    settings = ODOO["res.config.settings"]
    settings.get_views([(False, "form")])
    settings.create({}).execute()
    users = ODOO["res.users"]
    users.get_views([(False, "form"), (False, "list"), (False, "search")])
    for user in users.with_context(active_test=False).search([]):
        user.read()


def post_invoices():
    """One to a customer, one from a vendor; those that were there can be read."""
    moves = ODOO["account.move"]
    moves.get_views([(False, kind) for kind in ("form", "list", "kanban", "search")])
    for kind in ("out_invoice", "in_invoice"):
        posted = [("move_type", "=", kind), ("state", "=", "posted")]
        names = {name: {} for name in moves.fields_get(attributes=["type"])}
        moves.web_search_read(posted, names, limit=3)
        partner = ODOO["res.partner"].search([], limit=1)
        move = moves.create(
            {
                "move_type": kind,
                "partner_id": partner.id,
                "invoice_date": "2026-01-15",
                "invoice_line_ids": [(0, 0, {"name": "x", "price_unit": 100.0})],
            }
        )
        move.action_post()
        assert move.state == "posted", kind
        move.button_draft()
        move.unlink()


def run_scheduled():
    """All that is due on some day, but for what would leave this machine."""
    crons = ODOO["ir.cron"].search([])
    for cron, name in zip(crons, crons.get_external_id().values(), strict=True):
        if name not in OUTSIDE:
            cron.method_direct_trigger()
        ODOO.cr.commit()


def check_views():
    """Each view with all that extends it: what extends one need not be checked again,
    for it is checked as a part of that very whole."""
    views = ODOO["ir.ui.view"].search([])
    views.filtered(
        lambda view: not view.inherit_id or view.mode == "primary"
    )._check_xml()


open_menus()
save_settings()
post_invoices()
run_scheduled()
check_views()
ODOO.cr.commit()
print(json.dumps(sorted(name for name in ODOO if name.startswith("invoice.tax."))))
