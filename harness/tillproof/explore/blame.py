"""
Whose fault a finding is.

Its smallest run is made again with one part after the other swapped for the reference one, under the same seed: the
processor for the honest one at that gateway, the backend for the reference, the client for one that keeps its key.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import msgspec
from msgspec.structs import replace

from tillproof.history.events import History, RunKey
from tillproof.history.evidence import KEEP_A_COUNTER, handed_no_key
from tillproof.history.log_findings import Finding, Swap, Swapped
from tillproof.history.log_runs import RunResult, RunVerdict
from tillproof.reference import api
from tillproof.simulation.front import Furnish
from tillproof.simulation.journey import ClientKind, Journey
from tillproof.simulation.shopfront import Shopfront
from tillproof.simulation.target import Target

Make = Callable[[Target, RunKey, Furnish], RunResult]
"""Makes a run of a target with its shop furnished that way, and judges it."""

PROCESSOR, BACKEND, CLIENT, CONTRACT = "the processor", "the backend", "the client", "the contract"
BOTH = f"{PROCESSOR} and {BACKEND}, both needed"
EITHER = f"{PROCESSOR} and {BACKEND}, either alone"


class Parts(msgspec.Struct, frozen=True, kw_only=True):
    """What a run was made of. `honest` is the processor to put in the target's place, or why there is none."""

    target: Target
    honest: Target | str
    journey: Journey
    furnish: Furnish


def blamed(found: Finding, broken: Iterable[str], history: History, parts: Parts, make: Make) -> Finding:
    """
    Return the finding with what each swap did and who is guilty.

    `broken` are the rules that its smallest run broke, `history` is that run.
    """
    rules = frozenset(broken)
    swaps = (_processor(found, rules, parts, make), _backend(found, rules, parts, make), _client(found, rules, parts, make))
    ends = {swap.party: swap.ends for swap in swaps}
    keyless = handed_no_key(history.events, found.method)
    if keyless and ends[BACKEND] is not Swapped.STAYS:
        return replace(found, swaps=swaps, guilty=CONTRACT, why=keyless, mend=KEEP_A_COUNTER)
    return replace(found, swaps=swaps, guilty=_guilty(ends) or found.guilty)


def _guilty(ends: dict[str, Swapped]) -> str:
    """Name who is guilty, or nobody where no swap tells more than what was tested."""
    gone = [party for party, end in ends.items() if end is Swapped.GONE]
    if PROCESSOR in gone and BACKEND in gone:
        return BOTH
    if gone:
        return gone[0]
    return EITHER if ends[PROCESSOR] is Swapped.STAYS and ends[BACKEND] is Swapped.STAYS else ""


def _processor(found: Finding, broken: frozenset[str], parts: Parts, make: Make) -> Swap:
    honest = parts.honest
    if isinstance(honest, str):
        return Swap(party=PROCESSOR, ends=Swapped.IMPOSSIBLE, reason=honest)
    if honest.name == parts.target.name:
        return Swap(party=PROCESSOR, ends=Swapped.ALREADY)
    if parts.furnish is not Shopfront:
        reason = "the server runs with the processor it was started with"
        return Swap(party=PROCESSOR, ends=Swapped.IMPOSSIBLE, reason=reason)
    if parts.journey.needs - honest.capabilities:
        reason = f"the honest one lacks what {parts.journey.name} needs"
        return Swap(party=PROCESSOR, ends=Swapped.IMPOSSIBLE, reason=reason)
    instead = replace(honest, backend=parts.target.backend)
    return _ended(PROCESSOR, broken, make(instead, found.run, parts.furnish))


def _backend(found: Finding, broken: frozenset[str], parts: Parts, make: Make) -> Swap:
    target = parts.target
    if parts.furnish is Shopfront and target.backend is api:
        return Swap(party=BACKEND, ends=Swapped.ALREADY)
    return _ended(BACKEND, broken, make(replace(target, backend=api), found.run, Shopfront))


def _client(found: Finding, broken: frozenset[str], parts: Parts, make: Make) -> Swap:
    if found.run.client == ClientKind.KEEPS_KEY:
        return Swap(party=CLIENT, ends=Swapped.ALREADY)
    if ClientKind.KEEPS_KEY not in parts.journey.clients:
        reason = f"{parts.journey.name} is not made with a client that keeps its key"
        return Swap(party=CLIENT, ends=Swapped.IMPOSSIBLE, reason=reason)
    key = replace(found.run, client=ClientKind.KEEPS_KEY.value)
    return _ended(CLIENT, broken, make(parts.target, key, parts.furnish))


def _ended(party: str, broken: frozenset[str], judged: RunResult) -> Swap:
    """Tell what became of the finding in the run with this party swapped."""
    now = dict.fromkeys(breach.rule for breach in judged.breaches)
    if not broken.isdisjoint(now):
        return Swap(party=party, ends=Swapped.STAYS)
    if judged.verdict is RunVerdict.ERRORED:
        return Swap(party=party, ends=Swapped.IMPOSSIBLE, reason=f"the run does not end: {judged.error}")
    reason = f"it breaks {' '.join(now)} instead" if now else ""
    if judged.verdict is RunVerdict.NOT_APPLICABLE:
        reason = "the run never comes to where the fault strikes"
    return Swap(party=party, ends=Swapped.GONE, reason=reason)
