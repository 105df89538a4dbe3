"""Runs inside Odoo's shell: work of each addon, done and still open, beside the demo.

What is there when somebody uninstalls in the middle of a month.
"""

ODOO = env  # noqa: F821


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


work()
moves = ODOO["account.move"].search(
    [("move_type", "=", "out_invoice"), ("state", "=", "posted")]
)
moves[0].action_issue_digital_invoice()
submit()
work()
# These stay open.
moves[1].action_issue_digital_invoice()
ODOO.cr.commit()
