"""A program: Odoo's own ``test_lint`` on our addons alone.

Called with a configuration file, a database and the addon names.  The classes look
at every addon that Odoo can see; here they see ours.  What they find, warnings
included, is printed, and the exit code says whether there was anything.
"""

import importlib
import logging
import sys
import unittest

from odoo.modules.module import Manifest, initialize_sys_path
from odoo.modules.registry import Registry
from odoo.tests.loader import run_suite
from odoo.tests.suite import OdooSuite
from odoo.tools import config

CLASSES = (
    "test_manifests.ManifestLinter",
    "test_index.TestIndex",
    "test_naming.TestNaming",
    "test_onchange_domains.TestOnchangeDomains",
    "test_l10n.L10nLinter",
    "test_dunderinit.TestDunderinit",
)


class _Findings(logging.Handler):
    """Prints what is logged as a warning or worse, and counts it."""

    def __init__(self):
        super().__init__(logging.WARNING)
        self.number = 0

    def emit(self, record):
        self.number += 1
        print(record.getMessage())


def main(configuration, database, *addon_names):
    """Run the classes and return the number of findings."""
    config.parse_config(["-c", configuration, "-d", database, "--log-level", "warn"])
    initialize_sys_path()
    Registry(database)
    ours = [Manifest.for_addon(name) for name in addon_names]
    Manifest.all_addon_manifests = staticmethod(lambda: list(ours))
    findings = _Findings()
    logging.getLogger("odoo").addHandler(findings)
    suite = unittest.TestSuite()
    for path in CLASSES:
        module_name, class_name = path.split(".")
        module = importlib.import_module(f"odoo.addons.test_lint.tests.{module_name}")
        suite.addTests(
            unittest.defaultTestLoader.loadTestsFromTestCase(
                getattr(module, class_name)
            )
        )
    result = run_suite(OdooSuite(suite))
    return findings.number or (0 if result.wasSuccessful() else 1)


if __name__ == "__main__":
    sys.exit(min(main(*sys.argv[1:]), 1))
