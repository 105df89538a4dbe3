"""The one exception that a user of the set-up ever sees."""


class SetupFailure(Exception):
    """Something a person has to act upon.

    The message is one sentence that says what happened and what to do; it is
    printed without a traceback.
    """
