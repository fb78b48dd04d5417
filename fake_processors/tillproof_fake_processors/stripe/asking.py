"""A request as the endpoints see it: what is named in its path, its parameters, and how its caller names the effect."""

from __future__ import annotations

import msgspec

from tillproof.domain.entities import Data
from tillproof_fake_processors.ledger import Caller

REFERENCE = "reference"
"""The name in `metadata` under which a shop sends its own reference for an effect. Stripe itself gives it no meaning."""

RESOURCE = "resource_id"
"""The name in `metadata` of what a payment intent was made for (our cart)."""


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """`id` is the one named in the path, or empty. `params` are the query of a GET or DELETE, and the body of a POST."""

    id: str = ""
    params: Data = {}
    key: str | None = None

    def caller(self) -> Caller:
        """Return how the caller names the effect: the key, and the reference this very request sends."""
        return Caller(self.key, self._named(REFERENCE))

    def resource(self) -> str | None:
        """Return what the caller says the payment is for."""
        return self._named(RESOURCE)

    def _named(self, name: str) -> str | None:
        metadata: object = self.params.get("metadata")
        value = metadata.get(name) if isinstance(metadata, dict) else None  # pyright: ignore[reportUnknownVariableType, reportUnknownMemberType] - a caller's JSON
        return value if isinstance(value, str) and value else None
