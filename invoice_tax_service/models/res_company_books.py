import re

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import ValidationError

ACCOUNTS = (
    "uncertified_tax_account_id",
    "input_tax_account_id",
    "transferred_tax_account_id",
    "undeducted_tax_account_id",
)
BOOKS = (*ACCOUNTS, "deduction_journal_id")
# What the accounts are called in Chinese books; charts name them alone or after
# those above them, as 应交税费-应交增值税-进项税额.
NAMES = {
    "uncertified_tax_account_id": ("待认证进项税额", "待认证进项税"),
    "input_tax_account_id": ("进项税额", "进项税"),
    "transferred_tax_account_id": ("进项税额转出", "进项税转出"),
}
_BETWEEN_NAMES = re.compile(r"[-—–_/\\|:：()（）\s]+")


class ResCompany(models.Model):
    """Accounts on which a company books its input VAT, and the journal of the entries.

    Used only where ``is_input_tax_booked`` is set: elsewhere nothing is booked.
    Entry points: :meth:`_get_cannot_post_reason`; :meth:`_propose_books` for the
    settings. No account is ever made here: the charts of ``l10n_cn`` have none of
    these below 2221, and how a company numbers them is its own.
    """

    _inherit = "res.company"

    is_input_tax_booked = fields.Boolean(
        string="Book Certified Input VAT",
        help="On: a signature posts the entry from input VAT to be certified to input "
        "VAT.",
    )
    uncertified_tax_account_id = fields.Many2one(
        "account.account",
        string="Input VAT to Be Certified",
        check_company=True,
        help="Where vendor bills book their VAT until the invoice is certified.",
    )
    input_tax_account_id = fields.Many2one(
        "account.account",
        string="Input VAT",
        check_company=True,
        help="Where the VAT stands that a signature deducts.",
    )
    transferred_tax_account_id = fields.Many2one(
        "account.account",
        string="Input VAT Transferred Out",
        check_company=True,
        help="Where deducted VAT is taken back when its invoice turns unsound.",
    )
    undeducted_tax_account_id = fields.Many2one(
        "account.account",
        string="Cost of VAT Not Deducted",
        check_company=True,
        help="Where VAT goes that is not deducted, or transferred out.",
    )
    deduction_journal_id = fields.Many2one(
        "account.journal",
        string="Journal of Input VAT",
        check_company=True,
        domain=[("type", "=", "general")],
    )

    @api.constrains("is_input_tax_booked", *BOOKS)
    def _check_books(self):
        for company in self.filtered("is_input_tax_booked"):
            missing = company._get_missing_books()
            if missing:
                raise ValidationError(
                    self.env._(
                        "To book certified input VAT, choose also: %(missing)s.",
                        missing=missing,
                    )
                )
            if company.currency_id != self.env.ref("base.CNY"):
                raise ValidationError(
                    self.env._(
                        "Input VAT is in CNY, and %(company)s keeps its books in "
                        "%(currency)s: it cannot be booked there.",
                        company=company.name,
                        currency=company.currency_id.name,
                    )
                )

    def _get_missing_books(self):
        """Labels of the accounts and the journal that are missing or archived."""
        self.ensure_one()
        company = self.sudo()
        names = [name for name in BOOKS if not company[name].active]
        labels = self.fields_get(names, ["string"]) if names else {}
        return ", ".join(labels[name]["string"] for name in names)

    # === WHY NOT === #

    def _get_cannot_post_reason(self):
        """Why no entry of input VAT can be posted in this company now.

        :return: ``(code, text)`` or False; the text is empty where the code says all
        """
        self.ensure_one()
        moves = self.env["account.move"]
        # As `_post` of Odoo asks; the scheduled action has no company switched on.
        if not self.env.su and not (
            moves.has_access("create")
            and moves.has_access("write")
            and self <= self.env.companies
        ):
            return "no_posting_right", ""
        if not self.sudo().is_input_tax_booked:
            return "entries_off", ""
        missing = self._get_missing_books()
        return ("entry_account_missing", missing) if missing else False

    # === PEOPLE === #

    def _get_tax_person(self, preferred):
        """Who is told of something: one of these people, else a manager of the tax
        service in this company.

        :param preferred: ``res.users``
        """
        self.ensure_one()
        managers = self.env.ref("invoice_tax_service.group_manager").sudo().all_user_ids
        people = preferred | managers.sorted("id", reverse=True)
        return people.sudo().filtered(
            lambda user: (
                user.active
                and not user.share
                and user.id != SUPERUSER_ID
                and self in user.company_ids
            )
        )[:1] or self.env.ref("base.user_admin")

    # === PROPOSED === #

    def _propose_books(self):
        """What the chart of accounts of this company has for it.

        :return dict: field → record, empty where the chart has none
        """
        self.ensure_one()
        accounts = self.env["account.account"].with_company(self)
        accounts = accounts.search(accounts._check_company_domain(self))
        journals = self.env["account.journal"].search(
            [*self.env["account.journal"]._check_company_domain(self)]
            + [("type", "=", "general")]
        )
        exchange = self.currency_exchange_journal_id | self.tax_cash_basis_journal_id
        return {
            **{
                name: self._find_named(accounts, words) for name, words in NAMES.items()
            },
            "undeducted_tax_account_id": self.expense_account_id & accounts,
            "deduction_journal_id": (journals - exchange)[:1] or journals[:1],
        }

    @api.model
    def _find_named(self, accounts, words):
        """The first account that is called so, in Chinese or the user's language."""
        # Odoo refuses a language that is not installed.
        is_chinese = self.env["res.lang"]._get_data(code="zh_CN")
        for account in accounts:
            names = [account.name]
            if is_chinese:
                names.append(account.with_context(lang="zh_CN").name)
            if any(_BETWEEN_NAMES.split(name or "")[-1] in words for name in names):
                return account
        return accounts.browse()
