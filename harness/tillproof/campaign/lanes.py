"""Lanes: an undisturbed run, and the runs with a fault that follow from the points it crossed."""

from __future__ import annotations

from http import HTTPStatus

from msgspec.structs import replace

from tillproof.campaign.judging import Judge
from tillproof.campaign.scope import JOURNEY_NAMED, Scope
from tillproof.errors import Misuse, NoVerdict
from tillproof.explore.single import controls, singles
from tillproof.explore.way import Way
from tillproof.faults.plans import UNDISTURBED
from tillproof.history.events import Heard, History, RunKey
from tillproof.history.log import RunResult, RunVerdict
from tillproof.history.masking import masked_text
from tillproof.history.merging import read_shard
from tillproof.history.summary import hidden
from tillproof.options import Options
from tillproof.simulation.journey import Journey
from tillproof.simulation.target import Target

_SHOWN = 300  # characters of what was refused

Lane = tuple[RunResult, tuple[RunKey, ...]]
"""A judged control, and the runs with a fault that follow from the points it crossed."""


def lanes_of(target: Target, judge: Judge, scope: Scope, options: Options, way: Way) -> list[Lane]:
    """
    Make and judge the control of every lane of this shard, in order, and say what follows from it.

    Raises `Misuse` where the shard is left without lanes, `NoVerdict` where there are none at all.
    """
    lanes: list[Lane] = []
    number, of = read_shard(options.shard) if options.shard else (1, 1)
    planned_all = list(controls(target, scope.journeys, scope.dialects, options.seed))
    for planned in planned_all[number - 1 :: of]:
        history = judge.made(planned.key, UNDISTURBED)
        target.check()
        control = _as_control(planned.journey, history, judge.judged(history))
        wanted = options.depth == "single" and control.verdict is not RunVerdict.ERRORED and history.ended
        lanes.append((control, tuple(s.key for s in singles(planned, history, way.strikes)) if wanted else ()))
    if planned_all and not lanes:
        seen = f"this campaign has {len(planned_all)} lanes"
        raise Misuse(f"nothing is left for shard {options.shard}", seen=seen, type_="make fewer shards")
    if not lanes:
        raise NoVerdict(
            "no journey makes sense for this processor, so nothing was exercised",
            seen="; ".join(f"{name}: {why}" for name, why in scope.skipped.items() if name in JOURNEY_NAMED)[:_SHOWN],
            type_="tillproof list journeys",
        )
    return lanes


def _as_control(journey: Journey, history: History, judged: RunResult) -> RunResult:
    """Return the control's result: errored where the target did not carry the journey and no rule says why."""
    refused = [event for event in history.events if isinstance(event, Heard) and event.status >= HTTPStatus.BAD_REQUEST]
    if judged.verdict is not RunVerdict.PASSED or len(refused) == journey.refusals:
        return judged
    heard = ", ".join(f"{event.call} {event.status} {event.body.get('message', '')}".strip() for event in refused)
    error = f"{len(refused)} requests were refused, {journey.refusals} should be: {heard[:_SHOWN]}"
    return replace(judged, verdict=RunVerdict.ERRORED, error=masked_text(error, hidden(history)))
