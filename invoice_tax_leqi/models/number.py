from collections import Counter, defaultdict

from odoo import api, fields, models
from odoo.tools import SQL

from odoo.addons.invoice_tax_service.exceptions import TaxServiceError
from odoo.addons.invoice_tax_service.models.words import get_sentence
from odoo.addons.invoice_tax_service.tools.array_literal import ids_array

from .issue_words import UNNUMBERED_STATES
from .segment import LEFT_STATES

NUMBER_STATES = [
    ("available", "Available"),
    ("manual", "For Manual Use"),
    ("bound", "Bound"),
    ("used", "Issued"),
    ("uploaded", "Uploaded"),
    ("discarded", "Discarded"),
    ("expired", "Expired"),
]
# From → to. A number that was issued is never given out again, whatever became of it.
TRANSITIONS = {
    "available": ("used", "expired"),
    "manual": ("bound", "expired"),
    "bound": ("manual", "used", "expired"),
    "used": ("uploaded", "discarded"),
    "uploaded": (),
    "discarded": (),
    "expired": (),
}
# An issue request has at most one number in these.
HELD_STATES = ("bound", "used", "uploaded")


class Supply:
    """The numbers that there are for a bite of invoices: quota is taken only for as
    many. Good for the transaction in which it was made, which sees nothing of others.

    :ivar dict held: ``{issue id: number}`` of those that were given one before
    :ivar list own: ids of those that are served with the one bound to them
    :ivar missing: how many there were too few, by ``(taxpayer id, year)``
    """

    def __init__(self, held, bound, reserved):
        """:param bound: ids of invoices that a number is bound to
        :param dict reserved: ids of numbers by ``(taxpayer id, year)``, locked, the
            lowest number first
        """
        self.held = held
        self.own = []
        self.missing = Counter()
        self._bound = bound
        self._reserved = reserved
        self._served = defaultdict(list)

    def serve(self, issue_id, taxpayer_id, year):
        """Whether there is a number for this invoice too, which then is its own."""
        if issue_id in self.held:
            return True
        if issue_id in self._bound:
            self.own.append(issue_id)
            return True
        key = taxpayer_id, year
        if len(self._served[key]) == len(self._reserved[key]):
            self.missing[key] += 1
            return False
        self._served[key].append(issue_id)
        return True

    def get_given(self):
        """Numbers follow the order of the requests, whichever was served first.

        :return: ``[(issue id, number id)]`` of those served with a reserved number
        """
        return [
            pair
            for key, issue_ids in self._served.items()
            for pair in zip(sorted(issue_ids), self._reserved[key], strict=False)
        ]


def _get_sources(state):
    return tuple(source for source, targets in TRANSITIONS.items() if state in targets)


class InvoiceTaxNumber(models.Model):
    """One number of a digital invoice, 20 digits as text (发票号码列表).

    Entry points of issuing, set-wise and in the transaction of the caller:
    :meth:`_reserve`, :meth:`_give`, :meth:`_note_uploaded`, :meth:`_discard`; of
    people: :meth:`_bind`, :meth:`action_unbind`.

    What must never happen: a number given to two invoices; a manual number taken by
    itself; a number issued in another year than its own.
    """

    _name = "invoice.tax.number"
    _description = "Invoice Number"
    _order = "name"
    _check_company_auto = True

    name = fields.Char(string="Invoice Number", size=20, required=True, readonly=True)
    segment_id = fields.Many2one(
        "invoice.tax.segment",
        required=True,
        readonly=True,
        ondelete="restrict",
        index=True,
    )
    # No index of their own, as each would be written for each invoice.
    taxpayer_id = fields.Many2one("invoice.tax.taxpayer", required=True, readonly=True)
    company_id = fields.Many2one("res.company", required=True, readonly=True)
    year = fields.Char(size=4, required=True, readonly=True)
    mode = fields.Selection(
        [("automatic", "Automatic Draw"), ("manual", "Manual Draw")],
        string="Draw Mode",
        required=True,
        readonly=True,
    )
    state = fields.Selection(NUMBER_STATES, required=True, readonly=True)
    issue_id = fields.Many2one(
        "invoice.tax.issue",
        string="Issue Request",
        readonly=True,
        ondelete="restrict",
    )
    document_name = fields.Char(related="issue_id.name", related_sudo=False)
    used_at = fields.Datetime(string="Issued At", readonly=True)

    _name_uniq = models.Constraint(
        "UNIQUE(name)", "This invoice number is listed already."
    )
    _name_sound = models.Constraint(
        "CHECK (name ~ '^[0-9]{20}$' AND left(name, 2) = right(year, 2))",
        "An invoice number has 20 digits and begins with its year.",
    )
    _issue_known = models.Constraint(
        "CHECK ((state IN ('bound', 'used', 'uploaded', 'discarded'))"
        " = (issue_id IS NOT NULL))",
        "A number is bound or issued for a request, and only then.",
    )
    _issue_uniq = models.UniqueIndex(
        "(issue_id) WHERE state IN ('bound', 'used', 'uploaded')",
        "This issue request has a number already.",
    )
    # In an order of its own: else the planner may follow the names from the first one
    # ever, past all that were issued.
    _available_idx = models.Index(
        "(taxpayer_id, year, name COLLATE \"C\") WHERE state = 'available'"
    )
    _left_idx = models.Index(
        "(segment_id) WHERE state IN ('available', 'manual', 'bound')"
    )

    # === ISSUING === #

    @api.model
    def _reserve(self, issues):
        """Find numbers for invoices that are about to be issued: the one bound to it,
        else the lowest that was drawn automatically, which is locked; of the year of
        its issue date, as a bound one of another year expires here.

        Who comes second to a number passes over it; on an older snapshot there is a
        serialization error and the caller begins anew.

        :param issues: ``invoice.tax.issue`` with their issue dates
        :rtype: Supply
        """
        self.env.flush_all()
        held, bound, missing = self._sort(issues)
        if bound and self._expire_bound(bound):
            held, bound, missing = self._sort(issues)
        reserved = {
            key: self._lock_available(*key, len(issue_ids))
            for key, issue_ids in missing.items()
        }
        return Supply(held, bound, reserved)

    @api.model
    def _lock_available(self, taxpayer_id, year, most):
        """:return: the ids of so many free numbers at most, the lowest first"""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT id FROM invoice_tax_number
                 WHERE taxpayer_id = %s AND year = %s AND state = 'available'
              ORDER BY name COLLATE "C" LIMIT %s
                   FOR NO KEY UPDATE SKIP LOCKED
                """,
                taxpayer_id,
                year,
                most,
            )
        )
        return [number_id for (number_id,) in rows]

    @api.model
    def _ask_for_more(self, missing):
        """Have numbers drawn for invoices that got none.

        :param dict missing: how many, by ``(taxpayer id, year)``
        """
        for (taxpayer_id, year), short in missing.items():
            taxpayer = self.env["invoice.tax.taxpayer"].browse(taxpayer_id)
            if year == f"{taxpayer._get_today():%Y}":
                self.env["invoice.tax.draw"]._ask_automatic(taxpayer, short)

    @api.model
    def _give(self, supply):
        """Give each invoice that was served its number; where some were missing, a
        draw is asked for.

        :return: ``{issue id: number}``
        """
        numbers = dict(supply.held)
        if supply.own:
            numbers.update(self._use_bound(supply.own))
        given = supply.get_given()
        if given:
            numbers.update(self._use_reserved(given))
        self._ask_for_more(supply.missing)
        self.invalidate_model(["state", "issue_id", "used_at"])
        return numbers

    @api.model
    def _sort(self, issues):
        """How far each of these is.

        :return: ``{issue id: number}`` of those that were given one before; of those
            that one is bound to ``{issue id: year}``; the ids of the others by
            ``(taxpayer id, year)``
        """
        rows = self.env.execute_query(
            SQL(
                """
                SELECT issue.id, issue.taxpayer_id, to_char(issue.issued_on, 'YYYY'),
                       number.name, number.state
                  FROM invoice_tax_issue issue
             LEFT JOIN invoice_tax_number number
                    ON number.issue_id = issue.id AND number.state IN %(held)s
                       -- Said twice, or all numbers ever issued would be read.
                   AND number.issue_id = ANY(%(ids)s)
                 WHERE issue.id = ANY(%(ids)s)
                """,
                held=HELD_STATES,
                ids=ids_array(issues.ids),
            )
        )
        held, bound, missing = {}, {}, defaultdict(list)
        for issue_id, taxpayer_id, year, name, state in rows:
            if state == "bound":
                bound[issue_id] = year
            elif name:
                held[issue_id] = name
            else:
                missing[taxpayer_id, year].append(issue_id)
        return held, bound, missing

    @api.model
    def _use_bound(self, issue_ids):
        return dict(
            self.env.execute_query(
                SQL(
                    """
                    UPDATE invoice_tax_number SET state = 'used', used_at = %s, %s
                     WHERE issue_id = ANY(%s) AND state = 'bound'
                 RETURNING issue_id, name
                    """,
                    fields.Datetime.now(),
                    self._get_stamp(),
                    issue_ids,
                )
            )
        )

    @api.model
    def _expire_bound(self, bound):
        """Numbers of another year than their invoices cannot be issued any more.

        :param dict bound: ``{issue id: year of its issue date}``
        """
        return self._expire_rows(
            SQL(
                """
                issue_id = ANY(%(issues)s) AND state = 'bound' AND (issue_id, year)
                NOT IN (SELECT * FROM unnest(%(issues)s, %(years)s))
                """,
                issues=list(bound),
                years=list(bound.values()),
            )
        )

    @api.model
    def _use_reserved(self, given):
        """:param list given: ``(issue id, number id)``"""
        issue_ids, number_ids = zip(*given, strict=True)
        return dict(
            self.env.execute_query(
                SQL(
                    """
                    UPDATE invoice_tax_number number
                       SET state = 'used', issue_id = given.issue_id,
                           used_at = %s, %s
                      FROM unnest(%s, %s) AS given (issue_id, number_id)
                     WHERE number.id = given.number_id
                       AND number.state = 'available'
                 RETURNING number.issue_id, number.name
                    """,
                    fields.Datetime.now(),
                    self._get_stamp(),
                    ids_array(issue_ids),
                    ids_array(number_ids),
                )
            )
        )

    @api.model
    def _note_uploaded(self, issues):
        """The bureau has the invoices of these numbers."""
        self._move_to("uploaded", issues)

    @api.model
    def _discard(self, issues):
        """These invoices are given up before the bureau took them: their numbers are
        spent, and never given out again."""
        self._move_to("discarded", issues)

    @api.model
    def _move_to(self, state, issues):
        self.flush_model()
        self.env.cr.execute(
            SQL(
                """
                UPDATE invoice_tax_number SET state = %s, %s
                 WHERE issue_id = ANY(%s) AND state IN %s AND state IN %s
                """,
                state,
                self._get_stamp(),
                issues.ids,
                _get_sources(state),
                # The same to the eye, but it lets the index be used.
                HELD_STATES,
            )
        )
        self.invalidate_model(["state"])

    @api.model
    def _get_stamp(self):
        return SQL(
            "write_uid = %s, write_date = now() AT TIME ZONE 'UTC'", self.env.uid
        )

    # === YEAR END === #

    @api.model
    def _expire(self):
        """What is left of a year that is over is lost; what was issued in it may still
        be uploaded."""
        self.flush_model()
        year = f"{self.env['invoice.tax.taxpayer']._get_today():%Y}"
        return self._expire_rows(SQL("year < %s AND state IN %s", year, LEFT_STATES))

    @api.model
    def _expire_rows(self, condition):
        self.env.cr.execute(
            SQL(
                "UPDATE invoice_tax_number SET state = 'expired', issue_id = NULL, %s"
                " WHERE %s",
                self._get_stamp(),
                condition,
            )
        )
        self.invalidate_model(["state", "issue_id"])
        return self.env.cr.rowcount

    # === BINDING === #

    def _bind(self, issue):
        """Keep this number for one issue request.

        :raise TaxServiceError: it is not for manual use, or bound to another request;
            or the request has a number, is over, or is of another taxpayer
        """
        self.ensure_one()
        self.check_access("read")
        self.taxpayer_id._check_can_issue("number_bind")
        # Who is just withdrawing it, or taking a number for it, was first.
        issue.sudo().lock_for_update(allow_referencing=True)
        code = self._get_cannot_bind_code(issue)
        if code:
            raise TaxServiceError(get_sentence(self.env, code), code)
        self._write_where("manual", {"state": "bound", "issue_id": issue.id})
        # A dispatcher that began before, and does not see this, has to begin anew.
        self.env.cr.execute(
            SQL(
                "UPDATE invoice_tax_issue SET write_date = write_date WHERE id = %s",
                issue.id,
            )
        )

    def _get_cannot_bind_code(self, issue):
        if self.taxpayer_id != issue.taxpayer_id:
            return "number_other_taxpayer"
        if self.state == "bound":
            return "number_bound"
        if self.state != "manual":
            return "number_not_manual"
        if self.year != f"{self.taxpayer_id._get_today():%Y}":
            return "number_year"
        # A request that is only being thought of cannot hold one.
        if issue._origin and self.sudo().search_count(
            [("issue_id", "=", issue._origin.id), ("state", "in", HELD_STATES)], limit=1
        ):
            return "issue_has_number"
        return "" if issue.state in UNNUMBERED_STATES else "issue_state"

    def action_unbind(self):
        """Take the numbers back from the requests they are kept for."""
        self.check_access("read")
        self.taxpayer_id._check_can("number_bind")
        for number in self:
            if number.state != "bound":
                raise TaxServiceError(
                    get_sentence(self.env, "number_not_bound", number.name),
                    "number_not_bound",
                )
        self._write_where("bound", {"state": "manual", "issue_id": False})

    def _write_where(self, state, values):
        """Write unless somebody was quicker, who then wins."""
        self.sudo().flush_recordset()
        self.env.execute_query(
            SQL(
                "SELECT id FROM invoice_tax_number WHERE id = ANY(%s) FOR UPDATE",
                self.ids,
            )
        )
        self.invalidate_recordset(["state", "issue_id"])
        if any(number.state != state for number in self):
            raise TaxServiceError(
                get_sentence(self.env, "number_changed"), "number_changed"
            )
        self.sudo().write(values)

    def action_open_bind(self):
        """Ask which issue request the number is kept for."""
        if len(self) != 1:
            raise TaxServiceError(
                get_sentence(self.env, "choose_one_number"), "choose_one_number"
            )
        self.taxpayer_id._check_can_issue("number_bind")
        wizard = self.env["invoice.tax.bind.wizard"].create({"number_id": self.id})
        return wizard._get_action()
