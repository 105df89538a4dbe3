"""Checks that need Odoo and a database with our addons: test_lint, translations."""

import subprocess
import time

import polib

from environment import translations
from environment.folders import CLONE, SETUP
from environment.stack import Stack


def run(values, addon_names):
    """Yield title, findings and seconds of every check."""
    stack = Stack(values, "lint")
    try:
        stack.start(simulator=False)
        started = time.monotonic()
        found = _core(stack, addon_names)
        yield "Odoo's own test_lint", found, time.monotonic() - started
        for name in addon_names:
            started = time.monotonic()
            found = _translations(stack, name)
            yield f"translations of {name}", found, time.monotonic() - started
    finally:
        stack.stop()


def _core(stack, addon_names):
    command = [stack.folders.python, SETUP / "quality" / "core_lint.py"]
    command += [stack.configuration, stack.database, *addon_names]
    result = subprocess.run(
        [str(part) for part in command],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if not result.returncode:
        return []
    return result.stdout.splitlines() or result.stderr.splitlines()


def _translations(stack, name):
    """Compare the catalogues in the addon with what Odoo would export now."""
    folder = CLONE / name / "i18n"
    template, chinese = folder / f"{name}.pot", folder / "zh_CN.po"
    missing = [path for path in (template, chinese) if not path.exists()]
    if missing:
        return [f"{path.relative_to(CLONE)} is missing" for path in missing]
    wanted = _texts(translations.export(stack, name))
    catalogue = polib.pofile(str(chinese))
    found = _difference(template, _texts(polib.pofile(str(template))), wanted)
    found += _difference(chinese, _texts(catalogue), wanted)
    return found + list(translations.problems(catalogue))


def _texts(catalogue):
    return {entry.msgid for entry in catalogue if not entry.obsolete}


def _difference(path, have, wanted):
    path = path.relative_to(CLONE)
    lacking = [f"{path}: lacks {text!r}" for text in sorted(wanted - have)]
    surplus = [f"{path}: no longer used: {text!r}" for text in sorted(have - wanted)]
    return lacking + surplus
