from odoo.exceptions import UserError, ValidationError

from ..exceptions import TaxServiceError
from ..models.secret_mixin import MASK
from .common import TaxServiceCase

KEY = "0123456789abcdef0123456789abcdef"
SECRETS = (KEY, "geheim-1", "geheim-2", "geheim-3")
LANE_FIELDS = ["certificate_password", "platform_password", "session_token"]


class TestSecrets(TaxServiceCase):
    """Secrets are written by the system group and told to nobody."""

    def setUp(self):
        super().setUp()
        self.connection = self.connection.sudo()
        self.connection.encryption_key = KEY
        self.lane = self.taxpayer.lane_id.sudo()
        self.lane.write(dict(zip(LANE_FIELDS, SECRETS[1:], strict=True)))
        self.env.flush_all()
        admin = self.env.ref("base.user_admin")
        admin.company_ids |= self.connection.company_id
        companies = self.connection.company_id.ids
        self.admin = self.connection.with_user(admin).with_context(
            allowed_company_ids=companies
        )
        self.admin_lane = self.lane.with_env(self.admin.env)

    def assertUntold(self, told):
        for secret in SECRETS:
            self.assertNotIn(secret, repr(told))

    def test_no_read_tells_them(self):
        spec = {name: {} for name in ("name", "encryption_key")}
        domain = [("id", "=", self.connection.id)]
        told = [
            self.admin.read(["encryption_key"]),
            self.admin.web_read(spec),
            self.admin.search_read(domain, ["encryption_key"]),
            self.admin.web_search_read(domain, spec),
            self.admin.web_save({"name": "New"}, spec),
            self.admin_lane.read(LANE_FIELDS),
            self.admin_lane.web_read(
                {
                    **{name: {} for name in LANE_FIELDS},
                    "connection_id": {"fields": spec},
                }
            ),
        ]
        self.assertUntold(told)
        self.assertEqual(told[0][0]["encryption_key"], MASK)
        self.assertEqual(self.connection.encryption_key, KEY)

    def test_no_export_tells_them(self):
        self.assertUntold(self.admin.export_data(["name", "encryption_key"]))
        paths = [*LANE_FIELDS, "connection_id/encryption_key"]
        self.assertUntold(self.admin_lane.export_data(paths))

    def test_no_group_tells_them(self):
        for model, name in (
            (self.admin, "encryption_key"),
            (self.admin_lane, "session_token"),
        ):
            with self.assertRaises(TaxServiceError):
                model.formatted_read_group([], [name], ["__count"])
            with self.assertRaises(TaxServiceError):
                model._read_group([], [], [f"{name}:array_agg"])

    def test_no_search_tells_how_they_begin(self):
        """Not even to who may write them; nor over another model."""
        taxpayer = self.taxpayer.with_env(self.admin.env)
        asked = [
            lambda: self.admin.search_count([("encryption_key", "=like", "0%")]),
            lambda: self.admin.search(["!", ("encryption_key", "=", "0")]),
            lambda: self.admin.search([], order="name, encryption_key desc"),
            lambda: self.admin_lane.search_count([("session_token", ">", "geheim")]),
            lambda: self.admin_lane.search(
                [("connection_id.encryption_key", "=like", "0%")]
            ),
            lambda: taxpayer.search_count([("lane_ids.session_token", "like", "g")]),
            lambda: self.admin_lane.formatted_read_group(
                [], ["connection_id.encryption_key"], ["__count"]
            ),
            lambda: self.admin_lane.formatted_read_group(
                [("session_token", "like", "g")], [], ["__count"]
            ),
        ]
        for number, ask in enumerate(asked):
            with self.subTest(number=number), self.assertRaises(UserError):
                ask()

    def test_a_saved_form_keeps_them(self):
        self.admin.write({"name": "New", "encryption_key": MASK})
        self.assertEqual(self.connection.encryption_key, KEY)
        self.admin.write({"encryption_key": False})
        self.assertFalse(self.admin.read(["encryption_key"])[0]["encryption_key"])

    def test_neither_copy_nor_default_nor_view_holds_them(self):
        self.assertFalse(self.admin.copy().sudo().encryption_key)
        defaults = self.admin.default_get(list(self.admin._fields))
        views = self.admin.get_views([(False, "form"), (False, "list")])
        self.assertUntold([defaults, views])

    def test_others_cannot_ask_for_them(self):
        own = self.connection.with_user(self.taxpayer.env.user)
        lane = self.lane.with_user(self.taxpayer.env.user)
        asked = [
            lambda: own.read(["encryption_key"]),
            lambda: own.search([("encryption_key", "=like", "0%")]),
            lambda: own.search([], order="encryption_key"),
            lambda: own.formatted_read_group([], ["encryption_key"], ["__count"]),
            lambda: own.export_data(["encryption_key"]),
            lambda: lane.search([("connection_id.encryption_key", "=like", "0%")]),
            lambda: lane.search([("session_token", "!=", False)]),
            lambda: lane.read(["certificate_password"]),
        ]
        for number, ask in enumerate(asked):
            with (
                self.subTest(number=number),
                self.assertRaises(UserError),
            ):
                ask()

    def test_no_traceback_shows_them(self):
        credentials = self.connection._get_credentials(self.lane)
        self.assertEqual(credentials.encryption_key, KEY)
        self.assertUntold(credentials)

    def test_no_exchange_holds_them(self):
        self.submit("deduct", self.add_invoices(1))
        self.dispatch()
        self.env.cr.execute("SELECT row_to_json(e)::text FROM invoice_tax_exchange e")
        self.assertUntold(self.env.cr.fetchall())

    def test_production_refuses_plain_http(self):
        address = "http://127.0.0.1:8069"
        self.connection.write({"environment": "simulated", "address": address})
        self.assertFalse(
            self.connection._get_credentials(self.lane).https_only,
        )
        for values in (
            {"environment": "production"},
            {"address": "http://tax.example.com"},
            {"address": "https://[::1"},
            {"address": "https://user:word@tax.example.com"},
            {"address": "file:///etc/passwd"},
        ):
            with self.subTest(values=values), self.assertRaises(ValidationError):
                self.connection.write(values)
