"""What there is to choose from."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from tillproof.faults.kinds import KINDS as FAULTS
from tillproof.rules.registry import RULES
from tillproof_fake_processors import PROCESSORS
from tillproof_fake_processors.dialects import DIALECTS
from tillproof_scenarios import JOURNEYS


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One thing to choose: its name, what belongs to it in a word or two, and what it is in one sentence."""

    name: str
    about: str
    title: str


def rules() -> list[Entry]:
    """Return every rule, with its level."""
    return [Entry(name=rule.id, about=rule.level.upper(), title=rule.title) for rule in RULES]


def journeys() -> list[Entry]:
    """Return every journey, with its theme."""
    return [Entry(name=j.name, about=j.theme, title=j.title) for j in JOURNEYS]


def faults() -> list[Entry]:
    """Return every kind of fault, with the seams it can strike at."""
    return [Entry(name=k.name, about=", ".join(sorted(k.seams)), title=k.says) for k in FAULTS.values()]


def dialects() -> list[Entry]:
    """Return every gateway dialect, with the gateway it is modelled on."""
    return [Entry(name=d.name, about=d.model, title=_dialect(d.key_life, d.other_contents)) for d in DIALECTS.values()]


def _dialect(key_life: float, other_contents: int | None) -> str:
    if not key_life:
        return "remembers no key"
    compared = "contents not compared" if other_contents is None else f"other contents: {other_contents}"
    return f"a key lives {key_life / 3600:g} h; {compared}"


def processors() -> list[Entry]:
    """Return every built-in processor, with the gateway it speaks to."""
    return [Entry(name=p.name, about=p.gateway or "no gateway", title=p.says) for p in PROCESSORS.values()]


CATALOGUE: dict[str, Callable[[], list[Entry]]] = {
    "rules": rules,
    "journeys": journeys,
    "faults": faults,
    "dialects": dialects,
    "processors": processors,
}
"""What `tillproof list` can list."""
