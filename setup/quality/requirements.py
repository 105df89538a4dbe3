"""``requirements.txt``: what the manifests of the addons name, for pip."""

import ast

from environment import addons
from environment.folders import CLONE

_TARGET = CLONE / "requirements.txt"
_HEADER = "# generated from manifests external_dependencies"


def findings(addon_names):
    """Return a sentence when the file is not what the manifests say."""
    if _TARGET.exists() and _TARGET.read_text(encoding="utf-8") == _text(addon_names):
        return []
    return ["requirements.txt is not current; run ./setup/lint --fix."]


def write():
    """Generate the file anew."""
    _TARGET.write_text(_text(addons.names()), encoding="utf-8")


def _text(addon_names):
    wanted = set()
    for name in addon_names:
        source = (CLONE / name / "__manifest__.py").read_text(encoding="utf-8")
        dependencies = ast.literal_eval(source).get("external_dependencies", {})
        wanted.update(dependencies.get("python", []))
    return "\n".join([_HEADER, *sorted(wanted, key=str.lower), ""])
