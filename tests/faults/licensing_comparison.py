"""Compares licences: Odoo, the entitlement platform's books, and its journal."""

import itertools

from .report import Findings

_LICENSES = """
SELECT license.tax_number, kind.code, license.id, auth_state, COALESCE(sync_state, ''),
       COALESCE(valid_from::text, ''), COALESCE(valid_to::text, ''),
       (SELECT COUNT(*) FROM invoice_tax_license_event event
         WHERE event.license_id = license.id AND event.kind = 'authorised'),
       (SELECT COUNT(*) FROM invoice_tax_license_event event
         WHERE event.license_id = license.id AND event.kind = 'cancelled')
  FROM invoice_tax_license license
  JOIN invoice_tax_service_group kind ON kind.id = license.group_id
 WHERE license.tax_number = ANY(%s)
 ORDER BY 1, 2, 3
"""
# Shown as failed at some time.
_FAILED = """
SELECT COUNT(DISTINCT license.id) FROM invoice_tax_license_event event
  JOIN invoice_tax_license license ON license.id = event.license_id
 WHERE event.kind = 'sync_failed' AND license.tax_number = ANY(%s)
"""
_REQUESTS = "SELECT request_number FROM invoice_tax_license_request"
_ENTITLEMENTS = """
SELECT kind.code, entitlement.used FROM invoice_tax_entitlement entitlement
  JOIN invoice_tax_service_group kind ON kind.id = entitlement.group_id
 WHERE entitlement.company_id IN (
       SELECT company_id FROM invoice_tax_license WHERE tax_number = ANY(%s))
"""


class LicensingComparison:
    """Licence by licence, and act by act.

    An entitlement is one of a tax number in a group; two companies may have that tax
    number, and then at most one of them is authorised.
    """

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
        for key, of_number in itertools.groupby(rows, lambda row: tuple(row[:2])):
            values = [row[3:] for row in of_number]
            self._compare("licence {} {}".format(*key), books.get(key), values)
        self._check_journal(entries)
        self._check_used(state)
        self._check_healed()
        self._found.figures["licences"] = len(rows)
        self._found.figures["entitlements given at the platform"] = sum(
            row["effective_authorisations"] for row in books.values()
        )
        return self._found

    def _compare(self, name, book, licenses):
        authorised = [one for one in licenses if one[0] == "authorised"]
        is_held = bool(book) and book["status"] == "authorised"
        if len(authorised) > 1:
            self._found.doubled.append(f"{name}: authorised in {len(authorised)} rows")
        if bool(authorised) > is_held:
            self._found.lost.append(f"{name}: authorised in Odoo, not at the platform")
        if bool(authorised) < is_held:
            self._found.lost.append(f"{name}: cancelled in Odoo, held at the platform")
        theirs = ("", "")
        if is_held:
            theirs = (book["valid_from"] or "", book["valid_to"] or "")
        for auth, sync, valid_from, valid_to, granted, _cancelled in licenses:
            if granted and sync != "success":
                self._found.different.append(
                    f"{name}: synchronisation {sync or 'empty'}"
                )
            wanted = theirs if auth == "authorised" else ("", "")
            if (valid_from, valid_to) != wanted:
                self._found.different.append(
                    f"{name}: valid {valid_from} – {valid_to} in Odoo, {wanted} there"
                )
        if book:
            self._compare_counts(name, book, licenses)

    def _compare_counts(self, name, book, licenses):
        for text, done, wanted in (
            (
                "authorised",
                book["effective_authorisations"],
                sum(one[4] for one in licenses),
            ),
            (
                "cancelled",
                book["effective_cancellations"],
                sum(one[5] for one in licenses),
            ),
        ):
            if done > wanted:
                self._found.doubled.append(
                    f"{name}: {text} {done} times at the platform, {wanted} in Odoo"
                )

    def _check_healed(self):
        """Nothing waits for a person: what had failed has healed by itself."""
        unhealed = self._driver.unhealed
        self._found.stuck += [
            f"licence {one} had to be mended by a person: {code}"
            for one, code in unhealed.items()
        ]
        [(failed,)] = self._system.execute(_FAILED, [self._driver.numbers])
        self._found.figures["licences that failed and healed by themselves"] = (
            failed - len(unhealed)
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
        # Each company has read what the one customer number of both has used.
        for group, used in self._system.execute(_ENTITLEMENTS, [self._driver.numbers]):
            if used != theirs.get(group, 0):
                self._found.different.append(
                    f"used of {group}: {used} in Odoo, {theirs.get(group, 0)} there"
                )
