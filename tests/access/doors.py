"""The doors of a running Odoo: what a person or a program can knock at."""

import itertools

import requests

DOORS = ("button", "rpc", "json2")
# To a stranger a batch is not there, nor is a taxpayer.
REFUSALS = ("no_right", "batch_unknown", "taxpayer_unknown")
ACCESS = ("odoo.exceptions.AccessError", "odoo.exceptions.MissingError")
TIMEOUT = 60


class Answer:
    """What a door said.

    :ivar text: as it came
    :ivar is_refusal: whether it says that the caller may not
    :ivar is_kept: whether it says that nobody writes this, whoever calls
    """

    def __init__(self, text, status, error=None, result=None):
        self.text, self.status, self.error, self.result = text, status, error, result
        error = error or {}
        code = (error.get("context") or {}).get("code")
        self.is_refusal = code in REFUSALS or error.get("name") in ACCESS
        self.is_kept = code == "readonly"

    def __repr__(self):
        return f"{self.status} {(self.error or {}).get('message') or self.text[:300]}"


class Person:
    """A user of the running system, at each of its doors.

    :param dict known: login, key and id
    """

    def __init__(self, stack, known):
        self.stack, self.known = stack, known
        self.url, self.key = stack.url, known["key"]
        self.web, self.program = requests.Session(), requests.Session()
        self.program.headers["Authorization"] = f"Bearer {self.key}"
        self.numbers = itertools.count(1)
        credentials = {"login": known["login"], "password": known["login"]}
        answer = self.ask("/web/session/authenticate", db=stack.database, **credentials)
        assert answer.result and answer.result["uid"] == known["id"], answer

    # === THE DOORS === #

    def button(self, model, method, ids, context=None, **arguments):
        """A button of the web client."""
        return self._web("call_button", model, method, ids, context, arguments)

    def web_call(self, model, method, ids, context=None, **arguments):
        """What else the web client calls."""
        return self._web("call_kw", model, method, ids, context, arguments)

    def rpc(self, model, method, ids, context=None, **arguments):
        """A program with the old interface."""
        args = [self.stack.database, self.known["id"], self.key, model, method]
        args += [[] if ids is None else [ids]]
        args += [{**arguments, "context": context or {}}]
        return self.ask("/jsonrpc", service="object", method="execute_kw", args=args)

    def json2(self, model, method, ids, context=None, **arguments):
        """A program with the new one."""
        content = {**arguments, "context": context or {}}
        if ids is not None:
            content["ids"] = ids
        response = self.program.post(
            f"{self.url}/json/2/{model}/{method}", json=content, timeout=TIMEOUT
        )
        body = response.json()
        if response.ok:
            return Answer(response.text, response.status_code, result=body)
        return Answer(response.text, response.status_code, error=body)

    def get(self, path):
        """A page or a file by its address."""
        return self.web.get(f"{self.url}{path}", timeout=TIMEOUT)

    def ask(self, path, **parameters):
        """A JSON route of the web client."""
        content = {"jsonrpc": "2.0", "id": next(self.numbers), "params": parameters}
        response = self.web.post(f"{self.url}{path}", json=content, timeout=TIMEOUT)
        if not response.headers.get("Content-Type", "").startswith("application/json"):
            return Answer(response.text, response.status_code)
        body = response.json()
        error = body.get("error")
        return Answer(
            response.text,
            response.status_code,
            error=error and (error.get("data") or error),
            result=body.get("result"),
        )

    # === WITHIN === #

    def _web(self, way, model, method, ids, context, arguments):
        return self.ask(
            f"/web/dataset/{way}/{model}/{method}",
            model=model,
            method=method,
            args=[] if ids is None else [ids],
            kwargs={**arguments, "context": context or {}},
        )
