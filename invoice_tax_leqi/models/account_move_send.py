from odoo import api, models

EDI = "cn_leqi"


class AccountMoveSend(models.AbstractModel):
    """Issuing from Send & Print: the rows are written, nobody waits."""

    _inherit = "account.move.send"

    @api.model
    def _is_leqi_applicable(self, move):
        # Whose company issues elsewhere sends its invoices as ever.
        issuers = self.env["invoice.tax.taxpayer"]._get_issuers(move.company_id)
        is_issuing = issuers[move.company_id].sudo().is_issuing
        return is_issuing and move.show_issue_button

    def _get_all_extra_edis(self):
        # EXTENDS 'account'
        edis = super()._get_all_extra_edis()
        edis[EDI] = {
            "label": self.env._("Digital Invoice"),
            "is_applicable": self._is_leqi_applicable,
            "help": self.env._("Issues the digital invoice through Leqi."),
        }
        return edis

    def _get_alerts(self, moves, moves_data):
        # EXTENDS 'account'
        alerts = super()._get_alerts(moves, moves_data)
        wanted = moves.filtered(
            lambda move: (
                EDI in moves_data[move]["extra_edis"] and self._is_leqi_applicable(move)
            )
        )
        for move, problems in wanted._find_issue_problems().items():
            for place, problem in enumerate(problems):
                alerts[f"{EDI}_{move.id}_{place}"] = {
                    "level": "warning",
                    "message": f"{move.name}: {move._say_problem(problem)}",
                    "action_text": self.env._("Open"),
                    "action": problem.record._get_records_action(),
                }
        return alerts

    @api.model
    def _call_web_service_after_invoice_pdf_render(self, invoices_data):
        # EXTENDS 'account'
        super()._call_web_service_after_invoice_pdf_render(invoices_data)
        wanted = self.env["account.move"].union(
            *(
                invoice.sudo(False)
                for invoice, data in invoices_data.items()
                if EDI in data["extra_edis"] and not invoice._has_live_issue()
            )
        )
        if not wanted:
            return
        problems = wanted._find_issue_problems()
        wanted.filtered(lambda move: not problems[move])._request_issues()
        for invoice, data in invoices_data.items():
            wrong = problems.get(invoice.sudo(False))
            if wrong:
                data["error"] = {
                    "error_title": self.env._("The digital invoice is not issued."),
                    "errors": [invoice._say_problem(problem) for problem in wrong],
                }
