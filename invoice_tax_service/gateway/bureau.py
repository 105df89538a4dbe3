"""The bureau client that the models talk to, whatever the channel.

A channel is one file in ``channels/`` with one subclass of
:class:`BureauClient`; it is found by being there.
"""

import abc
import importlib
import pkgutil

from .errors import RefusedError
from .messages import Capabilities

_registry = {}


class BureauClient(abc.ABC):
    """One taxpayer's line to the tax bureau over one channel.

    A client knows no ORM and writes no database: it takes credentials and a
    session, answers in the words of :mod:`messages`, and raises only
    :mod:`errors`. It never sends anything twice by itself, with one exception:
    a read, or a request refused only because the session had ended, is sent
    again once after a new login.

    Use it as a context manager, so that the connection is closed.

    :param Credentials credentials: address and secrets
    :param str tax_number: the taxpayer it acts for
    :param Session session: login state; changed in place, the caller keeps it
    :param callable exchange: gets a record of each request and its answer,
        secrets masked; see :class:`transport.Transport`
    """

    channel = ""  # key: kept on the connection
    label = ""  # shown until the models translate it
    capabilities = Capabilities(idempotent=False)

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        if cls.channel:
            _registry[cls.channel] = cls

    @abc.abstractmethod
    def __init__(self, credentials, tax_number, session, *, exchange=None):
        """Keep what is needed; open no connection yet."""

    def __enter__(self):
        return self

    def __exit__(self, *exc_info):
        self.close()

    @abc.abstractmethod
    def close(self):
        """Close the HTTP session."""

    # === CHANGING === #

    @abc.abstractmethod
    def submit(self, submission):
        """Send one request.

        :param Submission submission:
        :rtype: Acceptance
        :raise NotSentError: it did not leave; :raise OutcomeUnknownError: ask
            with :meth:`find`; :raise RefusedError, WaitError, CredentialError:
            not done
        """

    @abc.abstractmethod
    def find(self, submission):
        """Ask for a request by its own request number.

        :rtype: Progress
        :raise NotFoundError: the platform never got it
        :raise OutcomeUnknownError: also when the question was refused; what is
            known of the request does not change. Never a RefusedError
        """

    @abc.abstractmethod
    def poll(self, submission, reference):
        """Ask how far an accepted request is, by the platform's reference.

        :rtype: Progress
        :raise NotFoundError: the platform does not know the reference
        :raise OutcomeUnknownError: as for :meth:`find`
        """

    # === READING === #

    @abc.abstractmethod
    def fetch_period(self):
        """:rtype: PeriodData"""

    @abc.abstractmethod
    def fetch_taxpayer(self):
        """:rtype: TaxpayerData"""

    @abc.abstractmethod
    def fetch_invoices(self, *, cursor="", position=None, months=()):
        """One page of the pool.

        :param str cursor: from the last page of an earlier fetch, or empty for
            everything in ``months``
        :param str position: ``next_position`` of the page before, or None
        :param tuple months: issue months ``yyyyMM``, oldest first
        :rtype: InvoicePage
        """

    @abc.abstractmethod
    def read_invoices(self, keys):
        """The present state of at most 100 named invoices; unknown left out.

        :rtype: list[InvoiceData]
        """

    @abc.abstractmethod
    def fetch_statistics(self, period):
        """:rtype: StatisticsTable"""

    def fetch_credit_history(self):
        """:rtype: list[CreditLevel], newest first"""
        raise RefusedError(code="not_supported")

    # === PASSWORDS AND STAFF, where the capabilities have them === #

    def change_password(self, kind, old, new, *, enabled=True, question="", answer=""):
        """Set or change a password at the platform; needs no login.

        :param str kind: ``certificate`` or ``platform``
        :param bool enabled: False turns the platform password off
        :param str question, answer: with which it can be recovered
        :raise CredentialError: the old one is wrong (``left`` tries are told), or
            all tries are used up until the next day; :raise RefusedError: the new
            one is too short (``password_short``, not sent)
        """
        raise RefusedError(code="not_supported")

    def recover_password(self, answer):
        """Remove the platform password by the answer to its question.

        :raise CredentialError: the answer is wrong (``answer_wrong``, ``left`` tries
            are told), or locked (``until`` is told)
        """
        raise RefusedError(code="not_supported")

    def fetch_question(self):
        """The question to the platform password; empty when there is none."""
        raise RefusedError(code="not_supported")

    def save_staff(self, staff):
        """Write who handles tax matters; :rtype: Staff, as it stands then"""
        raise RefusedError(code="not_supported")

    def fetch_staff(self):
        """:rtype: Staff"""
        raise RefusedError(code="not_supported")


def get_client_class(channel):
    """:raise KeyError: no such channel"""
    _load()
    return _registry[channel]


def get_channels():
    """All channels as ``[(key, label)]``, in the order of their keys."""
    _load()
    return sorted((key, cls.label) for key, cls in _registry.items())


def _load():
    from . import channels

    for module in pkgutil.iter_modules(channels.__path__):
        importlib.import_module(f"{channels.__name__}.{module.name}")
