"""Many invoices over a bad line: asked first, sent again, each once."""

import random
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

from leqi_samples import TAX_NUMBER, make_client, make_invoice

from odoo.addons.invoice_tax_leqi.gateway import digital_number
from odoo.addons.invoice_tax_service.gateway import errors

KINDS = ("act_drop", "refuse", "http_500", "half_json", "empty", "html")
WORKERS, BITES, BITE = 4, 5, 8


def surely(act, find):
    """Do something once, as the engine would: unknown is asked for, and what never
    came is sent again as it was."""
    while True:
        try:
            return act()
        except errors.OutcomeUnknownError:
            pass
        while True:
            try:
                return find()
            except errors.NotFoundError:
                break
            except errors.OutcomeUnknownError:
                continue


def work(address, worker):
    """:return: the invoices uploaded, and quota downloaded for them"""
    invoices = []
    with make_client(address) as client:
        for turn in range(BITES):
            name = f"{worker}-{turn}"
            amount = Decimal("100.00") * BITE
            surely(
                lambda a=amount, n=name: client.download_quota(a, f"D-{n}"),
                lambda n=name: client.find_transfer(f"D-{n}"),
            )
            segment = surely(
                lambda n=name: client.draw_segment(BITE, f"N-{n}"),
                lambda n=name: client.find_draw(f"N-{n}"),
            )
            numbers = digital_number.split_segment(segment)
            bite = [make_invoice(number) for number in numbers]
            surely(
                lambda b=bite, n=name: client.upload(b, f"U-{n}"),
                lambda n=name: client.find_upload(f"U-{n}"),
            )
            progress = surely(
                lambda n=name: client.find_upload(f"U-{n}"),
                lambda n=name: client.find_upload(f"U-{n}"),
            )
            assert [item.result for item in progress.items] == ["ok"] * BITE
            invoices += numbers
    return invoices


def test_each_number_once_and_quota_to_the_cent(endpoints):
    for seed, kind in enumerate(KINDS):
        endpoints.fault(kind, platform="leqi", probability=0.04, seed=seed)
    with ThreadPoolExecutor(WORKERS) as pool:
        done = list(pool.map(work, [endpoints.address] * WORKERS, range(WORKERS)))
    assert sum(fault["fired"] for fault in endpoints.get("faults")) > 5
    endpoints.clear_faults()
    numbers = [number for found in done for number in found]
    assert len(set(numbers)) == len(numbers) == WORKERS * BITES * BITE
    known = endpoints.get("state", tax_number=TAX_NUMBER)
    assert [row["number"] for row in known["issued"]] == sorted(numbers)
    # No hole: what was drawn is what was issued.
    assert sum(row["count"] for row in known["segments"]) == len(numbers)
    assert all(row["remaining"] == 0 for row in known["segments"])
    (quota,) = (row for row in known["quotas"] if row["running"])
    spent = f"{len(numbers) * 100}.00"
    assert (quota["downloaded"], quota["used"], quota["unused"]) == (
        (spent, spent, "0.00")
    )
    with make_client(endpoints.address) as client:
        sample = random.Random(1).sample(numbers, 50)
        assert set(client.read_issued(sample)) == set(sample)
