"""Compares licences: Odoo, the entitlement platform's books, and its journal."""

from .report import Findings

_LICENSES = """
SELECT license.tax_number, kind.code, auth_state, COALESCE(sync_state, ''),
       COALESCE(valid_from::text, ''), COALESCE(valid_to::text, ''),
       (SELECT COUNT(*) FROM invoice_tax_license_event event
         WHERE event.license_id = license.id AND event.kind = 'authorised'),
       (SELECT COUNT(*) FROM invoice_tax_license_event event
         WHERE event.license_id = license.id AND event.kind = 'cancelled')
  FROM invoice_tax_license license
  JOIN invoice_tax_service_group kind ON kind.id = license.group_id
 WHERE license.tax_number = ANY(%s)
"""
_REQUESTS = "SELECT request_number FROM invoice_tax_license_request"
_ENTITLEMENTS = """
SELECT kind.code, entitlement.used FROM invoice_tax_entitlement entitlement
  JOIN invoice_tax_service_group kind ON kind.id = entitlement.group_id
 WHERE entitlement.company_id IN (
       SELECT company_id FROM invoice_tax_license WHERE tax_number = ANY(%s))
"""


class LicensingComparison:
    """Licence by licence, and act by act."""

    def __init__(self, system, driver):
        self._system, self._driver = system, driver
        self._found = Findings()

    def compare(self, entries):
        """Return the differences as ``Findings``."""
        state = self._system.control.get("state")
        self._found.different += self._driver.unlawful
        books = {
            (row["tax_number"], row["service_group"]): row
            for row in state["entitlements"]
        }
        rows = self._system.execute(_LICENSES, [self._driver.numbers])
        for number, group, *values in rows:
            self._compare(
                f"licence {number} {group}", books.get((number, group)), values
            )
        self._check_journal(entries)
        self._check_used(state)
        self._found.figures["licences"] = len(rows)
        self._found.figures["entitlements given at the platform"] = sum(
            row["effective_authorisations"] for row in books.values()
        )
        return self._found

    def _compare(self, name, book, values):
        auth, sync, valid_from, valid_to, granted, cancelled = values
        is_held = bool(book) and book["status"] == "authorised"
        if (auth == "authorised") > is_held:
            self._found.lost.append(f"{name}: authorised in Odoo, not at the platform")
        if (auth == "authorised") < is_held:
            self._found.lost.append(f"{name}: cancelled in Odoo, held at the platform")
        if granted and sync != "success":
            self._found.different.append(f"{name}: synchronisation {sync or 'empty'}")
        theirs = (
            (book["valid_from"] or "", book["valid_to"] or "") if book else ("", "")
        )
        if (valid_from, valid_to) != theirs:
            self._found.different.append(
                f"{name}: valid {valid_from} – {valid_to} in Odoo, {theirs} there"
            )
        if not book:
            return
        for text, done, wanted in (
            ("authorised", book["effective_authorisations"], granted),
            ("cancelled", book["effective_cancellations"], cancelled),
        ):
            if done > wanted:
                self._found.doubled.append(
                    f"{name}: {text} {done} times at the platform, {wanted} in Odoo"
                )

    def _check_journal(self, entries):
        """Every number that went out is one of Odoo's: committed before."""
        ours = {number for (number,) in self._system.execute(_REQUESTS)}
        sent = {
            entry["request_number"]
            for entry in entries
            if entry["platform"] == "entitlement"
            and entry["operation"] in ("authorise", "cancel")
        }
        self._found.lost += [
            f"request {number} was sent, Odoo has no row" for number in sent - ours
        ]

    def _check_used(self, state):
        """What Odoo shows as used is what the platform's serial numbers say; in the
        company of these licences, where all was read once more."""
        theirs = {
            row["service_group"]: row["used"] for row in state["entitlement_serials"]
        }
        ours = dict(self._system.execute(_ENTITLEMENTS, [self._driver.numbers]))
        if ours != theirs:
            self._found.different.append(f"used {ours} in Odoo, {theirs} there")
