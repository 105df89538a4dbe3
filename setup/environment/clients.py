"""Clients of a running system, as people and programs from outside are."""

import itertools
import time

import requests

from .failure import SetupFailure

PATIENCE = 60  # seconds in which a server that was killed is up again


class Refused(SetupFailure):
    """Odoo answered, but with a refusal.

    :ivar code: the stable code of a tax service error, or an empty string
    """

    def __init__(self, message, code=""):
        super().__init__(message)
        self.code = code


class ExternalProgram:
    """A program that calls Odoo's JSON-2 interface with the API key of a user.

    :param context: further values of the context of every call
    """

    def __init__(self, stack, key, **context):
        self._stack, self._http = stack, requests.Session()
        self._context = {"lang": "zh_CN", **context}
        self._http.headers["Authorization"] = f"bearer {key}"

    def call(self, model, method, ids=(), **arguments):
        """Call a method and return its result; raises Refused.

        Tried again while no server listens, since nothing was done then.
        """
        content = {**arguments, "context": self._context}
        if ids:
            content["ids"] = list(ids)
        path = f"/json/2/{model}/{method}"
        answer = _post(self._http, self._stack, path, content)
        if answer.ok:
            return answer.json()
        raise _refusal(answer)

    def read(self, model, domain, fields, order="id"):
        """Read all records of a domain."""
        return self.call(
            model, "search_read", domain=domain, fields=list(fields), order=order
        )

    def count(self, model, domain):
        """Count the records of a domain."""
        return self.call(model, "search_count", domain=domain)


class Browser:
    """A person at the web client: a session, and what its buttons call."""

    def __init__(self, stack, login, password):
        self._stack, self._http = stack, requests.Session()
        self._numbers = itertools.count(1)
        self._call(
            "/web/session/authenticate",
            {"db": stack.database, "login": login, "password": password},
        )

    def call(self, model, method, *args, **kwargs):
        """Call a method as the web client does; raises Refused."""
        return self._call(
            f"/web/dataset/call_kw/{model}/{method}",
            {"model": model, "method": method, "args": args, "kwargs": kwargs},
        )

    def press(self, model, method, record_id):
        """Press a button of a record; returns the action that it opens."""
        return self._call(
            f"/web/dataset/call_button/{model}/{method}",
            {"model": model, "method": method, "args": [[record_id]], "kwargs": {}},
        )

    def _call(self, path, parameters):
        number = next(self._numbers)
        content = {"jsonrpc": "2.0", "id": number, "params": parameters}
        answer = _post(self._http, self._stack, path, content)
        answer.raise_for_status()
        error = answer.json().get("error")
        if error:
            data = error.get("data") or {}
            context = data.get("context") or {}
            message = f"{path}: {data.get('message') or error}"
            raise Refused(message, context.get("code", ""))
        return answer.json()["result"]


class Control:
    """The control of the simulated endpoints: clock, seed, faults, state."""

    def __init__(self, url):
        self._url, self._http = f"{url}/_control", requests.Session()

    def get(self, path, **parameters):
        """Read something."""
        return self._ask("GET", path, params=parameters)

    def post(self, path, **content):
        """Change something."""
        return self._ask("POST", path, json=content)

    def fault(self, kind, **scope):
        """Add a fault and return its number."""
        return self.post("faults", kind=kind, **scope)["id"]

    def fired(self, number):
        """How often a fault has hit."""
        faults = self.get("faults")
        return sum(fault["fired"] for fault in faults if fault["id"] == number)

    def clear_faults(self):
        """Remove all faults."""
        self._ask("DELETE", "faults")

    def _ask(self, method, path, **content):
        answer = self._http.request(
            method, f"{self._url}/{path}", timeout=60, **content
        )
        answer.raise_for_status()
        return answer.json()


def _post(http, stack, path, content):
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            return http.post(stack.url + path, json=content, timeout=300)
        except (requests.exceptions.ConnectionError, IndexError) as error:
            # A connection that was cut may have done its work: not again.
            if "refused" not in str(error) and not isinstance(error, IndexError):
                raise
            if time.monotonic() > deadline:
                raise
        time.sleep(0.2)


def _refusal(answer):
    try:
        content = answer.json()
        message, context = content.get("message"), content.get("context") or {}
    except ValueError:
        message, context = answer.text[:300], {}
    path = answer.request.path_url
    text = f"{path}: HTTP {answer.status_code}: {message}"
    return Refused(text, context.get("code", ""))
