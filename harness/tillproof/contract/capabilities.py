"""What a processor declares it can do. What isn't declared is skipped with that reason, never failed."""

from __future__ import annotations

import msgspec


class Capabilities(msgspec.Struct, frozen=True, kw_only=True):
    """
    A processor's declaration.

    `gateway`: money is held by a third party whose ledger can be read (cash on delivery has none). `look_up`:
    `find_effect` is implemented. `requires_more`: a customer challenge (3-D Secure) can happen. `declines`: the gateway can
    refuse an authorization. `webhooks`: `read_webhook` and `read_standing` are implemented. `key_life`: seconds the gateway
    remembers a key (None: no limit known). `currencies`: ISO codes, lower case (None: any). `public`: the fields of `data` a
    storefront may see. `unpaid_lapses`: the gateway cannot cancel what nothing is held by; that lapses by itself, and nobody
    can pay it without another call of ours. `keeps`: the calls to the gateway whose answers it keeps in memory for later
    calls, such as `POST:/v1/token` (with `{id}` for each part that has a digit); empty, if it keeps nothing but what it was
    made with. Two faults in one run are then tried in far fewer runs. None: it may keep anything.
    """

    gateway: bool = True
    void: bool = True
    partial_capture: bool = False
    partial_refund: bool = True
    several_refunds: bool = True
    requires_more: bool = True
    declines: bool = True
    webhooks: bool = False
    look_up: bool = False
    unpaid_lapses: bool = False
    key_life: float | None = None
    currencies: frozenset[str] | None = None
    public: frozenset[str] = frozenset()
    keeps: frozenset[str] | None = None

    def names(self) -> frozenset[str]:
        """Return the names of the yes-or-no capabilities that hold, as rules and journeys ask for them."""
        return frozenset(f for f in self.__struct_fields__ if getattr(self, f) is True)
