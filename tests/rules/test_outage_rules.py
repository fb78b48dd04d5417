"""OPS-01 and OPS-02: failing databases, restarts, and clocks that are set wrong."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from support.histories import Tape
from support.judging import breaches as breaches_of
from support.judging import broken

from tillproof.history.events import Acknowledged, Delivered


def _database_failed(tape: Tape) -> None:
    tape.strike("commit.authorize-recorded#1", "commit-fails")


def _restarted(tape: Tape) -> None:
    tape.restart()


def _clock_was_set(tape: Tape) -> None:
    tape.strike("clock.authorize_payment#1", "unheard-behind")


STRUCK: list[tuple[str, Callable[[Tape], None]]] = [
    ("OPS-01", _database_failed),
    ("OPS-01", _restarted),
    ("OPS-02", _clock_was_set),
]


@pytest.mark.parametrize(("rule", "strike"), STRUCK)
def test_one_purchase_is_no_breach_and_two_holds_are(rule: str, strike: Callable[[Tape], None]) -> None:
    """After the outage one authorization is right; a second live one of the same cart is a breach."""
    tape = Tape().bought()
    strike(tape)
    assert broken(tape.quiet(), rule) == 0

    tape = Tape().bought()
    strike(tape)
    tape.hold("au_2")
    assert broken(tape.quiet(), rule) == 1


@pytest.mark.parametrize(("rule", "strike"), STRUCK)
def test_one_effect_is_wanted_and_two_tries_of_it_have_two(rule: str, strike: Callable[[Tape], None]) -> None:
    """Two captures under one reference are one too many, whatever the cart ends with."""
    tape = Tape().bought()
    for attempt in (1, 2):
        tape.call("capture_payment", 2, attempt=attempt)
        tape.capture(f"ca_{attempt}", reference="op_2", key="gk_2", amount=2000)
        strike(tape)
        tape.back("unknown" if attempt == 1 else "done")
    assert broken(tape, rule) == 1


@pytest.mark.parametrize(("rule", "strike"), STRUCK)
def test_a_client_that_kept_trying_must_come_to_an_end(rule: str, strike: Callable[[Tape], None]) -> None:
    """Giving up after the faults were off is a breach; giving up before is not this rule's to judge."""
    for patient in (True, False):
        tape = Tape(plan="x").opened()
        strike(tape)
        if patient:
            tape.quiet()
        for _ in range(2):
            tape.ask()
            tape.hear(409, {"code": "invalid_state_error"})
        tape.give_up()
        assert broken(tape, rule) == int(patient)


def test_a_clock_alone_keeps_nobody_waiting_until_it_is_right() -> None:
    """A wish begun while the clock was wrong and answered only after that is a breach, unless something else failed too."""
    for other, breaches in ((False, 1), (True, 0)):
        tape = Tape(plan="x").opened()
        _clock_was_set(tape)
        if other:
            _database_failed(tape)
        tape.ask()
        tape.hear(409, {"code": "invalid_state_error"})
        tape.quiet()
        tape.ask()
        tape.hear()
        assert broken(tape, "OPS-02") == breaches


def test_a_good_event_is_not_refused_while_the_clock_is_wrong() -> None:
    """A 4xx and a processor's no are a breach; a conflict, a 5xx, a false copy and another fault's doing are none."""

    def breaches(status: int, outcome: str = "unknown", twist: str = "", *, struck: str = "") -> int | None:
        tape = Tape(plan="x").opened()
        _clock_was_set(tape)
        if struck == "before":
            _database_failed(tape)
        delivered = len(tape.events)
        tape.events.append(
            Delivered(step=delivered, at=0.0, announced=0, event="ev_1", attempt=1, twist=twist, arrives=True)
        )
        tape.call("read_webhook")
        tape.back(outcome)
        if struck == "meanwhile":
            _database_failed(tape)
        tape.put(Acknowledged, delivered=delivered, status=status, heard=True)
        if struck == "after":
            _database_failed(tape)
        return broken(tape, "OPS-02")

    assert breaches(400) == 1
    assert breaches(400, "rejected") == 2
    assert breaches(400, "rejected", "stale") == 0
    assert breaches(400, struck="meanwhile") == 0
    assert breaches(400, struck="before") == breaches(400, struck="after") == 1
    assert [breaches(status) for status in (200, 399, 409, 500, 503)] == [0, 0, 0, 0, 0]
    assert [breaches(status) for status in (400, 408, 410, 499)] == [1, 1, 1, 1]


def test_what_another_delivery_was_refused_for_is_not_laid_to_a_good_one() -> None:
    """While the clock is wrong a false copy comes before a true event, or after it, and is not taken for the gateway's."""
    for twists in (("", "stale"), ("stale", "")):
        tape = Tape(plan="x").opened()
        _clock_was_set(tape)
        for twist in twists:
            delivered = tape.put(Delivered, announced=0, event="ev_1", attempt=1, twist=twist, arrives=True)
            tape.call("read_webhook")
            tape.back("rejected" if twist else "done")
            tape.put(Acknowledged, delivered=delivered, status=400 if twist else 200, heard=True)
        assert broken(tape, "OPS-02") == 0


def test_who_waited_for_the_clock_to_be_right_is_told_where() -> None:
    """At the first request sent since; who asks for the first time then, or walks away, has not waited for it."""

    def waits(*, before: bool = True, client: str = "keeps-key", since: int = 1) -> Tape:
        tape = Tape(plan="x", client=client).opened()
        _clock_was_set(tape)
        if before:
            tape.ask()
            tape.hear(409, {"code": "invalid_state_error"})
        tape.quiet()
        for _ in range(since):
            tape.ask()
            tape.hear(409, {"code": "invalid_state_error"})
        return tape

    tape = waits(since=3)
    (waited,) = breaches_of(tape, "OPS-02")
    assert waited.step == len(tape.events) - 6
    assert broken(waits(since=0), "OPS-02") == 0
    assert broken(waits(before=False), "OPS-02") == 0
    assert broken(waits(client="walks-away"), "OPS-02") == 0


@pytest.mark.parametrize("came", ["before", "while", "after"])
def test_only_events_that_came_while_the_clock_was_wrong_count(came: str) -> None:
    """One refused before it was set, or once it was right again, is not this rule's to judge."""
    tape = Tape(plan="x").opened()
    for moment in ("before", "while", "after"):
        if moment == "while":
            _clock_was_set(tape)
        if moment == "after":
            tape.quiet()
        if moment == came:
            delivered = tape.put(Delivered, announced=0, event="ev_1", attempt=1, twist="", arrives=True)
            tape.call("read_webhook")
            tape.back("rejected")
            tape.put(Acknowledged, delivered=delivered, status=400, heard=True)
    assert broken(tape, "OPS-02") == (2 if came == "while" else 0)


def test_nothing_went_out() -> None:
    """Without an outage neither rule has anything to say."""
    tape = Tape().bought().quiet()
    assert [broken(tape, rule) for rule in ("OPS-01", "OPS-02")] == [None, None]
