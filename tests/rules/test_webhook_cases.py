"""HOOK-01, HOOK-02, HOOK-04 and CONC-02, case by case: what was wanted when an event came, and what came of it in time."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from msgspec.structs import replace
from support.histories import KEY, ORDER, PAYMENT, SESSION, operation
from support.hooktape import HookTape
from support.judging import breaches, broken

from tillproof.domain.entities import Entity, WebhookEvent
from tillproof.domain.statuses import OperationKind, RecoveryPoint, SessionStatus
from tillproof.history.events import Asked, Delivered, Heard

A = OperationKind.AUTHORIZE
OWN = replace(PAYMENT, order_id="order_1")
STORED = WebhookEvent(id="whe_1", event_id="ev_1", provider_id="bank", says="approved", resource="cart_1", dealt_with_at=9.0)

Write = Callable[[HookTape], object]


def _nothing(_tape: HookTape) -> None:
    """Let nothing else happen."""


def _asks(call: str = "update-cart", id_: str = "cart_1", actor: str = "shopper") -> Write:
    """Have somebody begin to ask for something."""
    return lambda tape: tape.put(Asked, actor=actor, call=call, number=1, intent=90, key=None, request={"id": id_})


def _hears(tape: HookTape) -> None:
    """Answer what `_asks` began."""
    asked = next(e for e in tape.events if isinstance(e, Asked) and e.intent == 90)
    told_as = {"actor": asked.actor, "call": asked.call, "intent": 90}
    tape.put(Heard, asked=asked.step, status=200, body={}, headers={}, **told_as)


def _wants(call: str = "update-cart", id_: str = "cart_1", actor: str = "shopper") -> Write:
    """Have somebody ask for something, and be answered."""

    def write(tape: HookTape) -> None:
        _asks(call, id_, actor)(tape)
        _hears(tape)

    return write


def _authorizes(number: int, status: str) -> Write:
    """Authorize once more; what comes back says so."""

    def write(tape: HookTape) -> None:
        tape.call("authorize_payment", number)
        tape.back(status=status)

    return write


def _challenges(tape: HookTape) -> None:
    """Ask the customer to act once before."""
    tape.ask()
    _authorizes(1, "requires_more")(tape)
    tape.hear(200, {"type": "payment_session", "data": {}})


def _one_by_one(*writes: Write) -> Write:
    """Let these things happen, one after the other."""

    def write(tape: HookTape) -> None:
        for each in writes:
            each(tape)

    return write


def _let_go(tape: HookTape) -> None:
    tape.hold()
    tape.void()


def _approved(
    *, first: Write = _nothing, meanwhile: Write = _nothing, then: Write = _nothing, says: str = "approved",
    quiet: bool = True, asked: str = "requires_more", **notice: object,
) -> HookTape:  # fmt: skip
    """Ask the customer to act, and have the gateway tell that they approved; before, between and after it things happen."""
    tape = HookTape()
    tape.opened(operation(A, 1))
    first(tape)
    tape.ask()
    tape.call("authorize_payment", 1)
    tape.back(status=asked)
    tape.commit(replace(SESSION, status=SessionStatus.REQUIRES_MORE, data={"intent": "in_1"}))
    tape.hear(200, {"type": "payment_session", "data": {}})
    meanwhile(tape)
    tape.arrive().read(says, "done", **notice)
    tape.commit(STORED)
    tape.answer()
    then(tape)
    if quiet:
        tape.quiet()
    return tape


REMOVES = "remove-region-provider"
LEFT: dict[str, tuple[Callable[[], HookTape], int | None]] = {
    "left": (_approved, 1),
    "not quiet yet": (lambda: _approved(quiet=False), None),
    "captured, and left": (lambda: _approved(says="captured"), 0),
    "approved for another cart": (lambda: _approved(resource_id="cart_9"), 0),
    "never asked to act": (lambda: _approved(asked="pending"), 0),
    "the cart edited since": (lambda: _approved(meanwhile=_wants()), 0),
    "the cart edited after it": (lambda: _approved(then=_wants()), 0),
    "the cart edited in another tab": (lambda: _approved(then=_wants(actor="shopper-2")), 0),
    "the cart edited before": (lambda: _approved(first=_wants()), 1),
    "an edit under way when it was asked for": (lambda: _approved(first=_asks(), meanwhile=_hears), 0),
    "an edit never answered": (lambda: _approved(first=_asks()), 0),
    "an earlier cart edited": (lambda: _approved(then=_wants(id_="cart_0")), 1),
    "a later cart edited": (lambda: _approved(then=_wants(id_="cart_2")), 1),
    "the button pressed again": (lambda: _approved(then=_wants("complete")), 1),
    "edited by the operator": (lambda: _approved(then=_wants(actor="operator")), 1),
    "the way to pay taken out of the region": (lambda: _approved(then=_wants(REMOVES, "reg_home", "operator")), 0),
    "the way to pay taken out before": (lambda: _approved(first=_wants(REMOVES, "reg_home", "operator")), 1),
    "a way to pay taken out of an earlier region": (lambda: _approved(then=_wants(REMOVES, "reg_a", "operator")), 1),
    "a way to pay taken out of a later region": (lambda: _approved(then=_wants(REMOVES, "reg_z", "operator")), 1),
    "a way to pay put into the region": (lambda: _approved(then=_wants("add-region-provider", "reg_home", "operator")), 1),
    "ordered": (lambda: _approved(then=lambda t: t.commit(ORDER, OWN)), 0),
    "an earlier cart ordered": (lambda: _approved(then=lambda t: t.commit(replace(ORDER, cart_id="cart_0"))), 1),
    "a later cart ordered": (lambda: _approved(then=lambda t: t.commit(replace(ORDER, cart_id="cart_2"))), 1),
    "asked to act twice, edited in between": (lambda: _approved(first=_one_by_one(_challenges, _wants())), 1),
    "asked to act twice, edited since": (lambda: _approved(first=_challenges, meanwhile=_wants()), 0),
    "asked to act once more": (lambda: _approved(then=_authorizes(2, "requires_more")), 1),
    "taken up, and declined": (lambda: _approved(then=_authorizes(2, "error")), 0),
    "what was approved let go of since": (
        lambda: _approved(then=_one_by_one(_let_go, _authorizes(2, "requires_more"))), 0
    ),
    "what was approved let go of after all": (
        lambda: _approved(then=_one_by_one(_authorizes(2, "requires_more"), _let_go)), 1
    ),
    "another object let go of since": (
        lambda: _approved(object_id="in_9", then=_one_by_one(_let_go, _authorizes(2, "requires_more"))), 1
    ),
    "no word of an object": (lambda: _approved(object_id=None), 1),
}  # fmt: skip


@pytest.mark.parametrize("case", LEFT)
def test_what_the_customer_approved_is_finished(case: str) -> None:
    """Unless they, or the shop, turned from it since they were asked to act: in this cart or its region, and no other."""
    tape, times = LEFT[case]
    assert broken(tape(), "HOOK-02") == times


def _event(tape: HookTape, *, announced: str = "", step: str = "") -> HookTape:
    """Complete a cart, and have an event about it come before, while or after it is under way, and maybe act."""
    tape.opened(operation(A, 1), operation(A, 2))
    if step == "before":
        tape.arrive().read("authorized").answer()
    tape.ask()
    tape.call("authorize_payment", 1)
    tape.hold(reference="op_1", key="gk_1")
    tape.back(status="authorized")
    if step == "during":
        tape.arrive().read("authorized", resource_id=announced or "cart_1").answer()
    tape.commit(OWN, ORDER, replace(KEY, recovery_point=RecoveryPoint.FINISHED))
    tape.hear()
    return tape


def _acts(tape: HookTape, where: str, *, cart: str = "cart_1", method: str = "authorize_payment") -> HookTape:
    """Have a call made before, in or after the serving of an event about the cart."""
    _event(tape)
    if where == "before":
        tape.call(method, 2, resource_id=cart)
        tape.back("refused")
    tape.arrive().read("approved")
    if where == "in":
        tape.call(method, 2, resource_id=cart)
        tape.back("refused")
    tape.answer()
    if where == "after":
        tape.call(method, 2, resource_id=cart)
        tape.back("refused")
    return tape


TOGETHER: dict[str, tuple[Callable[[HookTape], HookTape], int | None]] = {
    "while it is completed": (lambda t: _event(t, step="during"), 0),
    "while an earlier one is completed": (lambda t: _event(t, step="during", announced="cart_0"), None),
    "while a later one is completed": (lambda t: _event(t, step="during", announced="cart_2"), None),
    "before it is completed": (lambda t: _event(t, step="before"), None),
    "and authorizes": (lambda t: _acts(t, "in"), 0),
    "and authorizes an earlier cart": (lambda t: _acts(t, "in", cart="cart_0"), None),
    "and authorizes a later cart": (lambda t: _acts(t, "in", cart="cart_2"), None),
    "and captures": (lambda t: _acts(t, "in", method="capture_payment"), None),
    "and cancels": (lambda t: _acts(t, "in", method="cancel_payment"), None),
    "and looks": (lambda t: _acts(t, "in", method="get_payment_status"), None),
    "after it was authorized again": (lambda t: _acts(t, "before"), None),
    "before it is authorized again": (lambda t: _acts(t, "after"), None),
}


@pytest.mark.parametrize("case", TOGETHER)
def test_an_event_and_a_completion_of_one_cart(case: str) -> None:
    """The rule is asked where the event was served while the cart was completed, or itself went to authorize it."""
    tape, times = TOGETHER[case]
    assert broken(tape(HookTape()).quiet(), "CONC-02") == times


@pytest.mark.parametrize(
    ("payments", "times"),
    [
        ((OWN,), 0),
        ((OWN, replace(OWN, id="pay_2", cart_id="cart_2", data={})), 0),
        ((OWN, replace(OWN, id="pay_2")), 1),
        ((replace(OWN, order_id="order_9"),), 0),
    ],
)
def test_an_order_that_an_event_had_a_part_in_has_one_payment(payments: tuple[Entity, ...], times: int) -> None:
    """Of its own cart, on an authorization of its sum."""
    tape = _event(HookTape(), step="during")
    tape.commit(*payments)
    assert broken(tape.quiet(), "CONC-02") == times


def _struck(where: str) -> HookTape:
    """Refuse an event that was dealt with before; a fault struck before, while or after it was served."""
    tape = HookTape()
    tape.bought()
    tape.told(STORED)
    if where == "before":
        tape.strike("commit.event-stored#2", "commit-fails")
    tape.arrive(attempt=2)
    if where == "while":
        tape.strike("commit.event-stored#2", "commit-fails")
    tape.answer(500)
    if where == "after":
        tape.strike("commit.event-stored#2", "commit-fails")
    return tape


@pytest.mark.parametrize(("where", "times"), [("before", 1), ("while", 0), ("after", 1)])
def test_only_a_fault_while_an_event_is_served_excuses_its_refusal(where: str, times: int) -> None:
    """What struck before it came, or after it was answered, does not."""
    assert broken(_struck(where), "HOOK-04") == times


def test_where_an_event_was_mistreated_is_told() -> None:
    """At the delivery it was last refused at, at what a repeat changed, and at the reading of what was never finished."""
    tape = HookTape()
    tape.bought()
    for _ in range(2):
        tape.told(replace(STORED, dealt_with_at=None), status=409)
    (never,) = breaches(tape.quiet(), "HOOK-04")
    assert never.step == len(tape.events) - 5
    tape = HookTape()
    tape.bought()
    tape.told(STORED)
    tape.told(OWN, STORED)
    (again,) = breaches(tape, "HOOK-01")
    assert (again.step, "changed a payment" in again.says.lower()) == (len(tape.events) - 2, True)
    tape = _approved()
    (left,) = breaches(tape, "HOOK-02")
    assert left.step == next(e.step for e in tape.events if isinstance(e, Delivered)) + 1
