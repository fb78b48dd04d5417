"""Webhooks in the reference: verified, stored, counted once, and never believed where the gateway can be asked."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from support.hookbench import Hooked
from support.shopbench import Scripted, done

from tillproof.contract.outcomes import Done, Outcome, Refused, Unknown
from tillproof.contract.webhooks import GivenBack, Notice, Rejected, Says, Standing
from tillproof.domain.entities import Operation, Order, Payment, Refund, WebhookEvent
from tillproof.domain.statuses import OperationKind, OperationState, SessionStatus
from tillproof.reference.api import settle
from tillproof.reference.ports import StoreError

LOST = Unknown("lost")
CHALLENGE = Done({"kept": "y"}, SessionStatus.REQUIRES_MORE)
BACK = GivenBack(id="re_1", amount=500)


@pytest.fixture
def bench() -> Hooked:
    return Hooked()


def test_a_checkout_left_after_the_challenge_is_completed(bench: Hooked) -> None:
    """The customer acted on the bank's page and never came back: the event completes what they asked for, once."""
    cart = bench.cart()
    bench.processor.script["authorize_payment"] = [lambda: CHALLENGE]
    assert bench.ask("complete_cart", id=cart).body["type"] == "cart"

    answers = [bench.hear(Says.APPROVED, cart), bench.hear(Says.APPROVED, cart), bench.hear(Says.AUTHORIZED, cart, "evt_2")]

    assert [answer.status for answer in answers] == [200, 200, 200]
    assert len(bench.rows(Order)) == 1
    assert bench.count("authorize_payment") == 2
    assert bench.ask("complete_cart", id=cart).body["type"] == "order"


@pytest.mark.parametrize(("stands", "status"), [(CHALLENGE, 200), (Refused("no", "No."), 409), (LOST, 409)])
def test_an_event_about_an_earlier_try_does_not_ask_the_customer_again(bench: Hooked, stands: Outcome, status: int) -> None:
    """While the gateway still waits for the customer nothing is tried; where it does not say, the event must come again."""
    cart = bench.cart()
    bench.processor.script["authorize_payment"] = [lambda: CHALLENGE]
    bench.processor.script["get_payment_status"] = [lambda: stands]
    bench.ask("complete_cart", id=cart)

    assert bench.hear(Says.AUTHORIZED, cart).status == status
    assert bench.count("authorize_payment") == 1


def test_nothing_is_bought_that_was_not_asked_for(bench: Hooked) -> None:
    """An event completes neither a cart nobody has tried to buy, nor one that has been changed since."""
    idle, changed = bench.cart(), bench.cart()
    bench.processor.script["authorize_payment"] = [lambda: CHALLENGE]
    bench.ask("complete_cart", id=changed)
    bench.ask("add_line_item", id=changed, variant_id="mug", quantity=1)

    assert [bench.hear(Says.APPROVED, cart, cart).status for cart in (idle, changed)] == [200, 200]
    assert bench.rows(Order) == []
    assert bench.count("authorize_payment") == 1


STANDINGS: list[tuple[Says, int, Standing, dict[str, object]]] = [
    (Says.CAPTURED, 0, Standing(captured=3000), {"payment_status": "captured", "refunded_total": 0}),
    (
        Says.REFUNDED,
        1,
        Standing(captured=3000, refunds=(BACK,)),
        {"payment_status": "partially_refunded", "refunded_total": 500},
    ),
    (
        Says.REFUNDED,
        0,
        Standing(captured=3000, refunds=(GivenBack(id="re_1", amount=3000),)),
        {"payment_status": "refunded", "refunded_total": 3000},
    ),
    (Says.CANCELED, 0, Standing(canceled=True), {"status": "canceled", "payment_status": "canceled"}),
]


@pytest.mark.parametrize(("says", "captured", "standing", "shown"), STANDINGS)
def test_what_was_done_in_the_dashboard_reaches_the_books_once(
    bench: Hooked, says: Says, captured: int, standing: Standing, shown: dict[str, object]
) -> None:
    """Whatever somebody does at the gateway is in the books after its event, however often and under which id it comes."""
    cart, order = bench.bought(captured=bool(captured))
    bench.processor.standing = standing

    for event in ("evt_1", "evt_1", "evt_2"):
        assert bench.hear(says, cart, event).status == 200

    seen = bench.ask("get_order", id=order).body["order"]
    assert {name: seen[name] for name in shown} == shown
    assert len(bench.rows(Refund)) == len(standing.refunds)
    assert bench.count("capture_payment") == captured


def test_a_part_captured_in_the_dashboard_is_booked_as_that_part(bench: Hooked) -> None:
    """Somebody has to look at the order, the shop gives back no more than was taken, and more taken later makes it whole."""
    cart, order = bench.bought()

    def shown() -> tuple[str, int]:
        seen = bench.ask("get_order", id=order).body["order"]
        return seen["payment_status"], seen["refundable_amount"]

    bench.processor.standing = Standing(captured=2000)
    for event in ("evt_1", "evt_1", "evt_2"):
        assert bench.hear(Says.CAPTURED, cart, event).status == 200
    assert shown() == ("requires_action", 2000)
    (payment,) = bench.rows(Payment)
    assert payment.captured_at is not None
    assert bench.ask("refund_order", "k1", id=order, amount=2001).status == 400
    assert bench.ask("capture_order", id=order).status == 200
    assert (bench.count("refund_payment"), bench.count("capture_payment")) == (0, 0)

    bench.processor.standing = Standing(captured=3000)
    assert bench.hear(Says.CAPTURED, cart, "evt_3").status == 200
    assert shown() == ("captured", 3000)
    assert [o.amount for o in bench.rows(Operation) if o.kind is OperationKind.CAPTURE] == [2000, 1000]
    assert bench.rows(Payment)[0].captured_at == payment.captured_at


def test_a_part_captured_while_ours_was_unheard_settles_ours_with_that_part(bench: Hooked) -> None:
    """A capture of ours whose outcome nobody knows came to what the gateway says it took."""
    cart, order = bench.bought()
    bench.processor.script["capture_payment"] = [lambda: LOST] * 20
    bench.ask("capture_order", id=order)
    bench.processor.standing = Standing(captured=2000)

    assert bench.hear(Says.CAPTURED, cart).status == 200

    assert [(o.state, o.amount) for o in bench.rows(Operation) if o.kind is OperationKind.CAPTURE] == [
        (OperationState.DONE, 2000)
    ]
    assert bench.ask("refund_order", "k1", id=order, amount=2000).body["order"]["payment_status"] == "refunded"


def test_the_gateway_is_asked_and_the_event_is_not_believed(bench: Hooked) -> None:
    """An event that says captured, refunded or canceled changes nothing if the gateway says otherwise."""
    cart, order = bench.bought()
    before = bench.ask("get_order", id=order).body

    for says in (Says.CAPTURED, Says.REFUNDED, Says.CANCELED):
        assert bench.hear(says, cart, says, amount=3000, total=3000, refund_id="re_9").status == 200

    assert bench.count("read_standing") == 3
    assert bench.ask("get_order", id=order).body == before


def test_a_refund_of_ours_is_counted_once_however_it_is_heard_of(bench: Hooked) -> None:
    """By its call, by its event, by both, in either order: one refund; another of that sum, made elsewhere, is another."""
    cart, order = bench.bought(captured=True)
    bench.ask("refund_order", "k1", id=order, amount=500)
    ours = next(o for o in bench.rows(Operation) if o.kind is OperationKind.REFUND)
    assert bench.hear(Says.REFUNDED, cart, reference=ours.reference).status == 200
    assert bench.count("read_standing") == 0  # nothing new is told

    mine = GivenBack(id="re_1", amount=500, reference=ours.reference)
    bench.processor.standing = Standing(captured=3000, refunds=(mine, GivenBack(id="re_2", amount=500)))
    assert bench.hear(Says.REFUNDED, cart, "evt_2", refund_id="re_2").status == 200
    assert bench.hear(Says.REFUNDED, cart, "evt_3", refund_id="re_1", reference=ours.reference).status == 200

    assert [refund.amount for refund in bench.rows(Refund)] == [500, 500]
    assert bench.rows(Payment)[0].amount_refunded == 1000


def test_an_event_settles_an_operation_left_to_a_person(bench: Hooked) -> None:
    """A refund of ours that nobody could find out about is settled by what the gateway says, and then counted once."""
    cart, order = bench.bought(captured=True)
    bench.processor.script["refund_payment"] = [lambda: LOST] * 20
    bench.ask("refund_order", "k1", id=order, amount=500)
    for _ in range(10):
        done(settle(bench.shop))
    (ours,) = (o for o in bench.rows(Operation) if o.kind is OperationKind.REFUND)
    assert ours.state is OperationState.LISTED

    bench.processor.standing = Standing(captured=3000, refunds=(GivenBack(id="re", amount=500, reference=ours.reference),))
    assert bench.hear(Says.REFUNDED, cart, reference=ours.reference, refund_id="re").status == 200

    assert [o.state for o in bench.rows(Operation) if o.kind is OperationKind.REFUND] == [OperationState.DONE]
    assert bench.ask("refund_order", "k1", id=order, amount=500).status == 200
    assert [refund.amount for refund in bench.rows(Refund)] == [500]


def test_an_event_makes_an_unknown_operation_be_asked_about(bench: Hooked) -> None:
    """An authorization whose answer was lost is repeated with its own key, and the purchase is finished."""
    cart = bench.cart()
    bench.processor.script["authorize_payment"] = [lambda: LOST]
    assert bench.ask("complete_cart", id=cart).status == 409

    assert bench.hear(Says.AUTHORIZED, cart).status == 200

    first, second = bench.processor.attempts("authorize_payment")
    assert first.idempotency_key == second.idempotency_key
    assert len(bench.rows(Order)) == 1


REJECTIONS: dict[str, tuple[Notice | Rejected | Unknown | Refused, int]] = {
    "not the gateway's word": (Rejected("signature does not fit: whsec_1"), 400),
    "cannot be checked now": (LOST, 409),
    "makes no sense": (Refused("no", "no"), 409),
}


@pytest.mark.parametrize("situation", REJECTIONS)
def test_what_is_not_verified_changes_nothing(bench: Hooked, situation: str) -> None:
    """It is refused, without a word on why; what cannot be checked now is asked for again."""
    bench.processor.notice, status = REJECTIONS[situation]  # type: ignore[assignment]

    answer = bench.deliver()

    assert answer.status == status
    assert "whsec" not in str(answer.body)
    assert bench.rows(WebhookEvent) == []


def test_only_a_processor_that_takes_webhooks_is_asked(bench: Hooked) -> None:
    """There is no such address for another."""
    assert bench.deliver("manual").status == 404
    bench.restart({"scripted": Scripted()})
    assert bench.deliver().status == 404


@pytest.mark.parametrize("says", Says)
def test_an_event_about_nothing_of_ours_is_done_with(bench: Hooked, says: Says) -> None:
    """Another system's payment, a type nobody knows: acknowledged, or it would be sent for ever."""
    cart, _ = bench.bought()
    assert bench.hear(says, "cart_of_another").status == 200
    assert bench.hear(Says.OTHER, cart, "evt_2").status == 200
    assert [event.dealt_with_at is not None for event in bench.rows(WebhookEvent)] == [True, True]


def test_an_event_that_cannot_be_dealt_with_now_is_stored_and_not_acknowledged(bench: Hooked) -> None:
    """While the gateway does not answer the delivery is a conflict; settling, or the next delivery, deals with it."""
    cart, order = bench.bought()
    bench.processor.standing = LOST
    assert bench.hear(Says.CAPTURED, cart).status == 409
    assert [event.dealt_with_at for event in bench.rows(WebhookEvent)] == [None]

    bench.processor.standing = Standing(captured=3000)
    done(settle(bench.shop))

    assert [event.dealt_with_at is not None for event in bench.rows(WebhookEvent)] == [True]
    assert bench.ask("get_order", id=order).body["order"]["payment_status"] == "captured"
    asked = bench.count("read_standing")
    assert bench.deliver().status == 200
    assert bench.count("read_standing") == asked


@pytest.mark.parametrize("step", ["event_stored", "event_dealt_with"])
def test_a_store_that_fails_is_no_acknowledgement(bench: Hooked, step: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is acknowledged that is not stored; sent again, it is dealt with once."""
    cart, _ = bench.bought(captured=True)
    bench.processor.standing = Standing(captured=3000, refunds=(BACK,))
    atomic = bench.store.atomic

    async def failing(work: Callable[..., object]) -> object:
        if work.__name__ == step:
            raise StoreError("the disk is full")
        return await atomic(work)

    with monkeypatch.context() as patched:
        patched.setattr(bench.store, "atomic", failing)
        assert bench.hear(Says.REFUNDED, cart, refund_id="re_1").status == 409
    assert bench.rows(Refund) == []
    assert [bench.deliver().status for _ in range(2)] == [200, 200]
    assert [refund.amount for refund in bench.rows(Refund)] == [500]


def test_an_event_about_a_cart_that_is_left_to_a_person_is_done_with(bench: Hooked) -> None:
    """The gateway refuses for ever to let go of what no order comes of: its event does not have that asked without end."""
    cart = bench.cart()
    bench.processor.script["get_payment_status"] = [lambda: Done({}, SessionStatus.PENDING)]
    bench.processor.script["cancel_payment"] = [lambda: Refused("busy", "Not now.")] * 50
    assert bench.ask("complete_cart", id=cart).status == 409
    assert bench.hear(Says.AUTHORIZED, cart).status == 409
    for _ in range(bench.shop.settings.tries):
        done(settle(bench.shop))
    asked = bench.count("cancel_payment")
    assert [event.dealt_with_at is not None for event in bench.rows(WebhookEvent)] == [True]
    assert [one.state for one in bench.rows(Operation)].count(OperationState.LISTED) == 1
    done(settle(bench.shop))
    assert bench.deliver().status == 200
    assert bench.count("cancel_payment") == asked <= bench.shop.settings.tries + 1


def test_a_capture_left_to_a_person_stays_so_when_the_gateway_cancels(bench: Hooked) -> None:
    """What nobody could find out about it is not found out by the cancellation."""
    cart, order = bench.bought()
    bench.processor.script["capture_payment"] = [lambda: LOST] * 20
    bench.ask("capture_order", "k1", id=order)
    for _ in range(10):
        done(settle(bench.shop))
    bench.processor.standing = Standing(canceled=True)
    assert bench.hear(Says.CANCELED, cart).status == 200
    assert bench.rows(Payment)[0].canceled_at is not None
    (ours,) = (o for o in bench.rows(Operation) if o.kind is OperationKind.CAPTURE)
    assert ours.state is OperationState.LISTED


def test_a_refund_that_was_refused_here_and_made_there_is_news(bench: Hooked) -> None:
    """Whatever we wrote down of it, an event that tells of a refund not in the books has the gateway asked."""
    cart, order = bench.bought(captured=True)
    bench.processor.script["refund_payment"] = [lambda: Refused("no_funds", "No.")]
    assert bench.ask("refund_order", "k1", id=order, amount=500).status == 400
    (ours,) = (o for o in bench.rows(Operation) if o.kind is OperationKind.REFUND)
    assert bench.hear(Says.REFUNDED, cart, reference=ours.reference).status == 200
    assert bench.count("read_standing") == 1


def test_an_event_is_not_dealt_with_while_something_about_its_cart_is_open(bench: Hooked) -> None:
    """A capture of ours is of unknown outcome, and the gateway does not tell of one: the event has to come again."""
    cart, order = bench.bought()
    bench.processor.script["capture_payment"] = [lambda: LOST] * 3
    assert bench.ask("capture_order", "k1", id=order).status == 409
    assert bench.hear(Says.CAPTURED, cart).status == 409
    assert [event.dealt_with_at for event in bench.rows(WebhookEvent)] == [None]
    bench.processor.script.clear()
    assert bench.deliver().status == 200
    assert [event.dealt_with_at is not None for event in bench.rows(WebhookEvent)] == [True]
