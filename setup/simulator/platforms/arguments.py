"""Reading request bodies: what is no proper form, and what is a wrong value."""

from datetime import date, datetime
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
)
from pydantic_core import from_json

from .. import money


class Form(BaseModel):
    """A request body. Unknown fields are ignored, numbers may stand for text."""

    model_config = ConfigDict(coerce_numbers_to_str=True, str_strip_whitespace=True)


class Malformed(Exception):
    """Not the form that is asked for."""


class WrongValue(Exception):
    """The right form, but a value that cannot be."""

    def __init__(self, reason: str, text: str):
        super().__init__(text)
        self.reason = reason
        self.text = text


WRONG_VALUES = frozenset(
    "string_pattern_mismatch literal_error value_error string_too_short "
    "too_long string_too_long too_short greater_than_equal less_than_equal".split()
)


def parse(body: bytes | str) -> Any:
    """The JSON of a body; Malformed when it is none."""
    try:
        return from_json(body, allow_inf_nan=False)
    except ValueError as error:
        raise Malformed("not JSON") from error


def scalar(value) -> str:
    """A scalar as text, for journal and faults; anything else is empty."""
    return str(value)[:200] if isinstance(value, (str, int)) else ""


def schema(model: type[Form]) -> dict:
    """The JSON schema of a form, in one piece, as OpenAPI can hold it."""
    whole = model.model_json_schema()
    parts = whole.pop("$defs", {})

    def resolved(value):
        if isinstance(value, dict):
            if "$ref" in value:
                return resolved(parts[value["$ref"].rsplit("/", 1)[1]])
            return {key: resolved(inner) for key, inner in value.items()}
        return [resolved(one) for one in value] if isinstance(value, list) else value

    return resolved(whole)


def fill(model: type[Form], content: Any):
    """The form filled in; Malformed or WrongValue."""
    if not isinstance(content, dict):
        raise Malformed("not a JSON object")
    try:
        return model.model_validate(content)
    except ValidationError as error:
        found = error.errors(include_url=False, include_context=False)
        where = "; ".join(
            f"{'.'.join(str(part) for part in one['loc'])}: {one['type']}"
            for one in found[:5]
        )
        kinds = {one["type"] for one in found}
        if any(
            one["type"] == "too_long" and isinstance(one["input"], list)
            for one in found
        ):
            raise WrongValue("TOO_MANY_ITEMS", where) from error
        if kinds <= WRONG_VALUES:
            raise WrongValue("INVALID_ARGUMENT", where) from error
        raise Malformed(where) from error


def _none_is_empty(value):
    return "" if value is None else value


def _compact_date(value: str) -> str:
    """20261101 → 2026-11-01; empty stays empty."""
    if not value:
        return ""
    if len(value) != 8:
        raise ValueError("not yyyyMMdd")
    return datetime.strptime(value, "%Y%m%d").date().isoformat()


def _iso_date(value: str) -> str:
    if not value:
        return ""
    if len(value) != 10:
        raise ValueError("not yyyy-MM-dd")
    return date.fromisoformat(value).isoformat()


def _amount(value: str) -> str:
    if value:
        money.cents(value)
    return value


PERIOD = r"^2[0-9]{3}(0[1-9]|1[0-2])$"
Optional = Annotated[str, BeforeValidator(_none_is_empty)]
Period = Annotated[str, Field(pattern=PERIOD, examples=["202610"])]
Code = Annotated[Optional, Field(pattern=r"^([0-9]{10}|[0-9]{12})?$")]
Number = Annotated[str, Field(pattern=r"^[0-9]{8}([0-9]{12})?$")]
CompactDate = Annotated[Optional, AfterValidator(_compact_date)]
IsoDate = Annotated[Optional, AfterValidator(_iso_date)]
Amount = Annotated[Optional, AfterValidator(_amount)]
Reason = Annotated[Optional, Field(pattern=r"^[1-5]?$")]
ReasonText = Annotated[Optional, Field(max_length=300)]
TaxNumber = Annotated[str, Field(min_length=1, max_length=30)]
Serial = Annotated[str, Field(min_length=1, max_length=100)]
Cursor = Annotated[Optional, Field(pattern=r"^([0-9]{17})?$")]


def item_values(item, type_: str = "") -> dict:
    """An invoice of a selection request in the bureau's words."""
    return {
        "code": item.fpdm,
        "number": item.fphm,
        "type": type_,
        "issue_date": item.kprq,
        "creditable": money.cents(item.yxse) if item.yxse else None,
        "reason": item.bdkyy,
        "reason_text": item.bdkyysm,
    }


def require_reasons(items: list) -> None:
    """Excluding an invoice needs its reason; the fifth needs a text."""
    for item in items:
        if not item.bdkyy:
            raise WrongValue("INVALID_ARGUMENT", f"{item.fphm}: bdkyy required")
        if item.bdkyy == "5" and not item.bdkyysm:
            raise WrongValue("INVALID_ARGUMENT", f"{item.fphm}: bdkyysm required")
