"""
A campaign: every run there is for a target and its choices, made, judged, and written to the report log.

Runs come in lanes: one journey with one client under one dialect, its undisturbed run first, then every single fault. Lanes
may be made by several processes; the log lists them in the same order all the same.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from fnmatch import fnmatchcase
from http import HTTPStatus
from typing import TypeVar

import msgspec
from msgspec.structs import replace

from tillproof import __version__
from tillproof.errors import Misuse, NoVerdict
from tillproof.explore.single import controls, singles
from tillproof.explore.way import SIMULATED, Way
from tillproof.faults.kinds import KINDS
from tillproof.faults.plans import UNDISTURBED, Plan, parse
from tillproof.history.events import Heard, History, RunKey
from tillproof.history.findings import Cause, finding
from tillproof.history.footer import Tally
from tillproof.history.log import (
    FORMAT,
    Finding,
    Footer,
    Header,
    JourneyLine,
    LogLine,
    RuleLine,
    RunResult,
    RunVerdict,
    TargetLine,
)
from tillproof.history.masking import masked_text
from tillproof.history.merging import read_shard
from tillproof.history.story import fold, money
from tillproof.history.summary import hidden, result
from tillproof.history.verdicts import Level
from tillproof.options import Options
from tillproof.rules.registry import RULES, Judgement, judge, missing
from tillproof.rules.rule import Rule
from tillproof.simulation.front import Furnish
from tillproof.simulation.journey import Journey
from tillproof.simulation.shopfront import Shopfront
from tillproof.simulation.target import Target
from tillproof.simulation.world import run
from tillproof.suggestions import unknown
from tillproof.targets.named import opened
from tillproof.targets.wire.turns import in_turn
from tillproof_scenarios import JOURNEYS

T = TypeVar("T")

_SHOWN = 300  # characters of what was refused

FEW = 1_000
"""Runs below which starting worker processes costs more than they save."""

Emit = Callable[[LogLine], None]
"""Takes the lines of the log as they come."""

Progress = Callable[[int, int], None]
"""Told how many runs are made, and of how many."""

_JOURNEYS = {journey.name: journey for journey in JOURNEYS}
_SAYS = {kind.name: kind.says for kind in KINDS.values()}


class Scope(msgspec.Struct, frozen=True, kw_only=True):
    """What the choices select of what there is. `skipped` gives the reason for each rule or journey that is left out."""

    rules: tuple[Rule, ...]
    journeys: tuple[Journey, ...]
    dialects: tuple[str, ...]
    skipped: dict[str, str]


def conduct(target: Target, options: Options, emit: Emit, progress: Progress, way: Way = SIMULATED) -> Footer:
    """
    Make and judge every run that way, emit the whole log line by line, and return its footer.

    Raises `Misuse` where a choice selects nothing, `NoVerdict` where no run of the target's code can be judged.
    """
    scope = scope_of(target, options)
    head = _header(target, scope, options, way.party)
    emit(head)
    tally = Tally(head)
    judge_ = Judge(target, head, way.fronts[0])
    lanes = _lanes(target, judge_, scope, options, way)
    made = len(lanes)
    total = made + sum(len(keys) for _, keys in lanes)
    progress(made, total)
    for (control, _), judged in zip(lanes, _judged(target, judge_, head, lanes, options.workers, way), strict=True):
        for judged_run in (control, *judged):
            tally.add(judged_run)
            emit(judged_run)
        made += len(judged)
        progress(made, total)
    told = [judge_.told(cause) for cause in tally.causes()]
    for line in told:
        emit(line)
    footer = tally.footer(told)
    emit(footer)
    return footer


def replay(target: Target, key: RunKey) -> tuple[History, Judgement]:
    """Make one run again and judge it by every rule. Raises `Misuse` for a journey or plan that does not exist."""
    journey = _JOURNEYS.get(key.journey)
    if journey is None:
        raise unknown("journey", key.journey, _JOURNEYS, list_with="tillproof list journeys")
    history = run(target, journey, key, parse(key.plan))
    return history, judge(fold(history), RULES)


class Judge:
    """Makes runs of one target and judges them by the rules of one header."""

    def __init__(self, target: Target, head: Header, furnish: Furnish) -> None:
        """Judge by the header's rules that are not skipped, on shops furnished that way unless a run says otherwise."""
        self._furnish = furnish
        self._target = target
        self._head = head
        ids = [line.id for line in head.rules]
        self._index = {id_: n for n, id_ in enumerate(ids)}
        wanted = {line.id for line in head.rules if not line.skipped}
        self._rules = tuple(rule for rule in RULES if rule.id in wanted)

    def made(self, key: RunKey, plan: Plan, furnish: Furnish | None = None) -> History:
        """Make the run."""
        return run(self._target, _JOURNEYS[key.journey], key, plan, furnish or self._furnish)

    def judged(self, history: History) -> RunResult:
        """Fold the run, ask every rule, and sum it up."""
        story = fold(history)
        judgement = judge(story, self._rules)
        return result(
            history,
            exercised=(self._index[id_] for id_ in judgement.exercised),
            breaches=judgement.breaches,
            money=money(story) if judgement.breaches else None,
        )

    def told(self, cause: Cause) -> Finding:
        """Make the smallest run of a cause again and tell it as a finding."""
        key = cause.smallest.run
        return finding(self._head, cause, self.made(key, parse(key.plan)), _SAYS)


def scope_of(target: Target, options: Options) -> Scope:
    """Return what the options select for this target. Raises `Misuse` for a name or glob that selects nothing."""
    skipped: dict[str, str] = {}
    rules = _selected("rule", options.rules, {rule.id: rule for rule in RULES})
    for rule in rules:
        lacks = missing(rule, target.capabilities)
        if lacks is not None:
            skipped[rule.id] = lacks
        elif options.level is Level.MUST and rule.level is not Level.MUST:
            skipped[rule.id] = "left out by --level must"
    journeys = _selected("journey", options.journeys, _JOURNEYS)
    for journey in journeys:
        lacking = sorted(journey.needs - target.capabilities)
        if lacking:
            skipped[journey.name] = f"the processor does not declare {' or '.join(lacking)}"
    return Scope(rules=rules, journeys=journeys, dialects=_dialects(target, options.dialects), skipped=skipped)


def _dialects(target: Target, wanted: Sequence[str]) -> tuple[str, ...]:
    if tuple(wanted) == ("default",):
        return target.dialects[:1]
    if tuple(wanted) == ("all",):
        return target.dialects
    for name in wanted:
        if name not in target.dialects:
            raise unknown("dialect", name, target.dialects, list_with="tillproof list dialects")
    return tuple(name for name in target.dialects if name in wanted)


def _selected(what: str, globs: Sequence[str], there: dict[str, T]) -> tuple[T, ...]:
    for glob in globs:
        if not any(fnmatchcase(name, glob) for name in there):
            raise unknown(what, glob, there, list_with=f"tillproof list {what}s")
    return tuple(value for name, value in there.items() if any(fnmatchcase(name, glob) for glob in globs))


def _header(target: Target, scope: Scope, options: Options, party: str) -> Header:
    return Header(
        format=FORMAT,
        tillproof=__version__,
        target=TargetLine(
            name=target.name,
            identifier=target.provider_id,
            gateway=target.gateway,
            capabilities=tuple(sorted(target.capabilities)),
            kind=party,
        ),
        choices=options.choices(),
        rules=tuple(_rule_line(rule, scope) for rule in scope.rules),
        journeys=tuple(
            JourneyLine(name=j.name, title=j.title, theme=j.theme, skipped=scope.skipped.get(j.name, ""))
            for j in scope.journeys
        ),
        dialects=scope.dialects,
        shard=options.shard,
    )


def _rule_line(rule: Rule, scope: Scope) -> RuleLine:
    shared = {name: getattr(rule, name) for name in RuleLine.__struct_fields__ if name != "skipped"}
    return RuleLine(**shared, skipped=scope.skipped.get(rule.id, ""))


Lane = tuple[RunResult, tuple[RunKey, ...]]
"""A judged control, and the runs with a fault that follow from the points it crossed."""


def _lanes(target: Target, judge_: Judge, scope: Scope, options: Options, way: Way) -> list[Lane]:
    lanes: list[Lane] = []
    number, of = read_shard(options.shard) if options.shard else (1, 1)
    planned_all = list(controls(target, scope.journeys, scope.dialects, options.seed))
    for planned in planned_all[number - 1 :: of]:
        history = judge_.made(planned.key, UNDISTURBED)
        target.check()
        control = _as_control(planned.journey, history, judge_.judged(history))
        wanted = options.depth == "single" and control.verdict is not RunVerdict.ERRORED and history.ended
        lanes.append((control, tuple(s.key for s in singles(planned, history, way.strikes)) if wanted else ()))
    if planned_all and not lanes:
        seen = f"this campaign has {len(planned_all)} lanes"
        raise Misuse(f"nothing is left for shard {options.shard}", seen=seen, type_="make fewer shards")
    if not lanes:
        raise NoVerdict(
            "no journey makes sense for this processor, so nothing was exercised",
            seen="; ".join(f"{name}: {why}" for name, why in scope.skipped.items() if name in _JOURNEYS)[:300],
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


def _judged(
    target: Target, judge_: Judge, head: Header, lanes: Sequence[Lane], workers: int, way: Way
) -> Iterator[Sequence[RunResult]]:
    """Yield each lane's judged runs, in order, made here, by worker processes, or by servers."""
    if way is not SIMULATED:
        yield from in_turn(lambda front, keys: list(_run_all(judge_, keys, front)), [keys for _, keys in lanes], way.fronts)
        return
    if workers == 1 or sum(len(keys) for _, keys in lanes) < FEW:
        for _, keys in lanes:
            yield list(_run_all(judge_, keys))
        return
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(
        workers, context, _start_worker, (target.name, target.gateway, msgspec.json.encode(head))
    ) as pool:
        for packed in pool.map(_run_in_worker, [msgspec.msgpack.encode(keys) for _, keys in lanes]):
            yield _UNPACK_RESULTS.decode(packed)


def _run_all(judge_: Judge, keys: Iterable[RunKey], furnish: Furnish | None = None) -> Iterator[RunResult]:
    for key in keys:
        yield judge_.judged(judge_.made(key, parse(key.plan), furnish))


_UNPACK_RESULTS = msgspec.msgpack.Decoder(list[RunResult])
_UNPACK_KEYS = msgspec.msgpack.Decoder(tuple[RunKey, ...])
_until_the_process_ends = ExitStack()
_worker: list[Judge] = []  # the judge of this worker process; filled once, when it starts


def _start_worker(name: str, gateway: str | None, head: bytes) -> None:
    target = _until_the_process_ends.enter_context(opened(name, gateway))
    _worker.append(Judge(target, msgspec.json.decode(head, type=Header), Shopfront))


def _run_in_worker(keys: bytes) -> bytes:
    return msgspec.msgpack.encode(list(_run_all(_worker[0], _UNPACK_KEYS.decode(keys))))
