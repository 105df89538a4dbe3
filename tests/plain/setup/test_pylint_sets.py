"""The one pylint that is run has all that the mandatory set asks for."""

import pytest

from quality import tools

SETTINGS = """
[ODOOLINT]
license-allowed={license}

[MESSAGES CONTROL]
disable=all
enable={checks}
"""


@pytest.fixture
def write(tmp_path, monkeypatch):
    def write(name, *checks, license="AGPL-3"):
        text = SETTINGS.format(license=license, checks=",\n    ".join(checks))
        (tmp_path / name).write_text(text)

    monkeypatch.setattr(tools, "CLONE", tmp_path)
    return write


def test_more_than_the_mandatory_is_right(write):
    write(".pylintrc-mandatory", "print-used", "sql-injection")
    write(".pylintrc", "print-used", "sql-injection", "translation-not-lazy")
    assert tools.mandatory_left_out([]) == []


def test_less_is_told(write):
    write(".pylintrc-mandatory", "print-used", "sql-injection")
    write(".pylintrc", "print-used", license="MIT")
    lacks, differs = tools.mandatory_left_out([])
    assert "sql-injection" in lacks
    assert "license-allowed" in differs and "AGPL-3" in differs
