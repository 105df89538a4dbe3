"""How an invoice of farm products is credited: declared before it is selected."""

from ..money import part_of
from ..world import World
from . import lines, taxpayers
from .words import FARM, ORDINARY, SPECIAL

RATE = 9  # per cent: the basic rate of farm products
OWN_GROWN = frozenset(("own", "bought", "mixed"))
METHODS = ("own", "bought", "mixed", "face_amount", "face_tax")
SPECIAL_ELEMENT = "20"


def fits(type_: str, element: str, method: str) -> bool:
    """Whether an invoice of this kind can be treated so."""
    if method in OWN_GROWN:
        return type_ in ORDINARY and element in FARM
    return type_ in SPECIAL and element == SPECIAL_ELEMENT


def credit(method: str, net: int, vat: int, own: int | None) -> int:
    """The VAT that can be credited after the treatment."""
    if method == "bought":
        return 0
    if method == "face_tax":
        return vat
    return part_of((own or 0) if method == "mixed" else net, RATE, 100)


def require_possible(world: World, taxpayer, payload: dict) -> None:
    """Refuse small-scale taxpayers."""
    taxpayers.require_general(taxpayer)


def work(world: World, taxpayer, payload: dict, platform: str) -> dict:
    """Treat the invoices; one result each."""
    return {"items": lines.act_on_all(world, taxpayer, payload, platform, _treat)}


def _treat(world: World, payload: dict, item: dict, invoice) -> str:
    method = item["method"]
    own = item["own"] if method == "mixed" else None
    objection = _objection(item, invoice, own)
    if objection:
        return objection
    amount = credit(method, invoice["net"], invoice["vat"], own)
    world.store.run(
        "UPDATE invoice SET farm_method = ?, farm_amount = ?, farm_credit = ?, "
        "creditable = ?, changed = ?, effective_treatments = effective_treatments + 1 "
        "WHERE id = ?",
        method,
        own,
        amount,
        amount,
        world.clock.stamp(),
        invoice["id"],
    )
    return "ok"


def _objection(item: dict, invoice, own: int | None) -> str | None:
    """Why this invoice cannot be treated so, or None."""
    method = item["method"]
    if invoice["status"] in lines.BAD_STATUS:
        return invoice["status"]
    if not lines.is_the_one(item, invoice):
        return "type"
    if not fits(invoice["type"], invoice["element"], method):
        return "type"
    if invoice["selection"] != "unselected":
        return "already_selected"
    if method == "mixed" and not 0 < (own or 0) <= invoice["net"]:
        return "farm_amount"
    if (invoice["farm_method"], invoice["farm_amount"]) == (method, own):
        return "treated"
    return None
