"""The Odoo 19 tree: taken from the Debian archive, nothing installed.

Debian ships Odoo 19 in its newest suite.  A private apt configuration reads that
suite from the mirror that the machine already uses, and the packages are only
unpacked, so this works without root on an older Debian.
"""

import os
import runpy
import shutil
import subprocess
from pathlib import Path

from .commands import run, step
from .failure import SetupFailure
from .folders import move_into_place, read_stamp, write_stamp

_STAMP = "odoo-19 layout 1"
_OWN = "name an Odoo 19 of your own with --odoo-source PATH"
# The links inside the package point at these; without them pages answer 500.
_PACKAGES = (
    "odoo-19",
    "libjs-jquery",
    "libjs-underscore",
    "libjs-jquery-form",
    "fonts-roboto-unhinted",
    "fonts-montserrat",
    "fonts-ocr-b",
    # Newer versions of these two lack the files that the links want.
    "fonts-font-awesome/bookworm",
    "fonts-inconsolata/bookworm",
)
_SUITES = ("bookworm", "sid")
# Left out by Debian as not free; a missing file fails every browser tour.
_PLACEHOLDER = "mail/static/lib/selfie_segmentation/selfie_segmentation.js"


class OdooSource:
    """Where the importable ``odoo`` package and its addons are."""

    def __init__(self, import_path, addons):
        self.import_path = Path(import_path)
        self.addons = [Path(folder) for folder in addons]


def prepare(folders, own_source=None):
    """Return an OdooSource, downloading Odoo when no own one is named.

    Raises SetupFailure when the named one is not Odoo 19, or when the download
    cannot be done.
    """
    if own_source:
        return _own(Path(own_source).expanduser().resolve())
    if read_stamp(folders.odoo) != _STAMP:
        with step("Odoo 19 fetched"):
            _fetch(folders)
    packages = folders.odoo / "usr/lib/python3/dist-packages"
    return OdooSource(packages, [packages / "odoo/addons"])


def _own(path):
    release = path / "odoo" / "release.py"
    if not release.exists():
        raise SetupFailure(
            f"There is no Odoo in {path} (odoo/release.py is missing); name the "
            "folder that holds the odoo package with --odoo-source."
        )
    version = runpy.run_path(str(release))
    if version["version_info"][:2] != (19, 0):
        raise SetupFailure(
            f"The Odoo in {path} is {version['version']}; Odoo 19.0 is needed."
        )
    candidates = (path / "addons", path / "odoo" / "addons")
    return OdooSource(path, [folder for folder in candidates if folder.is_dir()])


def _fetch(folders):
    work = folders.fresh_unfinished("odoo")
    apt = _apt_options(work)
    log = "odoo-source.log"
    run(
        ["apt-get", *apt, "-q", "update", "-o", "APT::Update::Error-Mode=any"],
        "Reading the package lists of Debian failed",
        folders,
        log,
    )
    archives = work / "archives"
    archives.mkdir()
    run(
        ["apt-get", *apt, "-q", "download", *_PACKAGES],
        "Downloading Odoo 19 from Debian failed",
        folders,
        log,
        cwd=archives,
    )
    tree = work / "tree"
    for archive in sorted(archives.glob("*.deb")):
        what = f"Unpacking {archive.name} failed"
        run(["dpkg-deb", "-x", archive, tree], what, folders, log)
    _complete(tree)
    write_stamp(tree, _STAMP)
    move_into_place(tree, folders.odoo)
    shutil.rmtree(work)


def _complete(tree):
    addons = tree / "usr/lib/python3/dist-packages/odoo/addons"
    placeholder = addons / _PLACEHOLDER
    placeholder.parent.mkdir(parents=True, exist_ok=True)
    if not placeholder.exists():
        placeholder.write_text("", encoding="utf-8")


def _apt_options(work):
    """Write a private apt configuration and return the options that select it."""
    sources = work / "debian.sources"
    sources.write_text(
        "Types: deb\n"
        f"URIs: {_mirror()}\n"
        f"Suites: {' '.join(_SUITES)}\n"
        "Components: main\n"
        f"Signed-By: {_keyring()}\n",
        encoding="utf-8",
    )
    for name in ("lists/partial", "cache/archives/partial"):
        (work / name).mkdir(parents=True)
    (work / "status").write_text("", encoding="utf-8")
    settings = {
        "Dir::Etc::SourceList": sources,
        "Dir::Etc::SourceParts": "/dev/null",
        "Dir::Etc::Preferences": "/dev/null",
        "Dir::Etc::PreferencesParts": "/dev/null",
        "Dir::State": work,
        "Dir::State::Lists": work / "lists",
        "Dir::State::status": work / "status",
        "Dir::Cache": work / "cache",
        "Acquire::Languages": "none",
        "Acquire::PDiffs": "false",
        "Acquire::Retries": "3",
        # The private folders need not be readable by apt's own user.
        "APT::Sandbox::User": "root",
    }
    return [part for key in settings for part in ("-o", f"{key}={settings[key]}")]


def _mirror():
    """Return the Debian mirror that this machine's apt already uses."""
    command = [
        "apt-get",
        "indextargets",
        "--format",
        "$(REPO_URI)",
        "Created-By: Packages",
        "Origin: Debian",
    ]
    try:
        answer = subprocess.run(
            command, capture_output=True, text=True, check=False, env=_plain_locale()
        )
    except FileNotFoundError as error:
        raise SetupFailure(f"This machine has no apt-get; {_OWN}.") from error
    addresses = [line for line in answer.stdout.split() if "security" not in line]
    if not addresses:
        raise SetupFailure(
            f"This machine's apt knows no Debian mirror; run apt-get update or {_OWN}."
        )
    return addresses[0]


def _plain_locale():
    return {**os.environ, "LC_ALL": "C"}


def _keyring():
    for suffix in ("pgp", "gpg"):
        path = Path(f"/usr/share/keyrings/debian-archive-keyring.{suffix}")
        if path.exists():
            return path
    raise SetupFailure(
        f"The Debian archive keyring is missing; install debian-archive-keyring or "
        f"{_OWN}."
    )
