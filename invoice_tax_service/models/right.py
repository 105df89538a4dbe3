from odoo import api, fields, models, tools
from odoo.tools import format_list, frozendict

from ..exceptions import TaxServiceError
from .right_items import FREE_METHODS, ITEMS, MANAGER


class InvoiceTaxRight(models.Model):
    """Whether one user may do one thing in one company.

    A company that has rows for an item has decided it: who has no row there may not.
    Where it has none, the role decides (:meth:`_is_allowed`). Nobody but
    :meth:`_is_allowed` reads these rows to decide; ``taxpayer._has_right`` asks it.

    Entry points: the matrix page (``right_matrix.py``). What must never happen: a row
    written by anybody but a manager of its company; somebody giving himself what he
    did not have; a change that nobody has noted.
    """

    _name = "invoice.tax.right"
    _description = "Right of a User in a Company"
    _order = "company_id, item, user_id"
    _rec_name = "item"

    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True, ondelete="cascade"
    )
    user_id = fields.Many2one(
        "res.users", required=True, readonly=True, index=True, ondelete="cascade"
    )
    item = fields.Char(required=True, readonly=True)
    is_allowed = fields.Boolean(string="Allowed", readonly=True)

    _company_item_user_uniq = models.UniqueIndex(
        "(company_id, item, user_id)", "This right is said already."
    )

    # === THE ITEMS === #

    @api.model
    def _get_items(self):
        """Code of an item → :class:`~.right_items.RightItem`, in the order of the
        page; other addons add theirs."""
        return ITEMS

    @api.model
    def _get_free_methods(self):
        """``model/method`` of the public methods that need no item."""
        return FREE_METHODS

    @api.model
    @tools.ormcache(cache="stable")
    def _get_method_items(self):
        """``model/method`` → the items of which a caller needs at least one."""
        found = {}
        for code, item in self._get_items().items():
            for method in item.methods:
                found.setdefault(method, []).append(code)
        return frozendict({method: tuple(codes) for method, codes in found.items()})

    @api.model
    @tools.ormcache()
    def _get_action_items(self):
        """Id of an action behind a button or in a gear menu → its item."""
        found = {}
        for code, item in self._get_items().items():
            for xml_id in item.actions:
                action = self.env.ref(xml_id, raise_if_not_found=False)
                if action:
                    found[action.id] = code
        return frozendict(found)

    # === WHO MAY === #

    @api.model
    def _is_allowed(self, user, code, company):
        """Whether the user may do it for this company; by company first, else by
        role. Whether he works in the company at all is asked before."""
        item = self._get_items()[code]
        decided = self._get_decided(company.id).get(code)
        if decided is not None:
            return user.id in decided
        return user.has_group(item.role)

    @api.model
    @tools.ormcache("company_id")
    def _get_decided(self, company_id):
        """Item → ids of the users who may, for the items that the company decides."""
        found = {}
        for row in self.sudo().search([("company_id", "=", company_id)]):
            users = found.setdefault(row.item, set())
            if row.is_allowed:
                users.add(row.user_id.id)
        return frozendict({code: frozenset(users) for code, users in found.items()})

    @api.model
    def _get_managers(self, company):
        """Who may give rights in a company."""
        return (
            self.env.ref(MANAGER)
            .sudo()
            .all_user_ids.filtered(
                lambda user: company in user.company_ids and user.active
            )
        )

    @api.model
    def _is_manager(self, company):
        """Whether the user may give rights in this company; nobody but a member of it
        can, whatever it is the parent of."""
        return self.env.su or (
            company in self.env.companies and self.env.user.has_group(MANAGER)
        )

    @api.model
    def _get_missing_sentence(self, code, company):
        """Which right is missing, and who can give it."""
        managers = self._get_managers(company) - self.env.user
        values = {
            "item": self.env._(self._get_items()[code].name),
            "company": company.sudo().name,
            "names": format_list(self.env, managers[:5].mapped("name")),
        }
        if not managers:
            return self.env._(
                "You have no right to do this in %(company)s: %(item)s. Ask the "
                "administrator to name a tax service manager, who can give it.",
                **values,
            )
        return self.env._(
            "You have no right to do this in %(company)s: %(item)s. It can be given "
            "by: %(names)s.",
            **values,
        )

    # === WHAT IS HIDDEN === #

    @api.model
    def _is_hidden(self, codes):
        """Whether a button that needs one of these items is left out for the user, in
        the companies that he has switched on (隐藏无权按钮)."""
        taxpayers = self.env["invoice.tax.taxpayer"]
        return not self.env.su and all(
            company.sudo()._get_tax_company().is_hiding_tax_buttons
            and not any(taxpayers._has_right(code, company) for code in codes)
            for company in self.env.companies
        )

    @api.model
    def _get_hidden_state(self):
        """All that decides what is hidden for the user, to be compared."""
        state = []
        for company in self.env.user.company_ids.sorted("id"):
            rights = self.with_context(allowed_company_ids=company.ids)
            hidden = [code for code in self._get_items() if rights._is_hidden([code])]
            state.append((company.id, hidden))
        return repr(state)

    # === CHANGES === #

    @api.model_create_multi
    def create(self, vals_list):
        rights = super().create(vals_list)
        self.env.registry.clear_cache()
        return rights

    def write(self, vals):
        result = super().write(vals)
        self.env.registry.clear_cache()
        return result

    def unlink(self):
        result = super().unlink()
        self.env.registry.clear_cache()
        return result

    @api.model
    def _refuse(self, code, company):
        """:return: the exception that says which right is missing"""
        return TaxServiceError(self._get_missing_sentence(code, company), "no_right")
