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


def send_done(records, user, title, message, kind, is_sticky=False):
    """Tell somebody, wherever that person is by now, that work is over, with a way to
    it; sent with the commit.

    :param records: what is opened: the page of one, or a list of several
    :param str kind: ``success`` or ``warning``
    """
    action = {"type": "ir.actions.act_window", "res_model": records._name}
    if len(records) == 1:
        action |= {"res_id": records.id, "views": [[False, "form"]]}
    else:
        action |= {
            "name": title,
            "views": [[False, "list"], [False, "form"]],
            "domain": [["id", "in", records.ids]],
        }
    user._bus_send(
        "invoice_tax_service.done",
        {
            "type": kind,
            "sticky": is_sticky,
            "title": title,
            "message": message,
            "next": action,
        },
    )
