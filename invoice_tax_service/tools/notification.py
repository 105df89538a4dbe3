"""What the web client shows after a click whose work is done later."""

CLOSE = {"type": "ir.actions.act_window_close"}
RELOAD = {"type": "ir.actions.client", "tag": "soft_reload"}


def get_notification(message, then=None, kind="info"):
    """:param dict then: the action that follows at once, else the dialog is closed
    :param str kind: ``info`` or ``warning``
    :return: an action that shows the message"""
    return {
        "type": "ir.actions.client",
        "tag": "display_notification",
        "params": {"type": kind, "message": message, "next": dict(then or CLOSE)},
    }


def send_done(record, user, title, message, kind, is_sticky=False):
    """Tell somebody, wherever that person is by now, that work is over, with a way to
    it; sent with the commit.

    :param record: what is opened
    :param str kind: ``success`` or ``warning``
    """
    user._bus_send(
        "invoice_tax_service.done",
        {
            "type": kind,
            "sticky": is_sticky,
            "title": title,
            "message": message,
            "next": {
                "type": "ir.actions.act_window",
                "res_model": record._name,
                "res_id": record.id,
                "views": [[False, "form"]],
            },
        },
    )
