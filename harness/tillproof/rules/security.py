"""Security: what the storefront must never be shown."""

from __future__ import annotations

from typing import cast

import msgspec

from tillproof.domain.entities import Data
from tillproof.history.events import Heard
from tillproof.history.folded import objects
from tillproof.history.story import Story
from tillproof.history.verdicts import Breach, Level
from tillproof.rules.effects import is_shopper
from tillproof.rules.rule import Rule, rule

_ENCODER = msgspec.json.Encoder()


@rule(
    "SEC-01",
    Level.MUST,
    seed="S6",
    failures="F-SEC-01 F-SEC-02 F-SEC-03 F-SEC-10",
    witnesses="H",
    title="No secret reaches the storefront",
    why="Whoever opens the browser's console can read what lets them act on the payment.",
    mend="Keep in data only what later calls need; declare what the shopper needs public; serve nothing else.",
)
def sec_01(story: Story) -> list[Breach] | None:
    """
    No answer to the storefront carries a secret, a raw gateway reply or private processor data.

    Not a breach: fields of `data` that the processor declared public, or what the operator's desk is shown.
    """
    secrets = [marker.encode() for marker in story.history.secrets]
    served: list[Heard] = []
    for wish in story.wishes:
        if is_shopper(wish.actor):
            served += [t.heard for t in (wish.tries if not wish.looks else wish.tries + wish.looks) if t.heard is not None]
    if not served:
        return None
    found: list[Breach] = []
    everything = _text([(heard.body, heard.headers) for heard in served]) if secrets else b""
    present = [raw for raw in secrets if raw in everything]  # all answers at once: there is hardly ever one
    for heard in served:
        text = _text((heard.body, heard.headers)) if present else b""
        if any(raw in text for raw in present):
            says = f"the answer to {heard.call} carries something the gateway told the processor alone"
            found.append(Breach(rule="SEC-01", step=heard.step, says=says))
        private = _private(story, heard.body)
        if private:
            says = f"the answer to {heard.call} shows private data: {', '.join(sorted(private))}"
            found.append(Breach(rule="SEC-01", step=heard.step, says=says))
    return found


def _text(value: object) -> bytes:
    """Return a value as JSON; as Python writes it, where it is no JSON."""
    try:
        return _ENCODER.encode(value)
    except (TypeError, ValueError, OverflowError, RecursionError):
        return repr(value).encode(errors="backslashreplace")


def _private(story: Story, body: Data) -> list[str]:
    """Return the names of the data fields served of the processor under test that it did not declare public."""
    inner = body.get("data") if "type" in body else body.get("cart") or body.get("order") or body.get("swap")
    if not isinstance(inner, dict):
        return []
    shown = cast("Data", inner)
    found: list[str] = []
    for row in objects(shown.get("payment_sessions")) + objects(shown.get("payments")):
        data = row.get("data")
        if data and isinstance(data, dict) and row.get("provider_id") == story.provider_id:
            found.extend(str(field) for field in cast("Data", data) if field not in story.history.public)
    return found


RULES: tuple[Rule, ...] = (sec_01,)
"""The rules of this family."""
