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
