"""The operations of the log, one row each, and what is true of each kind.

Models, channels and the external interface ask this table; nobody looks at the
spelling of a key. The keys, in the order of the manual (000, 手工重试), are words of
the interface and never change.
"""

import dataclasses


@dataclasses.dataclass(frozen=True)
class OperationKind:
    """What one operation is about.

    :ivar subject: ``invoices`` (a ledger line each) or ``table`` (none)
    :ivar effect: what it changes at the bureau: ``selection``, ``farm`` (how a farm
        product invoice is credited), ``booking`` or ``table``
    :ivar purpose: under which its invoices stand: ``deduct``, ``exclude``,
        ``refund``; empty where it does not select
    :ivar use: which of the dated rules of credit it needs, where that is not the
        purpose: ``passenger``
    :ivar farm_method: how it treats a farm product invoice, see
        ``messages.FARM_METHODS``
    :ivar revokes: whether it takes the purpose back
    :ivar table: which table it concerns: ``deduction`` or ``refund``. A table
        operation stands behind all open work on that table and before what comes
        later
    :ivar sent_as: the operation that goes over the wire in its place; empty: itself
    :ivar further: operations that follow in the same batch, each sent only after the
        one before it succeeded
    :ivar waits: it is for a tax period that is not open yet: its batch is held until
        that opens, and is then decided anew
    :ivar is_local: nothing is sent at all; it takes back what waits
    :ivar is_final: nothing takes it back
    :ivar is_barred_small_scale: whether small-scale taxpayers may not do it (manual
        000, the nineteen types)
    """

    key: str
    subject: str = "invoices"
    effect: str = "selection"
    purpose: str = ""
    use: str = ""
    farm_method: str = ""
    revokes: bool = False
    table: str = "deduction"
    sent_as: str = ""
    further: tuple = ()
    waits: bool = False
    is_local: bool = False
    is_final: bool = False
    is_barred_small_scale: bool = True

    @property
    def bound_to(self):
        """Which period it is bound to: ``deduction`` (the open one, unless a table
        locks it), ``later`` (one that is not open yet), ``month`` (the running one of
        the calendar) or nothing."""
        if self.table == "refund":
            return "month"
        if self.waits or self.is_local:
            return "later"
        return "" if self.effect in ("farm", "booking") else "deduction"


def _table(key, **values):
    return OperationKind(key, subject="table", effect="table", **values)


def _farm(key, method):
    return OperationKind(key, effect="farm", farm_method=method)


KINDS = {
    kind.key: kind
    for kind in (
        OperationKind("deduct", purpose="deduct"),
        OperationKind("deduct_revoke", purpose="deduct", revokes=True),
        OperationKind("exclude", purpose="exclude"),
        OperationKind("exclude_revoke", purpose="exclude", revokes=True),
        # Waits here until its period opens, then goes out as a deduction.
        OperationKind("preselect", purpose="deduct", sent_as="deduct", waits=True),
        OperationKind(
            "preselect_revoke", purpose="deduct", revokes=True, is_local=True
        ),
        OperationKind("passenger", purpose="deduct", use="passenger"),
        _table("statistics"),
        _table("statistics_revoke", revokes=True),
        _table("sign"),
        _table("sign_revoke", revokes=True),
        # Back to the period before, when "filed" was answered by mistake.
        _table("roll_back"),
        # Selects, builds the table and signs it, one after the other.
        OperationKind(
            "certify",
            purpose="deduct",
            sent_as="deduct",
            further=("statistics", "sign"),
        ),
        _table("refund_sign", table="refund", is_final=True),
        OperationKind("refund", purpose="refund", table="refund"),
        OperationKind("refund_revoke", purpose="refund", revokes=True, table="refund"),
        _farm("farm_own", "own"),
        _farm("farm_bought", "bought"),
        _farm("farm_mixed", "mixed"),
        _farm("farm_face_amount", "face_amount"),
        _farm("farm_face_tax", "face_tax"),
        OperationKind("booking", effect="booking", is_barred_small_scale=False),
    )
}
INVOICE_OPERATIONS = tuple(
    kind.key for kind in KINDS.values() if kind.subject == "invoices"
)
TABLE_OPERATIONS = tuple(kind.key for kind in KINDS.values() if kind.subject == "table")
# Batches that build or change a table: what comes later stands behind them.
BARRIER_OPERATIONS = tuple(
    kind.key for kind in KINDS.values() if kind.subject == "table" or kind.further
)
WAITING_OPERATIONS = tuple(kind.key for kind in KINDS.values() if kind.waits)
SELECTING_OPERATIONS = tuple(
    kind.key for kind in KINDS.values() if kind.effect == "selection"
)
FARM_OPERATIONS = tuple(kind.key for kind in KINDS.values() if kind.effect == "farm")


def get_wire_operations(key):
    """What goes over the wire for an operation, in this order; nothing when local."""
    kind = KINDS[key]
    return () if kind.is_local else (kind.sent_as or key, *kind.further)
