"""What the tests need from the system: a browser, Chinese fonts, PDF."""

import os
import shutil
import subprocess

from .commands import run, step
from .failure import SetupFailure

# The names under which Odoo's tests look for a browser.
_BROWSERS = ("google-chrome", "chromium", "chromium-browser", "google-chrome-stable")


def prepare(folders):
    """Install what is missing when we are root.

    Raises SetupFailure, which names the one line to run, when we are not.
    """
    missing = _missing()
    if not missing:
        return
    if os.geteuid() != 0:
        raise SetupFailure(
            "The tests need programs of the system; run 'sudo apt-get install "
            f"--no-install-recommends {' '.join(missing)}' and start again."
        )
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    log = "system-packages.log"
    install = ["apt-get", "install", "-y", "--no-install-recommends", *missing]
    what = f"Installing {', '.join(missing)} failed"
    with step(f"System packages installed ({', '.join(missing)})"):
        run(["apt-get", "-q", "update"], what, folders, log, env=environment)
        run(install, what, folders, log, env=environment)


def _missing():
    missing = []
    if not any(shutil.which(name) for name in _BROWSERS):
        missing.append("chromium")
    if not _has_chinese_font():
        missing.append("fonts-noto-cjk")
    if not shutil.which("wkhtmltopdf"):
        missing.append("wkhtmltopdf")
    return missing


def _has_chinese_font():
    try:
        result = subprocess.run(
            ["fc-list", ":lang=zh-cn"], capture_output=True, check=False
        )
    except FileNotFoundError:
        return False
    return bool(result.stdout.strip())
