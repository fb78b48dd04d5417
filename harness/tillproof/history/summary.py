"""A run in one line of the log: from its history and what the rules said of it to a `RunResult`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from tillproof.domain.entities import Operation
from tillproof.domain.statuses import OperationState
from tillproof.history.events import (
    Announced,
    AnyEvent,
    Asked,
    Called,
    Committed,
    Erred,
    Faulted,
    GatewayAsked,
    Heard,
    History,
    Returned,
    Turned,
)
from tillproof.history.harms import harm
from tillproof.history.log_runs import RunResult, RunVerdict
from tillproof.history.masking import masked_text, secret_values
from tillproof.history.moments import moments
from tillproof.history.verdicts import Breach, Money3

_REFUSALS = range(400, 500)
_NOT_KNOWN = "conflict"
"""The one such answer that is no refusal: its outcome is not known yet."""


class _Seen:
    """What one pass over the events collects."""

    def __init__(self, events: Iterable[AnyEvent]) -> None:
        self.points = 0
        self.methods: dict[str, None] = {}
        self.listed: dict[str, str] = {}
        self.refused: dict[tuple[str, int], bool] = {}
        self.error = ""
        for event in events:
            if isinstance(event, Called):
                self.points += 1
                self.methods[event.method] = None
            elif isinstance(event, Committed):
                self.points += 1
                self._operations(event)
            elif isinstance(event, Asked | GatewayAsked | Announced):
                self.points += 1
            elif isinstance(event, Heard):
                self.refused[event.actor, event.intent] = event.status in _REFUSALS and event.body.get("type") != _NOT_KNOWN
            elif isinstance(event, Erred):
                self.error = self.error or f"{event.where}: {event.error}"

    def _operations(self, commit: Committed) -> None:
        for change in commit.changes:
            if isinstance(change.row, Operation):
                if change.row.state is OperationState.LISTED:
                    self.listed[change.id] = f"{change.row.kind}_payment"
                else:
                    self.listed.pop(change.id, None)


def result(
    history: History,
    *,
    exercised: Iterable[int],
    breaches: Sequence[Breach],
    money: Money3 | None,
    goals: tuple[int, ...] = (),
) -> RunResult:
    """
    Sum a judged run up.

    `exercised` are indices into the header's rules, `goals` into its goals, `breaches` what the rules found, `money` the
    three columns at the end (may be None for a run without breaches). Texts are masked. A run that did not go as planned is
    not applicable, unless a rule was broken in it all the same.
    """
    seen = _Seen(history.events)
    error = "" if history.ended and not seen.error else seen.error or "the journey did not come to its end"
    secrets = hidden(history) if breaches or error else ()
    if breaches:
        verdict = RunVerdict.FAILED
    elif not went_as_planned(history):
        verdict = RunVerdict.NOT_APPLICABLE
    else:
        verdict = RunVerdict.ERRORED if error else RunVerdict.PASSED
    return RunResult(
        run=history.run,
        verdict=verdict,
        points=seen.points,
        events=len(history.events),
        methods=tuple(seen.methods),
        listed=tuple(sorted(set(seen.listed.values()))),
        refused=sum(seen.refused.values()),
        repeats=history.repeats,
        exercised=tuple(sorted(exercised)),
        goals=goals,
        moments=moments(history),
        breaches=tuple(msgspec.structs.replace(b, says=masked_text(b.says, secrets)) for b in breaches),
        method=_blamed(history.events, breaches),
        harm=harm(money, (b.rule for b in breaches)) if breaches else None,
        money=money if breaches else None,
        error=masked_text(error, secrets) if verdict is RunVerdict.ERRORED else "",
    )


def went_as_planned(history: History) -> bool:
    """Tell whether every fault of the run's plan struck, and every turn of its schedule was given."""
    run = history.run
    if run.is_control:
        return True
    struck = {event.fault for event in history.events if isinstance(event, Faulted)}
    given = {event.by for event in history.events if isinstance(event, Turned)}
    return struck.issuperset(_parts(run.plan)) and given.issuperset(_parts(run.schedule))


def _parts(text: str) -> list[str]:
    return text.split(" + ") if text else []


def primary(breaches: Sequence[Breach]) -> Breach:
    """Return the breach that tells the story: the first whose rule knows the method, else the first. Needs at least one."""
    return min(breaches, key=lambda breach: (breach.method is None, breach.step))


def _blamed(events: Sequence[AnyEvent], breaches: Sequence[Breach]) -> str | None:
    """
    Return the processor method of the first breach.

    That is the rule's own word, else the one the fault struck, else the last one called before the breach.
    """
    if not breaches:
        return None
    first = primary(breaches)
    if first.method is not None:
        return first.method
    for event in events:
        if isinstance(event, Faulted) and event.point.startswith("processor."):
            return event.point.removeprefix("processor.").partition("#")[0]
    called = (e.method for e in reversed(events) if isinstance(e, Called) and e.step <= first.step)
    return next(called, None)


def hidden(history: History) -> tuple[str, ...]:
    """Return the texts of this run that must not be shown: planted markers and whatever stood under a secret's name."""
    values = dict.fromkeys(history.secrets)
    for event in history.events:
        if isinstance(event, Returned):
            values.update(dict.fromkeys(secret_values(event.data)))
        elif isinstance(event, Heard):
            values.update(dict.fromkeys(secret_values(event.body)))
    return tuple(sorted(values, key=lambda text: (-len(text), text)))
