from odoo import api, fields, models

from ..exceptions import TaxServiceError
from ..models.words import get_sentence
from ..tools import invoice_number, number_search, tax_number


class InvoiceTaxInvoiceQuery(models.TransientModel):
    """Looks one invoice up by its whole number and shows its story (manual 001, 1.11).

    Entry point: :meth:`action_query`. A number that Odoo does not know is said to be
    so, with the offer to read the invoices from the bureau.
    """

    _name = "invoice.tax.invoice.query"
    _description = "Invoice Query"

    taxpayer_id = fields.Many2one(
        "invoice.tax.taxpayer", help="Empty: all taxpayers that you may see."
    )
    code = fields.Char(
        string="Invoice Code", help="10 or 12 digits; empty for 20-digit numbers."
    )
    number = fields.Char(string="Invoice Number", help="20 digits, or 8 with the code.")
    answer = fields.Char(readonly=True)
    is_unknown = fields.Boolean(readonly=True)

    @api.constrains("taxpayer_id")
    def _check_readable(self):
        # Over RPC a wizard can be made for anything; constraints run as superuser.
        self.sudo(False).taxpayer_id.check_access("read")

    def action_query(self):
        """Open the invoice; or say that it is not here."""
        self.ensure_one()
        invoices = self.env["invoice.tax.input.invoice"].search(self._get_domain())
        if not invoices:
            self.write({"is_unknown": True, "answer": self._get_unknown_sentence()})
            return self._reopen()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "invoice_tax_service.invoice_tax_input_invoice_action"
        )
        action["context"] = {}
        if len(invoices) == 1:
            view = self.env.ref(
                "invoice_tax_service.invoice_tax_input_invoice_view_form"
            )
            action.update(res_id=invoices.id, views=[(view.id, "form")])
        else:
            action["domain"] = [("id", "in", invoices.ids)]
        return action

    def action_fetch(self):
        """Read the invoices of the taxpayer from the bureau."""
        self.ensure_one()
        if not self.taxpayer_id:
            raise TaxServiceError(
                self.env._("Choose the taxpayer to whom the invoice was issued."),
                "taxpayer_missing",
            )
        return self.taxpayer_id.action_fetch()

    def _get_domain(self):
        number = tax_number.normalize(self.number) or ""
        code = tax_number.normalize(self.code) or ""
        if number_search.is_digital_number(number):
            domain = [("number", "=", number)]
        elif number_search.is_paper_number(number) and number_search.is_code(code):
            domain = [("number", "=", number), ("code", "=", code)]
        else:
            raise TaxServiceError(*self._get_problem(number, code))
        scope = self.env["invoice.tax.input.invoice"]._get_number_scope()
        if self.taxpayer_id:
            domain.append(("taxpayer_id", "=", self.taxpayer_id.id))
        return scope & fields.Domain(domain)

    def _get_problem(self, number, code):
        """What is wrong with the input, and the code of it."""
        invoices = self.env["invoice.tax.input.invoice"]
        if not number_search.is_paper_number(number):
            return (
                self.env._(
                    "Invoice number “%(number)s”: enter 20 digits, or 8 digits "
                    "together with the invoice code; these are %(count)s characters.",
                    number=number,
                    count=len(number),
                ),
                "search_number",
            )
        if not code:
            return (
                self.env._(
                    "Invoice numbers of 8 digits repeat: enter the invoice code of 10 "
                    "or 12 digits as well."
                ),
                "search_code",
            )
        return invoices._get_search_sentence("search_code", code), "search_code"

    def _get_unknown_sentence(self):
        last = self.env["invoice.tax.fetch"].search(
            [
                ("kind", "=", "pool"),
                ("state", "=", "success"),
                *(
                    [("taxpayer_id", "=", self.taxpayer_id.id)]
                    if self.taxpayer_id
                    else []
                ),
            ],
            order="answered_at desc",
            limit=1,
        )
        full_number = " ".join(filter(None, (self.code, self.number)))
        number = tax_number.normalize(self.number) or ""
        problem = number_search.is_digital_number(
            number
        ) and invoice_number.get_problem(number)
        if problem:
            return get_sentence(self.env, problem)
        if not last.answered_at:
            return self.env._(
                "Invoice %(number)s is not among the input invoices in Odoo, and none "
                "were read from the bureau yet. Fetch them.",
                number=full_number,
            )
        return self.env._(
            "Invoice %(number)s is not among the input invoices in Odoo, which were "
            "last read from the bureau at %(time)s. New invoices arrive the day after "
            "they were issued: check the number, or fetch once more.",
            number=full_number,
            time=fields.Datetime.to_string(
                fields.Datetime.context_timestamp(self, last.answered_at)
            ),
        )

    def _reopen(self):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Invoice Query"),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
        }
