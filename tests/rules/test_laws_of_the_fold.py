"""Laws of the fold and of judging: they never raise, judging changes nothing, and a prefix tells what was so by then."""

from __future__ import annotations

from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from tillproof.domain.entities import ENTITIES, Data
from tillproof.explore.single import controls, singles
from tillproof.history.events import AnyEvent, Heard, History
from tillproof.history.story import fold, money
from tillproof.rules.registry import judge
from tillproof.simulation.world import run
from tillproof.targets.named import opened
from tillproof_scenarios import JOURNEYS

NAMES = ("three-d-secure", "refund-limits", "edit-after-interruption", "out-of-stock", "region-without-processor")
EVERY = 29  # of a journey's single faults, so many are left out after each that is taken


@cache
def real() -> tuple[History, ...]:
    """Make a few dozen runs of the bank, undisturbed and disturbed."""
    found: list[History] = []
    with opened("bank", None) as bank:
        for control in controls(bank, [j for j in JOURNEYS if j.name in NAMES], bank.dialects[:1], 7):
            undisturbed = run(bank, control.journey, control.key, control.plan)
            found.append(undisturbed)
            planned = list(singles(control, undisturbed))[::EVERY]
            found += [run(bank, one.journey, one.key, one.plan) for one in planned]
    return tuple(found)


HISTORIES = st.deferred(lambda: st.sampled_from(real()))

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)
NAMED = st.sampled_from(
    ("type", "data", "cart", "order", "payments", "payment_sessions", "payment_status", "errors", "id", "status", "code")
)
BODIES = st.recursive(
    JSON,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMED, inner | st.sampled_from(("cart", "order"))),
    max_leaves=12,
)


ODD: list[Data] = [
    {"order": {"id": "order_1", "payments": {"amount": 4900}}},
    {"order": {"id": "order_1", "payments": [7, None, {"amount": "much", "amount_refunded": [1]}]}},
    {"type": "cart", "data": {"payment_sessions": "none"}, "payment_status": {"status": "pending"}},
    {"type": "cart", "data": {"payment_sessions": [None, {"status": ["pending"], "data": [1]}]}},
    {"errors": [None, 3, {"code": {}}], "type": []},
    {"order": [], "cart": 5, "text": "\ud800", "big": 10**40},
]


def _with(history: History, events: tuple[AnyEvent, ...]) -> History:
    return replace(history, events=events)


@settings(max_examples=60, deadline=None)
@given(data=st.data(), history=HISTORIES)
def test_events_in_any_order_and_number(data: st.DataObject, history: History) -> None:
    """Whatever is missing from a run, and in whatever order the rest is told, folding and judging never raise."""
    events = list(history.events)
    start = data.draw(st.integers(0, len(events)))
    end = data.draw(st.integers(start, len(events)))
    kept = data.draw(st.permutations(events[start:end]) | st.just(events[:end]) | st.just(events[::-1]))
    story = fold(_with(history, tuple(kept)))
    judge(story)
    money(story)


@settings(max_examples=80, deadline=None)
@given(data=st.data(), history=HISTORIES)
def test_answers_of_any_shape(data: st.DataObject, history: History) -> None:
    """A backend may answer with any JSON object: what cannot be understood counts as not told."""
    odd = data.draw(st.lists(st.dictionaries(NAMED | st.text(max_size=3), BODIES, max_size=4), min_size=1, max_size=4))
    heard = [n for n, event in enumerate(history.events) if isinstance(event, Heard)]
    events = list(history.events)
    for number, body in enumerate(odd):
        at = heard[data.draw(st.integers(0, len(heard) - 1))] if number else heard[-1]
        events[at] = replace(events[at], body=body)
    story = fold(_with(history, tuple(events)))
    judge(story)
    assert money(story).gateway == money(fold(history)).gateway


@settings(max_examples=40, deadline=None)
@given(history=HISTORIES)
def test_judging_twice(history: History) -> None:
    """Judging a story again, or folding the run again, says the same."""
    story = fold(history)
    first = judge(story)
    assert judge(story) == first
    assert judge(fold(history)) == first
    assert first.breaches == ()


@settings(max_examples=60, deadline=None)
@given(data=st.data(), history=HISTORIES)
def test_a_prefix_is_what_was_so_by_then(data: st.DataObject, history: History) -> None:
    """Folding what happened up to a step gives the rows and the money that the whole story shows for that step."""
    step = data.draw(st.integers(0, len(history.events) - 1))
    whole, prefix = fold(history), fold(_with(history, history.events[: step + 1]))
    for entity in ENTITIES:
        by_then = {row.id: row for row in prefix.rows(entity)}
        assert {row.id: row for row in whole.rows(entity, step)} == by_then
    then = {hold.entry.id: hold for hold in prefix.holds}
    for hold in whole.holds:
        early = then.get(hold.entry.id)
        assert hold.stood_at(step) == (early is not None and early.stood_at(step))
        assert hold.captured_at(step) == (early.captured if early is not None else 0)
        assert hold.refunded_at(step) == (early.refunded if early is not None else 0)
    assert len(prefix.calls) == sum(call.called.step <= step for call in whole.calls)


@pytest.mark.parametrize("body", ODD)
def test_odd_bodies(body: Data) -> None:
    """These bodies once were, or would be, too much for somebody."""
    history = real()[0]
    events = tuple(replace(event, body=body) if isinstance(event, Heard) else event for event in history.events)
    story = fold(_with(history, events))
    judge(story)
    assert money(story).heard.captured == 0
