"""What a gateway writes down: the entries of its ledger, the first of the four witnesses (G)."""

from __future__ import annotations

from enum import StrEnum

import msgspec


class EntryKind(StrEnum):
    """What happened at the gateway. Only the last five move or hold money."""

    INTENT = "intent"
    UPDATE = "update"
    CHALLENGE = "challenge"
    DECLINE = "decline"
    AUTHORIZE = "authorize"
    CAPTURE = "capture"
    REFUND = "refund"
    VOID = "void"
    LAPSE = "lapse"


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """
    One line of a gateway's ledger.

    `id` is the entry's own; `intent` the gateway object it belongs to; `parent` what it acts on (a capture's
    authorization, a refund's capture, a void's authorization or, where nothing was held, the intent made unpayable).
    `key` and `reference` are the caller's, as they arrived; `resource` is what the intent was made for (our cart).
    """

    kind: EntryKind
    id: str
    intent: str
    parent: str | None = None
    amount: int = 0
    currency: str = ""
    key: str | None = None
    reference: str | None = None
    resource: str | None = None
