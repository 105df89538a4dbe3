from datetime import timedelta

from odoo import api, fields, models

from ..gateway.rpa_account import CERTIFICATE, PLATFORM
from ..tools.notification import CLOSE

# What is typed and not taken, since the page was closed before, is forgotten then.
FORGET_MINUTES = 5
# Typed by a person, taken at once and thrown away; reading them gives nothing.
TYPED = (
    "certificate_password",
    "platform_password",
    "old_password",
    "new_password",
    "new_password_again",
    "answer",
)


class InvoiceTaxPasswordWizard(models.TransientModel):
    """The page on which the passwords of a line are entered, changed and recovered.

    Entry points: the buttons. What is typed is put aside between saving the page and
    the button that follows at once; the button takes it and it is gone before anybody
    talks to the bureau.

    What must never happen: a secret read back by anybody, the one who typed it
    included.
    """

    _name = "invoice.tax.password.wizard"
    _description = "Passwords"
    _inherit = ["invoice.tax.right.page"]

    lane_id = fields.Many2one("invoice.tax.lane", required=True, readonly=True)
    taxpayer_id = fields.Many2one(related="lane_id.taxpayer_id", related_sudo=False)
    environment = fields.Selection(related="lane_id.environment", related_sudo=False)
    is_certificate_password_kept = fields.Boolean(
        related="lane_id.is_certificate_password_kept", related_sudo=False
    )
    is_platform_password_kept = fields.Boolean(
        related="lane_id.is_platform_password_kept", related_sudo=False
    )
    mode = fields.Selection(
        [
            ("tell", "Enter the Passwords That Hold"),
            ("change", "Change a Password at the Bureau"),
            ("recover", "Recover the Platform Password"),
        ],
        required=True,
        default="tell",
        string="What Shall Be Done",
    )
    kind = fields.Selection(
        [(CERTIFICATE, "Certificate Password"), (PLATFORM, "Platform Password")],
        required=True,
        default=PLATFORM,
        string="Which Password",
    )
    is_platform_used = fields.Boolean(
        default=True,
        string="There Is a Platform Password",
        help="Without one, the one kept here is forgotten.",
    )
    is_enabled = fields.Boolean(
        default=True,
        string="Platform Password Enabled",
        help="No: the bureau removes the platform password and its question.",
    )
    question = fields.Char(string="Recovery Question")
    bureau_question = fields.Char(readonly=True, string="Question at the Bureau")
    certificate_password = fields.Char(compute="_compute_typed", readonly=False)
    platform_password = fields.Char(compute="_compute_typed", readonly=False)
    old_password = fields.Char(compute="_compute_typed", readonly=False)
    new_password = fields.Char(compute="_compute_typed", readonly=False)
    new_password_again = fields.Char(compute="_compute_typed", readonly=False)
    answer = fields.Char(compute="_compute_typed", readonly=False)
    put_aside = fields.Json(groups="base.group_system", copy=False, exportable=False)

    def _compute_typed(self):
        for wizard in self:
            wizard.update(dict.fromkeys(TYPED, False))

    @api.constrains("lane_id")
    def _check_readable(self):
        # Over RPC a wizard can be made for anything; constraints run as superuser.
        lanes = self.sudo(False).lane_id
        lanes.check_access("read")
        lanes.taxpayer_id._check_can("passwords")

    @api.model_create_multi
    def create(self, vals_list):
        typed = [self._split(vals) for vals in vals_list]
        wizards = super().create([vals for vals, _secrets in typed])
        for wizard, (_vals, secrets) in zip(wizards, typed, strict=True):
            wizard._put_aside(secrets)
        return wizards

    def write(self, vals):
        vals, secrets = self._split(vals)
        self._put_aside(secrets)
        return super().write(vals)

    @api.model
    def _split(self, vals):
        """:return: the values without what is secret, and what is"""
        secrets = {name: vals[name] for name in TYPED if vals.get(name)}
        return {k: v for k, v in vals.items() if k not in TYPED}, secrets

    def _put_aside(self, secrets):
        if not secrets:
            return
        for wizard in self.sudo():
            wizard.put_aside = {**(wizard.put_aside or {}), **secrets}
        # The button that follows takes them; for the case that it never comes.
        cron = self.env.ref("invoice_tax_service.ir_cron_forget_passwords")
        at = fields.Datetime.now() + timedelta(minutes=FORGET_MINUTES, seconds=1)
        cron.sudo()._trigger(at)

    @api.model
    def _cron_forget(self):
        """Forget what was typed a while ago and never taken."""
        limit = fields.Datetime.now() - timedelta(minutes=FORGET_MINUTES)
        wizards = self.sudo().search([("write_date", "<=", limit)])
        left = wizards.filtered("put_aside")
        left.put_aside = False
        self.env["ir.cron"]._commit_progress(len(left))

    def _take(self):
        """What was typed; from now on it is nowhere else."""
        self.ensure_one()
        secrets = self.sudo().put_aside or {}
        self.sudo().put_aside = False
        self.lane_id._commit()
        return {name: secrets.get(name) or "" for name in TYPED}

    # === ACTIONS === #

    def action_apply(self):
        """Do what was chosen, while the user waits."""
        typed = self._take()
        self.lane_id._check_passwords()
        message = getattr(self, f"_{self.mode}")(typed)
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "sticky": True,
                "message": message,
                "next": self._get_next_action(),
            },
        }

    def _get_next_action(self):
        """Back to the guided set-up, for who came from there."""
        page = self.env["invoice.tax.start"].browse(
            self.env.context.get("tax_start_id")
        )
        return page.exists()._get_action() if page.exists() else dict(CLOSE)

    def _tell(self, typed):
        passwords = {}
        if typed["certificate_password"]:
            passwords["certificate_password"] = typed["certificate_password"]
        if typed["platform_password"] or not self.is_platform_used:
            passwords["platform_password"] = (
                typed["platform_password"] if self.is_platform_used else ""
            )
        if not passwords:
            raise self.lane_id._refuse("password_empty")
        return self.lane_id._tell_passwords(**passwords)

    def _change(self, typed):
        lane, is_platform = self.lane_id, self.kind == PLATFORM
        enabled = self.is_enabled or not is_platform
        if enabled and not typed["new_password"]:
            raise lane._refuse("password_empty")
        if enabled and typed["new_password"] != typed["new_password_again"]:
            raise lane._refuse("password_differs")
        asks = is_platform and enabled
        return lane._change_password(
            self.kind,
            typed["old_password"],
            typed["new_password"],
            enabled=enabled,
            question=self.question or "" if asks else "",
            answer=typed["answer"] if asks else "",
        )

    def _recover(self, typed):
        return self.lane_id._recover_password(typed["answer"])

    def action_ask_question(self):
        """Show the bureau's question to the platform password."""
        self._take()
        self.bureau_question = self.lane_id._fetch_question()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Passwords"),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
        }
