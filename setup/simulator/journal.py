"""The journal: every request as received, without its secrets."""

import json

from .store import Store

SECRETS = frozenset(
    "certpassword platformpassword password token x-token access_signature key "
    "secret sign signature old new answer".split()
)
MASK = "***"
LONGEST = 64_000


def masked(value):
    """The same content with every secret covered."""
    if isinstance(value, dict):
        return {
            key: MASK if str(key).lower() in SECRETS and inner else masked(inner)
            for key, inner in value.items()
        }
    if isinstance(value, list):
        return [masked(inner) for inner in value]
    return value


class Journal:
    """What came in, and what was answered."""

    def __init__(self, store: Store):
        self._store = store

    def add(
        self,
        *,
        time: str,
        platform: str,
        operation: str,
        tax_number: str,
        request_number: str,
        items: int,
        answer_code: str,
        fault: str | None,
        request,
    ) -> None:
        """Write one line."""
        text = json.dumps(masked(request), ensure_ascii=False)
        text = text.encode("utf-8", "replace").decode()[:LONGEST]
        self._store.run(
            "INSERT INTO journal (time, platform, operation, tax_number, "
            "request_number, items, answer_code, fault, request) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            time,
            platform,
            operation,
            tax_number,
            request_number,
            items,
            answer_code,
            fault,
            text,
        )

    def read(self, after: int = 0, limit: int = 1000) -> list[dict]:
        """Lines after a number, oldest first."""
        rows = self._store.rows(
            "SELECT * FROM journal WHERE id > ? ORDER BY id LIMIT ?", after, limit
        )
        return [dict(row) for row in rows]

    def recent(self, limit: int) -> list[dict]:
        """The latest lines, newest first."""
        rows = self._store.rows("SELECT * FROM journal ORDER BY id DESC LIMIT ?", limit)
        return [dict(row) for row in rows]

    def counts(self) -> dict:
        """How many requests by platform and operation."""
        counts: dict[str, dict[str, int]] = {}
        for row in self._store.rows(
            "SELECT platform, operation, COUNT(*) AS n FROM journal "
            "GROUP BY platform, operation ORDER BY platform, operation"
        ):
            counts.setdefault(row["platform"], {})[row["operation"]] = row["n"]
        return counts
