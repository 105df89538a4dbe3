import contextlib
import time

from odoo import api, fields, models
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from odoo.tools import SQL, format_datetime

from ..exceptions import TaxServiceError
from ..gateway.environment_check import check_environment
from ..gateway.errors import (
    CredentialError,
    GatewayError,
    OutcomeUnknownError,
)
from ..gateway.messages import Session
from ..gateway.rpa_account import CERTIFICATE, KEPT_AS, PASSWORD_LENGTH, PLATFORM
from .words import REASONS, get_advice, get_reason, get_sentence, join_sentences

# The passwords themselves were looked at and found wrong: they are not kept.
WRONG = ("password_wrong", "platform_password_wrong", "password_short")
# A login after these is one wrong try more.
LOCKING = ("password_wrong", "platform_password_wrong", "login_refused")
WRITE_ATTEMPTS = 5
NOTHING_PENDING = {
    "pending_kind": False,
    "pending_password": False,
    "pending_by_absence": False,
}


class InvoiceTaxLane(models.Model):
    """Passwords of the line, told to Odoo, changed and recovered at the bureau.

    Interactive calls: they hold the lane as a dispatcher does, and commit in between.
    Before a change leaves, the new password is committed beside the old one; without
    an answer a login finds out which of the two holds.

    What must never happen: a password lost that may be the valid one; a login tried
    while it is not known which one holds; a secret in a message.
    """

    _name = "invoice.tax.lane"
    _inherit = ["invoice.tax.lane", "invoice.tax.secret.mixin"]

    certificate_password = fields.Char(exportable=False)
    platform_password = fields.Char(exportable=False)
    session_token = fields.Char(exportable=False)
    pending_kind = fields.Selection(
        [(CERTIFICATE, "Certificate Password"), (PLATFORM, "Platform Password")],
        string="Password Being Changed",
        readonly=True,
        copy=False,
    )
    pending_password = fields.Char(
        groups="base.group_system", readonly=True, copy=False, exportable=False
    )
    pending_by_absence = fields.Boolean(
        readonly=True,
        copy=False,
        help="A login without platform password tells whether it was changed.",
    )
    has_passwords = fields.Boolean(compute="_compute_has_passwords")
    has_staff = fields.Boolean(compute="_compute_has_passwords")
    is_certificate_password_kept = fields.Boolean(
        compute="_compute_kept", string="Certificate Password Entered"
    )
    is_platform_password_kept = fields.Boolean(
        compute="_compute_kept", string="Platform Password Entered"
    )

    @api.model
    def _get_secret_fields(self):
        return super()._get_secret_fields() | {
            *("certificate_password", "platform_password"),
            *("pending_password", "session_token"),
        }

    @api.depends("connection_id.channel")
    def _compute_has_passwords(self):
        for lane in self:
            connection = lane.sudo().connection_id
            can = connection and connection._get_capabilities()
            lane.has_passwords = bool(can and can.has_passwords)
            lane.has_staff = bool(can and can.has_staff)

    @api.depends("certificate_password", "platform_password")
    def _compute_kept(self):
        for lane in self:
            secret = lane.sudo()
            lane.is_certificate_password_kept = bool(secret.certificate_password)
            lane.is_platform_password_kept = bool(secret.platform_password)

    # === ACTIONS === #

    def action_resume(self):
        """Where it is not known which password holds, find it out first."""
        # EXTENDS 'invoice.tax.lane'
        # Before anything is asked at the bureau.
        self.taxpayer_id._check_can("resume")
        for lane in self.filtered("pending_kind"):
            lane._find_out_password()
        return super().action_resume()

    def action_open_passwords(self):
        """Open the page on which passwords are entered."""
        self.ensure_one()
        self._check_passwords()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Passwords"),
            "res_model": "invoice.tax.password.wizard",
            "view_mode": "form",
            "target": "new",
            "context": {"default_lane_id": self.id},
        }

    def _check_passwords(self):
        """:raise TaxServiceError: no right, or a channel without passwords"""
        self.check_access("read")
        self.taxpayer_id._check_can("passwords")
        if not self.has_passwords:
            raise self._refuse("passwords_not_used")

    def _refuse(self, code):
        return TaxServiceError(get_sentence(self.env, code), code)

    # === WHAT THE MANAGER DOES === #

    def _tell_passwords(self, **passwords):
        """Keep passwords that are right at the bureau, tried by a login, and go on.

        Found wrong they are not kept; could they not be tried, they are.

        :param passwords: ``certificate_password``, ``platform_password``
        :return: a sentence for the user
        """
        self._check_passwords()
        if len(passwords.get(KEPT_AS[CERTIFICATE], "x" * 8)) < PASSWORD_LENGTH:
            raise self._refuse("password_short")
        with self._talk() as heard:
            session = Session()
            error = self._try_login(session, heard, **passwords)
            if error and error.code in WRONG:
                raise self._get_error(error)
            told = {name: value or False for name, value in passwords.items()}
            self._keep(self._get_session_values(session) | told | NOTHING_PENDING)
            self._go_on(error, session)
        if not error:
            return self.env._("The bureau accepted the login; the line goes on.")
        return join_sentences(
            self.env,
            (
                self.env._("The passwords are kept, but could not be tried."),
                self._describe(error),
            ),
        )

    def _change_password(self, kind, old, new, *, enabled=True, question="", answer=""):
        """Change a password at the bureau and keep the new one here.

        :return: a sentence for the user
        """
        self._check_passwords()
        new = new if enabled else ""
        if enabled and len(new) < PASSWORD_LENGTH:
            raise self._refuse("new_password_short")
        if bool(question) != bool(answer):
            raise self._refuse("question_incomplete")
        absence = kind == PLATFORM and not (old and new)

        def change(client):
            client.change_password(
                kind, old, new, enabled=enabled, question=question, answer=answer
            )

        self._do_change(kind, new, absence, change)
        return self.env._("The password is changed at the bureau; the line goes on.")

    def _fetch_question(self):
        """The bureau's question to the platform password."""
        self._check_passwords()
        with self._talk() as heard, self._open(Session(), heard) as client:
            try:
                question = client.fetch_question()
            except GatewayError as error:
                raise self._get_error(error) from error
        if not question:
            raise self._refuse("question_missing")
        return question

    def _recover_password(self, answer):
        """Remove the platform password at the bureau by the answer to its question.

        :return: a sentence for the user
        """
        self._check_passwords()
        if not answer:
            raise self._refuse("answer_empty")
        self._do_change(
            PLATFORM, "", True, lambda client: client.recover_password(answer)
        )
        return self.env._(
            "The bureau has removed the platform password; the line goes on. Set a new "
            "one if you want one."
        )

    # === CHANGE AND OUTCOME === #

    def _do_change(self, kind, new, absence, change):
        if self.pending_kind:
            raise self._refuse("password_unknown")
        with self._talk() as heard:
            # Whoever dies from here on leaves both passwords and a stopped lane.
            self._keep(
                {
                    "pending_kind": kind,
                    "pending_password": new or False,
                    "pending_by_absence": absence,
                    "is_stopped": True,
                    "trouble_code": "password_unknown",
                    "trouble_text": False,
                }
            )
            try:
                with self._open(Session(), heard) as client:
                    change(client)
            except OutcomeUnknownError:
                self._judge_change(heard)
            except GatewayError as error:
                # Refused or not sent: nothing was changed.
                self._keep(NOTHING_PENDING | self._get_calm())
                self._go_on(error if error.code == "login_locked" else None)
                raise self._get_error(error) from error
            else:
                self._take_new()

    def _find_out_password(self):
        """Find out by a login which password holds.

        :raise TaxServiceError: it could not be found out; both are still kept
        """
        self._check_passwords()
        with self._talk() as heard:
            try:
                self._judge_change(heard)
            except TaxServiceError as error:
                # The old one holds: found out, so the line may go on.
                if error.code != "password_unchanged":
                    raise

    def _judge_change(self, heard):
        """:raise TaxServiceError: not changed, or still not known"""
        secret = self.sudo()
        kind, new = secret.pending_kind, secret.pending_password or ""
        absence = secret.pending_by_absence
        tried = {KEPT_AS[kind]: "" if absence else new}
        error = self._try_login(Session(), heard, **tried)
        holds = self._get_holder(error.code if error else "", kind, new, absence)
        if holds == "new":
            self._take_new()
            return
        if holds == "old":
            self._keep(NOTHING_PENDING | self._get_calm())
            self._go_on()
            raise self._refuse("password_unchanged")
        raise TaxServiceError(
            join_sentences(
                self.env,
                (get_sentence(self.env, "password_unknown"), self._describe(error)),
            ),
            "password_unknown",
        )

    @api.model
    def _get_holder(self, code, kind, new, absence):
        """``new`` or ``old``; empty: the login does not tell.

        The platform looks at the certificate password first, so a refused platform
        password says that the certificate password was right. A login without a
        platform password fails if there is one, and is no wrong try.
        """
        if code not in ("", "password_wrong", "platform_password_wrong"):
            return ""
        if kind == CERTIFICATE:
            return "old" if code == "password_wrong" else "new"
        if code == "password_wrong":
            return ""
        is_tried_right = not code
        if absence and new:
            is_tried_right = not is_tried_right
        return "new" if is_tried_right else "old"

    def _take_new(self):
        secret = self.sudo()
        name = KEPT_AS[secret.pending_kind]
        self._keep(
            {name: secret.pending_password, **NOTHING_PENDING, **self._get_calm()}
        )
        self._go_on()

    @api.model
    def _get_calm(self):
        return {
            "is_stopped": False,
            "trouble_code": False,
            "trouble_text": False,
            **self._get_session_values(Session()),
        }

    def _go_on(self, error=None, session=None):
        """Talk again, or wait as long as the bureau says."""

        def go_on():
            done = super(InvoiceTaxLane, self).action_resume()
            if isinstance(error, CredentialError):
                self._note_trouble(error, session or Session())
            return done

        return self._settle(go_on)

    def _stop(self, error, session):
        self._settle(lambda: self._note_trouble(error, session))

    # === TALKING === #

    @contextlib.contextmanager
    def _talk(self):
        """Hold the lane while a person waits; what was said is kept afterwards.

        :raise TaxServiceError: ``line_in_use``, somebody else talks there
        """
        self.ensure_one()
        with self._hold(self.id) as held:
            if not held:
                raise self._refuse("line_in_use")
            # What was committed while another one talked must be seen.
            self._commit()
            heard = []
            try:
                yield heard
            finally:
                self.env["invoice.tax.exchange"]._save(self, self, heard)
                self._commit()

    def _open(self, session, heard, **passwords):
        return self.connection_id._open_client(self, session, heard.append, **passwords)

    def _try_login(self, session, heard, **passwords):
        """Log in anew and read the profile; the error, or None."""
        try:
            with self._open(session, heard, **passwords) as client:
                client.fetch_taxpayer()
        except GatewayError as error:
            # With a token the login was right: the profile only had to need one.
            is_let_in = session.token and not isinstance(error, CredentialError)
            return None if is_let_in else error
        return None

    def _keep(self, values):
        """Write on the lane and commit."""
        self._settle(lambda: self.sudo().write(values))

    def _settle(self, method):
        """Write and commit, again and again when another transaction stood in the
        way: a password must not be lost, and the bureau not be asked again.

        The row is locked first: an update that failed would be logged with what it
        was to write.
        """
        lock = SQL(
            "SELECT 1 FROM %s WHERE id = %s FOR UPDATE",
            SQL.identifier(self._table),
            self.id,
        )
        for attempt in range(1, WRITE_ATTEMPTS + 1):
            try:
                self.env.execute_query(lock)
                method()
                self._commit()
                return
            except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
                if attempt == WRITE_ATTEMPTS:
                    raise
                self.env.cr.rollback()
                time.sleep(0.02 * 2**attempt)

    # === WORDS === #

    def _get_error(self, error):
        return TaxServiceError(self._describe(error), error.code)

    def _describe(self, error):
        """Reason, what the bureau told of tries and lock, and advice."""
        return self._describe_code(
            error.code,
            left=getattr(error, "left", None),
            until=getattr(error, "until", None),
            text="" if error.code in REASONS else error.text,
        )

    def _describe_code(self, code, left=None, until=None, text=""):
        parts = [get_reason(self.env, code), text]
        if left is not None:
            parts.append(
                self.env._(
                    "Tries left before it is locked until the next day: %(left)s.",
                    left=left,
                )
            )
        if until:
            when = format_datetime(self.env, until, dt_format="short")
            parts.append(self.env._("Locked until %(time)s.", time=when))
        parts.append(get_advice(self.env, code))
        return join_sentences(self.env, parts)

    # === CHECK OF THE ENVIRONMENT === #

    def _check_environment(self):
        """:rtype: list[gateway.environment_check.CheckStep]"""
        with self._talk() as heard:
            is_locking = self.is_stopped and (
                self.trouble_code in LOCKING or self.pending_kind
            )
            session, refused = Session(), []
            steps = check_environment(
                self.connection_id._get_credentials(self),
                self.environment,
                self.connection_id._get_capabilities(),
                None
                if is_locking
                else lambda: self._open_noting(session, heard, refused),
            )
            if refused:
                # As a dispatcher would: each press of the button is one more wrong
                # try, until somebody corrects it.
                self._stop(refused[0], session)
            elif session.token:
                # The login has ended the session of before.
                self._keep(self._get_session_values(session))
        return steps

    @contextlib.contextmanager
    def _open_noting(self, session, heard, refused):
        """Like :meth:`_open`, and the login that was refused is noted."""
        try:
            with self._open(session, heard) as client:
                yield client
        except CredentialError as error:
            refused.append(error)
            raise
