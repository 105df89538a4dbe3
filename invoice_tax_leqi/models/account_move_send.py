import logging
import uuid

import psycopg2

from odoo import SUPERUSER_ID, api, models
from odoo.exceptions import UserError

from odoo.addons.invoice_tax_service.models.words import get_sentence

_logger = logging.getLogger(__name__)

EDI = "cn_leqi"
NAMES_SHOWN = 5
# Context key: the scheduled action sends, whoever an administrator let it run as.
IN_BACKGROUND = "is_invoice_sent_in_background"


class AccountMoveSend(models.AbstractModel):
    """Issuing from Send & Print: the rows are written, nobody waits.

    In the background Odoo sends as superuser, or as whom an administrator put on the
    scheduled action, with rights and a name of his own. So all of this is asked and
    written as the person who pressed the button (:meth:`_as_sender`); what nobody
    asked for, like the mail after a payment, is sent as ever and not issued.

    What must never happen: a digital invoice issued for somebody without the right,
    or in another name; one invoice that holds up the mails of the others.
    """

    _inherit = "account.move.send"

    @api.model
    def _as_sender(self, move):
        """:return: this invoice as the person has it who sends it; none where there is
        no such person, or he is not of the company any more"""
        move = move.sudo(False)
        if not self.env.context.get(IN_BACKGROUND) and self.env.uid != SUPERUSER_ID:
            # What another one has asked for before does not count now.
            return move
        asked_by = (move.sending_data or {}).get("author_user_id")
        sender = self.env["res.users"].browse(asked_by).exists()
        if sender.id == SUPERUSER_ID or not sender.active:
            return move.browse()
        if move.company_id not in sender.company_ids:
            return move.browse()
        own = move.with_user(sender).with_context(
            allowed_company_ids=move.company_id.ids, lang=sender.lang
        )
        return own if own.has_access("read") else own.browse()

    @api.model
    def _is_leqi_applicable(self, move):
        move = self._as_sender(move)
        if not move or not move.show_issue_button:
            return False
        taxpayers = move.env["invoice.tax.taxpayer"]
        # Whose company issues elsewhere sends its invoices as ever.
        issuer = taxpayers._get_issuers(move.company_id)[move.company_id]
        is_issuing = issuer.sudo().is_issuing
        return is_issuing and taxpayers._has_right("issue", move.company_id)

    def _get_all_extra_edis(self):
        # EXTENDS 'account'
        edis = super()._get_all_extra_edis()
        edis[EDI] = {
            "label": self.env._("Digital Invoice"),
            "is_applicable": self._is_leqi_applicable,
            "help": self.env._("Issues the digital invoice through Leqi."),
        }
        return edis

    # === WHAT IS MISSING, BEFORE ANYTHING IS SENT === #

    def _get_alerts(self, moves, moves_data):
        # EXTENDS 'account'
        alerts = super()._get_alerts(moves, moves_data)
        wanted = moves.filtered(
            lambda move: (
                EDI in moves_data[move]["extra_edis"] and self._is_leqi_applicable(move)
            )
        )
        # What several lack is said once: the same product, or the company.
        lacking = {}
        for move, problems in wanted._find_issue_problems().items():
            for problem in problems:
                lacking.setdefault(problem, []).append(move.name)
        for place, (problem, names) in enumerate(lacking.items()):
            alerts[f"{EDI}_{place}"] = {
                "level": "warning",
                "message": f"{self._join_names(names)}: {moves._say_problem(problem)}",
                "action_text": self.env._("Open"),
                "action": problem.record._get_records_action(),
            }
        return alerts

    @api.model
    def _join_names(self, names):
        shown = ", ".join(names[:NAMES_SHOWN])
        if len(names) <= NAMES_SHOWN:
            return shown
        return self.env._(
            "%(names)s and %(count)s more", names=shown, count=len(names) - NAMES_SHOWN
        )

    # === ISSUING === #

    @api.model
    def _generate_and_send_invoices(self, moves, from_cron=False, **settings):
        # EXTENDS 'account'
        sending = self.with_context(**{IN_BACKGROUND: from_cron})
        return super(AccountMoveSend, sending)._generate_and_send_invoices(
            moves, from_cron=from_cron, **settings
        )

    @api.model
    def _call_web_service_after_invoice_pdf_render(self, invoices_data):
        # EXTENDS 'account'
        result = super()._call_web_service_after_invoice_pdf_render(invoices_data)
        click = uuid.uuid4().hex
        for invoice, data in invoices_data.items():
            if EDI not in data["extra_edis"] or data.get("error"):
                continue
            move = self._as_sender(invoice)
            missing = self._issue_sent(move, click)
            if missing:
                data["error"] = {
                    "error_title": move.env._("The digital invoice is not issued."),
                    "errors": missing,
                }
        return result

    @api.model
    def _issue_sent(self, move, click):
        """Write the issue request of one that is being sent; whatever goes wrong
        concerns this one alone.

        :param str click: what is sent together
        :return: list of sentences why it is not issued
        """
        if not move or move._has_live_issue():
            return []
        try:
            with self.env.cr.savepoint():
                problems = move._find_issue_problems()[move]
                if not problems:
                    move._request_issues(click)
        except psycopg2.OperationalError:
            # Somebody else works on the same rows: Odoo begins anew.
            raise
        except UserError as error:
            return [str(error)]
        except psycopg2.errors.UniqueViolation:
            # Somebody else has asked for the same invoice at this moment.
            return [get_sentence(move.env, "issuing_already")]
        except Exception:
            _logger.exception("The issue request of %s could not be written", move)
            return [get_sentence(move.env, "issue_not_written")]
        return [move._say_problem(problem) for problem in problems]
