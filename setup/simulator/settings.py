"""What a tester may set while the program runs."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from .store import Store

DEFAULT_KEYS = {"LEQI0001": "0123456789abcdeffedcba9876543210"}
DEFAULT_SECRETS = {"CUST0001": "entitlement-secret-0001"}


class Values(BaseModel):
    """All settings with their defaults."""

    model_config = ConfigDict(extra="forbid")

    job_seconds: float = Field(1.0, ge=0, le=86400 * 366)
    job_polls: int = Field(0, ge=0, le=10**6)
    repeat_gate_seconds: float = Field(180.0, ge=0, le=86400 * 366)
    latency_ms: float = Field(0.0, ge=0, le=600_000)
    token_seconds: int = Field(1800, ge=1, le=86400 * 366)
    pool_page: int = Field(1000, ge=1, le=1000, description="rows per Leqi file")
    quota_gate_seconds: float = Field(
        3600.0, ge=0, le=86400 * 366, description="between two questions for the quota"
    )
    quota_basis: Literal["net", "gross"] = Field(
        "net", description="which amount of an invoice uses quota"
    )
    red_gives_back: Literal["same_month", "always", "never"] = Field(
        "same_month", description="whether a red invoice gives its quota back"
    )
    red_needs_form: bool = Field(True, description="the confirmation form of a red one")
    vat_tolerance: int = Field(6, ge=0, le=100, description="cents a line")
    issuing_in_real_time: bool = Field(
        False,
        description="quota, numbers and issued invoices keep to real time, however "
        "the clock is set",
    )
    leqi_keys: dict[str, str] = Field(
        default_factory=lambda: dict(DEFAULT_KEYS),
        description="SM4 key (32 hex characters) of each connecting entity",
    )
    entitlement_secrets: dict[str, str] = Field(
        default_factory=lambda: dict(DEFAULT_SECRETS),
        description="secret of each customer of the entitlement platform",
    )


class Settings:
    """The settings, kept in the store and cached here."""

    def __init__(self, store: Store):
        self._store = store
        self.reload()

    def reload(self) -> None:
        """Read them from the store."""
        kept = self._store.get_meta("settings")
        self.values = Values.model_validate_json(kept) if kept else Values()

    def change(self, changes: dict) -> Values:
        """Change some of them; pydantic's ValidationError when one is wrong."""
        values = Values.model_validate({**self.values.model_dump(), **changes})
        for key in values.leqi_keys.values():
            if len(bytes.fromhex(key)) != 16:
                raise ValueError("a key has 32 hex characters")
        self.values = values
        self._store.set_meta("settings", values.model_dump_json())
        return values
