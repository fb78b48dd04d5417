"""Whether a target carries a journey in which nothing is made to fail: it refuses what it should, and nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus

from msgspec.structs import replace

from tillproof.domain.requests import Answer
from tillproof.history.events import Heard, History
from tillproof.history.log_runs import RunResult, RunVerdict
from tillproof.history.masking import masked_text
from tillproof.history.summary import hidden
from tillproof.simulation.connection import may_be_retried
from tillproof.simulation.journey import Journey

_SHOWN = 300  # characters of what was refused


def carried(journey: Journey, history: History, judged: RunResult) -> RunResult:
    """
    Return the run's result: errored where the target did not carry the journey and no rule says why.

    Every refusal counts, even of a request that was then repeated. Only where people act at once is a conflict that says so
    none: there the last answer to each wish counts, and as many wishes as the journey says may lose.
    """
    if judged.verdict is not RunVerdict.PASSED:
        return judged
    refused = _lost(history) if journey.races else _refused(history.events)
    if journey.refusals <= len(refused) <= journey.refusals + journey.lost:
        return judged
    heard = ", ".join(f"{event.call} {event.status} {event.body.get('message', '')}".strip() for event in refused)
    most = f" to {journey.refusals + journey.lost}" if journey.lost else ""
    error = f"{len(refused)} requests were refused, {journey.refusals}{most} should be: {heard[:_SHOWN]}"
    return replace(judged, verdict=RunVerdict.ERRORED, error=masked_text(error, hidden(history)))


def _refused(events: Sequence[object]) -> list[Heard]:
    return [event for event in events if isinstance(event, Heard) and event.status >= HTTPStatus.BAD_REQUEST]


def _lost(history: History) -> list[Heard]:
    """Return the last answers to wishes that were refused, conflicts that invite a retry apart."""
    last = {(event.actor, event.intent): event for event in history.events if isinstance(event, Heard)}
    return [event for event in _refused(tuple(last.values())) if not _is_conflict(event)]


def _is_conflict(event: Heard) -> bool:
    """Whether the answer says that somebody else is at work, as clients understand it."""
    answer = Answer(status=event.status, body=event.body)
    return event.status == HTTPStatus.CONFLICT and may_be_retried(answer)
