"""The request bodies of the RPA channel."""

from typing import Annotated, Literal

from pydantic import Field

from .arguments import (
    Amount,
    Code,
    Cursor,
    Form,
    IsoDate,
    Number,
    Optional,
    Period,
    Reason,
    ReasonText,
    TaxNumber,
)


class OfTaxpayer(Form):
    """Asks about a taxpayer."""

    taxNo: TaxNumber


class Pool(OfTaxpayer):
    """Asks for a page of the pool."""

    updatedSince: Cursor = ""
    page: int = Field(1, ge=1, le=10**6)
    pageSize: int = Field(500, ge=1, le=500)


class Key(Form):
    """The key of an invoice."""

    fpdm: Code = ""
    fphm: Number


class Invoices(OfTaxpayer):
    """Asks about invoices."""

    invoices: Annotated[list[Key], Field(min_length=1, max_length=100)]


class Item(Key):
    """One invoice of a selection."""

    kprq: IsoDate = ""
    yxse: Amount = ""
    bdkyy: Reason = ""
    bdkyysm: ReasonText = ""
    method: Annotated[
        Optional, Field(pattern="^(own|bought|mixed|faceAmount|faceTax)?$")
    ] = ""
    ownAmount: Amount = ""
    bookedOn: IsoDate = ""


class Submit(OfTaxpayer):
    """Asks for a task."""

    taskType: Literal["GX", "TJ", "QXTJ", "QR", "QXQR", "HT", "TSQR", "NCP", "RZ"]
    period: Period
    traceNo: Annotated[Optional, Field(max_length=100)] = ""
    gxlx: Annotated[Optional, Field(pattern=r"^(1|6|4|13|2|7|9)?$")] = ""
    filing: Annotated[Optional, Field(pattern=r"^(unfinished|finished)?$")] = ""
    items: Annotated[list[Item] | None, Field(max_length=100)] = None


class Query(OfTaxpayer):
    """Asks for the result of a task."""

    reqId: Optional = ""
    traceNo: Optional = ""


class Statistics(OfTaxpayer):
    """Asks for the table of a period."""

    period: Period
