from psycopg2.errors import UniqueViolation

from odoo.exceptions import ValidationError
from odoo.tests import BaseCase, tagged
from odoo.tools import mute_logger

from ..gateway.errors import OutcomeUnknownError
from ..tools import tax_number
from .common import OWN, SECOND, TaxServiceCase

VALID = {
    1: "91110000600037341L",
    2: "91440300358768292H",
    3: "91110000600001760P",
    4: "911305005809845195",
    5: "91440300MA5EW1BM6B",
    6: "91330681MA7F19UC27",
    7: "91330100799655058B",
    8: "914403001922038216",
    9: "9144030071526726XG",
    10: "91110000802100433B",
    11: "91110105MA0TE5T019",
    12: "91310115MA1TE5T02F",
    13: "91440300MA5TE5T031",
    14: "91330108MA2TE5T040",
    15: "91500112MA6TE5T05M",
    16: "91120116MA0DEM001R",
    17: "91370200MA3DEM0A2T",
    18: "91210200MA1DEM0B33",
    19: "92320102MA7DEM0C4U",
    20: "93510107MA8DEM0D5L",
}
INVALID = {
    21: "91110000600037341I",
    22: "91110105MA0TE5T018",
    24: "91440300358768292H1",
    25: "43010510306898045K",
    26: "913100006073638247",
    27: "91310000132260179G",
    28: "91330106MA27XL0B9X",
}


@tagged("post_install", "-at_install")
class TestTaxNumber(BaseCase):
    """A unified social credit code is right when its check digit is; old numbers
    of 15, 17 and 20 places carry none (domain dictionary 6.1)."""

    def _check(self, number, valid):
        self.assertIs(
            tax_number.is_valid(number),
            valid,
            f"{number} is taken for {'wrong' if valid else 'right'}",
        )

    def test_vector_6_1_U23_and_U29_17_places_are_an_old_number(self):
        self._check("91110105MA0TE5T01", True)
        self._check("9113100MADNM7JF4N", True)

    def test_vector_6_1_U30_case_and_spaces(self):
        for text in (OWN.lower(), f" {OWN} ", "9111 0105 MA0T E5T0 19", f"{OWN}\u3000"):
            self.assertEqual(tax_number.normalize(text), OWN)
            self._check(text, True)

    def test_vector_6_1_U31_empty_and_full_width(self):
        for text in ("12345", "", None, False, " "):
            self._check(text, False)
        wide = "".join(chr(ord(sign) + 0xFEE0) for sign in OWN)
        self.assertEqual(tax_number.normalize(wide), OWN)
        self._check(wide, True)

    def test_vector_6_1_U32_number_of_a_person(self):
        self._check("110105198001011234", False)

    def test_vector_6_1_U33_old_numbers(self):
        for length in (15, 17, 20):
            self._check("4403001234567890123456"[:length], True)
        for length in (1, 14, 16, 19, 21):
            self._check("4403001234567890123456"[:length], False)

    def test_old_number_of_the_same_taxpayer(self):
        for one, other, same in (
            (OWN, OWN, True),
            (OWN, OWN[2:17], True),
            (OWN[2:17], OWN, True),
            (OWN, "440300" + OWN[8:17], True),
            (OWN, SECOND, False),
            (OWN, SECOND[2:17], False),
            (OWN[2:17], SECOND[2:17], False),
            (OWN, OWN[:17], False),
        ):
            with self.subTest(one=one, other=other):
                self.assertIs(tax_number.is_same(one, other), same)

    def test_signs_that_are_no_digits(self):
        for text in ("91110105MA0TE5T0１９", "9111010５MA0TE5T019"):
            self._check(text, True)
        for text in ("91110105MA0TE5T01-", "电话110105MA0TE5T01", "١" * 15):
            self._check(text, False)


def _make_test(number, valid):
    def test(self):
        self._check(number, valid)

    return test


for _numbers, _valid in ((VALID, True), (INVALID, False)):
    for _row, _number in _numbers.items():
        _word = "valid" if _valid else "invalid"
        setattr(
            TestTaxNumber,
            f"test_vector_6_1_U{_row}_{_word}",
            _make_test(_number, _valid),
        )


class TestTaxpayer(TaxServiceCase):
    """A wrong tax number is never taken for a right one; the refusal says what it
    must look like. A lane is made once per connection."""

    def test_wrong_number_is_refused_with_a_sentence(self):
        for number in (*INVALID.values(), "12345", "110105198001011234"):
            with self.subTest(number), self.assertRaises(ValidationError) as caught:
                self._new_taxpayer(number, self.connection)
            sentence = str(caught.exception)
            self.assertIn(number, sentence, "which number is meant?")
            self.assertIn("18 places", sentence, "what must it look like?")

    def test_wrong_number_is_refused_on_write(self):
        with self.assertRaises(ValidationError):
            self.taxpayer.with_user(self.manager).tax_number = "91110105MA0TE5T018"

    def test_number_is_normalised(self):
        taxpayer = self._new_taxpayer(" 91310115ma1te5t02f ", self.connection)
        self.assertEqual(taxpayer.tax_number, SECOND)
        taxpayer.with_user(self.manager).tax_number = "91440300ma5te5t031"
        self.assertEqual(taxpayer.tax_number, "91440300MA5TE5T031")

    def test_once_per_company(self):
        with self.assertRaises(UniqueViolation), mute_logger("odoo.sql_db"):
            self._new_taxpayer(OWN, self.connection)
        other = self._new_taxpayer(OWN, self._new_connection(self.other_company))
        self.assertTrue(other.sudo().lane_id)

    def test_identity_is_kept_once_in_touch_with_the_bureau(self):
        """What is under way would be asked for, and sent, for somebody else."""
        batch = self.submit("deduct", self.add_invoices(1))
        self.bureau.trouble("submit", OutcomeUnknownError("cut"), acted=True)
        self.step()
        taxpayer = self.taxpayer.with_user(self.manager)
        self.manager.sudo().company_ids |= self.other_company
        connection = self._new_connection(self.other_company)
        for values in (
            {"tax_number": SECOND},
            {"company_id": self.other_company.id, "connection_id": connection.id},
        ):
            with self.subTest(values), self.assertRefused("taxpayer_in_use"):
                taxpayer.write(values)
        # Nothing changes: as the web client saves what it has shown.
        taxpayer.write({"tax_number": OWN.lower(), "name": "改名"})
        taxpayer.write({"company_id": self.company.id})
        self.pass_time(60)
        self.dispatch()
        self.assertEqual(batch.state, "success")
        self.assertEqual({one.tax_number for one in self.bureau.submissions}, {OWN})

    def test_identity_is_kept_once_read(self):
        self.taxpayer.action_fetch()
        with self.assertRefused("taxpayer_in_use"):
            self.taxpayer.with_user(self.manager).tax_number = SECOND

    def test_channel_of_a_connection_in_use_is_kept(self):
        with self.assertRefused("connection_in_use"):
            self.connection.channel = "rpa"
        self.connection.write({"channel": "fake", "name": "改名"})
        unused = self._new_connection(self.company)
        unused.channel = "rpa"
        self.assertEqual(unused.channel, "rpa")

    def test_lane_is_made_once(self):
        lane = self.taxpayer.lane_id
        self.assertEqual(len(lane), 1)
        taxpayer = self.taxpayer.with_user(self.manager)
        other = self._new_connection(self.company, name="另一通道")
        taxpayer.connection_id = other
        self.assertNotEqual(self.taxpayer.lane_id, lane)
        self.assertEqual(self.taxpayer.lane_id.connection_id, other)
        taxpayer.connection_id = self.connection
        self.assertEqual(self.taxpayer.lane_id, lane, "its session and waits are lost")
        taxpayer.write({"connection_id": self.connection.id, "name": "改名"})
        self.assertEqual(len(self.taxpayer.sudo().lane_ids), 2)

    def test_connection_of_another_company_is_refused(self):
        connection = self._new_connection(self.other_company)
        with self.assertRaises(Exception) as caught:
            self.taxpayer.sudo().connection_id = connection
        self.assertIn("compan", str(caught.exception).lower())

    def test_month_of_the_first_fetch(self):
        for month in ("2026", "202613", "202600", "abcdef"):
            with self.subTest(month), self.assertRaises(ValidationError):
                self.taxpayer.sudo().fetch_from = month
        self.taxpayer.sudo().fetch_from = "202510"
        months = self.taxpayer._get_months_to_fetch()
        self.assertEqual(months[:4], ("202510", "202511", "202512", "202601"))

    def test_new_connection_is_simulated(self):
        connection = self.env["invoice.tax.connection"].create(
            {"name": "新", "company_id": self.company.id}
        )
        self.assertEqual(connection.environment, "simulated")

    def test_plain_http_goes_to_this_machine_only(self):
        for environment, address, good in (
            ("simulated", "http://127.0.0.1:8470", True),
            ("simulated", "http://localhost:8470", True),
            ("simulated", "http://[::1]:8470", True),
            ("test", "https://tax.example.com", True),
            ("production", "https://tax.example.com", True),
            ("simulated", "http://tax.example.com", False),
            ("simulated", "http://127.0.0.1.example.com", False),
            ("production", "http://127.0.0.1:8470", False),
            ("test", "ftp://tax.example.com", False),
        ):
            with self.subTest(address=address, environment=environment):
                values = {"environment": environment, "address": address}
                if good:
                    self.connection.write(values)
                    continue
                with self.assertRaises(ValidationError):
                    self.connection.write(values)
