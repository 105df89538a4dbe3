"""What can go wrong between us and a platform.

The engine asks one question of an exception: may the work have been done on
the other side? The class answers it; nothing else may be guessed from it.
"""

from .storable import storable

# Seconds that a platform can make us wait: a wrong clock there must not stop a lane
# for years, and no date lies beyond the calendar.
LONGEST_WAIT = 7 * 24 * 3600
# Characters of what a platform said that are kept.
LONGEST_TEXT = 2000
LONGEST_CODE = 100


class GatewayError(Exception):
    """Base of everything a platform client raises.

    :param str text: what the platform or the network said, for people to read
    :param str code: stable internal code, translated by the models
    :param str raw_code: the platform's own code, kept as it came
    :param float wait: seconds the platform asked to wait, 0 when it did not; at
        most ``LONGEST_WAIT``
    """

    code = "gateway_error"

    def __init__(self, text="", *, code=None, raw_code="", wait=0):
        text = storable(str(text)[:LONGEST_TEXT])
        super().__init__(text)
        self.text = text
        self.code = code or self.code
        self.raw_code = storable(str(raw_code)[:LONGEST_CODE])
        self.wait = min(wait, LONGEST_WAIT)


class NotSentError(GatewayError):
    """Nothing reached the platform (connection refused, name not found).

    The engine sends the same request again later; nothing has to be asked.
    """

    code = "not_sent"


class OutcomeUnknownError(GatewayError):
    """The request may have been acted on: timeout, cut reply, HTML, half JSON.

    The engine asks by the request number and resends only when the platform
    says that it never arrived.
    """

    code = "outcome_unknown"


class WaitError(GatewayError):
    """The platform refused to work now (too often, maintenance) and did not act.

    The engine pauses the lane for ``wait`` seconds; the work stays as it is.
    """

    code = "wait"


class RepeatTooSoonError(WaitError):
    """The same task was sent a short time ago (RPA: three minutes).

    Only this request waits, the lane goes on with its other work.
    """

    code = "repeat_waits"


class CredentialError(GatewayError):
    """Login or encryption was refused: more tries would lock the account.

    The engine stops the lane until a person has corrected the connection.

    :ivar left: tries that are left before the login is locked; None: not told
    :ivar until: naive UTC end of a lock; None: not told
    """

    code = "credential_refused"

    def __init__(self, text="", *, left=None, until=None, **values):
        super().__init__(text, **values)
        self.left = left
        self.until = until


class RefusedError(GatewayError):
    """The platform understood the request and said no; it did not act.

    ``code`` is one of :data:`messages.REFUSAL_CODES`.
    """

    code = "refused"


class NotFoundError(GatewayError):
    """The platform does not know the request (or batch) that was asked for."""

    code = "not_found"
