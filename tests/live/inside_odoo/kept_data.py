"""Runs inside Odoo's shell: work of each addon, done and still open, beside the demo.

What is there when somebody uninstalls in the middle of a month, with all that people
leave on pages: messages, files, activities, favourites, own actions, a home page.
"""

ODOO = env  # noqa: F821
# A model of each addon on whose pages people work, and a page of it.
PAGES = {
    "invoice.tax.taxpayer": "invoice_tax_service.invoice_tax_taxpayer_action",
    "invoice.tax.license": "invoice_tax_license.invoice_tax_license_action",
    "invoice.tax.quota": "invoice_tax_leqi.invoice_tax_quota_action",
}


def work():
    """What the scheduled actions do until nothing is due."""
    crons = ODOO["ir.model.data"].search(
        [("module", "=like", "invoice_tax_%"), ("model", "=", "ir.cron")]
    )
    for cron in ODOO["ir.cron"].browse(crons.mapped("res_id")):
        cron.method_direct_trigger()
        ODOO.cr.commit()
    lanes = ODOO["invoice.tax.lane"].search([])
    for lane in lanes:
        while lane._work_lane(lane.id, float("inf")):
            ODOO.cr.commit()
    ODOO.invalidate_all()


def submit():
    """An operation of one invoice."""
    invoice = ODOO["invoice.tax.input.invoice"].search(
        [
            ("is_selectable", "=", True),
            ("status", "=", "normal"),
            ("net_amount", ">", 0),
            ("taxpayer_id.connection_id.channel", "=", "leqi"),
        ],
        limit=1,
    )
    taxpayer = invoice.taxpayer_id
    ODOO["invoice.tax.operation"].submit_batch(
        tax_number=taxpayer.tax_number,
        operation_type="deduct",
        period=taxpayer.current_period_id.name,
        request_number="kept",
        invoices=[
            {
                "number": invoice.number,
                "code": invoice.code or "",
                "creditable_vat": str(invoice.vat_amount),
            }
        ],
    )


def leave_traces():
    """What people and Odoo itself keep beside the records, on each addon's pages."""
    kinds = ODOO["ir.model.data"].search(
        [("module", "=like", "invoice_tax_%"), ("model", "=", "mail.activity.type")]
    )
    kinds = ODOO["mail.activity.type"].browse(kinds.mapped("res_id"))
    assert len(kinds) > 4
    for kind in kinds:
        record = ODOO[kind.res_model or "account.move"].search([], limit=1)
        record.activity_schedule(activity_type_id=kind.id, user_id=ODOO.uid)
    for model, page in PAGES.items():
        record = ODOO[model].search([], limit=1)
        action = ODOO.ref(page)
        model_id = ODOO["ir.model"]._get_id(model)
        ODOO["ir.attachment"].create(
            {"name": "x.txt", "raw": b"x", "res_model": model, "res_id": record.id}
        )
        ODOO["ir.filters"].create(
            {"name": model, "model_id": model, "action_id": action.id}
        )
        code = {"model_id": model_id, "state": "code", "code": "pass"}
        ODOO["ir.actions.server"].create({"name": model, **code})
        ODOO["ir.cron"].create({"name": model, **code})
        ODOO["ir.default"].set(model, "display_name", "x")
        name = model.rpartition(".")[2]
        ODOO.user.copy({"login": name, "name": name, "action_id": action.id})
        if "message_ids" in record:
            record.message_post(body="x")
            record.message_subscribe(ODOO.user.partner_id.ids)
            record.activity_schedule(user_id=ODOO.uid, summary="x")


work()
moves = ODOO["account.move"].search(
    [("move_type", "=", "out_invoice"), ("state", "=", "posted")]
)
moves[0].action_issue_digital_invoice()
submit()
work()
# These stay open.
moves[1].action_issue_digital_invoice()
leave_traces()
ODOO.cr.commit()
