from .issue_common import IssueCase


class TestIssueChosenNumber(IssueCase):
    """Invoices for which a number drawn by hand is chosen: what cannot be given is
    said per invoice, before anything is taken."""

    def draw_by_hand(self, count):
        self.draw(count, "manual")
        return self.of_issuer("invoice.tax.number").search(
            [("state", "=", "manual"), ("taxpayer_id", "=", self.taxpayer.id)],
            order="name",
        )

    def get_problems(self, action):
        """Invoice → codes, as the page shows them."""
        wizard = self.of_issuer(action["res_model"]).browse(action["res_id"])
        lines = wizard.line_ids.grouped("move_id")
        return wizard, {move: line.mapped("code") for move, line in lines.items()}

    def test_row_L9_one_dead_number_among_two_hundred(self):
        self.ready(0)
        used, free = self.draw_by_hand(2)
        first = self.new_invoice()
        first.bound_number_id = used
        self.issue(first)
        values = first.copy_data({"invoice_date": first.invoice_date})
        moves = self.of_issuer("account.move").create(values * 200)
        moves.action_post()
        bad, good = moves[150], moves[151]
        bad.bound_number_id, good.bound_number_id = used, free
        action = moves.action_issue_digital_invoice()
        wizard, problems = self.get_problems(action)
        self.assertEqual(problems, {bad: ["number_not_manual"]})
        self.assertIn(used.name, wizard.line_ids.description)
        self.assertEqual(wizard.line_ids.action_open()["res_id"], bad.id)
        self.assertFalse(self.issues_of(moves), "something was taken before")
        wizard.action_issue()
        self.assertEqual(len(self.issues_of(moves)), 199)
        self.assertFalse(self.issues_of(bad))
        self.assertEqual(free.issue_id, self.issues_of(good))

    def test_row_L9_one_number_for_two_invoices(self):
        self.ready()
        number, other = self.draw_by_hand(2)
        moves = [self.new_invoice(10.0 + position) for position in range(3)]
        moves[0].bound_number_id = moves[1].bound_number_id = number
        _wizard, problems = self.get_problems(self.issue(*moves))
        twice = ["number_chosen_twice"]
        self.assertEqual(problems, {moves[0]: twice, moves[1]: twice})
        self.assertNothingTaken()
        moves[1].bound_number_id = other
        self.issue(*moves)
        self.assertIssued(*moves)
        self.assertEqual(moves[0].digital_invoice_number, number.name)
        self.assertEqual(moves[1].digital_invoice_number, other.name)

    def test_row_L9_number_that_another_request_holds(self):
        self.ready()
        [number] = self.draw_by_hand(1)
        first, second = self.new_invoice(), self.new_invoice()
        first.bound_number_id = second.bound_number_id = number
        first.action_issue_digital_invoice()
        _wizard, problems = self.get_problems(second.action_issue_digital_invoice())
        self.assertEqual(problems, {second: ["number_bound"]})

    def test_row_L9_discarded_number_is_not_kept(self):
        """Bound, failed, discarded, mended: issued again with the next number."""
        self.ready()
        [number] = self.draw_by_hand(1)
        move = self.new_invoice()
        move.bound_number_id = number
        self.leqi.results = {0: "field_invalid"}
        self.issue(move)
        self.assertEqual(move.tax_issue_state, "failed")
        self.assertEqual(move.digital_invoice_number, number.name)
        move.action_issue_discard()
        self.dispatch()
        self.assertEqual(move.tax_issue_state, "discarded")
        self.assertFalse(move.bound_number_id)
        self.leqi.results = {}
        action = self.issue(move)
        self.assertEqual(action["tag"], "display_notification")
        again = self.issues_of(move)[-1:]
        self.assertEqual(again.state, "success")
        self.assertNotEqual(again.number, number.name)
        self.assertEqual(number.state, "discarded")

    def test_row_L9_withdrawn_keeps_the_choice(self):
        self.ready()
        [number] = self.draw_by_hand(1)
        move = self.new_invoice()
        move.bound_number_id = number
        move.action_issue_digital_invoice()
        self.issues_of(move).action_withdraw()
        self.dispatch()
        self.assertEqual(move.bound_number_id, number)
        self.issue(move)
        self.assertEqual(self.issues_of(move)[-1:].number, number.name)

    def test_row_L9_number_of_a_credit_note_whose_form_was_refused(self):
        """The number is left at the request that is over: the next one takes it."""
        self.ready()
        [number] = self.draw_by_hand(1)
        blue = self.new_invoice()
        self.issue(blue)
        red = self.new_credit_note(blue)
        red.bound_number_id = number
        self.leqi.form_state = "refused_by_buyer"
        self.issue(red)
        self.assertEqual(red.tax_issue_state, "failed")
        self.leqi.form_state = "free"
        self.issue(red)
        again = self.issues_of(red)[-1:]
        self.assertEqual((again.state, again.number), ("success", number.name))

    def test_row_L9_two_credit_notes_of_one_invoice(self):
        """Each alone would be lawful; both together take back more than there is."""
        self.ready()
        blue = self.new_invoice(1000.0)
        self.issue(blue)
        whole = [self.new_credit_note(blue) for _position in range(2)]
        _wizard, problems = self.get_problems(self.issue(*whole))
        self.assertEqual(problems, {whole[1]: ["red_above_blue"]})
        self.assertFalse(self.issues_of(*whole))
        self.assertEqual(self.leqi.count("form"), 0)
        for credit_note, share in zip(whole, (600.0, 400.0), strict=True):
            credit_note.button_draft()
            credit_note.invoice_line_ids.price_unit = share
            credit_note.action_post()
        self.issue(*whole)
        self.assertIssued(*whole)
        # Nobody chose another reason: what the form says stands on them too.
        self.assertEqual({move.red_reason for move in whole}, {"goods_returned"})

    def test_row_L9_credit_note_that_is_refused_uses_nothing_up(self):
        self.ready()
        [number] = self.draw_by_hand(1)
        number.sudo().state = "expired"
        blue = self.new_invoice(1000.0)
        self.issue(blue)
        refused, sound = [self.new_credit_note(blue) for _position in range(2)]
        refused.bound_number_id = number
        _wizard, problems = self.get_problems(self.issue(refused, sound))
        self.assertEqual(problems, {refused: ["number_not_manual"]})
