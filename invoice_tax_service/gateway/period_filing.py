"""The filing question and the way back to the period before, in both channels.

Source: contract of the simulated endpoints, section 6.5; manual 001, 1.8 (7) and 1.9.
"""

from . import messages

LEQI_FILINGS = {"unfinished": "1", "finished": "2"}  # sbqk


def leqi_filing(submission):
    """The taxpayer's word as a field of ``SQQRDKTJ``; nothing when there is none."""
    if submission.operation_type != "sign" or not submission.filing:
        return {}
    return {"sbqk": LEQI_FILINGS[submission.filing]}


def rpa_filing(submission):
    """The same as a field of the task ``QR``."""
    if submission.operation_type != "sign" or not submission.filing:
        return {}
    return {"filing": submission.filing}


def read_leqi_roll_back(answer):
    """:rtype: messages.RollBack, or None when the answer does not say"""
    if not answer.data.get("httj"):
        return None
    met = answer.fields("httj")
    return messages.RollBack(
        period=answer.text("htsq", optional=True),
        not_confirmed=met.flag("wqr"),
        not_filed=met.flag("wsb"),
        by_answer=met.flag("wd"),
        in_window=met.flag("zq"),
    )


def read_rpa_roll_back(data):
    """:rtype: messages.RollBack, or None when the answer does not say"""
    if not data.data.get("rollBack"):
        return None
    met = data.fields("rollBack")
    return messages.RollBack(
        period=data.text("rollBackTo", optional=True),
        not_confirmed=met.flag("notConfirmed"),
        not_filed=met.flag("notFiled"),
        by_answer=met.flag("byAnswer"),
        in_window=met.flag("inWindow"),
    )
