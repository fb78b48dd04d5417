"""Idempotency between backend, processor and gateway: which key goes out with which call."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from tillproof.domain.entities import Operation
from tillproof.domain.statuses import OperationKind, OperationState
from tillproof.history.story import Story
from tillproof.history.verdicts import Breach, Level
from tillproof.history.witnesses import Call
from tillproof.rules.effects import EFFECT, SERVES, acting, looked_up, within
from tillproof.rules.rule import Rule, rule

_OPEN = (OperationState.WANTED, OperationState.UNKNOWN)


@rule(
    "IDEM-07",
    Level.SHOULD,
    seed="S20 S24",
    failures="F-INT-04 F-IDM-01 F-IDM-02 F-IDM-03 F-IDM-08 F-REF-02 F-GW-08",
    needs="gateway",
    witnesses="GCB",
    title="Not sure? The same key again",
    why="With another key, or none, the gateway takes the retry for a new order and acts twice.",
    mend="Pass the key you are given to the gateway, on the first try too, or look the effect up before acting again.",
)
def idem_07(story: Story) -> list[Breach] | None:
    """
    A call of unknown outcome that is still wanted is repeated with the same key, at the gateway too, or looked up first.

    A new key follows only a definite outcome; `requires_more` is one. Not a breach: a retry without a key that read the
    gateway's own list before it acted, a fresh operation for changed contents, a second refund that was meant, or the part
    of a refund that comes from another Payment.
    """
    unclear = story.unclear
    if not unclear:
        return None
    found = [
        *_another_operation(story, unclear),
        *_another_name(story),
        *_another_try(story),
        *_another_key_sent(story),
    ]
    return list({breach.step: breach for breach in reversed(found)}.values())


def _another_operation(story: Story, unclear: list[Call]) -> Iterator[Breach]:
    """Find a second operation begun while the first of its kind on the same object was of unknown outcome."""
    first = min(call.called.step for call in unclear)
    for call in story.calls:
        called = call.called
        if called.step <= first or called.attempt != 1 or called.method not in EFFECT:
            continue
        mine = story.operation(called.reference, called.step)
        if mine is None or mine.kind is OperationKind.REFUND:
            continue
        for other in story.rows(Operation, called.step):
            same = (other.kind, other.cart_id, other.session_id, other.payment_id)
            if other.id == mine.id or other.state not in _OPEN or other.created_at > mine.created_at:
                continue
            tried = any(c.called.step < called.step for c in story.by_reference.get(other.reference, ()))
            if tried and same == (mine.kind, mine.cart_id, mine.session_id, mine.payment_id):
                says = "a new key was used while the outcome under the old one was unknown"
                yield Breach(rule="IDEM-07", step=called.step, says=says, method=called.method)


def _another_name(story: Story) -> Iterator[Breach]:
    """Find an effect of unknown outcome that was asked for again as if it were another."""
    for calls in story.efforts:
        for before, call in pairwise(calls):
            if not before.definite and call.called.reference != before.called.reference:
                says = "while its outcome was unknown, it was asked for again under another name"
                yield Breach(rule="IDEM-07", step=call.called.step, says=says, method=call.called.method)


def _settled(story: Story, call: Call, step: int) -> bool:
    """Tell whether the outcome of a call was known by that step: told at once, or to a try with its key that came later."""
    tries = story.called(call.called.method)
    return any(t.definite and t.called.key == call.called.key and call.called.step <= t.called.step < step for t in tries)


def _another_try(story: Story) -> Iterator[Breach]:
    """
    Find a person's wish, sent with one key, whose tries on one gateway object reached the processor under several.

    A wish may be spread over several Payments, which are several objects: each part has a key of its own.
    """
    for wish in story.wishes:
        if wish.call == "complete" or wish.tries[0].asked.key is None:
            continue
        for method in SERVES.get(wish.call, ()):
            tried: dict[tuple[str, ...], Call] = {}
            for call in story.called(method):
                if not any(within(attempt, call.called.step) for attempt in wish.tries):
                    continue
                part = story.intents_in(call.called.arguments.get("data"))
                before = tried.get(part)
                if before and before.called.key != call.called.key and not _settled(story, before, call.called.step):
                    says = "the retry of one request went out under a new key"
                    yield Breach(rule="IDEM-07", step=call.called.step, says=says, method=method)
                tried[part] = call


def _another_key_sent(story: Story) -> Iterator[Breach]:
    """Find a repeated call whose request to the gateway bears no key, or another than before, without a look first."""
    for calls in story.by_reference.values():
        sent: dict[str, set[str | None]] = {}
        for number, call in enumerate(calls):
            for exchange in acting(call):
                path, key = exchange.asked.path, exchange.asked.key
                before = sent.get(path)
                if before is not None and (key is None or key not in before) and not looked_up(call, exchange.asked.step):
                    what = "no key" if key is None else "another key"
                    says = f"the repeated call went to the gateway with {what}, and nothing was looked up first"
                    yield Breach(rule="IDEM-07", step=exchange.asked.step, says=says, method=call.called.method)
            if not call.definite and number + 1 < len(calls):
                for exchange in acting(call):
                    sent.setdefault(exchange.asked.path, set()).add(exchange.asked.key)


@rule(
    "IDEM-08",
    Level.SHOULD,
    seed="S1",
    failures="F-IDM-10",
    witnesses="GC",
    title="Two intentions, two keys",
    why="The gateway answers the second call with the first one's result, or refuses it.",
    mend="Use the key you are given for this call, and no other; keep the order's or payment's id out of it.",
)
def idem_08(story: Story) -> list[Breach] | None:
    """
    Keys differ between operations, between payments, and between two intended captures or refunds.

    Not a breach: one call that sends several requests under its own key, or the same call tried again.
    """
    owners: dict[str, tuple[str, str | None]] = {}
    carriers: dict[str, str] = {}
    operations: set[tuple[str, str | None]] = set()
    found: list[Breach] = []
    for call in story.calls:
        called = call.called
        if called.key is None or called.method not in EFFECT:
            continue
        mine = (called.method, called.reference)
        operations.add(mine)
        if owners.setdefault(called.key, mine) != mine:
            says = "the backend used one key for two operations"
            found.append(Breach(rule="IDEM-08", step=called.step, says=says, method=called.method))
        for exchange in acting(call):
            key = exchange.asked.key
            if key is not None and carriers.setdefault(key, called.key) != called.key:
                says = f"{called.method} reached the gateway under the key of another operation"
                found.append(Breach(rule="IDEM-08", step=exchange.asked.step, says=says, method=called.method))
    return found if len(operations) > 1 else None


RULES: tuple[Rule, ...] = (idem_07, idem_08)
"""The rules of this family about the keys that go out."""
