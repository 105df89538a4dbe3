"""The wheels of the addons: whole, open about what they need, and at work elsewhere.

An Odoo that knows nothing of this clone gets them by pip; then its accountant fetches,
selects, signs and issues in a real browser and in Chinese.
"""

import ast
import zipfile
from email.parser import Parser

import pytest

from environment import addons, bootstrap, wheels
from environment.folders import CLONE
from environment.options import default_options
from environment.plain_odoo import TOURS, PlainOdoo

# Busy by itself; nothing in it has to happen within a moment.
pytestmark = pytest.mark.beside


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    folders = bootstrap.open_folders(default_options())
    return wheels.build(folders, tmp_path_factory.mktemp("wheels"))


def test_every_addon_has_a_whole_wheel(built):
    assert sorted(built) == addons.names()
    for name, wheel in built.items():
        assert wheels.differences(name, wheel) == []
        with zipfile.ZipFile(wheel) as archive:
            held = archive.namelist()
        for part in ("__manifest__.py", "i18n/zh_CN.po", "data/neutralize.sql"):
            assert f"odoo/addons/{name}/{part}" in held


@pytest.mark.parametrize("lost", ["static/description/icon.png", "i18n/zh_CN.po"])
def test_a_file_that_is_missing_or_changed_is_told(built, tmp_path, lost):
    name = "invoice_tax_service"
    for content in (None, b"something else"):
        copy = tmp_path / f"{bool(content)}.whl"
        with (
            zipfile.ZipFile(built[name]) as archive,
            zipfile.ZipFile(copy, "w") as other,
        ):
            for member in archive.namelist():
                mine = member == f"odoo/addons/{name}/{lost}"
                if not mine or content:
                    other.writestr(member, content if mine else archive.read(member))
        assert wheels.differences(name, copy) == [lost]


def test_wheels_name_all_that_their_manifests_need(built):
    for name, wheel in built.items():
        manifest = ast.literal_eval((CLONE / name / "__manifest__.py").read_text())
        wanted = {"odoo==19.0.*"}
        wanted |= set(manifest.get("external_dependencies", {}).get("python", ()))
        wanted |= {
            f"odoo-addon-{sister}==19.0.*"
            for sister in manifest["depends"]
            if sister in built
        }
        with zipfile.ZipFile(wheel) as archive:
            [path] = [p for p in archive.namelist() if p.endswith("/METADATA")]
            metadata = Parser().parsestr(archive.read(path).decode())
        assert set(metadata.get_all("Requires-Dist")) == wanted


def test_month_and_issuing_in_an_odoo_that_has_only_the_wheels(built):
    with PlainOdoo() as plain:
        plain.install_wheels(built)
        assert plain.walk_tours(list(built)) == len(TOURS)
