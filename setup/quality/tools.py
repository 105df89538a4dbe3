"""The public tools: ruff, pylint-odoo and the OCA hooks.

``.pre-commit-config.yaml`` calls the same ones with the same options.
"""

import configparser
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from environment import addons
from environment.folders import CLONE

_PROGRAMS = Path(sys.prefix) / "bin"
# The template of OCA switches this one off as well.
_PO_OPTIONS = ["--disable=po-pretty-format"]
# Has all that the mandatory file has, so running both would do most checks twice.
_PYLINT, _MANDATORY = ".pylintrc", ".pylintrc-mandatory"

_running = []


def start(addon_names):
    """Start all tools at once; return a function per title that waits for one.

    Such a function returns the lines the tool printed, none when it is content,
    and the seconds it took.
    """
    catalogues = [str(path) for path in _catalogues(addon_names)]
    commands = {
        "ruff check": ["ruff", "check", "--no-fix", "--output-format=concise"],
        "ruff format": ["ruff", "format", "--check", "--output-format=concise"],
        **{f"pylint-odoo of {name}": _pylint(name) for name in addon_names},
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


def end():
    """End those that still run."""
    for process in _running:
        process.kill()


def fix():
    """Let the tools correct what they can; return the worst of their exit codes."""
    commands = [
        ["ruff", "check", "--fix"],
        ["ruff", "format"],
        ["oca-checks-odoo-module", "--fix", "--no-exit", *addons.names()],
    ]
    return max([subprocess.call(_full(command), cwd=CLONE) for command in commands])


def _catalogues(addon_names):
    for name in addon_names:
        yield from sorted((CLONE / name / "i18n").glob("*.po*"))


def mandatory_left_out(_addon_names):
    """What ``.pylintrc-mandatory`` asks for and ``.pylintrc`` does not, as lines."""
    mandatory, checks = _read_settings(_MANDATORY)
    options, run = _read_settings(_PYLINT)
    found = [f"{_PYLINT}: lacks {check}" for check in sorted(checks - run)]
    return found + [
        f"{_PYLINT}: {name} = {options.get(name)}, mandatory is {value}"
        for name, value in mandatory.items()
        if options.get(name) != value
    ]


def _read_settings(name):
    """``{(section, option): value}`` of a settings file, and its enabled checks."""
    parser = configparser.ConfigParser()
    parser.read(CLONE / name, "utf-8")
    options = {
        (section, option): value
        for section in parser.sections()
        for option, value in parser[section].items()
    }
    return options, set(options.pop(("MESSAGES CONTROL", "enable")).split(",\n"))


def _pylint(addon_name):
    return ["pylint", f"--rcfile={_PYLINT}", "--output-format=text", addon_name]


def _full(command):
    return [str(_PROGRAMS / command[0]), *command[1:]]


def _run(command):
    started = time.monotonic()
    process = subprocess.Popen(
        _full(command),
        cwd=CLONE,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    with process:
        _running.append(process)
        output, _errors = process.communicate()
    seconds = time.monotonic() - started
    if not process.returncode:
        return [], seconds
    lines = [line for line in output.splitlines() if line.strip()]
    return lines or [f"{command[0]} ended with {process.returncode}."], seconds
