from odoo import api, fields, models
from odoo.tools import format_list

from ..exceptions import TaxServiceError
from ..gateway import bureau
from ..gateway.environment_check import NOT_OK, OK
from ..models.words import RECEIVING, get_channels
from ..tools import tax_number as tax_numbers
from ..tools.notification import get_notification

STEPS = [
    ("taxpayer", "Taxpayer"),
    ("connection", "Connection"),
    ("address", "Access"),
    ("passwords", "Passwords"),
    ("check", "Check"),
    ("licence", "Licence"),
    ("fetch", "First Fetch"),
    ("done", "Ready"),
]
# Without one of these nothing can be fetched; a clock that differs is said only.
NEEDED_CHECKS = ("address", "certificate", "login", "taxpayer")
# The right that a step needs; the first ones are kept by Odoo's own access rights.
STEP_ITEMS = {
    "passwords": "passwords",
    "check": "check_environment",
    "fetch": "fetch",
}


class InvoiceTaxStart(models.TransientModel):
    """开始使用: from a company without taxpayer to its first invoices.

    Entry points: :meth:`_open`, the menu and the page "This Month". Nothing is kept
    here about how far somebody is: the step comes of how the taxpayer stands, so the
    page can be left at any time, and whoever opens it next goes on.

    What must never happen: a step done twice, whoever else is at it, or a step of a
    page that the world has overtaken; an address chosen by anybody but a system
    administrator; a secret kept here.
    """

    _name = "invoice.tax.start"
    _description = "Get Started"

    company_id = fields.Many2one(
        "res.company",
        required=True,
        readonly=True,
        default=lambda self: self.env.company,
    )
    taxpayer_id = fields.Many2one("invoice.tax.taxpayer", readonly=True)
    step = fields.Selection(STEPS, compute="_compute_step")
    hint = fields.Char(compute="_compute_step")
    can_keep = fields.Boolean(
        compute="_compute_step", help="Whether the user may do this step."
    )
    environment = fields.Selection(
        related="taxpayer_id.environment", related_sudo=False
    )
    name = fields.Char(string="Name of the Taxpayer")
    tax_number = fields.Char()
    choice = fields.Selection(
        [
            ("existing", "Use a connection that is there"),
            ("new", "Make a new connection, simulated at first"),
        ],
        string="How to Reach the Bureau",
    )
    available_connection_ids = fields.Many2many(
        "invoice.tax.connection", compute="_compute_available_connection_ids"
    )
    connection_id = fields.Many2one(
        "invoice.tax.connection", domain="[('id', 'in', available_connection_ids)]"
    )
    channel = fields.Selection(selection=lambda self: self._get_channels())
    # Of the connection itself: what is typed goes there, and nowhere else.
    kept_connection_id = fields.Many2one(
        related="taxpayer_id.connection_id",
        related_sudo=False,
        string="Kept Connection",
    )
    kept_channel = fields.Selection(
        related="kept_connection_id.channel", related_sudo=False, string="Kept Channel"
    )
    check_id = fields.Many2one("invoice.tax.environment.check", readonly=True)
    check_line_ids = fields.One2many(
        related="check_id.line_ids", related_sudo=False, string="Result of the Check"
    )
    has_passwords = fields.Boolean(
        related="taxpayer_id.has_passwords", related_sudo=False
    )
    progress = fields.Char(compute="_compute_progress")

    @api.model
    def _get_channels(self):
        """Those over which the bureau is reached; other platforms are none."""
        return get_channels(self.env, bureau.get_channels())

    @api.model
    def default_get(self, fields_list):
        values = super().default_get(fields_list)
        taxpayer = self.env["invoice.tax.taxpayer"].browse(
            values.get("taxpayer_id", self._get_unready(self.env.company).id)
        )
        company = taxpayer.company_id or self.env.company
        number = tax_numbers.normalize(company.vat)
        connections = self._get_connections(company)
        proposed = {
            "taxpayer_id": taxpayer.id,
            "company_id": company.id,
            "name": company.name,
            "tax_number": number if tax_numbers.is_valid(number) else False,
            "choice": "existing" if connections else "new",
            "connection_id": connections[:1].id,
            "channel": "leqi",
        }
        return {
            **values,
            **{key: one for key, one in proposed.items() if key in fields_list},
        }

    # === HOW IT STANDS === #

    @api.model
    def _get_unready(self, company):
        """The taxpayer of a company with which somebody began and did not end; the
        first one where all are ready."""
        taxpayers = self.env["invoice.tax.taxpayer"].search(
            [("company_id", "=", company._get_tax_company().id)], order="id"
        )
        unready = taxpayers.filtered(lambda one: not one.current_period_id)
        return (unready or taxpayers)[:1]

    @api.model
    def _get_connections(self, company):
        return self.env["invoice.tax.connection"].search(
            [
                ("company_id", "=", company.id),
                ("channel", "in", [key for key, _label in bureau.get_channels()]),
            ]
        )

    @api.depends("company_id")
    def _compute_available_connection_ids(self):
        for page in self:
            page.available_connection_ids = page._get_connections(page.company_id)

    @api.depends(
        "check_id",
        "taxpayer_id.connection_id.address",
        "taxpayer_id.period_ids.is_current",
    )
    @api.depends_context("lang", "uid")
    def _compute_step(self):
        for page in self:
            page.step = page._find_step()
            page.hint = page._get_hint(page.step)
            page.can_keep = not page._get_cannot_keep_reason(page.step)

    def _find_step(self):
        """The first step that is not done."""
        taxpayer = self.taxpayer_id
        if not taxpayer:
            return "taxpayer"
        if not taxpayer.connection_id:
            return "connection"
        if taxpayer.current_period_id:
            return "done"
        if not taxpayer.connection_id.sudo().address:
            return "address"
        lane = taxpayer.lane_id
        if lane.has_passwords and not lane.is_certificate_password_kept:
            return "passwords"
        if taxpayer._get_read_counts():
            return "fetch"
        if not self._is_checked():
            return "check"
        is_served = not taxpayer._get_service_unavailable_reason(RECEIVING)
        return "fetch" if is_served else "licence"

    def _is_checked(self):
        states = {line.step: line.state for line in self.check_id.line_ids}
        failed = any(states.get(step) == NOT_OK for step in NEEDED_CHECKS)
        return states.get("login") == OK and not failed

    @api.depends("taxpayer_id")
    @api.depends_context("lang")
    def _compute_progress(self):
        for page in self:
            counts = page.taxpayer_id._get_read_counts()
            page.progress = bool(counts) and page.taxpayer_id._get_reading_sentence(
                counts[page.taxpayer_id.id]
            )

    # === WHO MAY === #

    def _get_cannot_keep_reason(self, step):
        """Why the user cannot do this step, and whom to ask; or False."""
        if step == "address" and not self.env.is_system():
            return self._get_ask_sentence(
                self.env._(
                    "Address and keys of connection %(name)s are kept by the system "
                    "administrator alone.",
                    name=self.taxpayer_id.connection_id.name,
                ),
                self._get_administrators(),
            )
        if step in ("taxpayer", "connection"):
            record = self.taxpayer_id or self.env["invoice.tax.taxpayer"]
            operation = "write" if self.taxpayer_id else "create"
            if not record.has_access(operation):
                return self._get_ask_sentence(
                    self.env._(
                        "Taxpayers and their connections are kept by the managers of "
                        "the tax service."
                    ),
                    self.env["invoice.tax.right"]._get_managers(self.company_id),
                )
        if step in STEP_ITEMS:
            return self.taxpayer_id._get_missing_right_reason(STEP_ITEMS[step])
        return False

    def _get_administrators(self):
        users = self.env.ref("base.group_system").sudo().all_user_ids
        return users.filtered(
            lambda user: user.active and self.company_id in user.company_ids
        )

    def _get_ask_sentence(self, sentence, people):
        others = (people.sudo() - self.env.user)[:5]
        if not others:
            return sentence
        names = format_list(self.env, others.mapped("name"))
        ask = self.env._(
            "Ask: %(names)s. Afterwards open this page again; it goes on here.",
            names=names,
        )
        return f"{sentence} {ask}"

    def _get_hint(self, step):
        if step == "licence":
            return self.taxpayer_id._get_service_unavailable_reason(RECEIVING)
        return self._get_cannot_keep_reason(step)

    def _check_can_keep(self):
        """:raise TaxServiceError: saying whom to ask"""
        reason = self._get_cannot_keep_reason(self.step)
        if reason:
            raise TaxServiceError(reason, "no_right")

    @api.constrains("taxpayer_id", "connection_id", "check_id")
    def _check_readable(self):
        # Over RPC a page can be made for anything; constraints run as superuser.
        pages = self.sudo(False)
        for records in (pages.taxpayer_id, pages.connection_id, pages.check_id):
            records.check_access("read")

    # === ACTIONS === #

    @api.model
    def _open(self, taxpayer=None):
        """Open the page, for this taxpayer or the one that is next."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "invoice_tax_service.invoice_tax_start_action"
        )
        if taxpayer:
            action["context"] = {"default_taxpayer_id": taxpayer.id}
        return action

    def _get_action(self):
        """The page again, at the step that comes next."""
        self.ensure_one()
        return {
            **self._open(),
            "res_id": self.id,
            "views": [(False, "form")],
        }

    def action_add_taxpayer(self):
        """Add the taxpayer; one with this number that is there already is taken."""
        self.ensure_one()
        if self.step == "taxpayer":
            self._check_can_keep()
            taxpayers = self.env["invoice.tax.taxpayer"]
            number = tax_numbers.normalize(self.tax_number)
            if not (number and self.name):
                raise TaxServiceError(
                    self.env._("Enter the name and the tax number of the taxpayer."),
                    "taxpayer_missing",
                )
            own = [("company_id", "=", self.company_id.id), ("tax_number", "=", number)]
            self.taxpayer_id = taxpayers.search(own, limit=1) or taxpayers.create(
                {
                    "name": self.name,
                    "tax_number": number,
                    "company_id": self.company_id.id,
                }
            )
        return self._get_action()

    def action_choose_connection(self):
        """Give the taxpayer the connection chosen, or a new one."""
        self.ensure_one()
        if self.step == "connection":
            self._check_can_keep()
            if self.choice == "existing" and not self.connection_id:
                raise TaxServiceError(
                    self.env._("Choose a connection, or make a new one."),
                    "connection_missing",
                )
            # Two at once meet at the taxpayer; the second begins anew, and finds the
            # connection of the first.
            is_new = self.choice == "new"
            self.taxpayer_id.connection_id = (
                self._make_connection() if is_new else self.connection_id
            )
        return self._get_action()

    def _make_connection(self):
        channel = self.channel or "leqi"
        return self.env["invoice.tax.connection"].create(
            {
                "name": dict(self._get_channels())[channel],
                "company_id": self.company_id.id,
                "channel": channel,
            }
        )

    def action_enter_passwords(self):
        """Open the page of the passwords, which leads back here."""
        self.ensure_one()
        # Nothing but the right decides, before there is a taxpayer, too.
        self.company_id._check_tax_right("passwords")
        if not self.taxpayer_id:
            return self._get_action()
        action = self.taxpayer_id.action_open_passwords()
        action["context"] = {**action["context"], "tax_start_id": self.id}
        return action

    def action_check(self):
        """Check the way to the bureau and show here what was found."""
        self.ensure_one()
        self.company_id._check_tax_right("check_environment")
        if self.taxpayer_id:
            check = self.taxpayer_id.action_check_environment()
            self.check_id = check["res_id"]
        return self._get_action()

    def action_fetch(self):
        """Have the bureau read for the first time, and lead to the month, which shows
        how far it is; the end is told by a notification."""
        self.ensure_one()
        self.company_id._check_tax_right("fetch")
        if not self.taxpayer_id:
            return self._get_action()
        self.taxpayer_id.action_fetch()
        return get_notification(
            self.env._(
                "The tax bureau is being read. This Month shows how far it is; you are "
                "told when it is done."
            ),
            self.action_open_month(),
        )

    def action_open_month(self):
        """The page on which the month goes on."""
        return self.env["ir.actions.act_window"]._for_xml_id(
            "invoice_tax_service.invoice_tax_month_action"
        )

    def action_add_another(self):
        """Begin with one more taxpayer of the company."""
        self.ensure_one()
        self.write({"taxpayer_id": False, "check_id": False, "tax_number": False})
        return self._get_action()
