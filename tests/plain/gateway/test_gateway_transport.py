"""What reached the other side? The one question the transport answers."""

import gzip
import json
import logging
import socket
import time

import pytest
from canned_server import build_answer
from gateway import errors, messages, parsing, transport

SECRET = "s3cret-password"


def make_transport(address, **values):
    credentials = messages.Credentials(
        address=address, connect_timeout=1.0, read_timeout=0.5
    )
    return transport.Transport("test", credentials, **values)


def post(line, readable=None, body=b"{}"):
    request = transport.Request("op", "/x", body, {}, readable or {})
    return line.post(request, lambda answer: parsing.load_object(answer, "op"))


@pytest.mark.parametrize(
    "answer",
    [
        b"",  # closed without a word
        b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{",  # cut body
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{",  # cut chunk
        b"nonsense\r\n\r\n",
        build_answer(b""),
        build_answer(b"<html>gateway</html>"),
        build_answer(b'{"code": "00'),
        build_answer(b"[1]"),
        build_answer(b"NaN"),
        build_answer(b"\xff\xfe\xff"),
        build_answer(b"[" * 100_000),
        build_answer(b"not gzip", headers=["Content-Encoding: gzip"]),
        build_answer(b'{"code": "0000"}', "500 Internal Server Error"),
        build_answer(b'{"code": "0000"}', "502 Bad Gateway"),
        build_answer(b'{"code": "0000"}', "503 Service Unavailable"),
        build_answer(b"", "302 Found", ["Location: http://127.0.0.1:1/"]),
        build_answer(b"<html/>", "404 Not Found"),
    ],
    ids=lambda answer: repr(answer[:40]),
)
def test_an_answer_not_understood_is_unknown(canned, answer):
    canned.add(answer)
    with pytest.raises(errors.OutcomeUnknownError):
        post(make_transport(canned.address))
    assert len(canned.requests) == 1  # never sent twice


@pytest.mark.parametrize("delay", ["before", "between"])
def test_silence_is_unknown(canned, delay):
    def answer(connection):
        if delay == "between":
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{")
        time.sleep(1)

    canned.add(answer)
    with pytest.raises(errors.OutcomeUnknownError):
        post(make_transport(canned.address))


def test_an_answer_that_drips_for_ever_is_given_up(canned):
    def answer(connection):
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n")
        for _drop in range(60):
            connection.sendall(b"{")
            time.sleep(0.2)

    canned.add(answer)
    started = time.monotonic()
    with pytest.raises(errors.OutcomeUnknownError):
        post(make_transport(canned.address))
    assert time.monotonic() - started < 8


def test_too_large_also_when_packed(canned, monkeypatch):
    monkeypatch.setattr(transport, "ANSWER_LIMIT", 100_000)
    packed = gzip.compress(b'"' + b" " * 5_000_000 + b'"')
    assert len(packed) < 100_000
    canned.add(build_answer(packed, headers=["Content-Encoding: gzip"]))
    with pytest.raises(errors.OutcomeUnknownError, match="too large"):
        post(make_transport(canned.address))


def test_gzip_is_unpacked(canned):
    body = gzip.compress(b'{"a": "1"}')
    canned.add(build_answer(body, headers=["Content-Encoding: gzip"]))
    assert post(make_transport(canned.address)) == {"a": "1"}


def test_refused_connection_was_not_sent():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(errors.NotSentError):
        post(make_transport(f"http://127.0.0.1:{port}"))


def test_unknown_name_was_not_sent():
    with pytest.raises(errors.NotSentError):
        post(make_transport("https://nowhere.invalid"))


def test_plain_text_where_tls_is_expected_is_not_success(canned):
    canned.add(build_answer(b"{}"))
    with pytest.raises((errors.NotSentError, errors.OutcomeUnknownError)):
        post(make_transport(canned.address.replace("http:", "https:")))


@pytest.mark.parametrize(
    ("status", "header", "wait", "code"),
    [
        ("429 Too Many", "Retry-After: 7", 7, "too_many_requests"),
        ("429 Too Many", "X: y", 0, "too_many_requests"),
        ("503 Away", "Retry-After: 600", 600, "maintenance"),
        ("503 Away", "Retry-After: Wed, 21 Oct 2015 07:28:00 GMT", 0, "maintenance"),
    ],
)
def test_the_platform_asks_to_wait(canned, status, header, wait, code):
    canned.add(build_answer(b"{}", status, [header]))
    with pytest.raises(errors.WaitError) as caught:
        post(make_transport(canned.address))
    assert (caught.value.wait, caught.value.code) == (wait, code)


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("http://tax.example", "insecure_address"),
        ("http://127.0.0.1.tax.example", "insecure_address"),
        ("http://10.0.0.1:80", "insecure_address"),
        ("http://localhost.tax.example", "insecure_address"),
        ("http://127.0.0.1@tax.example", "invalid_address"),
        ("http://127.0.0.1\\@tax.example", "invalid_address"),
        ("https://user:word@tax.example", "invalid_address"),
        ("https://tax.example/?a=1", "invalid_address"),
        ("https://tax.example\r\nX: y", "invalid_address"),
        ("file:///etc/passwd", "invalid_address"),
        ("tax.example", "invalid_address"),
        ("", "invalid_address"),
    ],
)
def test_address_is_checked_before_anything_is_sent(address, code):
    with pytest.raises(errors.CredentialError) as caught:
        post(make_transport(address))
    assert caught.value.code == code


@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1:8080",
        "http://127.9.9.9",
        "http://localhost:1/base",
        "http://[::1]:8080",
        "https://lqpt.chinatax.gov.cn:8443",
    ],
)
def test_good_addresses(address):
    transport.check_address(address)


def test_a_proxy_of_the_environment_is_not_used(canned, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("NO_PROXY", "")
    canned.add_json({"a": "1"})
    assert post(make_transport(canned.address)) == {"a": "1"}


def test_a_header_that_cannot_be_sent_is_not_sent(canned):
    request = transport.Request("op", "/x", b"{}", {"X-Token": "a\r\nb"}, {})
    with pytest.raises(errors.CredentialError) as caught:
        make_transport(canned.address).post(request, None)
    assert caught.value.code == "invalid_address"
    assert not canned.requests


# === WHAT COMES FROM OUTSIDE === #


@pytest.mark.parametrize("status", ["301 M", "302 F", "303 S", "307 T", "308 P"])
@pytest.mark.parametrize("place", ["http://169.254.169.254/", "http://[", "file:///x"])
def test_no_redirect_is_looked_at(canned, monkeypatch, status, place):
    monkeypatch.setattr(transport, "ANSWER_LIMIT", 100_000)
    packed = gzip.compress(b" " * 5_000_000)
    headers = [f"Location: {place}", "Content-Encoding: gzip"]
    canned.add(build_answer(packed, status, headers))
    with pytest.raises(errors.OutcomeUnknownError, match="too large"):
        post(make_transport(canned.address))
    assert len(canned.requests) == 1


def test_headers_that_make_no_sense_are_unknown_not_unsent(canned):
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 50\r\n\r\n{}"
    canned.add(head)
    with pytest.raises(errors.OutcomeUnknownError):
        post(make_transport(canned.address))


@pytest.mark.parametrize(
    "header",
    [
        "Mon, 1 Jan 2000 00:00:00 +" + "9" * 20,
        "Fri, 31 Dec 9999 23:59:59 -1200",
        "1 Jan 99999999999999999999 00:00:00",
        "9999999",
    ],
)
def test_no_wait_beyond_a_week(canned, header):
    canned.add(build_answer(b"{}", "429 No", [f"Retry-After: {header}"]))
    with pytest.raises(errors.WaitError) as caught:
        post(make_transport(canned.address))
    assert 0 <= caught.value.wait <= errors.LONGEST_WAIT


@pytest.mark.parametrize("opening", [b'{"a":', b"["])
def test_a_deep_answer_is_kept_in_the_record(canned, opening):
    records, closing = [], {b"[": b"]", b'{"a":': b"}"}[opening]
    body = b'{"a":' + opening * 900 + b"1" + closing * 900 + b"}"
    canned.add(build_answer(body))
    try:
        post(make_transport(canned.address, exchange=records.append))
    except errors.OutcomeUnknownError:
        pass
    assert len(records) == 1


def test_millions_of_parts_are_not_made(canned):
    canned.add(build_answer(b'{"a":[' + b"[]," * 600_000 + b"[]]}"))
    with pytest.raises(errors.OutcomeUnknownError, match="too many parts"):
        post(make_transport(canned.address))


@pytest.mark.parametrize("encoding", ["gbk", "gb18030", "big5"])
def test_another_encoding_is_not_guessed(canned, encoding):
    canned.add(build_answer('{"name": "中文"}'.encode(encoding)))
    with pytest.raises(errors.OutcomeUnknownError):
        post(make_transport(canned.address))


def test_in_production_not_even_this_machine_over_plain_http(canned):
    credentials = messages.Credentials(canned.address, https_only=True)
    with pytest.raises(errors.CredentialError) as caught:
        post(transport.Transport("test", credentials))
    assert caught.value.code == "insecure_address"
    assert not canned.requests


# === WHAT IS KEPT AND LOGGED === #


def test_record_and_log_hold_no_secret(canned, caplog):
    caplog.set_level(logging.DEBUG)
    records = []
    line = make_transport(canned.address, secrets=[SECRET], exchange=records.append)
    canned.add_json({"token": "t0ken", "echo": f"<{SECRET}>", "other": "kept"})
    post(line, {"certPassword": "abc", "list": [{"Token": "t0ken"}], "n": "123"})
    canned.add(build_answer(f"<html>{SECRET}".encode(), "500 No"))
    with pytest.raises(errors.OutcomeUnknownError):
        post(line, {"n": "1"})
    text = repr(records) + caplog.text
    assert SECRET not in text and "t0ken" not in text and "abc" not in text
    first, second = records
    assert first["request"] == (
        '{"certPassword": "***", "list": [{"Token": "***"}], "n": "123"}'
    )
    assert '"other": "kept"' in first["response"]
    assert (first["status"], first["error"]) == (200, "")
    assert (second["status"], second["error"]) == (500, "OutcomeUnknownError")
    assert second["response"] == "<html>***"


def test_record_is_kept_short(canned):
    records = []
    line = make_transport(canned.address, exchange=records.append)
    canned.add_json({"a": "x" * 200_000})
    post(line)
    assert len(records[0]["response"]) < transport.RECORD_LIMIT + 100


def test_record_keeps_a_bite_whole_and_a_page_not(canned):
    records = []
    line = make_transport(canned.address, exchange=records.append)
    bite, page = ([{"n": str(n)} for n in range(count)] for count in (100, 500))
    for rows in (bite, page):
        canned.add_json({"data": {"rows": rows}})
        assert post(line) == {"data": {"rows": rows}}, "the answer itself was cut"
    whole, cut = (json.loads(record["response"])["data"]["rows"] for record in records)
    assert whole == bite
    assert cut == [*page[:100], "… (500)"]


def test_a_failing_record_does_not_change_the_outcome(canned, caplog):
    def fail(record):
        raise RuntimeError("disk full")

    canned.add_json({"a": "1"})
    assert post(make_transport(canned.address, exchange=fail)) == {"a": "1"}
    assert "could not be kept" in caplog.text
