"""How the three kinds of client behave when they hear nothing, or nothing final."""

from __future__ import annotations

from itertools import pairwise

import pytest
from support.stubbackend import BROKEN, CART, CONFLICT, ORDER, SHOWN, Serving, Story, StubBackend, told

from tillproof.domain.requests import Answer
from tillproof.history.events import Asked, GaveUp, Heard, History, Phase, Unheard
from tillproof.simulation.connection import BACK_OFF, call_of
from tillproof.simulation.incarnation import Crashed
from tillproof.simulation.journey import Operator, Shopper, together
from tillproof.simulation.target import Target

CAPTURED = Answer(status=200, body={"order": {"id": "order_1", "payments": [{"captured_at": 1.0}]}})
REFUNDED = Answer(status=200, body={"order": {"id": "order_1", "refunded_total": 9, "payments": []}})
CANCELED = Answer(status=200, body={"order": {"id": "order_1", "status": "canceled", "payments": []}})


async def buys(shopper: Shopper, _operator: Operator) -> None:
    await shopper.fill_cart(items={"mug": 1}, shipping=None)
    await shopper.buy()


async def captures(_shopper: Shopper, operator: Operator) -> None:
    await operator.capture()


async def refunds(_shopper: Shopper, operator: Operator) -> None:
    await operator.refund(9)


async def cancels(_shopper: Shopper, operator: Operator) -> None:
    await operator.cancel()


def names(history: History, *kinds: type) -> list[str]:
    return [type(event).__name__ for event in history.events if isinstance(event, kinds)]


@pytest.mark.parametrize("client", ["keeps-key", "no-key"])
@pytest.mark.parametrize("silence", [Crashed(), CONFLICT, BROKEN, ZeroDivisionError()])
def test_an_unclear_answer_is_retried_until_it_is_clear(manual: Target, client: str, silence: Serving) -> None:
    """Death, a conflict that invites it, a 5xx and a crash of the shop's code are retried; all tries are one wish."""
    backend = StubBackend(complete_cart=[silence, silence])

    history = told(manual, buys, backend, client=client)

    tries = [event for event in history.events if isinstance(event, Asked) and event.call == "complete"]
    assert len(tries) == 3
    assert [event.number for event in tries] == [1, 2, 3]
    assert len({event.intent for event in tries}) == 1
    waits = [later.at - earlier.at for earlier, later in pairwise(tries)]
    assert waits == list(BACK_OFF[:2])
    assert history.ended


@pytest.mark.parametrize(
    "answer",
    [
        ORDER,
        CART,
        Answer(status=400, body={"code": "declined"}),
        Answer(status=404, body={}),
        Answer(status=409, body={"errors": [{"code": "insufficient_inventory"}]}),
        Answer(status=409, body={"code": "idempotency_key_mismatch"}),
    ],
)
def test_a_clear_answer_is_not_retried(manual: Target, answer: Answer) -> None:
    """Success, refusals and the other conflicts end the wish, whatever the kind of client."""
    backend = StubBackend(complete_cart=[answer])
    told(manual, buys, backend, client="walks-away")
    assert backend.calls.count("complete_cart") == 1


def test_a_client_that_keeps_its_key_sends_the_same_on_every_try(manual: Target) -> None:
    """One key per cart for completions, one per wish for the operator, each from the first try on."""

    async def story(shopper: Shopper, operator: Operator) -> None:
        for _ in range(2):
            await buys(shopper, operator)
        await shopper.buy()
        await operator.refund(4)
        await operator.refund(4)

    backend = StubBackend(complete_cart=[CONFLICT], refund_order=[CONFLICT])
    told(manual, story, backend)

    first, again, second, third = backend.keys("complete_cart")
    assert first == again
    assert second == third
    assert backend.keys("refund_order")[0] == backend.keys("refund_order")[1]
    different = {first, second, *backend.keys("refund_order")}
    assert None not in different
    assert len(different) == 4


@pytest.mark.parametrize(
    ("story", "endpoint", "done"),
    [
        (captures, "capture_order", CAPTURED),
        (refunds, "refund_order", REFUNDED),
        (cancels, "cancel_order", CANCELED),
    ],
)
def test_an_operator_without_keys_looks_before_trying_again(
    manual: Target,
    story: Story,
    endpoint: str,
    done: Answer,
) -> None:
    """While the order does not show it, they try again; once it does, they stop. They never send a key."""
    serving: dict[str, list[Serving]] = {endpoint: [Crashed(), Crashed(), Crashed()], "get_order": [SHOWN, done]}
    backend = StubBackend(**serving)

    history = told(manual, story, backend, client="no-key")

    assert backend.keys(endpoint) == [None, None]
    assert backend.calls.count("get_order") == 2
    assert len({e.intent for e in history.events if isinstance(e, Asked) and e.call != "get-order-by-cart"}) == 1
    assert history.ended


def test_a_client_with_a_key_does_not_need_to_look(manual: Target) -> None:
    """The key is the question."""
    backend = StubBackend(refund_order=[Crashed()])
    told(manual, refunds, backend)
    assert "get_order" not in backend.calls


@pytest.mark.parametrize("story", [buys, captures, refunds, cancels])
def test_who_walks_away_does_so_at_the_first_unclear_answer(manual: Target, story: Story) -> None:
    """The wish is given up and the story ends there, which is an end."""

    async def longer(shopper: Shopper, operator: Operator) -> None:
        await story(shopper, operator)
        raise AssertionError("the person is gone")

    silent: list[Serving] = [CONFLICT]
    endpoints = ("complete_cart", "capture_order", "refund_order", "cancel_order")
    backend = StubBackend(**dict.fromkeys(endpoints, silent))

    history = told(manual, longer, backend, client="walks-away")

    assert sum(backend.calls.count(endpoint) for endpoint in endpoints) == 1
    assert names(history, GaveUp) == ["GaveUp"]
    assert history.ended


def test_who_walks_away_still_retries_what_moves_no_money(manual: Target) -> None:
    """A page that does not load is loaded again."""
    backend = StubBackend(create_cart=[Crashed(), BROKEN])
    history = told(manual, buys, backend, client="walks-away")
    assert backend.calls.count("create_cart") == 3
    assert backend.calls.count("complete_cart") == 1
    assert names(history, GaveUp) == []


@pytest.mark.parametrize("client", ["keeps-key", "no-key", "walks-away"])
def test_who_leaves_at_the_next_silence_comes_back_for_the_next_wish(manual: Target, client: str) -> None:
    """The unanswered completion is not retried, once, and the story goes on."""

    async def story(shopper: Shopper, operator: Operator) -> None:
        await shopper.leaves_at_next_silence()
        await buys(shopper, operator)
        await shopper.buy()

    backend = StubBackend(complete_cart=[Crashed()])
    history = told(manual, story, backend, client=client)

    wishes = [event.intent for event in history.events if isinstance(event, Asked) and event.call == "complete"]
    assert len(wishes) == len(set(wishes)) == 2
    assert names(history, GaveUp) == ["GaveUp"]
    assert history.ended


def test_when_patience_ends_faults_go_off_for_good(manual: Target) -> None:
    """A fault without end lasts as long as patience does; then the wish is granted, in the same run."""
    history = told(manual, buys, StubBackend(), plan="client.complete#1=request-lostx*")

    assert names(history, Unheard) == ["Unheard"] * (len(BACK_OFF) + 1)
    assert [event.status for event in history.events if isinstance(event, Heard) and event.call == "complete"] == [200]
    phases = [event.name for event in history.events if isinstance(event, Phase)]
    assert phases == ["journey", "faults-off", "settle", "sweep", "settle", "quiet"]
    assert history.ended


def test_a_shop_that_never_answers_is_given_up_without_faults(manual: Target) -> None:
    """With faults off and patience at an end again, the journey has not ended."""
    stuck: list[Serving] = [CONFLICT] * 99
    backend = StubBackend(complete_cart=stuck)
    history = told(manual, buys, backend)

    assert backend.calls.count("complete_cart") == 2 * (len(BACK_OFF) + 1) - 1
    assert names(history, GaveUp) == ["GaveUp"]
    assert not history.ended


def test_patience_that_began_under_faults_begins_anew_once(manual: Target) -> None:
    """Where another's patience ended first and turned the faults off, one's own is not cut short by that."""

    async def story(shopper: Shopper, _operator: Operator) -> None:
        await shopper.fill_cart(items={"mug": 1}, shipping=None)
        await together(shopper.buy(), shopper.second_tab().buy())

    stuck: list[Serving] = [CONFLICT] * (2 * len(BACK_OFF) + 3)
    history = told(manual, story, StubBackend(complete_cart=stuck))
    assert names(history, GaveUp) == []
    assert history.ended


@pytest.mark.parametrize(
    ("plan", "served", "lost"),
    [("client.complete#1=request-lost", 1, "request"), ("client.complete#1=answer-lost", 2, "answer")],
)
def test_a_lost_request_is_not_served_and_a_lost_answer_is(manual: Target, plan: str, served: int, lost: str) -> None:
    """Both are silence to the client; only the record says which it was."""
    backend = StubBackend()
    history = told(manual, buys, backend, plan=plan)
    assert backend.calls.count("complete_cart") == served
    assert [event.lost for event in history.events if isinstance(event, Unheard)] == [lost]


@pytest.mark.parametrize(
    ("endpoint", "expected"),
    [("complete_cart", "complete"), ("refund_order", "refund"), ("get_order_by_cart", "get-order-by-cart")],
)
def test_calls_are_named_as_points_are(endpoint: str, expected: str) -> None:
    """The four that move money have short names; the others are spelled as they are."""
    assert call_of(endpoint) == expected
