"""The rules of this house that no public tool checks.

Every check takes the addon names and returns its findings as text lines.
"""

import ast
import re
import subprocess
from pathlib import Path

from lxml import etree

from environment.failure import SetupFailure
from environment.folders import CLONE

_FILE_LINES = 600
_FUNCTION_LINES = 60
# Written so that they do not find themselves.
_REGISTRIES = re.compile(
    r"pypi[.]org|pythonhosted[.]org|npmjs[.]org|golang[.]org|ghcr[.]io|docker[.]io"
    r"|index[-]url"
)
_HOME = re.compile(r"(?<![\w.])/(home|Users)/\w+|(?<![\w.])/[r]oot/")
_SKIPPING = {
    "SkipTest",
    "expectedFailure",
    "importorskip",
    "skip",
    "skipIf",
    "skipTest",
    "skipUnless",
    "skipif",
    "xfail",
}


def places(_addon_names):
    """No path of a machine, and no registry: whose it is, is its owner's affair."""
    found = []
    for path in _files():
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        for number, line in enumerate(text.splitlines(), 1):
            if str(CLONE) in line or _HOME.search(line):
                found.append(_at(path, number, "names a path of this machine"))
            if _REGISTRIES.search(line):
                found.append(_at(path, number, "names a package registry"))
    return found


def lengths(_addon_names):
    """No file and no function that does not fit in a head."""
    found = []
    for path, tree, text in _python():
        lines = text.count("\n")
        if lines >= _FILE_LINES:
            found.append(_at(path, 1, f"{lines} lines; under {_FILE_LINES} is right"))
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                long = node.end_lineno - node.lineno + 1
                if long > _FUNCTION_LINES:
                    message = f"{node.name} has {long} lines of {_FUNCTION_LINES}"
                    found.append(_at(path, node.lineno, message))
    return found


def skips(_addon_names):
    """A test that is not run is none."""
    found = []
    for path, tree, _text in _python():
        if "tests" not in path.relative_to(CLONE).parts:
            continue
        for node in ast.walk(tree):
            name = getattr(node, "attr", None) or getattr(node, "id", None)
            if isinstance(node, ast.Attribute | ast.Name) and name in _SKIPPING:
                found.append(_at(path, node.lineno, f"{name}: run it or remove it"))
    return found


def xml_layout(_addon_names):
    """XML is well-formed and indented by four spaces a level, without tabs."""
    found = []
    for path in _files(".xml"):
        text = path.read_text(encoding="utf-8")
        try:
            etree.fromstring(text.encode())
        except etree.XMLSyntaxError as error:
            found.append(_at(path, error.lineno or 1, str(error)))
            continue
        if not text.endswith("\n") or text.endswith("\n\n"):
            found.append(_at(path, text.count("\n"), "ends with one line break"))
        for number, line in enumerate(text.splitlines(), 1):
            indent = len(line) - len(line.lstrip(" "))
            if "\t" in line or line != line.rstrip():
                found.append(_at(path, number, "tab, or space at the end"))
            elif line.strip().startswith("<") and indent % 4:
                found.append(_at(path, number, "indented by a multiple of four"))
    return found


STEPS = [
    ("no place of a machine, no registry", places),
    ("length of files and functions", lengths),
    ("no skipped test", skips),
    ("layout of XML", xml_layout),
]


def _files(suffix=""):
    """Return the files that are, or are about to be, in the repository."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        result = subprocess.run(command, cwd=CLONE, capture_output=True, check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise SetupFailure(
            "The files to check are listed by git, which did not answer; install it "
            "and start again in a clone."
        ) from error
    names = {name for name in result.stdout.decode().split("\0") if name}
    paths = [CLONE / name for name in sorted(names) if name.endswith(suffix)]
    return [path for path in paths if path.is_file()]


def _python():
    for path in _files(".py"):
        text = path.read_text(encoding="utf-8")
        yield path, ast.parse(text, path), text


def _at(path, number, message):
    return f"{Path(path).relative_to(CLONE)}:{number}: {message}"
