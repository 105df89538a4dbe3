"""People and programs at work: what they call over HTTP, and how long it takes."""

import itertools
import threading
import time
from xml.etree import ElementTree

from environment import demo
from environment.clients import Browser, ExternalProgram

LOG = "invoice.tax.operation"
LEDGER = "invoice.tax.operation.line"
POOL = "invoice.tax.input.invoice"
PAGE = 80  # rows, as the web client asks for them
LINES = 100  # rows of a list inside a form, as our form says
MANY = ("one2many", "many2many")


class Person(threading.Thread):
    """Opens lists and forms one after the other until the time is over.

    :param float seconds: for which it works, from its start
    :ivar waited: seconds of each call, in their order
    :ivar error: what ended the work before its time, or None
    """

    def __init__(self, place, key, seconds):
        super().__init__()
        self._browser = Browser(
            place.stack, demo.ACCOUNTANT["login"], demo.ACCOUNTANT["password"]
        )
        self._program = ExternalProgram(place.stack, key)
        self._seconds = seconds
        self._batches = place.execute(
            "SELECT id, batch_number FROM invoice_tax_operation ORDER BY id LIMIT 20"
        )
        self._lists = {model: self._see(model, "list") for model in (LOG, LEDGER, POOL)}
        self._form = self._see(LOG, "form")
        self.waited, self.error = [], None

    def run(self):
        """Work; what goes wrong is kept for who waits for us."""
        until = time.monotonic() + self._seconds
        try:
            for batch, number in itertools.cycle(self._batches):
                for call in self._get_calls(batch, number):
                    if time.monotonic() > until:
                        return
                    started = time.monotonic()
                    call()
                    self.waited.append(time.monotonic() - started)
        except Exception as error:  # noqa: BLE001 - raised again by who waits
            self.error = error

    def _get_calls(self, batch, number):
        for model in (LEDGER, LOG, POOL):
            yield lambda model=model: self._open_list(model)
        yield lambda: self._get_views(LEDGER, "list")
        yield lambda: self._browser.call(
            LOG, "web_read", [batch], specification=self._form
        )
        yield lambda: self._program.call(LOG, "get_batch", batch_number=number)

    def _open_list(self, model):
        return self._browser.call(
            model,
            "web_search_read",
            domain=[],
            specification=self._lists[model],
            limit=PAGE,
            count_limit=10_001,
        )

    def _get_views(self, model, kind):
        return self._browser.call(
            model, "get_views", views=[[False, kind], [False, "search"]], options={}
        )

    def _see(self, model, kind):
        """What the web client reads for a view: its fields, those of lists inside."""
        answer = self._get_views(model, kind)
        fields = {name: known["fields"] for name, known in answer["models"].items()}
        arch = ElementTree.fromstring(answer["views"][kind]["arch"])
        return _get_specification(arch, model, fields)


def _get_specification(element, model, fields):
    specification = {}
    for child in element:
        if child.tag != "field":
            specification.update(_get_specification(child, model, fields))
            continue
        name = child.get("name")
        field = fields[model][name]
        specification[name] = {}
        if field["type"] == "many2one":
            specification[name] = {"fields": {"display_name": {}}}
        elif field["type"] in MANY:
            inner = _get_specification(child, field["relation"], fields)
            specification[name] = {"fields": inner, "limit": LINES}
    return specification
