from datetime import timedelta

import psycopg2

from odoo import api, fields, models
from odoo.exceptions import ConcurrencyError

from odoo.addons.invoice_tax_service.gateway.errors import (
    CredentialError,
    NotSentError,
    RefusedError,
)

from ..gateway.entitlement import CustomerData, LicenseCall
from .tax_license_sync import PATIENCE, WRITING

# A reading that failed this often in a row is given up; the next day brings another.
READ_ATTEMPTS = 6
# Readings are thrown away after so many days; what was granted and cancelled is kept.
KEEP_DAYS = 30


class InvoiceTaxLicenseRequest(models.Model):
    """One thing said to the entitlement platform: an authorisation, a cancellation,
    or a question how a licence, or the whole customer, stands.

    What is sent is kept in the row, so that a resend has the same content under the
    same number whatever changes meanwhile.

    What tells the platform something is asked about once more before each byte of it:
    who wants it told has to have the right to it still, or a colleague takes it over
    with the same button. A reading changes nothing there and serves all who look at
    the licences, so it belongs to nobody.

    What must never happen: two requests of one licence under way at once; something
    told for somebody who may not have it told any more.
    """

    _name = "invoice.tax.license.request"
    _description = "Request to the Entitlement Platform"
    _inherit = ["invoice.tax.task.mixin"]
    _order = "id desc"
    _rec_name = "request_number"

    license_id = fields.Many2one(
        "invoice.tax.license",
        readonly=True,
        index=True,
        ondelete="cascade",
        help="Empty: about the whole customer.",
    )
    kind = fields.Selection(
        [
            ("authorise", "Authorise"),
            ("cancel", "Cancel Authorisation"),
            ("status", "Validity"),
            ("customer", "Remaining Entitlements"),
        ],
        required=True,
        readonly=True,
    )
    tax_number = fields.Char(readonly=True)
    taxpayer_name = fields.Char(readonly=True)
    service_group = fields.Char(readonly=True)
    serial = fields.Char(readonly=True)
    license_kind = fields.Char(readonly=True)
    is_idc = fields.Boolean(readonly=True)
    cancelled_at = fields.Datetime(readonly=True)
    user_id = fields.Many2one(
        "res.users",
        string="Operator",
        readonly=True,
        default=lambda self: self.env.user,
        help="Who wants the platform told; nobody once deleted.",
    )

    _request_number_uniq = models.Constraint(
        "UNIQUE(request_number)", "A request number is given once."
    )
    _open_uniq = models.UniqueIndex(
        "(license_id) WHERE license_id IS NOT NULL AND step != 'done'",
        "The licence is being synchronised already.",
    )
    _open_customer_uniq = models.UniqueIndex(
        "(lane_id) WHERE license_id IS NULL AND step != 'done'",
        "The platform is being read already.",
    )
    _open_idx = models.Index("(lane_id, next_attempt_at) WHERE step != 'done'")

    @api.model
    def _create_for(self, one, kind, user=None):
        """The request about a licence; committed before anything is sent.

        :param user: who wants it; none: who calls
        """
        lane = one.taxpayer_id._get_entitlement_lane()
        company = one.company_id
        return self._create_open(
            {
                "license_id": one.id,
                "kind": kind,
                "user_id": (self.env.user if user is None else user).id,
                "lane_id": lane.id,
                "taxpayer_id": one.taxpayer_id.id,
                "company_id": company.id,
                "tax_number": one.tax_number,
                "taxpayer_name": one.taxpayer_id.name,
                "service_group": one.group_id.code,
                "serial": company._get_license_serial(one.group_id),
                "license_kind": company.tax_license_kind,
                "is_idc": company.is_tax_license_idc,
                "cancelled_at": one.cancelled_at or fields.Datetime.now(),
                "next_attempt_at": fields.Datetime.now(),
            }
        )

    @api.model
    def _create_for_customer(self, lane):
        """A question about the whole customer, asked over any of its lanes."""
        return self._create_open(
            {
                "kind": "customer",
                "tax_number": lane.taxpayer_id.tax_number,
                "lane_id": lane.id,
                "taxpayer_id": lane.taxpayer_id.id,
                "company_id": lane.company_id.id,
                "next_attempt_at": fields.Datetime.now(),
            }
        )

    @api.model
    def _create_open(self, values):
        """:raise ConcurrencyError: somebody else has asked at this very moment; Odoo
        repeats what a person called"""
        try:
            with self.env.cr.savepoint():
                return self.sudo().create(values)
        except psycopg2.errors.UniqueViolation as error:
            raise ConcurrencyError(str(error)) from error

    @api.autovacuum
    def _gc_readings(self):
        old = fields.Datetime.now() - timedelta(days=KEEP_DAYS)
        rows = self.search(
            [
                ("kind", "not in", WRITING),
                ("step", "=", "done"),
                ("write_date", "<", old),
            ],
            limit=5000,
        )
        rows.unlink()
        return len(rows), len(rows) == 5000

    # === WHAT IS SENT === #

    def _build_content(self):
        return LicenseCall(
            kind=self.kind,
            request_number=self.request_number,
            tax_number=self.tax_number or "",
            name=self.taxpayer_name or "",
            service_group=self.service_group or "",
            serial=self.serial or "",
            license_kind=self.license_kind or "formal",
            is_idc=self.is_idc,
            cancelled_at=self.cancelled_at or None,
        )

    def _call_send(self, client, content):
        if self.kind in WRITING:
            return client.submit(content)
        if self.kind == "status":
            return client.fetch_entitlement(content)
        return client.fetch_customer(content)

    def _call_find(self, client, content):
        if self.kind in WRITING:
            return client.find(content)
        return self._call_send(client, content)

    def _get_cannot_send_reason(self):
        # EXTENDS 'invoice.tax.task.mixin'
        reason = super()._get_cannot_send_reason()
        if reason or self.kind not in WRITING:
            return reason
        # In his words: the dispatcher has no language.
        taxpayer = self.taxpayer_id.with_context(lang=self.user_id.lang)
        return taxpayer._get_cannot_tell_reason(self.user_id, self.kind)

    def _mark_sending(self):
        # EXTENDS 'invoice.tax.task.mixin'
        if self.kind == "cancel" and self.state != "voided":
            self._drop_overtaken()
        result = super()._mark_sending()
        self._finish()
        return result

    def _drop_overtaken(self):
        """A cancellation that waited for long must not end what another was granted
        since."""
        if self.license_id._find_of_other_companies():
            self.state = "voided"
            self.license_id._apply_cancelled(is_held=True)

    def _mark_queued(self):
        # EXTENDS 'invoice.tax.task.mixin'
        result = super()._mark_queued()
        self._finish()
        return result

    # === WHAT CAME BACK === #

    def _apply_answer(self, answer):
        self._mark_done("success")
        if isinstance(answer, CustomerData):
            connection = self.lane_id.connection_id
            self.env["invoice.tax.entitlement"]._apply(connection, answer.remaining)
            self.env["invoice.tax.license.serial"]._apply(connection, answer.serials)
        elif self.state != "voided":
            self.license_id._apply_entitlement(self, answer)
        self._finish()

    def _apply_refusal(self, error):
        # EXTENDS 'invoice.tax.task.mixin'
        result = super()._apply_refusal(error)
        if self.kind in WRITING and self.state != "voided":
            # The platform was not even asked where the right to ask is lost.
            is_told = error.code != "right_lost"
            one = self.license_id
            apply = one._apply_sync_failure if is_told else one._apply_sync_trouble
            apply(error.code, error.text)
        return result

    def _apply_send_error(self, error):
        # EXTENDS 'invoice.tax.task.mixin'
        result = super()._apply_send_error(error)
        self._note_trouble(error)
        self._finish()
        return result

    def _apply_ask_error(self, error, step):
        # EXTENDS 'invoice.tax.task.mixin'
        result = super()._apply_ask_error(error, step)
        self._note_trouble(error)
        self._finish()
        return result

    def _note_trouble(self, error):
        """Show on the licence that the platform was not reached, or does not answer
        for long; the request goes on. A reading is given up some time."""
        if isinstance(error, RefusedError) or self.step == "done":
            return
        if self.kind not in WRITING:
            if self.attempts > READ_ATTEMPTS:
                self._mark_done("failed", error.code, error.raw_code, error.text)
        elif self.state != "voided" and (
            isinstance(error, NotSentError | CredentialError)
            or self.attempts >= PATIENCE
        ):
            self.license_id._apply_sync_trouble(error.code, error.text)

    def _finish(self):
        """Once it is over, and not to be asked for again: two of one licence must not
        be open."""
        if self.step == "done" and self.license_id:
            self.license_id._go_on_after()
