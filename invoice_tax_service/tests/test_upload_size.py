import base64
import tracemalloc

from ..spreadsheet import DEFAULT_LIMITS
from .access_world import OURS
from .common import TaxServiceCase

MEGABYTE = 1024 * 1024
WIZARD = "invoice.tax.import.wizard"


class TestUploadSize(TaxServiceCase):
    """A file that is too large is refused for what it is, before anybody decodes it."""

    def upload(self, workbook):
        return (
            self.env[WIZARD]
            .with_user(self.clerk)
            .create(
                {
                    "taxpayer_id": self.taxpayer.id,
                    "workbook": workbook,
                    "filename": "勾选.xlsx",
                }
            )
        )

    def test_row_C6_upload_too_large_is_refused_in_no_memory(self):
        # One byte too many; nobody could decode it, so nobody has.
        size = DEFAULT_LIMITS.max_bytes + 3
        workbook = b"!" * (-(-size // 3) * 4)
        wizard = self.upload(False)
        for attempt in (
            lambda: self.upload(workbook),
            lambda: wizard.write({"workbook": workbook}),
            lambda: self.upload(workbook.decode()),
        ):
            tracemalloc.start()
            try:
                with self.assertRefused("too_large") as refusal:
                    attempt()
                _now, peak = tracemalloc.get_traced_memory()
            finally:
                tracemalloc.stop()
            self.assertIn("64", refusal.sentence)
            # The text that the third of them makes of it is its own.
            self.assertLess(peak, len(workbook) + 5 * MEGABYTE)
        self.assertFalse(wizard.workbook)

    def test_row_C6_upload_of_the_largest_size_is_looked_at(self):
        content = b"\0" * DEFAULT_LIMITS.max_bytes
        wizard = self.upload(base64.b64encode(content))
        wizard.action_check()
        self.assertTrue(wizard.problem, "no workbook, but not too large")
        self.assertNotIn("64", wizard.problem)

    def test_row_C6_upload_goes_through_one_field_only(self):
        """A further one has to look at the size first as well."""
        found = set()
        for name, model in self.env.items():
            ours = [
                one for one in type(model).__mro__ if one.__module__.startswith(OURS)
            ]
            if not ours or model._abstract:
                continue
            for field in model._fields.values():
                if (
                    field.type in ("binary", "image")
                    and field._module.startswith("invoice_tax_")
                    and not field.compute
                    and any(
                        model.with_user(user).has_access(operation)
                        and model.with_user(user)._has_field_access(field, "write")
                        for user in (self.clerk, self.manager)
                        for operation in ("create", "write")
                    )
                ):
                    found.add(f"{name}/{field.name}")
        self.assertEqual(found, {f"{WIZARD}/workbook"})
