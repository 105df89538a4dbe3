from unittest.mock import patch

from odoo import SUPERUSER_ID
from odoo.tools import mute_logger

from .issue_common import IssueCase

MODULE = "odoo.addons.invoice_tax_leqi.models.account_move_send"


class TestIssueSend(IssueCase):
    """Send & Print, by one invoice at once and by many in the background: who issues,
    in whose name, and what becomes of the others when one cannot be issued."""

    def setUp(self):
        super().setUp()
        self.buyer.email = "buyer@example.com"
        self.env.ref("account.ir_cron_account_move_send").active = True

    def send_batch(self, user, *moves):
        """Choose invoices in the list and press 发送; nothing is sent yet."""
        moves = self.env["account.move"].union(*moves)
        wizard = (
            self.env["account.move.send.batch.wizard"]
            .with_user(user)
            .with_context(active_model="account.move", active_ids=moves.ids)
            .create({})
        )
        wizard.action_send_and_print()
        return wizard

    def run_cron(self, user_id=SUPERUSER_ID):
        """What Odoo sends in the background, as superuser or whom it runs as."""
        with self.cron_environment() as env:
            env["account.move"].with_user(user_id)._cron_account_move_send()
            env.cr.rollback()

    def get_mails(self, move):
        return move.sudo().message_ids.filtered(
            lambda message: message.message_type == "comment"
        )

    def assertSent(self, *moves):
        for move in moves:
            self.assertTrue(move.is_move_sent, move.name)
            self.assertEqual(len(self.get_mails(move)), 1, move.name)
            self.assertFalse(move.sending_data)

    # === AT ONCE === #

    def test_row_L9_send_and_print_writes_the_request(self):
        self.ready()
        move = self.new_invoice()
        send = self.env["account.move.send"].with_user(self.issuer)
        self.assertIn("cn_leqi", send._get_default_extra_edis(move))
        said = len(self.leqi.events)
        send._generate_and_send_invoices(
            move, sending_methods=["manual"], allow_fallback_pdf=True
        )
        self.assertEqual(len(self.leqi.events), said)
        self.assertEqual(self.issues_of(move).state, "waiting")
        self.dispatch()
        self.assertIssued(move)
        self.assertNotIn("cn_leqi", send._get_default_extra_edis(move))

    def test_row_L9_send_and_print_of_who_issues_elsewhere(self):
        self.taxpayer.sudo().is_issuing = False
        move = self.new_invoice()
        send = self.env["account.move.send"].with_user(self.issuer)
        self.assertNotIn("cn_leqi", send._get_default_extra_edis(move))

    def test_row_L9_send_and_print_says_what_is_missing(self):
        self.product.tax_class_code = False
        move = self.new_invoice()
        send = self.env["account.move.send"].with_user(self.issuer)
        settings = {"extra_edis": {"cn_leqi"}, "sending_methods": {"manual"}}
        data = {move: send._get_default_sending_settings(move, **settings)}
        alerts = send._get_alerts(move, data)
        [alert] = [one for key, one in alerts.items() if key.startswith("cn_leqi")]
        self.assertIn("tax class code", alert["message"])
        self.assertEqual(alert["action"]["res_model"], "product.template")

    # === IN THE BACKGROUND === #

    def test_row_L9_batch_by_the_issuer(self):
        """The cron works as superuser; on the invoice stands who pressed the button."""
        self.ready()
        moves = [self.new_invoice(10.0 + position) for position in range(3)]
        self.send_batch(self.issuer, *moves)
        self.assertFalse(self.issues_of(*moves))
        self.run_cron()
        self.dispatch()
        self.assertIssued(*moves)
        self.assertSent(*moves)
        for issue in self.issues_of(*moves).sudo():
            self.assertEqual(issue.content["issuer"], self.issuer.name)
            self.assertEqual(issue.user_id, self.issuer)

    def test_row_L9_cron_that_runs_as_a_person(self):
        """An administrator put himself on the scheduled action: still for who asked."""
        self.ready()
        moves = [self.new_invoice(10.0 + position) for position in range(4)]
        self.send_batch(self.issuer, *moves[:2])
        self.send_batch(self.clerk, *moves[2:])
        self.run_cron(self.issuer_of_cron().id)
        self.assertEqual(self.issues_of(*moves[:2]).sudo().user_id, self.issuer)
        self.assertFalse(self.issues_of(*moves[2:]))

    def issuer_of_cron(self):
        """An administrator who may issue himself."""
        issuers = self.env.ref("invoice_tax_leqi.group_issuing_clerk")
        admin = self.env.ref("base.user_admin").sudo()
        admin.group_ids |= issuers | self.env.ref("account.group_account_manager")
        admin.write(
            {"company_ids": [(4, self.company.id)], "company_id": self.company.id}
        )
        return admin

    def test_row_L9_batch_by_whom_may_not_issue(self):
        """His invoices are sent as ever, and nothing is issued for him."""
        self.ready()
        moves = [self.new_invoice(10.0 + position) for position in range(3)]
        wizard = self.send_batch(self.clerk, *moves)
        self.assertNotIn("cn_leqi", wizard.summary_data)
        self.run_cron()
        self.assertFalse(self.issues_of(*moves))
        self.assertSent(*moves)

    def test_row_L9_sent_at_once_while_a_batch_waits(self):
        """Who presses the button is asked, not who has asked for the batch."""
        self.ready()
        moves = [self.new_invoice(10.0), self.new_invoice(11.0)]
        self.send_batch(self.issuer, *moves)
        send = self.env["account.move.send"].with_user(self.clerk)
        move = moves[0].with_user(self.clerk)
        self.assertNotIn("cn_leqi", send._get_default_extra_edis(move))
        send._generate_and_send_invoices(
            move,
            sending_methods=["manual"],
            extra_edis=["cn_leqi"],
            allow_fallback_pdf=True,
        )
        self.assertFalse(self.issues_of(moves[0]), "issued in the name of another")

    def test_row_L9_batch_in_the_name_of_another(self):
        """Written over RPC: whoever writes it stands there himself."""
        self.ready()
        move = self.new_invoice()
        forged = {
            "author_user_id": self.issuer.id,
            "author_partner_id": self.issuer.partner_id.id,
        }
        move.with_user(self.clerk).write({"sending_data": forged})
        self.assertEqual(move.sending_data["author_user_id"], self.clerk.id)
        self.run_cron()
        self.assertFalse(self.issues_of(move))
        draft = self.new_invoice(post=False, sending_data=forged)
        self.assertEqual(draft.sending_data["author_user_id"], self.issuer.id)
        context = {"default_sending_data": forged}
        entry = draft.with_user(self.clerk).with_context(**context).copy()
        self.assertEqual(entry.sending_data["author_user_id"], self.clerk.id)
        values = draft.with_user(self.clerk).copy_data({"sending_data": forged})
        made = draft.with_user(self.clerk).create(values)
        self.assertEqual(made.sending_data["author_user_id"], self.clerk.id)

    def test_row_L9_batch_whose_right_has_ended(self):
        """Asked anew when it is sent: right, company and user may have ended."""
        self.ready()
        right = self.env.ref("invoice_tax_leqi.group_issuing_clerk")
        moves = [self.new_invoice(10.0 + position) for position in range(4)]
        self.send_batch(self.issuer, *moves[:2])
        self.issuer.group_ids -= right
        self.run_cron()
        self.issuer.group_ids += right
        self.send_batch(self.issuer, *moves[2:])
        self.issuer.active = False
        self.run_cron()
        self.issuer.active = True
        self.assertFalse(self.issues_of(*moves))
        self.assertSent(*moves)

    def test_row_L9_sent_by_odoo_itself(self):
        """After a payment Odoo sends as superuser: nobody has asked for it."""
        self.ready()
        move = self.new_invoice()
        self.env["account.move.send"].with_user(
            SUPERUSER_ID
        )._generate_and_send_invoices(
            move.with_user(SUPERUSER_ID), allow_raising=False, allow_fallback_pdf=True
        )
        self.assertFalse(self.issues_of(move))
        self.assertSent(move)

    def test_row_L9_one_bad_invoice_holds_no_mail(self):
        """What one lacks stands at that one; the others are issued and sent."""
        self.ready()
        moves = [self.new_invoice(10.0 + position) for position in range(3)]
        other = self.product.copy({"tax_class_code": self.product.tax_class_code})
        moves[1].button_draft()
        moves[1].invoice_line_ids.product_id = other
        moves[1].action_post()
        self.send_batch(self.issuer, *moves)
        # Between the click and the cron.
        other.product_tmpl_id.tax_class_code = False
        moves[1].invoice_line_ids.tax_class_code = False
        self.run_cron()
        self.dispatch()
        self.assertIssued(moves[0], moves[2])
        self.assertSent(moves[0], moves[2])
        self.assertFalse(self.issues_of(moves[1]))
        said = " ".join(moves[1].sudo().message_ids.mapped("body"))
        self.assertIn("The digital invoice is not issued.", said)
        self.assertIn("tax class code", said)
        self.assertFalse(moves[1].is_move_sent)
        self.assertFalse(moves[1].sending_data, "it would come again for ever")

    def test_row_L9_error_inside_odoo_holds_no_mail(self):
        """An error that nobody foresaw, in the hook of one of three."""
        self.ready()
        moves = [self.new_invoice(10.0 + position) for position in range(3)]
        self.send_batch(self.issuer, *moves)
        values = self.registry["account.move"]._get_issue_values

        def break_one(move, *args):
            if move.id == moves[1].id:
                raise KeyError("unforeseen")
            return values(move, *args)

        broken = patch.object(
            self.registry["account.move"], "_get_issue_values", break_one
        )
        with broken, mute_logger(MODULE):
            self.run_cron()
        self.dispatch()
        self.assertIssued(moves[0], moves[2])
        self.assertSent(moves[0], moves[2])
        self.assertFalse(self.issues_of(moves[1]))
        said = " ".join(moves[1].sudo().message_ids.mapped("body"))
        self.assertIn("The digital invoice is not issued.", said)
        self.assertNotIn("unforeseen", said)

    def test_row_L9_what_many_lack_is_said_once(self):
        self.product.tax_class_code = False
        moves = [self.new_invoice(10.0 + position) for position in range(7)]
        send = self.env["account.move.send"].with_user(self.issuer)
        moves = self.of_issuer("account.move").union(*moves)
        data = {move: send._get_default_sending_settings(move) for move in moves}
        alerts = send._get_alerts(moves, data)
        [alert] = [one for key, one in alerts.items() if key.startswith("cn_leqi")]
        self.assertIn(f"{moves[4].name} and 2 more", alert["message"])
