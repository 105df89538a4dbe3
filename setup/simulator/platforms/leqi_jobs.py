"""What all writing services of Leqi share: accepted once, asked for later."""

from ..bureau import jobs, taxpayers
from ..bureau.digests import digest
from ..bureau.words import Refused
from .arguments import Form, Optional, TaxNumber, WrongValue
from .leqi import done, refused


class OfTaxpayer(Form):
    """Asks about a taxpayer."""

    gfsbh: TaxNumber


class Poll(OfTaxpayer):
    """Asks for the result of a job."""

    pclsh: Optional = ""
    ywlsh: Optional = ""


def submit(world, taxpayer, call, form, kind: str, payload: dict) -> dict:
    """Accept a job once: the same number again answers the first batch."""
    number = taxpayer["tax_number"]
    content = digest(form.model_dump())
    known = jobs.by_request(world, number, call.target.operation, form.ywlsh)
    if known:
        if known["digest"] != content:
            return refused("SERIAL_CONFLICT")
        return done(pclsh=known["batch"])
    jobs.settle(world, number)
    jobs.check(world, taxpayers.get(world, number), kind, payload)
    job = jobs.submit(
        world,
        taxpayer,
        kind,
        payload,
        platform="leqi",
        service=call.target.operation,
        request_number=form.ywlsh,
        content_digest=content,
        fault=call.fault,
    )
    return done(pclsh=job["batch"])


def poll(world, taxpayer, call, form, asked: str) -> tuple:
    """Find the job of a poll: (job, result or None)."""
    number = taxpayer["tax_number"]
    if form.pclsh:
        job = jobs.by_batch(world, number, form.pclsh)
    elif form.ywlsh:
        job = jobs.by_request(world, number, asked, form.ywlsh)
    else:
        raise WrongValue("INVALID_ARGUMENT", "pclsh or ywlsh")
    if job is None or job["service"] != asked:
        raise Refused("NOT_FOUND")
    return job, jobs.poll(world, job, call.fault)


def refused_batch(job, result: dict, *fields: str) -> dict:
    """The answer about invoices of a job that was refused as a whole at work.

    `fields`: what else a line of this service holds, empty here.
    """
    lines = [
        {
            "fpdm": item["code"],
            "fphm": item["number"],
            "cljg": "8",
            "clms": result["text"],
            **dict.fromkeys(fields, ""),
        }
        for item in jobs.items_of(job)
    ]
    return done(
        clzt="1",
        plcode="93000",
        ycdm=result["refused"],
        clms=result["text"],
        fpmx=lines,
    )
