"""The post: each fault at the webhook seam delivers the event as its words say, and the shop has it in the end."""

from __future__ import annotations

import pytest

from tillproof.domain.entities import Payment
from tillproof.faults.kinds import applicable
from tillproof.faults.plans import parse
from tillproof.faults.points import Seam
from tillproof.history.events import Acknowledged, Announced, Delivered, Heard, History, RunKey
from tillproof.history.story import fold
from tillproof.simulation.target import Target
from tillproof.simulation.world import run
from tillproof_scenarios.buy_capture_refund import BUY_CAPTURE_REFUND
from tillproof_scenarios.captured_at_the_gateway import CAPTURED_AT_THE_GATEWAY

CAPTURED = "webhook.intent.captured#1"


def made(target: Target, kind: str, journey: str = "buy-capture-refund") -> History:
    plan = f"{CAPTURED}={kind}" if kind else ""
    key = RunKey(journey=journey, client="keeps-key", dialect=target.dialects[0], plan=plan, seed=7)
    known = {one.name: one for one in (BUY_CAPTURE_REFUND, CAPTURED_AT_THE_GATEWAY)}
    return run(target, known[journey], key, parse(plan))


def deliveries(history: History) -> list[tuple[str, int, int | None, bool]]:
    """Return of each delivery of the capture's event: what is wrong with it, which try, the answer, and whether heard."""
    captured = next(e for e in history.events if isinstance(e, Announced) and e.name == "intent.captured")
    answers = {e.delivered: e for e in history.events if isinstance(e, Acknowledged)}
    return [
        (e.twist, e.attempt, answers[e.step].status, answers[e.step].heard)
        for e in history.events
        if isinstance(e, Delivered) and e.announced == captured.step
    ]


GOOD = ("", 1, 200, True)
WAYS: dict[str, list[tuple[str, int, int | None, bool]]] = {
    "": [GOOD],
    "request-lost": [("", 1, None, False), ("", 2, 200, True)],
    "answer-lost": [("", 1, 200, False), ("", 2, 200, True)],
    "early": [GOOD],
    "late": [GOOD],
    "shuffled": [GOOD],
    "doubled": [GOOD, GOOD],
    "endless-retry": [*(("", n, 200, False) for n in range(1, 6)), GOOD],
    "forged": [("forged", 1, 400, True), GOOD],
    "altered": [("altered", 1, 400, True), GOOD],
    "stale": [("stale", 1, 400, True), GOOD],
    "future-dated": [("future-dated", 1, 400, True), GOOD],
    "unknown-event": [GOOD, GOOD],
}


def test_the_table_has_every_kind_that_strikes_there() -> None:
    """A kind that is added gets its row."""
    assert {kind.name for kind in applicable(Seam.WEBHOOK, "intent.captured")} | {""} == set(WAYS)


@pytest.mark.parametrize("kind", WAYS)
def test_an_event_is_delivered_as_its_fault_says(bank: Target, kind: str) -> None:
    """The deliveries of one event, in order, with the shop's answers; the books are right in the end all the same."""
    history = made(bank, kind)

    assert deliveries(history) == WAYS[kind]
    assert fold(history).quiet
    assert [payment.captured_at is not None for payment in fold(history).rows(Payment)] == [True]


def test_when_an_event_comes(bank: Target) -> None:
    """Early is before the shop heard the gateway's answer, late after the story, shuffled after another."""

    def at(kind: str) -> tuple[History, Delivered]:
        history = made(bank, kind)
        announced = next(e for e in history.events if isinstance(e, Announced) and e.name == "intent.captured")
        return history, next(e for e in history.events if isinstance(e, Delivered) and e.announced == announced.step)

    early, first = at("early")
    heard = next(e for e in early.events if isinstance(e, Heard) and e.call == "capture")
    assert first.step < heard.step
    late, second = at("late")
    assert second.step > max(e.step for e in late.events if isinstance(e, Heard))
    shuffled, third = at("shuffled")
    announced = next(e for e in shuffled.events if isinstance(e, Announced) and e.name == "intent.captured").step
    overtaking = [e for e in shuffled.events if isinstance(e, Delivered) and announced < e.step < third.step]
    assert [e.announced != announced for e in overtaking] == [True]


def test_what_is_done_in_the_dashboard_is_no_call_of_the_shop_s(bank: Target) -> None:
    """Its ledger lines are told apart: nobody at the shop made them."""
    story = fold(made(bank, "", "captured-at-the-gateway"))
    assert [line.entry.kind for line in story.lines if line.step in story.by_hand] == ["capture"]
    assert not any(line.step in story.by_hand for call in story.calls for line in call.entries)
