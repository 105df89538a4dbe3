"""``setup/release_database``: the database that an old release leaves behind.

The release is taken from the history and runs in a folder of its own, with its own
set-up, Odoo configuration and simulator; a month of work is done with it.
"""

import argparse
import lzma
import os
import sys
import tarfile
import tempfile
from pathlib import Path

from . import bootstrap, options
from .__main__ import guarded
from .commands import run, step
from .folders import CLONE

# The first state in which each addon was whole and did its own job from end to end.
RELEASES = {
    # Input invoices, from fetching to the signature.
    "service": "27df82f4e8c31fe58e98b1b98481c3b9d2c1cdb9",
    # Licences and issuing came to it: the first state that issues with a licence.
    "all": "e52b83463fbb88259c0d4d96c4d315d9c637f3d9",
}
FOLDER = CLONE / "tests" / "live" / "releases"
_WORK = Path(__file__).with_name("release_work.py")
_PREPARE = (
    "from environment import bootstrap, options;"
    "bootstrap.prepare(options.default_options())"
)
_LOG = "release.log"


def main():
    """Run ``setup/release_database`` and return its exit code."""
    parser = argparse.ArgumentParser(
        prog="setup/release_database",
        description="Make anew the database of an old release that tests upgrade.",
    )
    options.add_common(parser)
    parser.add_argument("name", choices=sorted(RELEASES), help="of the release")
    values = parser.parse_args()
    return guarded(lambda: make(values), values.data)


def make(values):
    """Write the compressed SQL of the release's database beside the tests."""
    folders, source = bootstrap.prepare(values)
    with tempfile.TemporaryDirectory(dir=folders.data) as temporary:
        # PostgreSQL may run as somebody else.
        os.chmod(temporary, 0o755)
        release = Path(temporary) / "release"
        _unpack(folders, RELEASES[values.name], release)
        dump = Path(temporary) / "dump.sql"
        environment = {
            **os.environ,
            "PYTHONPATH": str(release / "setup"),
            "ODOO_SOURCE": str(source.import_path),
        }
        for title, command in (
            ("Release set up", [sys.executable, "-c", _PREPARE]),
            (
                "Work done with it",
                [release / ".local" / "venv" / "bin" / "python", _WORK, dump],
            ),
        ):
            with step(title):
                what = "The release did not work"
                run(command, what, folders, _LOG, cwd=release, env=environment)
        path = FOLDER / f"{values.name}.sql.xz"
        path.write_bytes(lzma.compress(dump.read_bytes(), preset=9))
    return 0


def _unpack(folders, commit, target):
    archive = target.with_suffix(".tar")
    command = ["git", "-C", CLONE, "archive", "-o", archive, commit]
    run(command, f"The history lacks the release {commit}", folders, _LOG)
    with tarfile.open(archive) as stream:
        stream.extractall(target, filter="data")


if __name__ == "__main__":
    sys.exit(main())
