"""The public tools: ruff, pylint-odoo and the OCA hooks.

``.pre-commit-config.yaml`` calls the same ones with the same options.
"""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from environment.folders import CLONE

_PROGRAMS = Path(sys.prefix) / "bin"


def start(addon_names):
    """Start all tools at once; return a function per title that waits for one.

    Such a function returns the lines the tool printed, none when it is content.
    """
    catalogues = [str(path) for path in _catalogues(addon_names)]
    commands = {
        "ruff check": ["ruff", "check", "--no-fix", "--output-format=concise"],
        "ruff format": ["ruff", "format", "--check", "--output-format=concise"],
        "pylint-odoo mandatory": _pylint(".pylintrc-mandatory", addon_names),
        "pylint-odoo optional": _pylint(".pylintrc", addon_names),
        "OCA hooks: modules": ["oca-checks-odoo-module", *addon_names],
        "OCA hooks: translations": ["oca-checks-po", *_PO_OPTIONS, *catalogues],
    }
    executor = ThreadPoolExecutor()
    waiting = {
        title: executor.submit(_run, command).result
        for title, command in commands.items()
    }
    executor.shutdown(wait=False)
    return waiting


# The template of OCA switches this one off as well: Weblate writes its own way.
_PO_OPTIONS = ["--disable=po-pretty-format"]


def fix():
    """Let the tools correct what they can; return the worst of their exit codes."""
    from environment import addons

    commands = [
        ["ruff", "check", "--fix"],
        ["ruff", "format"],
        ["oca-checks-odoo-module", "--fix", "--no-exit", *addons.names()],
    ]
    return max([subprocess.call(_full(command), cwd=CLONE) for command in commands])


def _catalogues(addon_names):
    for name in addon_names:
        yield from sorted((CLONE / name / "i18n").glob("*.po*"))


def _pylint(settings, addon_names):
    return ["pylint", f"--rcfile={settings}", "--output-format=text", *addon_names]


def _full(command):
    return [str(_PROGRAMS / command[0]), *command[1:]]


def _run(command):
    result = subprocess.run(
        _full(command),
        cwd=CLONE,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if not result.returncode:
        return []
    lines = [line for line in result.stdout.splitlines() if line.strip()]
    return lines or [f"{command[0]} ended with {result.returncode}."]
