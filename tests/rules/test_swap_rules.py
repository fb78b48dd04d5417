"""SWAP-01 and SWAP-02 on runs written by hand: each breach, and beside it what is none."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from msgspec.structs import replace
from support.histories import CART, ITEM, ORDER, PAYMENT, Tape, operation
from support.judging import broken

from tillproof.domain.entities import Adjustment, Cart, Swap
from tillproof.domain.ledger import EntryKind
from tillproof.domain.statuses import OperationKind, OrderStatus, SwapPaymentStatus

OWN = replace(PAYMENT, order_id="order_1", captured_at=9.0)
RARE = replace(ITEM, id="li_2", variant_id="variant_rare", unit_price=6900)
RETURNED = (Adjustment(item_id="li_1", description="mug", quantity=1, amount=-4900),)
OPEN = Swap(id="swap_1", order_id="order_1", cart_id="cart_2")
EXTRA = replace(PAYMENT, id="pay_2", cart_id="cart_2", order_id="order_1", swap_id="swap_1", amount=2000, data={"i": "in_2"})


def basket(*items: object, adjustments: tuple[Adjustment, ...] = RETURNED) -> Cart:
    return replace(CART, id="cart_2", swap_id="swap_1", items=items, adjustments=adjustments, idempotency_key=None)


def confirmed(due: int, status: SwapPaymentStatus = SwapPaymentStatus.AWAITING) -> Swap:
    return replace(OPEN, difference_due=due, confirmed_at=20.0, payment_status=status)


class SwapTape(Tape):
    """A tape that begins with a captured order of a mug for 49.00."""

    def asked(self, cart: Cart) -> SwapTape:
        """Go on with a swap that was asked for and answered; its cart is this one."""
        self.bought()
        self.capture()
        self.commit(OWN)
        self.ask("create-swap", 2, order_id="order_1", return_items=[{"item_id": "li_1", "quantity": 1}])
        self.commit(OPEN, cart)
        self.hear(200, {"swap": {"id": "swap_1", "cart_id": "cart_2"}})
        return self

    def paid(self, amount: int = 2000, *, due: int = 2000) -> SwapTape:
        """Go on with its completion: that much is authorized, and the swap confirmed."""
        self.asked(basket(RARE))
        self.ledger(EntryKind.INTENT, "in_2", intent="in_2", amount=amount, resource="cart_2")
        self.ledger(EntryKind.AUTHORIZE, "au_2", intent="in_2", parent="in_2", amount=amount, resource="cart_2")
        self.commit(confirmed(due), replace(EXTRA, amount=amount, data={"intent": "in_2"}))
        return self

    def processing(self, wish: int = 4) -> SwapTape:
        self.ask("process-swap", wish, id="order_1", swap_id="swap_1")
        return self

    def took(self, amount: int = 2000) -> SwapTape:
        """Capture that much of the swap's authorization, and book it."""
        self.ledger(EntryKind.CAPTURE, "ca_2", intent="in_2", parent="au_2", amount=amount, resource="cart_2")
        captured = replace(EXTRA, amount=2000, data={"intent": "in_2"}, captured_at=30.0)
        self.commit(confirmed(2000, SwapPaymentStatus.CAPTURED), captured)
        return self

    def owing(self, due: int = -4900) -> SwapTape:
        """Go on with the completion of a swap that buys nothing, and begin to process it."""
        self.asked(basket())
        self.commit(confirmed(due))
        return self.processing()


def _paid(tape: SwapTape) -> None:
    tape.paid().processing().took().hear(200, {"order": {"id": "order_1"}})


def _not_processed(tape: SwapTape) -> None:
    tape.paid()


def _refunded(tape: SwapTape) -> None:
    tape.owing().refund(amount=4900)
    tape.commit(confirmed(-4900, SwapPaymentStatus.DIFFERENCE_REFUNDED))
    tape.hear(200, {"order": {"id": "order_1"}})


def _refunded_beside_another_refund(tape: SwapTape) -> None:
    tape.owing()
    tape.hear(409, {})
    tape.ask("refund", 5, amount=2000)
    tape.refund(amount=2000)
    tape.hear(200, {"order": {"id": "order_1"}})


def _refused(tape: SwapTape) -> None:
    tape.owing().hear(400, {"type": "not_allowed"})


def _even(tape: SwapTape) -> None:
    tape.asked(basket(replace(ITEM, id="li_2")))
    tape.commit(confirmed(0, SwapPaymentStatus.CONFIRMED))
    tape.processing().hear(200, {"order": {"id": "order_1"}})


def _settled_later(tape: SwapTape) -> None:
    tape.owing().lose()
    tape.commit(operation(OperationKind.REFUND, 9, batch="swap_1", payment_id="pay_1"))
    tape.refund(amount=4900, reference="op_9")
    tape.commit(confirmed(-4900, SwapPaymentStatus.DIFFERENCE_REFUNDED))


@pytest.mark.parametrize(
    "told", [_paid, _not_processed, _refunded, _refunded_beside_another_refund, _refused, _even, _settled_later]
)
def test_a_swap_of_the_difference_once_breaks_nothing(told: Callable[[SwapTape], None]) -> None:
    """Paid by its own Payment, refunded once, refused, even, or settled after nobody heard: both rules hold."""
    tape = SwapTape()
    told(tape)
    assert broken(tape.quiet(), "SWAP-01") == 0
    assert broken(tape, "SWAP-02") == 0


def test_without_a_confirmed_swap_there_is_no_difference_to_judge() -> None:
    """SWAP-02 watches a swap from when it is made, SWAP-01 from when it is confirmed."""
    tape = SwapTape().asked(basket(RARE))
    assert broken(tape.quiet(), "SWAP-01") is None
    assert broken(tape, "SWAP-02") == 0
    assert broken(SwapTape().bought().quiet(), "SWAP-02") is None


def _in_full(tape: SwapTape) -> None:
    tape.asked(basket(RARE, adjustments=()))
    tape.ledger(EntryKind.AUTHORIZE, "au_2", intent="in_2", amount=6900, resource="cart_2")
    tape.commit(confirmed(6900), replace(EXTRA, amount=6900, data={"intent": "in_2"}))


def _too_little(tape: SwapTape) -> None:
    tape.paid(1999)


def _another_difference(tape: SwapTape) -> None:
    tape.paid(2001, due=2001)


def _no_payment(tape: SwapTape) -> None:
    tape.asked(basket(RARE))
    tape.commit(confirmed(2000))


def _payment_taken_away(tape: SwapTape) -> None:
    tape.paid()
    tape.commit(replace(EXTRA, swap_id=None))


def _nothing_held(tape: SwapTape) -> None:
    tape.asked(basket(RARE))
    tape.commit(confirmed(2000), replace(EXTRA, data={"intent": "in_9"}))


def _captured_in_part(tape: SwapTape) -> None:
    tape.paid().processing().took(1500)


def _captured_and_not_said(tape: SwapTape) -> None:
    tape.paid().processing().took()
    tape.commit(confirmed(2000))


def _given_back_twice(tape: SwapTape) -> None:
    _refunded(tape)
    tape.processing(5).refund("re_2", amount=1)


def _given_back_in_part(tape: SwapTape) -> None:
    tape.owing().refund(amount=4899)
    tape.commit(confirmed(-4900, SwapPaymentStatus.DIFFERENCE_REFUNDED))


def _said_and_not_given(tape: SwapTape) -> None:
    tape.owing().hear(200, {"order": {"id": "order_1"}})


def _taken_for_nothing(tape: SwapTape) -> None:
    tape.asked(basket())
    tape.ledger(EntryKind.AUTHORIZE, "au_2", intent="in_2", amount=1, resource="cart_2")
    tape.commit(confirmed(-4900))


def _called_for_nothing(tape: SwapTape) -> None:
    tape.asked(basket(replace(ITEM, id="li_2")))
    tape.commit(confirmed(0, SwapPaymentStatus.CONFIRMED))
    tape.processing().call("refund_payment", 9, amount=0)
    tape.back("refused")


@pytest.mark.parametrize(
    "told",
    [
        _in_full,
        _too_little,
        _another_difference,
        _no_payment,
        _payment_taken_away,
        _nothing_held,
        _captured_in_part,
        _captured_and_not_said,
        _given_back_twice,
        _given_back_in_part,
        _said_and_not_given,
        _taken_for_nothing,
        _called_for_nothing,
    ],
)
def test_another_sum_than_the_difference_or_not_once_is_a_breach(told: Callable[[SwapTape], None]) -> None:
    """In full, too little, by no Payment, by none that is held, in part, twice, not at all, or for nothing."""
    tape = SwapTape()
    told(tape)
    assert broken(tape.quiet(), "SWAP-01") == 1


def _booked_on_the_order(tape: SwapTape) -> None:
    tape.commit(replace(OWN, amount=6900))


def _payment_canceled(tape: SwapTape) -> None:
    tape.commit(replace(OWN, canceled_at=40.0))


def _order_canceled(tape: SwapTape) -> None:
    tape.ask("cancel-swap", 4, id="order_1", swap_id="swap_1")
    tape.commit(replace(ORDER, status=OrderStatus.CANCELED))


def _captured_again(tape: SwapTape) -> None:
    tape.capture("ca_9", amount=2000)


def _let_go(tape: SwapTape) -> None:
    tape.void()


def _authorized_again(tape: SwapTape) -> None:
    tape.hold("au_9", amount=2000)


def _captured_then_canceled(tape: SwapTape) -> None:
    tape.commit(replace(EXTRA, captured_at=30.0))
    tape.commit(replace(EXTRA, captured_at=30.0, canceled_at=40.0))


def _refunded_while_processing_an_even_one(tape: SwapTape) -> None:
    tape.commit(confirmed(0, SwapPaymentStatus.CONFIRMED))
    tape.processing().refund(amount=1)
    tape.hear(200, {"order": {"id": "order_1"}})


def _refunded_while_canceling(tape: SwapTape) -> None:
    tape.ask("cancel-swap", 4, id="order_1", swap_id="swap_1")
    tape.refund(amount=4900)
    tape.hear(200, {"order": {"id": "order_1"}})


@pytest.mark.parametrize(
    "told",
    [
        _refunded_while_processing_an_even_one,
        _booked_on_the_order,
        _payment_canceled,
        _order_canceled,
        _captured_again,
        _let_go,
        _authorized_again,
        _captured_then_canceled,
        _refunded_while_canceling,
    ],
)
def test_what_a_swap_does_to_the_order_s_own_payment_is_a_breach(told: Callable[[SwapTape], None]) -> None:
    """Booked on it, canceled with it, captured, let go, authorized or refunded, or the swap's own canceled once captured."""
    tape = SwapTape().asked(basket(RARE))
    told(tape)
    assert broken(tape.quiet(), "SWAP-02") == 1


def test_an_order_canceled_or_refunded_for_itself_is_no_swap_s_fault() -> None:
    """The operator asked for it."""
    tape = SwapTape().asked(basket(RARE))
    tape.ask("cancel", 4)
    tape.commit(replace(ORDER, status=OrderStatus.CANCELED))
    tape.hear(200, {"order": {"id": "order_1"}})
    tape.ask("refund", 5, amount=2000)
    tape.refund()
    tape.hear(200, {"order": {"id": "order_1"}})
    assert broken(tape.quiet(), "SWAP-02") == 0


def test_an_order_made_of_a_swap_s_cart_is_a_second_purchase() -> None:
    """LED-01: a swap's cart has no order."""
    tape = SwapTape().paid()
    tape.commit(replace(ORDER, id="order_2", cart_id="cart_2"))
    assert broken(tape.quiet(), "LED-01") == 1
