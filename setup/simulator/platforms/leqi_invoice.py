"""An invoice of an upload: its fields, and the same in the bureau's words."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, ValidationError

from .. import money
from ..clock import plain
from .arguments import Form, Optional, TaxNumber

KINDS = {"0": "blue", "1": "red"}
KIND_CODES = {word: code for code, word in KINDS.items()}
TYPES = {"01": "special", "02": "ordinary"}
NATURES = {"": "normal", "00": "normal", "01": "discount", "02": "discounted"}


def _moment(value: str) -> str:
    """20261121093000 → 2026-11-21 09:30:00."""
    if len(value) != 14 or not value.isascii():
        raise ValueError("not yyyyMMddHHmmss")
    return plain(datetime.strptime(value, "%Y%m%d%H%M%S"))


Name = Annotated[str, Field(min_length=1, max_length=100)]
Words = Annotated[Optional, Field(max_length=100)]
Money = Annotated[str, Field(pattern=r"^-?[0-9]{1,12}(\.[0-9]{1,2})?$")]
Quantity = Annotated[Optional, Field(pattern=r"^(-?[0-9]{1,12}(\.[0-9]{1,13})?)?$")]
Rate = Annotated[str, Field(pattern=r"^0(\.[0-9]{1,6})?$")]
Moment = Annotated[str, AfterValidator(_moment)]
DigitalNumber = Annotated[str, Field(pattern=r"^[0-9]{20}$")]


class Line(Form):
    """One line of an invoice."""

    xh: Optional = ""
    xmmc: Name
    sphfwssflhbbm: Optional = ""
    ggxh: Words = ""
    dw: Words = ""
    spsl: Quantity = ""
    dj: Quantity = ""
    je: Money
    slv: Rate
    se: Money
    fphxz: Literal["", "00", "01", "02"] = ""
    yhzcbs: Annotated[Optional, Field(max_length=2)] = ""


class Invoice(Form):
    """One issued invoice (QDFPSC, domain 1.10)."""

    fphm: DigitalNumber
    lzfpbz: Literal["0", "1"]
    fppz: Literal["01", "02"]
    tdys: Annotated[Optional, Field(max_length=2)] = ""
    cezslxDm: Annotated[Optional, Field(max_length=2)] = ""
    xsfmc: Name
    xsfnsrsbh: TaxNumber
    xsfdz: Words = ""
    xsfdh: Words = ""
    xsfkhh: Words = ""
    xsfzh: Words = ""
    gmfmc: Words = ""
    gmfnsrsbh: Annotated[Optional, Field(max_length=30)] = ""
    gmfdz: Words = ""
    gmfdh: Words = ""
    gmfkhh: Words = ""
    gmfzh: Words = ""
    hjje: Money
    hjse: Money
    jshj: Money
    kprq: Moment
    kpr: Name
    bz: Annotated[Optional, Field(max_length=450)] = ""
    fpmxList: Annotated[list[Line], Field(min_length=1, max_length=2000)]
    dylzfphm: Optional = ""
    hzqrxxdbh: Optional = ""
    hzqrduuid: Optional = ""
    chyyDm: Optional = ""


def understood(content: dict) -> dict:
    """The invoice in the bureau's words, or its number and what is invalid."""
    try:
        form = Invoice.model_validate(content)
    except ValidationError as error:
        found = error.errors(include_url=False, include_context=False)
        where = "; ".join(
            ".".join(str(part) for part in one["loc"]) for one in found[:5]
        )
        return {"number": _text(content.get("fphm")), "invalid": where}
    return _in_words(form)


def _text(value: Any) -> str:
    return str(value)[:20] if isinstance(value, (str, int)) else ""


def _in_words(form: Invoice) -> dict:
    kept = form.model_dump(include=_FREE)
    return {
        "number": form.fphm,
        "kind": KINDS[form.lzfpbz],
        "type": TYPES[form.fppz],
        "issued_at": form.kprq,
        "month": form.kprq[:4] + form.kprq[5:7],
        "seller_tax_number": form.xsfnsrsbh,
        "buyer_tax_number": form.gmfnsrsbh,
        "buyer_name": form.gmfmc,
        "net": money.cents(form.hjje),
        "vat": money.cents(form.hjse),
        "gross": money.cents(form.jshj),
        "blue_number": form.dylzfphm if form.lzfpbz == "1" else "",
        "form": form.hzqrxxdbh if form.lzfpbz == "1" else "",
        "form_uuid": form.hzqrduuid,
        "reason": form.chyyDm,
        "lines": [_line(line) for line in form.fpmxList],
        "other": kept,
    }


# Kept and compared, but nothing is decided by it.
_FREE = set(
    "tdys cezslxDm xsfmc xsfdz xsfdh xsfkhh xsfzh gmfdz gmfdh gmfkhh gmfzh kpr "
    "bz".split()
)


def _line(line: Line) -> dict:
    return {
        "name": line.xmmc,
        "tax_class": line.sphfwssflhbbm,
        "specification": line.ggxh,
        "unit": line.dw,
        "quantity": line.spsl,
        "price": line.dj,
        "net": money.cents(line.je),
        "rate": line.slv,
        "vat": money.cents(line.se),
        "nature": NATURES[line.fphxz],
        "preference": line.yhzcbs,
    }
