"""Each journey undisturbed: what the client hears in the end and where the money is."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tillproof.contract.capabilities import Capabilities
from tillproof.domain.ledger import EntryKind
from tillproof.explore.single import controls
from tillproof.faults.plans import UNDISTURBED
from tillproof.history.events import Acted, Called, Erred, GaveUp, Heard, History, Ledgered, RunKey, Unheard
from tillproof.simulation.journey import Journey
from tillproof.simulation.target import Target
from tillproof.simulation.world import run
from tillproof_scenarios import JOURNEYS

NAMED = {journey.name: journey for journey in JOURNEYS}
A, C, D, R, V = EntryKind.AUTHORIZE, EntryKind.CAPTURE, EntryKind.DECLINE, EntryKind.REFUND, EntryKind.VOID
CHALLENGE = EntryKind.CHALLENGE
MOVES = frozenset({A, C, D, R, V, CHALLENGE})


def made(target: Target, journey: Journey, client: str = "keeps-key") -> History:
    key = RunKey(journey=journey.name, client=client, dialect=target.dialects[0], plan="", seed=7)
    return run(target, journey, key, UNDISTURBED)


def completions(history: History) -> list[tuple[int, str | None]]:
    heard = [event for event in history.events if isinstance(event, Heard) and event.call == "complete"]
    return [(event.status, event.body.get("type")) for event in heard]


def moved(history: History) -> list[EntryKind]:
    return [e.entry.kind for e in history.events if isinstance(e, Ledgered) and e.entry.kind in MOVES]


ORDER, CART, SWAP = (200, "order"), (200, "cart"), (200, "swap")


ENDS: list[tuple[str, list[tuple[int, str | None]], list[EntryKind]]] = [
    ("buy", [ORDER], [A]),
    ("cash-on-delivery", [ORDER], []),
    ("three-d-secure", [CART, ORDER], [CHALLENGE, A]),
    ("decline-then-other-method", [(400, "invalid_data"), ORDER], [D, V]),
    ("nothing-to-pay", [ORDER], []),
    ("buy-capture-refund", [ORDER], [A, C, R, R, R]),
    ("buy-cancel", [ORDER], [A, V]),
    ("edit-then-buy", [ORDER], [A]),
    ("edit-after-interruption", [ORDER, ORDER], [A]),
    ("change-region", [ORDER], [V, A]),
    ("out-of-stock", [(409, None), ORDER], [A, V, A]),
    ("region-without-processor", [(400, "not_allowed"), ORDER], [V]),
    ("refund-limits", [ORDER], [A, C, R, R]),
    ("cancel-then-capture", [ORDER], [A, V]),
    ("key-of-another-cart", [ORDER, (409, "conflict"), ORDER], [A]),
    ("key-of-another-request", [ORDER], [A, C, R]),
    ("hostile-keys", [*[(400, "invalid_data")] * 3, ORDER], [A]),
    ("lost-key", [ORDER, ORDER], [A]),
    ("key-past-its-life", [ORDER, ORDER], [A]),
    ("held-too-long", [ORDER, ORDER], [A]),
    ("gone-for-good", [], [V]),
    ("challenge-abandoned", [CART], [CHALLENGE, V]),
    ("challenge-failed", [CART, (400, "invalid_data"), CART, (400, "invalid_data"), ORDER], [CHALLENGE, D, CHALLENGE, D, V]),
    ("challenge-without-end", [*[CART] * 5, (400, "invalid_data"), ORDER], [*[CHALLENGE] * 6, V]),
    ("three-currencies", [ORDER] * 3, [A, A, A]),
    ("nothing-left-to-pay", [ORDER], [V]),
    ("many-refunds", [ORDER], [A, C, R, R, R, R, R]),
    ("left-mid-checkout", [ORDER, ORDER], [A, C]),
    ("by-the-payment", [ORDER], [A, C, R, R]),
    ("claims", [ORDER], [A, V]),
    ("buy-twice-at-once", [ORDER, ORDER], [A]),
    ("buy-with-two-keys", [ORDER, ORDER], [A]),
    ("buy-with-and-without-key", [ORDER, ORDER], [A]),
    ("pay-two-ways-at-once", [ORDER, ORDER], [V]),
    ("buy-while-editing", [ORDER], [A]),
    ("buy-while-choosing", [ORDER], [A]),
    ("buy-while-moving", [ORDER], [A]),
    ("buy-while-removing", [ORDER], [A]),
    ("buy-while-disabled", [ORDER], [A]),
    ("capture-twice-at-once", [ORDER], [A, C]),
    ("refund-twice-at-once", [ORDER], [A, C, R]),
    ("capture-or-cancel-at-once", [ORDER], [A, C]),
    ("swap-difference-paid", [ORDER, SWAP], [A, C, A, C]),
    ("swap-difference-refunded", [ORDER, SWAP], [A, C, R]),
    ("swap-even", [ORDER, SWAP], [A, C]),
    ("swap-abandoned", [ORDER], [A, C, V]),
    ("swap-declined", [ORDER, (400, "invalid_data"), SWAP], [A, C, D, A, C]),
    ("swap-declined-then-canceled", [ORDER, (400, "invalid_data"), (400, "not_allowed")], [A, C, D, V]),
    ("swap-canceled", [ORDER, SWAP], [A, C, A, V]),
    ("swap-after-partial-refund", [ORDER, SWAP], [A, C, R, R]),
    ("two-swaps", [ORDER, SWAP, SWAP], [A, C, A, C, R]),
    ("captured-one-by-one", [ORDER, SWAP], [A, C, A, C]),
    ("refund-over-two-payments", [ORDER, SWAP], [A, C, A, C, R, R, R, R, R]),
    ("challenge-and-gone", [CART], [CHALLENGE, A]),
    ("captured-at-the-gateway", [ORDER], [A, C, R]),
    ("captured-too-late", [ORDER], [A]),
    ("captured-in-part-at-the-gateway", [ORDER], [A, C]),
    ("refunded-at-the-gateway", [ORDER], [A, C, R, R, R]),
    ("canceled-at-the-gateway", [ORDER], [A, V]),
    ("back-as-the-event-comes", [CART, ORDER], [CHALLENGE, A]),
]
"""Each journey's answers to completions, and its movements of money, undisturbed and with the honest bank."""


@pytest.mark.parametrize(("journey", "heard", "gateway"), ENDS)
def test_a_journey_ends_as_its_title_says(
    bank: Target, journey: str, heard: list[tuple[int, str | None]], gateway: list[EntryKind]
) -> None:
    """With the honest bank and nothing failing: the answers and movements of its row."""
    history = made(bank, NAMED[journey])

    assert completions(history) == heard
    assert moved(history) == gateway
    assert history.ended


def test_the_table_above_holds_every_journey() -> None:
    """A journey that is added gets its row."""
    assert sorted(row[0] for row in ENDS) == sorted(NAMED)


@pytest.mark.parametrize("journey", JOURNEYS, ids=lambda journey: journey.name)
@pytest.mark.parametrize("target", ["bank", "manual"])
def test_nothing_goes_wrong_when_nothing_fails(request: pytest.FixtureRequest, target: str, journey: Journey) -> None:
    """No client loses patience, nothing is unheard, no code fails, and every kind of client hears the same."""
    tested: Target = request.getfixturevalue(target)
    told: list[list[tuple[int, str | None]]] = []
    for control in controls(tested, (journey,), tested.dialects[:1], 7):
        history = made(tested, journey, control.key.client)
        assert history.ended
        assert not [event for event in history.events if isinstance(event, Erred | GaveUp | Unheard)]
        told.append(completions(history))
    assert all(each == told[0] for each in told)
    assert len(told) in {0, len(journey.clients)}


def test_without_a_gateway_nobody_acts_on_its_page(manual: Target) -> None:
    """Cards and challenges are left out of a story where there is no bank."""
    history = made(manual, NAMED["buy"])
    assert not [event for event in history.events if isinstance(event, Acted | Ledgered)]
    assert [event.provider_id for event in history.events if isinstance(event, Called)][-1] == "manual"


def test_money_comes_back_to_the_last_minor_unit(bank: Target) -> None:
    """Two equal parts and the rest are what was captured."""
    ledger = [event.entry for event in made(bank, NAMED["buy-capture-refund"]).events if isinstance(event, Ledgered)]
    captured = sum(entry.amount for entry in ledger if entry.kind is C)
    refunds = [entry.amount for entry in ledger if entry.kind is R]
    assert refunds[0] == refunds[1]
    assert sum(refunds) == captured > 0
    assert {entry.currency for entry in ledger} == {"kwd"}


@pytest.mark.parametrize("journey", JOURNEYS, ids=lambda journey: journey.name)
def test_a_journey_says_what_it_is_and_needs(journey: Journey) -> None:
    """Its name can be typed, its title is a sentence, and it needs only what can be declared."""
    yes_or_no = {name for name, kind in Capabilities.__annotations__.items() if kind == "bool"}
    assert journey.name == journey.name.lower().replace("_", "-").replace(" ", "-")
    assert journey.title.endswith(".")
    assert journey.theme
    assert journey.needs <= yes_or_no


def test_every_currency_exponent_occurs(bank: Target) -> None:
    """None, two and three decimals are paid in."""
    paid = {e.entry.currency for j in JOURNEYS for e in made(bank, j).events if isinstance(e, Ledgered)}
    assert paid == {"eur", "jpy", "kwd"}


SCRIPT = """
import hashlib, msgspec
from tillproof.explore.single import controls, singles
from tillproof.simulation.world import run
from tillproof.targets.named import opened
from tillproof_scenarios import JOURNEYS
digest = hashlib.sha256()
with opened("bank", None) as bank:
    for control in controls(bank, JOURNEYS, ("keep-everything",), 11):
        if control.key.client == "no-key":
            history = run(bank, control.journey, control.key, control.plan)
            for planned in list(singles(control, history))[::40]:
                digest.update(msgspec.json.encode(run(bank, planned.journey, planned.key, planned.plan).events))
print(digest.hexdigest())
"""


def test_hash_randomization_does_not_reach_a_history() -> None:
    """Under two values of PYTHONHASHSEED the same runs give the same bytes."""

    def digest(hash_seed: str) -> str:
        environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
        done = subprocess.run([sys.executable, "-c", SCRIPT], env=environment, capture_output=True, text=True, check=True)
        return done.stdout

    assert digest("1") == digest("2") != ""
