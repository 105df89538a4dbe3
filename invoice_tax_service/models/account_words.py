"""Words for passwords and for the check of the environment, see ``words.py``."""

from odoo.tools import LazyTranslate

_lt = LazyTranslate(__name__)

# code → (what happened, what to do); one sentence each.
ACCOUNT_REASONS = {
    "answer_wrong": (
        _lt("The answer to the question is wrong."),
        _lt("Try another answer, or have the tax bureau reset the platform password."),
    ),
    "line_in_use": (
        _lt("The line to the bureau is in use."),
        _lt("Try again in a moment."),
    ),
    "passwords_not_used": (
        _lt("This channel has no passwords."),
        _lt("There is nothing to enter; check the keys of the connection."),
    ),
    "password_empty": (
        _lt("No password was entered."),
        _lt("Passwords are not kept in this page: enter them again."),
    ),
    "answer_empty": (
        _lt("No answer was entered."),
        _lt("Answers are not kept in this page: enter it again."),
    ),
    "new_password_short": (
        _lt("The new password is shorter than 8 characters."),
        _lt("Choose a longer one; nothing was changed."),
    ),
    "password_differs": (
        _lt("The two new passwords differ."),
        _lt("Enter the same one twice; nothing was changed."),
    ),
    "question_incomplete": (
        _lt("A question and its answer belong together."),
        _lt("Enter both or none; nothing was changed."),
    ),
    "question_missing": (
        _lt("The bureau holds no question to the platform password."),
        _lt("Have the tax bureau reset the platform password."),
    ),
    "password_unknown": (
        _lt(
            "The bureau did not answer the change of the password, so it is not known "
            "yet which one holds; both are kept and no login is tried."
        ),
        _lt("Press Resume on the taxpayer's page to find it out by a login."),
    ),
    "password_unchanged": (
        _lt("The change did not reach the bureau; the old password holds."),
        _lt("Try again."),
    ),
    "staff_not_used": (
        _lt("This channel keeps no tax staff; they are kept here."),
        "",
    ),
    # Of the check of the environment
    "check_step_before": (_lt("A step before must be right first."), ""),
    "check_no_service": (
        _lt("The address answers, but no service stands behind it."),
        _lt("Wait for the end of the maintenance, or check the address."),
    ),
    "check_no_date": (_lt("The platform does not tell its time."), ""),
    "check_clock_differs": (
        _lt("The clock of this server and that of the platform are too far apart."),
        _lt("Have the system administrator set the clock of the server."),
    ),
    "check_password_missing": (
        _lt("The certificate password is not entered."),
        _lt("Enter it on the taxpayer's page, button Passwords."),
    ),
    "check_line_stopped": (
        _lt(
            "The line stands still after a refused login; one more wrong try could "
            "lock it."
        ),
        _lt("Enter the right password on the taxpayer's page, button Passwords."),
    ),
    "check_no_taxpayer": (
        _lt("No taxpayer uses this connection yet."),
        _lt("Choose the connection on a taxpayer's page."),
    ),
    "check_not_normal": (
        _lt("The bureau shows a registration that is not normal."),
        _lt("Ask the tax bureau to check the taxpayer's file."),
    ),
}
