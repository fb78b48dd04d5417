"""Why a call went wrong, read off the record: what it raised, what key it was handed, which keys reached the gateway."""

from __future__ import annotations

from collections.abc import Iterable

from tillproof.domain.statuses import OperationKind
from tillproof.history.events import AnyEvent, Called, GatewayAsked, Returned

CARRY_IT_ON = "pass the key you are given to the gateway, on the first try too"
"""How to mend what `keys_at_the_gateway` shows."""

SAY_UNKNOWN = "return Unknown for what you cannot tell and Refused for a definite no; raise nothing, and never block"
"""How to mend what `raised` shows."""

KEEP_A_COUNTER = (
    "keep a counter in the payment's data, make the gateway's key of it, and raise it only in the answer: "
    "that is safe for one call at a time, and all that a contract without a key permits"
)
"""How to mend what `handed_no_key` shows, within the contract."""

_WITH_EFFECT = frozenset(f"{kind}_payment" for kind in OperationKind)

_NUMBERS = {2: "both calls", 3: "all three calls"}


def keys_at_the_gateway(events: Iterable[AnyEvent], method: str | None) -> str:
    """
    Return one sentence when calls of `method` with one key reached the gateway with none or with several, else nothing.

    Only requests that act count: reads need no key.
    """
    arrived: dict[str, list[str | None]] = {}
    calls: dict[str, int] = {}
    within: str | None = None
    for event in events:
        if isinstance(event, Called):
            within = event.key if event.method == method else None
            if within is not None:
                calls[within] = calls.get(within, 0) + 1
        elif isinstance(event, Returned):
            within = None
        elif isinstance(event, GatewayAsked) and within is not None and event.method != "GET":
            arrived.setdefault(within, []).append(event.key)
    for key, times in calls.items():
        seen = arrived.get(key, [])
        if times < 2 or len(seen) < 2:  # noqa: PLR2004  (one call repeats nothing)
            continue
        who = _NUMBERS.get(times, f"all {times} calls")
        if all(k is None for k in seen):
            return f"{who} carried the backend's key {key}; no request to the gateway carried any key"
        if len(set(seen)) > 1:
            return f"{who} carried the backend's key {key}; the gateway saw {len(set(seen))} different keys"
    return ""


def raised(events: Iterable[AnyEvent], method: str | None) -> str:
    """Return one sentence with the first thing `method` raised of itself, no fault making it, else nothing."""
    for event in events:
        if isinstance(event, Returned) and event.method == method and event.outcome == "exception" and not event.injected:
            return f"{method} raised {event.message}"
    return ""


def handed_no_key(events: Iterable[AnyEvent], method: str | None) -> str:
    """Return one sentence when `method` has an effect, was called more than once, and never with a key, else nothing."""
    keys = [event.key for event in events if isinstance(event, Called) and event.method == method]
    if method not in _WITH_EFFECT or len(keys) < 2 or any(keys):  # noqa: PLR2004  (one call repeats nothing)
        return ""
    return f"{_NUMBERS.get(len(keys), f'all {len(keys)} calls')} of {method} were handed no key to tell them apart by"
