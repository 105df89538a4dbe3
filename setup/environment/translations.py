"""``setup/translations``: bring the addons' i18n folders up to date with their sources.

Odoo writes the templates out of a scratch database; what is new or gone is merged
into the translation, and what is left to do for a translator is printed.
"""

import argparse
import ast
import re
import sys

from . import addons, bootstrap, options
from .__main__ import guarded
from .commands import run, say, step
from .folders import CLONE

_LANGUAGE = "zh_CN"
_LOG = "translations.log"
# What a translation has to keep: %s, %(name)s and the tags of a view.
_PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd]|<[^>]+>")


def main():
    """Run ``setup/translations`` and return its exit code."""
    parser = argparse.ArgumentParser(
        prog="setup/translations",
        description="Export the terms of our addons and merge them into the Chinese "
        "translation. Ends with 1 when something is left to translate.",
    )
    options.add_common(parser)
    values = parser.parse_args()
    return guarded(lambda: _main(values))


def _main(values):
    folders, _source = bootstrap.prepare(values)
    bootstrap.continue_inside(folders, "environment.translations")
    from .stack import Stack

    with bootstrap.lock(folders, "translations", "of the translations is running"):
        stack = Stack(values, "translations")
        try:
            stack.start(simulator=False)
            with step("Terms exported and merged"):
                results = [_update(stack, name) for name in addons.names()]
        finally:
            stack.stop()
    problems = [problem for found in results for problem in found]
    for problem in problems:
        say(problem)
    return 1 if problems else 0


def _update(stack, name):
    """Update the template and the translation of one addon; return what is wrong."""
    folder = CLONE / name / "i18n"
    folder.mkdir(exist_ok=True)
    template = export(stack, name)
    template_path = folder / f"{name}.pot"
    if _entries(template) != _entries(_read(template_path)):
        template.save(str(template_path))
    path = folder / f"{_LANGUAGE}.po"
    translation = _read(path)
    before = _entries(translation)
    translation.merge(template)
    kept = {entry.msgid: entry for entry in translation if not entry.obsolete}
    translation[:] = [kept[entry.msgid] for entry in template]
    if _entries(translation) != before:
        translation.metadata = {**template.metadata, "Language": _LANGUAGE}
        translation.save(str(path))
    say(f"  {name}: {len(translation)} terms")
    return [f"{name}: {text}" for text in problems(translation)]


def export(stack, name):
    """Return the template of one addon, as Odoo and the manifest give it."""
    import polib

    target = stack.logs / f"{name}.pot"
    command = [*stack.folders.odoo_command, "i18n", "export", name]
    command += ["-c", stack.configuration, "-d", stack.database, "-o", target]
    run(command, f"Odoo could not export the terms of {name}", stack.folders, _LOG)
    template = polib.pofile(str(target))
    # Odoo leaves out what the list of apps shows.
    manifest = ast.literal_eval((CLONE / name / "__manifest__.py").read_text("utf-8"))
    for key, field in (("name", "shortdesc"), ("summary", "summary")):
        place = f"model:ir.module.module,{field}:base.module_{name}"
        template.append(
            polib.POEntry(
                msgid=manifest[key],
                comment=f"module: {name}",
                occurrences=[(place, "")],
            )
        )
    return template


def _read(path):
    import polib

    return polib.pofile(str(path)) if path.exists() else polib.POFile()


def _entries(catalogue):
    """Return all but the header, whose dates would change every time."""
    return [str(entry) for entry in catalogue]


def problems(translation):
    for entry in translation:
        if not entry.translated():
            yield f"not translated: {entry.msgid!r}"
        elif _placeholders(entry.msgid) != _placeholders(entry.msgstr):
            yield f"placeholders differ: {entry.msgid!r} / {entry.msgstr!r}"


def _placeholders(text):
    return sorted(_PLACEHOLDER.findall(text))


if __name__ == "__main__":
    sys.exit(main())
