"""Sound answers of every platform to every question, and the same made unsound."""

import base64
import contextlib
import copy
import dataclasses
import datetime
import gzip
import io
import json
import sys
from decimal import Decimal

import requests.adapters
import urllib3
from hypothesis import strategies as st

from odoo.addons.invoice_tax_service.gateway import errors
from odoo.addons.invoice_tax_service.gateway.leqi_envelope import Cipherer

KEY = "0123456789abcdeffedcba9876543210"
SECRETS = ("certificate-s3cret", "platform-s3cret", KEY, "entitlement-secret-0001")
#: Requests that one question may make: a login, a second one, and 200 pages.
MOST_REQUESTS = 250
LARGEST_INTEGER = 2**31 - 1
#: Characters of one text that goes on into the database.
LONGEST = 10_000


@dataclasses.dataclass
class Sample:
    """A question, and the bodies of the answers that it was given."""

    kind: str
    name: str
    arguments: tuple
    values: dict
    bodies: list

    def ask(self, client):
        return getattr(client, self.name)(*self.arguments, **self.values)


# === UNSOUND JSON === #


def _deep(levels):
    value = 1
    for _level in range(levels):
        value = [value]
    return value


HOSTILE = [
    *(None, True, False, 0, -1, 1, 10**9, 2**31, 10**30, 0.5, 1e308, -0.0),
    *("", " ", "0", "1", "00", "01", "-1", "9" * 12, "9" * 400, "NaN", "Infinity"),
    *("1e999", "0x10", "٣", "1,000.00", "-0.00", "99999999999999999.99", "x" * 200),
    *("x" * 30_000, "\0", "a\0b", "\ud800", "中文\ud83d", "=1+1", "<html>", "\r\n"),
    *("2026-02-30", "9999-12-31 23:59:59", "0001-01-01 00:00:00", "00000101000000"),
    *("20261005", "99991231", "2026-10-05T00:00:00"),
    *([], {}, [[]], [None], [{}], [1] * 2000, {"a": 1}, {"": None}, _deep(60)),
    _deep(900),
]
ACTIONS = ("set", "set", "set", "drop", "rename", "repeat", "wrap", "swap", "tell")
MESSAGES = ("message", "returnmsg")
change = st.tuples(
    st.sampled_from(ACTIONS), st.integers(0, 400), st.integers(0, len(HOSTILE) - 1)
)
changes = st.lists(change, min_size=0, max_size=4)


def places(value):
    """Every (container, key) inside a value, in a fixed order."""
    found, waiting = [], [value]
    while waiting:
        holder = waiting.pop()
        keys = holder if isinstance(holder, dict) else range(len(holder))
        for key in keys:
            found.append((holder, key))
            if isinstance(holder[key], dict | list):
                waiting.append(holder[key])
    return found


def apply(value, made):
    """The value with these changes, one after the other."""
    value = copy.deepcopy(value)
    for action, index, hostile in made:
        if action == "tell" and isinstance(value, dict):
            # A platform that repeats a password in what it says.
            value |= dict.fromkeys(MESSAGES, f"<{SECRETS[index % len(SECRETS)]}>")
            continue
        found = places(value)
        if not found:
            break
        holder, key = found[index % len(found)]
        _change(action, holder, key, found, HOSTILE[hostile])
    return value


def _change(action, holder, key, found, hostile):
    if action == "drop":
        del holder[key]
    elif action == "rename" and isinstance(holder, dict):
        holder[str(hostile)[:40]] = holder.pop(key)
    elif action == "repeat" and isinstance(holder, list):
        holder.extend([holder[key]] * 120)
    elif action == "wrap":
        holder[key] = [holder[key]]
    elif action == "swap":
        other, there = found[len(repr(hostile)) % len(found)]
        holder[key] = copy.deepcopy(other[there])
    else:
        holder[key] = copy.deepcopy(hostile)


# === UNSOUND BYTES === #


def _cut(text):
    return text[: len(text) * 2 // 3]


ENCODINGS = {
    "plain": lambda text: text.encode("utf-8", "surrogatepass"),
    "mark": lambda text: b"\xef\xbb\xbf" + text.encode("utf-8", "replace"),
    "gbk": lambda text: text.encode("gbk", "replace"),
    "utf-16": lambda text: text.encode("utf-16", "replace"),
    "utf-32": lambda text: text.encode("utf-32", "replace"),
    "latin": lambda text: text.encode("latin-1", "replace"),
    "cut": lambda text: _cut(text.encode("utf-8", "replace")),
    "twice": lambda text: text.encode("utf-8", "replace") * 2,
    "text": lambda text: json.dumps(text).encode(),
    "nan": lambda text: text.encode("utf-8", "replace").replace(b'"', b"NaN", 1),
    "html": lambda text: b"<html>" + text.encode("utf-8", "replace"),
    "packed": lambda text: gzip.compress(text.encode("utf-8", "replace"), 1),
    "empty": lambda text: b"",
}
HEADERS = [
    *({}, {}, {}, {"Content-Encoding": "gzip"}, {"Content-Encoding": "br, x"}),
    *({"Retry-After": "9" * 7}, {"Retry-After": "Fri, 31 Dec 9999 23:59:59 -1200"}),
    *(
        {"Retry-After": "Mon, 1 Jan 2000 00:00:00 +" + "9" * 20},
        {"Location": "http://["},
    ),
    *({"Location": "http://169.254.169.254/"}, {"Content-Length": "1, 2"}),
    *({"Set-Cookie": "a=" + "b" * 4000}, {"Content-Type": "text/html; charset=x"}),
]
STATUSES = [200] * 12 + [201, 204, 301, 302, 307, 400, 401, 404, 429, 500, 502, 503]
wire = st.tuples(
    st.one_of(st.just("plain"), st.just("plain"), st.sampled_from(sorted(ENCODINGS))),
    st.sampled_from(STATUSES),
    st.one_of(st.just(0), st.integers(0, len(HEADERS) - 1)),
)


class Said(requests.adapters.HTTPAdapter):
    """Answers in their order, the last one again and again; nothing is sent."""

    def __init__(self):
        super().__init__()
        self.say([(b"", 200, {})])

    def say(self, answers):
        self.answers = answers
        self.asked = 0

    def send(self, request, **_options):
        body, status, headers = self.answers[min(self.asked, len(self.answers) - 1)]
        self.asked += 1
        assert self.asked <= MOST_REQUESTS, "it asks for ever"
        raw = urllib3.HTTPResponse(
            body=io.BytesIO(body),
            status=status,
            headers=headers,
            preload_content=False,
            request_method="POST",
        )
        return self.build_response(request, raw)


# === ANSWERS OF EACH PLATFORM === #

_CIPHER = Cipherer(KEY)


def opened(sample):
    """The bodies as JSON; of Leqi what is inside the envelope."""
    values = [json.loads(body) for body in sample.bodies]
    if sample.kind not in ("leqi", "issuing"):
        return values
    return [_unsealed(value["body"]["Response"]["Data"]) for value in values]


def _unsealed(data):
    return json.loads(_CIPHER.decrypt(data)) if isinstance(data, str) else data


def closed(sample, value, outside):
    """The text of a body; ``outside`` are changes of the envelope."""
    text = json.dumps(value, ensure_ascii=len(outside) % 2 == 0)
    if sample.kind not in ("leqi", "issuing"):
        return text
    inner = text.encode("utf-8", "replace").decode()
    envelope = {
        "httpStatusCode": "200",
        "body": {
            "Response": {"RequestId": "1", "Data": _CIPHER.encrypt(inner).decode()}
        },
    }
    return json.dumps(apply(envelope, outside), ensure_ascii=False)


@contextlib.contextmanager
def any_depth():
    """What is told may be deeper than Python goes: to tell it is not what is tested."""
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(limit * 10)
    try:
        yield
    finally:
        sys.setrecursionlimit(limit)


@any_depth()
def answers_of(sample, inside, outside, sent):
    """What is said to each request of a question.

    :param list inside: changes of the JSON
    :param list outside: changes of the envelope around it
    :param tuple sent: encoding, status and number of the headers
    """
    encoding, status, headers = sent
    told = []
    for value in opened(sample):
        text = closed(sample, apply(value, inside), outside)
        told.append((ENCODINGS[encoding](text), status, HEADERS[headers]))
    return told


garbage = st.one_of(
    st.binary(max_size=200),
    st.binary(max_size=90).map(base64.b64encode),
    st.integers(1, 3000).map(lambda size: b"[" * size),
    st.integers(1, 3000).map(lambda size: b'{"code":' * size),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
        lambda inner: (
            st.lists(inner, max_size=4)
            | st.dictionaries(
                st.sampled_from(["code", "data", "message", "body", "Response"])
                | st.text(max_size=4),
                inner,
                max_size=4,
            )
        ),
        max_leaves=8,
    ).map(lambda value: json.dumps(value).encode()),
)

# === WHAT MAY COME OUT === #


def check_result(value):
    """What goes on to the models can be written and counted with."""
    if dataclasses.is_dataclass(value):
        for field in dataclasses.fields(value):
            check_result(getattr(value, field.name))
    elif isinstance(value, list | tuple):
        for item in value:
            check_result(item)
    elif isinstance(value, dict):
        for key, item in value.items():
            check_result(key)
            check_result(item)
    elif isinstance(value, str):
        assert "\0" not in value and len(value) <= LONGEST
        value.encode()
    elif isinstance(value, Decimal):
        assert value.is_finite() and abs(value) < 10**16
    elif isinstance(value, float):
        assert 0 <= value <= errors.LONGEST_WAIT
    elif isinstance(value, int):
        assert 0 <= value <= LARGEST_INTEGER
    else:
        assert value is None or isinstance(value, datetime.date | datetime.datetime)


def check_error(error, secrets):
    """What went wrong can be written, waited for and shown."""
    for text in (error.text, error.raw_code, error.code):
        assert "\0" not in text and len(text) <= errors.LONGEST_TEXT
        text.encode()
    assert 0 <= error.wait <= errors.LONGEST_WAIT
    shown = f"{error!r} {error} {error.args}"
    assert not [secret for secret in secrets if secret in shown]


def check_record(record, secrets):
    """What is kept of an exchange holds no secret and is not without end."""
    shown = repr(record)
    assert not [secret for secret in secrets if secret in shown]
    assert len(record["response"]) < 70_000
