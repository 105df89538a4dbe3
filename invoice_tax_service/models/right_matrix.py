from odoo import api, models
from odoo.tools import format_list

from ..exceptions import TaxServiceError
from .right_items import VIEWER


class InvoiceTaxRight(models.Model):
    """The page of the matrix: items down, users across, for one company.

    Entry points, all public: :meth:`get_matrix`, :meth:`set_right`,
    :meth:`set_by_role`, :meth:`set_hiding`. Each asks by itself whether the caller is
    a manager of that company.
    """

    _inherit = "invoice.tax.right"

    @api.model
    @api.readonly
    def get_matrix(self, company_id):
        """What the page shows of one company.

        :return: ``{company, is_hiding, users: [{id, name, role}], items: [{code, name,
            section, role, is_decided, allowed: [ids of users], barred: [ids of users
            of a branch, who have no part in it]}]}``
        :raise TaxServiceError: ``not_manager``
        """
        company = self._get_managed_company(company_id)
        users = self._get_matrix_users(company)
        return {
            "company": company.name,
            "is_hiding": company.is_hiding_tax_buttons,
            "users": [
                {"id": user.id, "name": user.name, "role": self._get_role_name(user)}
                for user in users
            ],
            "items": [
                self._get_matrix_row(code, item, company, users)
                for code, item in self._get_items().items()
            ],
        }

    @api.model
    def _get_matrix_row(self, code, item, company, users):
        barred = users.filtered(lambda user: self._is_barred(user, item, company))
        allowed = (users - barred).filtered(
            lambda user: self._is_allowed(user, code, company)
        )
        return {
            "code": code,
            "name": self.env._(item.name),
            "section": self.env._(item.section),
            "role": self.env.ref(item.role).sudo().name,
            "is_decided": code in self._get_decided(company.id),
            "allowed": allowed.ids,
            "barred": barred.ids,
        }

    @api.model
    def set_right(self, company_id, code, user_id, is_allowed):
        """Say whether a user may do something in a company. From then on the company
        decides the item: all others keep what they could before.

        :raise TaxServiceError: ``not_manager invalid_argument own_right``
        """
        company = self._get_managed_company(company_id)
        users = self._get_matrix_users(company)
        user = users.filtered(lambda one: one.id == user_id)
        self._check_code(code)
        if not user or not isinstance(is_allowed, bool):
            self._raise_invalid()
        if self._is_barred(user, self._get_items()[code], company):
            self._raise_invalid()
        self._lock_company(company)
        if self._is_allowed(user, code, company) == is_allowed:
            return
        if is_allowed and user == self.env.user:
            self._raise_own_right()
        self._decide(company, code, users)
        row = self.sudo().search(
            [
                ("company_id", "=", company.id),
                ("item", "=", code),
                ("user_id", "=", user.id),
            ]
        )
        values = {"is_allowed": is_allowed}
        if row:
            row.write(values)
        else:
            row.create(self._get_row_values(company, code, user, is_allowed))
        self._note(company, code, "given" if is_allowed else "taken", user)

    @api.model
    def set_by_role(self, company_id, code):
        """Leave an item to the roles again.

        :raise TaxServiceError: ``not_manager invalid_argument own_right``
        """
        company = self._get_managed_company(company_id)
        self._check_code(code)
        self._lock_company(company)
        rows = self.sudo().search(
            [("company_id", "=", company.id), ("item", "=", code)]
        )
        if not rows:
            return
        user = self.env.user
        is_of_role = user.has_group(self._get_items()[code].role)
        if is_of_role and not self._is_allowed(user, code, company):
            self._raise_own_right()
        rows.unlink()
        self._note(company, code, "by_role")

    @api.model
    def set_hiding(self, company_id, is_hiding):
        """Whether buttons without right are hidden in a company (隐藏无权按钮).

        :raise TaxServiceError: ``not_manager invalid_argument``
        """
        company = self._get_managed_company(company_id)
        if not isinstance(is_hiding, bool):
            self._raise_invalid()
        company.is_hiding_tax_buttons = is_hiding

    # === WITHIN === #

    @api.model
    def _get_managed_company(self, company_id):
        """:return: the company, to be read and written
        :raise TaxServiceError: the user is no manager there
        """
        company = self.env["res.company"].browse()
        if type(company_id) is int:
            company = company.browse(company_id)
        if not company or not self._is_manager(company):
            raise TaxServiceError(
                self.env._(
                    "Only a tax service manager of the company sees and gives rights "
                    "there."
                ),
                "not_manager",
            )
        return company.sudo()

    @api.model
    def _get_matrix_users(self, company):
        """The users of the service who work in the company, or in a branch under its
        tax number."""
        viewers = self.env.ref(VIEWER).sudo().all_user_ids
        return viewers.filtered(
            lambda user: (
                user.active
                and not user.share
                and any(
                    company in (own, own._get_tax_company()) for own in user.company_ids
                )
            )
        ).sorted("name")

    @api.model
    def _is_barred(self, user, item, company):
        """Whether it is what the company keeps itself, and the user works in a branch
        of it only."""
        return item.of_owner and company not in user.company_ids

    @api.model
    def _get_role_name(self, user):
        """The roles of the tax service that a user has, without those that another
        one of them brings along."""
        names = dict.fromkeys(item.role for item in self._get_items().values())
        roles = self.env["res.groups"].union(*map(self.env.ref, names)).sudo()
        own = roles & user.all_group_ids
        brought = own.filtered(lambda role: role.all_implied_by_ids & (own - role))
        return format_list(self.env, (own - brought).mapped("name"))

    @api.model
    def _check_code(self, code):
        if not isinstance(code, str) or code not in self._get_items():
            self._raise_invalid()

    @api.model
    def _raise_invalid(self):
        """:raise TaxServiceError: always"""
        raise TaxServiceError(
            self.env._("There is no such right, or no such user in the company."),
            "invalid_argument",
        )

    @api.model
    def _raise_own_right(self):
        """:raise TaxServiceError: always"""
        raise TaxServiceError(
            self.env._(
                "Nobody gives a right to himself. Ask another tax service manager of "
                "the company, or the administrator."
            ),
            "own_right",
        )

    @api.model
    def _lock_company(self, company):
        # Two managers at once would both write the first rows of an item.
        company.lock_for_update(allow_referencing=True)

    @api.model
    def _decide(self, company, code, users):
        """Write down what holds by the roles, so that nobody else loses anything by
        the first change of an item."""
        if code in self._get_decided(company.id):
            return
        self.sudo().create(
            [
                self._get_row_values(
                    company, code, user, self._is_allowed(user, code, company)
                )
                for user in users
            ]
        )

    @api.model
    def _get_row_values(self, company, code, user, is_allowed):
        return {
            "company_id": company.id,
            "item": code,
            "user_id": user.id,
            "is_allowed": is_allowed,
        }

    @api.model
    def _note(self, company, code, kind, user=None):
        self.env["invoice.tax.right.change"].sudo().create(
            {
                "company_id": company.id,
                "item": code,
                "kind": kind,
                "user_id": user.id if user else False,
            }
        )
