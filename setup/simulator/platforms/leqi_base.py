"""Leqi capability 202007: what certification needs of it."""

from typing import Annotated

from pydantic import Field

from ..bureau import jobs, pool, taxpayers
from . import leqi_rows as rows
from .arguments import Code, Form, Number, TaxNumber
from .leqi import done, service

CAPABILITY = "202007"


class OfTaxpayer(Form):
    """Asks about a taxpayer."""

    nsrsbh: TaxNumber


class Key(Form):
    """The key of an invoice."""

    fpdm: Code = ""
    fphm: Number


class Keys(OfTaxpayer):
    """Asks about invoices."""

    fpxx: Annotated[list[Key], Field(min_length=1, max_length=100)]


@service(CAPABILITY, "CXNSRJBXX", OfTaxpayer)
def profile(world, taxpayer, form, call) -> dict:
    """Name, kind, status, authority, filing."""
    return done(
        nsrmc=taxpayer["name"],
        nsrlx=taxpayer["kind"],
        nsrztdm=taxpayer["status"],
        zgswjg=taxpayer["authority"],
        sbzq="Q" if taxpayer["filing"] == "quarter" else "M",
    )


@service(CAPABILITY, "CXNSRFXXX", OfTaxpayer)
def risk(world, taxpayer, form, call) -> dict:
    """Risk and credit level."""
    return done(
        fxnsrbz="Y" if taxpayer["risk"] else "N",
        fxnsrlx="01" if taxpayer["risk"] else "",
        xydj=taxpayer["credit_level"] or "",
    )


@service(CAPABILITY, "CXXYDJXGJL", OfTaxpayer)
def credit_history(world, taxpayer, form, call) -> dict:
    """The credit levels, newest first."""
    history = taxpayers.credit_history(world, taxpayer["tax_number"])
    return done(
        xyjl=[
            {
                "xydj": row["level"],
                "qybz": "Y" if row["active"] else "N",
                "yxqq": rows.digits(row["valid_from"]),
            }
            for row in history
        ]
    )


@service(CAPABILITY, "FPZTXXCX", Keys)
def invoice_states(world, taxpayer, form, call) -> dict:
    """How invoices stand; unknown ones are left out."""
    number = taxpayer["tax_number"]
    jobs.settle(world, number)
    found = (pool.find(world, number, key.fpdm, key.fphm) for key in form.fpxx)
    return done(fpxx=[rows.invoice(row) for row in found if row])
