import datetime

from odoo import api, models

from ..exceptions import TaxServiceError
from .words import TASK_STATES

# Batches in one answer.
MAX_BATCHES = 500


class InvoiceTaxOperation(models.Model):
    """External interface of the operation log: the list of batches."""

    _inherit = "invoice.tax.operation"

    @api.model
    @api.readonly
    def list_batches(
        self, tax_number="", period="", state="", since="", limit=100, after=""
    ):
        """The batches of the log that the caller may see, the oldest first, whatever
        way they were submitted by.

        :param str tax_number: of one taxpayer; empty: of all
        :param str period: ``yyyyMM``
        :param str state: ``waiting processing success failed voided``
        :param str since: submitted then or later: ``yyyy-MM-dd`` or
            ``yyyy-MM-ddTHH:mm:ssZ``, in UTC
        :param int limit: batches in the answer, 1 to 500
        :param str after: ``next`` of the answer before, for the batches that come then
        :return: ``{batches: […], next}``; each batch as :meth:`get_batch` answers it,
            without lines; ``next`` is empty with the last batch
        :raise TaxServiceError: ``invalid_argument taxpayer_unknown taxpayer_ambiguous
            batch_unknown``
        """
        domain = self._get_list_domain(period, state, since)
        if not self._is_page_size(limit, 1, MAX_BATCHES):
            self._refuse_argument(self.env._("limit is not a number from 1 to 500"))
        if tax_number:
            domain.append(("taxpayer_id", "=", self._find_taxpayer(tax_number).id))
        if after:
            domain.append(("id", ">", self._find_batch(after).id))
        batches = self.search(domain, order="id", limit=limit + 1)
        page = batches[:limit]
        return {
            "batches": [batch._get_api_head() for batch in page],
            "next": page[-1].batch_number if len(batches) > limit else "",
        }

    @api.model
    def _get_list_domain(self, period, state, since):
        domain = []
        if period:
            if not self._is_month(period):
                self._refuse_argument(
                    self.env._("period is not text of the form yyyyMM")
                )
            domain.append(("period", "=", period))
        if state:
            if state not in [key for key, _label in TASK_STATES]:
                self._refuse_argument(self.env._("state is not one of the known keys"))
            domain.append(("state", "=", state))
        if since:
            domain.append(("create_date", ">=", self._parse_since(since)))
        return domain

    @api.model
    def _parse_since(self, since):
        for form in ("%Y-%m-%d", "%Y-%m-%dT%H:%M:%SZ"):
            try:
                return datetime.datetime.strptime(since, form)
            except (TypeError, ValueError):
                continue
        return self._refuse_argument(
            self.env._(
                "since is not text of the form yyyy-MM-dd or yyyy-MM-ddTHH:mm:ssZ"
            )
        )

    @api.model
    def _refuse_argument(self, problem):
        raise TaxServiceError(problem, "invalid_argument")
