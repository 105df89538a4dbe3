"""Passwords of the web site: the login, changing them, and the recovery question.

Ten wrong tries of any kind lock all of it until the next day of the bureau's clock.
"""

from datetime import timedelta

from ..clock import plain
from ..world import World
from . import taxpayers

TRIES = 10
SHORTEST = 8
COUNTERS = ("cert_wrong", "platform_wrong", "answer_wrong")


class LoginRefused(Exception):
    """A password was not accepted; `code` is the channel's own word for it."""

    def __init__(self, code: str, text: str, **data):
        super().__init__(code)
        self.code = code
        self.text = text
        self.data = data


class Unfit(Exception):
    """A new password, or the question to it, cannot be taken."""


def _known(world: World, tax_number: str):
    taxpayer = taxpayers.get(world, tax_number)
    if taxpayer is None:
        raise LoginRefused("4040", "纳税人不存在")
    return taxpayer


def login(world: World, tax_number: str, cert: str, platform: str | None):
    """Check the passwords and open a session; answers (token, seconds)."""
    taxpayer = _known(world, tax_number)
    if taxpayer["status"] != "03":
        raise LoginRefused("4105", "纳税人状态异常，不能登录")
    if not taxpayer["credit_level"]:
        raise LoginRefused("4106", "纳税人无信用等级")
    if len(cert) < SHORTEST:
        raise LoginRefused("4101", "证书密码长度不能少于8位")
    _require_unlocked(world, taxpayer)
    _require_certificate(world, taxpayer, cert)
    _require_platform(world, taxpayer, platform)
    _clear_wrong(world, tax_number)
    return taxpayers.open_session(world, tax_number)


def change_certificate(world: World, tax_number: str, old: str, new: str) -> None:
    """Replace the certificate password."""
    taxpayer = _known(world, tax_number)
    _require_long(new)
    _require_unlocked(world, taxpayer)
    _require_certificate(world, taxpayer, old)
    # Only the tries at this secret are forgiven: the others are still unproven.
    taxpayers.write(world, tax_number, {"cert_password": new, "cert_wrong": 0})


def change_platform(
    world: World,
    tax_number: str,
    old: str,
    new: str,
    *,
    enabled: bool,
    question: str,
    reply: str,
) -> None:
    """Set, replace or turn off the platform password.

    The question goes with the password: a new one is kept beside it, turning the
    password off removes it.
    """
    taxpayer = _known(world, tax_number)
    if enabled:
        _require_long(new)
    if bool(question) != bool(reply):
        raise Unfit("question and answer belong together")
    _require_unlocked(world, taxpayer)
    _require_platform(world, taxpayer, old)
    if not enabled:
        _remove_platform(world, tax_number)
        return
    values = {"platform_password": new, "platform_wrong": 0}
    if question:
        values |= {"question": question, "answer": reply}
    taxpayers.write(world, tax_number, values)


def recover(world: World, tax_number: str, reply: str) -> None:
    """Remove the platform password by the answer to its question."""
    taxpayer = _known(world, tax_number)
    if not taxpayer["question"]:
        raise LoginRefused("4040", "未设置密码找回问题")
    _require_unlocked(world, taxpayer)
    if reply != taxpayer["answer"]:
        left = _count_wrong(world, taxpayer, "answer_wrong")
        raise LoginRefused("4102", f"答案错误，还可尝试{left}次", left=left)
    _remove_platform(world, tax_number)


def question(world: World, tax_number: str) -> str:
    """The question to the platform password; empty when there is none."""
    return _known(world, tax_number)["question"] or ""


def _remove_platform(world: World, tax_number: str) -> None:
    nothing = {"platform_password": None, "question": "", "answer": ""}
    tries = {"platform_wrong": 0, "answer_wrong": 0}
    taxpayers.write(world, tax_number, nothing | tries)


def _require_long(new: str) -> None:
    if len(new) < SHORTEST:
        raise Unfit("a password has at least 8 characters")


def _require_certificate(world: World, taxpayer, cert: str) -> None:
    if cert != taxpayer["cert_password"]:
        left = _count_wrong(world, taxpayer, "cert_wrong")
        raise LoginRefused("4102", f"证书密码错误，还可尝试{left}次", left=left)


def _require_platform(world: World, taxpayer, platform: str | None) -> None:
    expected = taxpayer["platform_password"]
    if not expected or platform == expected:
        return
    left = TRIES - taxpayer["platform_wrong"]
    # A password that is missing was no try.
    if platform:
        left = _count_wrong(world, taxpayer, "platform_wrong")
    raise LoginRefused("4104", f"平台密码缺失或错误，还可尝试{left}次", left=left)


def _require_unlocked(world: World, taxpayer) -> None:
    until = taxpayer["locked_until"]
    if not until:
        return
    if plain(world.clock.now()) < until:
        raise LoginRefused("4103", f"密码错误次数过多，已锁定至{until}", until=until)
    _clear_wrong(world, taxpayer["tax_number"])


def _clear_wrong(world: World, tax_number: str) -> None:
    cleared = {**dict.fromkeys(COUNTERS, 0), "locked_until": None}
    taxpayers.write(world, tax_number, cleared)


def _count_wrong(world: World, taxpayer, counter: str) -> int:
    wrong = taxpayers.get(world, taxpayer["tax_number"])[counter] + 1
    until = None
    if wrong >= TRIES:
        tomorrow = world.clock.now().date() + timedelta(days=1)
        until = f"{tomorrow.isoformat()} 00:00:00"
    values = {counter: wrong, "locked_until": until}
    taxpayers.write(world, taxpayer["tax_number"], values)
    return max(0, TRIES - wrong)
