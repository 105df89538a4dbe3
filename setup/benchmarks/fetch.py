"""Fetching a pool of 100,000 invoices, against only receiving it."""

import time

import requests

from environment import demo

from .bureau import TAXPAYERS, bureau
from .frame import share_of

NAME = "fetch_100000"
TITLE = "a pool of 100,000 invoices into Odoo, against a client that only receives it"
INVOICES = 100_000
PAGE = 500


def measure(bench):
    """Over RPA, whose pages a bare client reads in a few lines."""
    with bureau(bench) as place:
        place.prepare(["rpa"], INVOICES)

        def ours(_number):
            place.execute("DELETE FROM invoice_tax_fetch")
            place.execute("DELETE FROM invoice_tax_input_invoice")
            place.tidy()
            figures = place.fetch()
            [(count,)] = place.execute("SELECT COUNT(*) FROM invoice_tax_input_invoice")
            if count != INVOICES:
                raise RuntimeError(f"{count} of {INVOICES} invoices were read")
            return figures

        def bare(_number):
            return _receive(place.stack.simulator_url)

        samples, peer = bench.alternate(ours, bare)
    seconds = [sample["seconds"] for sample in samples]
    return [share_of(NAME, seconds, peer, "s", "<= 2.5")]


def _receive(url):
    """Read all pages and parse their JSON; return the seconds."""
    number = TAXPAYERS["rpa"]["tax_number"]
    with requests.Session() as http:

        def call(operation, **content):
            answer = http.post(
                f"{url}/rpa/v1/{operation}", json={"taxNo": number, **content}
            )
            answer.raise_for_status()
            content = answer.json()
            if content["code"] != "0000":
                raise RuntimeError(f"{operation}: {content}")
            return content["data"]

        started = time.monotonic()
        http.headers["X-Token"] = call("login", certPassword=demo.PASSWORD)["token"]
        received, page, pages = 0, 1, 1
        while page <= pages:
            data = call("pool", updatedSince=None, page=page, pageSize=PAGE)
            received, page, pages = (
                received + len(data["rows"]),
                page + 1,
                data["pages"],
            )
        seconds = time.monotonic() - started
    if received != INVOICES:
        raise RuntimeError(f"{received} of {INVOICES} invoices were received")
    return seconds
