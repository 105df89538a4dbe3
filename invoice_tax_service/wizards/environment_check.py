from odoo import api, fields, models

from ..gateway import environment_check as gateway_check
from ..models.words import get_sentence


class InvoiceTaxEnvironmentCheck(models.TransientModel):
    """Result of 检测环境: what is right on the way to the bureau, and what to do where
    it is not.

    Entry point: :meth:`_check`. It holds no secret, and nobody but the user who asked
    reads it.
    """

    _name = "invoice.tax.environment.check"
    _description = "Check of the Environment"

    connection_id = fields.Many2one("invoice.tax.connection", readonly=True)
    taxpayer_id = fields.Many2one("invoice.tax.taxpayer", readonly=True)
    environment = fields.Selection(
        related="connection_id.environment", related_sudo=False
    )
    line_ids = fields.One2many(
        "invoice.tax.environment.check.line", "check_id", readonly=True
    )

    @api.model
    def _check(self, connection, lane):
        """Check, and show what was found.

        :param lane: whose login is tried; may be empty
        """
        if lane:
            steps = lane._check_environment()
        else:
            steps = gateway_check.check_environment(
                connection._get_credentials(lane),
                connection.environment,
                connection._get_capabilities(),
                None,
            )
        check = self.sudo().create(
            {
                "connection_id": connection.id,
                "taxpayer_id": lane.taxpayer_id.id,
                "line_ids": [
                    fields.Command.create(self._get_line(step, lane)) for step in steps
                ],
            }
        )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Check of the Environment"),
            "res_model": self._name,
            "res_id": check.id,
            "view_mode": "form",
            "target": "new",
        }

    @api.model
    def _get_line(self, step, lane):
        code = step.code
        if not lane and step.code == "check_line_stopped":
            code = "check_no_taxpayer"
        if step.code:
            text = self.env["invoice.tax.lane"]._describe_code(
                code, left=step.left, until=step.until
            )
        elif step.step == "clock":
            text = self.env._(
                "Seconds between the two clocks: %(seconds)s.",
                seconds=abs(step.seconds),
            )
        else:
            text = ""
        if code == "check_clock_differs":
            text = self.env._(
                "The clocks are %(minutes)s minutes apart. %(advice)s",
                minutes=abs(step.seconds) // 60,
                advice=get_sentence(self.env, code),
            )
        return {"step": step.step, "state": step.state, "text": text}
