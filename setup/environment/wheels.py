"""``setup/wheels``: the addons as wheels, which pip puts into an Odoo.

To be run inside the virtual environment only: it holds the tool that builds them.
"""

import argparse
import subprocess
import sys
import zipfile
from pathlib import Path

from . import addons, bootstrap, options, system_packages
from .__main__ import guarded
from .commands import run, say, step
from .failure import SetupFailure
from .folders import CLONE

_LOG = "wheels.log"
# What only whoever builds the wheel needs.
_LEFT_OUT = {"pyproject.toml"}


def main():
    """Run ``setup/wheels`` and return its exit code."""
    values = _parser().parse_args()
    return guarded(lambda: _main(values), values.data)


def _parser():
    parser = argparse.ArgumentParser(
        prog="setup/wheels", description="Build a wheel of each addon."
    )
    options.add_common(parser)
    parser.add_argument(
        "--into",
        metavar="DIR",
        default=str(CLONE / "dist"),
        help="folder for the wheels (default: dist)",
    )
    parser.add_argument(
        "--check",
        action="store_true",
        help="install them with pip into a plain Odoo and walk the month there, in a "
        "real browser",
    )
    return parser


def _main(values):
    folders, _source = bootstrap.prepare(values, with_tests=True)
    bootstrap.continue_inside(folders, "environment.wheels")
    with step("Wheels built"):
        wheels = build(folders, Path(values.into).expanduser().resolve())
    for wheel in wheels.values():
        say(f"  {wheel}")
    if values.check:
        _check(values, folders, wheels)
    return 0


def _check(values, folders, wheels):
    from .plain_odoo import PlainOdoo

    system_packages.prepare(folders)
    with PlainOdoo(values) as plain:
        with step("Wheels installed with pip into a plain Odoo"):
            plain.install_wheels(wheels)
        with step("Addons installed by name, tours walked in Chinese"):
            tests = plain.walk_tours(list(wheels))
        say(f"  {tests} tests passed there.")


def build(folders, target):
    """Build a wheel of each addon, replacing older ones, and see that it is whole.

    :return: addon name → path of its wheel
    """
    target.mkdir(parents=True, exist_ok=True)
    wheels = {}
    for name in addons.names():
        for old in target.glob(f"odoo_addon_{name}-*.whl"):
            old.unlink()
        # The tool is there at its tested version, so nothing is fetched.
        command = [folders.python, "-m", "pip", "wheel", "--no-build-isolation"]
        command += ["--no-deps", "--wheel-dir", target, CLONE / name]
        run(command, f"Building the wheel of {name} failed", folders, _LOG)
        [wheels[name]] = target.glob(f"odoo_addon_{name}-*.whl")
        if lost := differences(name, wheels[name]):
            raise SetupFailure(
                f"The wheel of {name} lacks {', '.join(lost)}; add to git what is new."
            )
    return wheels


def differences(name, wheel):
    """Return the files of an addon that its wheel lacks or holds otherwise."""
    with zipfile.ZipFile(wheel) as archive:
        held = set(archive.namelist())
        return [
            file
            for file in _files(CLONE / name)
            if (member := f"odoo/addons/{name}/{file}") not in held
            or archive.read(member) != (CLONE / name / file).read_bytes()
        ]


def _files(folder):
    """Return the files of an addon, also those that git does not know yet."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        listing = subprocess.run(command, cwd=folder, capture_output=True, check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise SetupFailure(
            "What belongs into a wheel is listed by git, which did not answer; install "
            "it and start again in a clone."
        ) from error
    names = set(filter(None, listing.stdout.decode().split("\0"))) - _LEFT_OUT
    return sorted(name for name in names if (folder / name).is_file())


if __name__ == "__main__":
    sys.exit(main())
