"""The READMEs: what they lead to is there, and both languages say the same."""

import re

import pytest

from environment.folders import CLONE

READMES = ("README.md", "README.zh_CN.md")
PICTURE_BYTES = 120_000
_LINK = re.compile(r"\]\(([^)#]+)(?:#[^)]*)?\)")
_CODE = re.compile(r"```\n(.*?)```", re.DOTALL)
_COMMENT = re.compile(r"\s*# .*")


def _read(name):
    return (CLONE / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", READMES)
def test_links_lead_somewhere(name):
    links = _LINK.findall(_read(name))
    assert len(links) > 5
    assert [link for link in links if not (CLONE / link).exists()] == []


@pytest.mark.parametrize("name", READMES)
def test_commands_exist(name):
    commands = set(re.findall(r"\./(setup/[a-z]+)", _read(name)))
    assert "setup/wheels" in commands
    assert [one for one in commands if not (CLONE / one).is_file()] == []


def test_both_languages_have_the_same_commands_and_sections():
    english, chinese = (_read(name) for name in READMES)
    levels = [
        re.findall(r"^#+ ", text, re.MULTILINE)
        for text in (_CODE.sub("", english), _CODE.sub("", chinese))
    ]
    assert levels[0] == levels[1]
    blocks = [
        [_COMMENT.sub("", block) for block in _CODE.findall(text)]
        for text in (english, chinese)
    ]
    assert blocks[0] == blocks[1]
    assert english.count("\n| ") > chinese.count("\n| ") > 10


def test_pictures_are_small():
    for path in (CLONE / "docs" / "images").glob("*.png"):
        assert path.stat().st_size <= PICTURE_BYTES, path.name
