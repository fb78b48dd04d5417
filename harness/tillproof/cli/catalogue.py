"""What there is to choose from, and whether what was chosen exists."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from fnmatch import fnmatchcase

import msgspec

from tillproof.errors import Misuse
from tillproof.faults.kinds import KINDS as FAULTS
from tillproof.history.events import RunKey
from tillproof.options import Options
from tillproof.rules.registry import RULES
from tillproof.simulation.journey import ClientKind
from tillproof.simulation.target import NO_GATEWAY
from tillproof.suggestions import unknown
from tillproof_fake_processors import GATEWAYS, PROCESSORS
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


def check_options(options: Options) -> None:
    """Raise `Misuse` for a journey or rule that nothing matches, or a dialect that does not exist."""
    _check_globs("journey", options.journeys, [j.name for j in JOURNEYS], "tillproof list journeys")
    _check_globs("rule", options.rules, [rule.id for rule in RULES], "tillproof list rules")
    special = {"default", "all"}
    for name in options.dialects:
        if name not in DIALECTS and name not in special:
            raise unknown("dialect", name, [*DIALECTS, "default", "all"], list_with="tillproof list dialects")
    if len(options.dialects) > 1 and special & set(options.dialects):
        raise Misuse(
            f"--dialect {' --dialect '.join(options.dialects)} contradict each other",
            seen="default and all stand alone",
            type_="--dialect all",
        )


def _check_globs(what: str, globs: Iterable[str], names: list[str], list_with: str) -> None:
    for glob in globs:
        if not any(fnmatchcase(name, glob) for name in names):
            raise unknown(what, glob, names, list_with=list_with)


def check_names(processor: str, gateway: str | None) -> None:
    """Raise `Misuse` for a built-in processor or gateway that does not exist; `module:Class` is looked at when it is loaded."""
    built_in = ":" not in processor or processor.startswith("liar:")
    if built_in and processor not in PROCESSORS:
        raise unknown("processor", processor, PROCESSORS, list_with="tillproof list processors")
    if gateway is not None and ":" not in gateway and gateway not in GATEWAYS:
        raise unknown("gateway", gateway, GATEWAYS, list_with="tillproof list processors")


def check_run(run: RunKey) -> None:
    """Raise `Misuse` for a run whose journey, client or dialect does not exist here (any more)."""
    _check_globs("journey", [run.journey], [j.name for j in JOURNEYS], "tillproof list journeys")
    if run.client not in list(ClientKind):
        raise unknown("client", run.client, list(ClientKind), list_with="tillproof --version")
    if run.dialect not in DIALECTS and run.dialect != NO_GATEWAY:
        raise unknown("dialect", run.dialect, DIALECTS, list_with="tillproof list dialects")
