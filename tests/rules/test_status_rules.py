"""STAT, SCA, SESS and GATE: what the processor says, what the session says, and what the gateway says."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from msgspec.structs import replace
from support.histories import AUTHORIZED, CART, ITEM, KEY, ORDER, PAYMENT, SESSION, Tape, operation
from support.judging import broken

from tillproof.domain.entities import Cart, Data, PaymentProvider, PaymentSession, Region
from tillproof.domain.ledger import EntryKind
from tillproof.domain.statuses import OperationKind, OperationState, SessionStatus
from tillproof.history.events import Asked, Returned

A = OperationKind.AUTHORIZE
CHALLENGE, DECLINE, UPDATE = EntryKind.CHALLENGE, EntryKind.DECLINE, EntryKind.UPDATE
REGION = Region(id="reg_home", name="home", currency_code="eur", payment_providers=("bank", "manual"))


def _said(status: str | None, *, held: bool = False, injected: bool = False) -> Tape:
    tape = Tape().opened(operation(A, 1))
    tape.call("authorize_payment")
    if held:
        tape.hold(reference="op_1")
    tape.back(status=status, injected=injected)
    return tape


def _declined(status: str | None, outcome: str = "done") -> Tape:
    tape = Tape().opened(operation(A, 1))
    tape.call("authorize_payment")
    tape.exchange("/intents/in_1/authorize", "gk_1")
    tape.ledger(DECLINE, "de_1", reference="op_1")
    tape.back(outcome, status=status)
    return tape


def _told(status: str) -> Tape:
    tape = Tape().opened()
    tape.ask()
    tape.hear(200, {"type": "cart", "data": {}, "payment_status": status})
    return tape


def _refunded_since() -> Tape:
    tape = Tape().bought()
    tape.capture()
    tape.refund(amount=4900)
    tape.call("get_payment_status", 9)
    tape.back(status="authorized")
    return tape


def _paid_while(status: SessionStatus) -> Tape:
    tape = Tape().opened()
    tape.hold()
    tape.commit(replace(AUTHORIZED, status=status))
    tape.commit(PAYMENT)
    return tape


def _refused(session: SessionStatus, before: OperationState = OperationState.WANTED) -> Tape:
    tape = Tape().opened(operation(A, 1, before))
    tape.call("authorize_payment")
    tape.back("refused", injected=True)
    tape.commit(operation(A, 1, OperationState.REFUSED), replace(SESSION, status=session))
    return tape


def _denied(*, held: bool, let_go: bool = False) -> Tape:
    tape = Tape().opened(operation(A, 1))
    tape.call("authorize_payment")
    tape.back("unknown")
    if held:
        tape.hold(reference="op_1")
    if let_go:
        tape.void()
    tape.call("authorize_payment", attempt=2)
    tape.back("refused")
    return tape


def _answered(status: int, *, asked_again: bool = False, body: Data | None = None) -> Tape:
    tape = Tape().opened(operation(A, 1))
    tape.ask()
    tape.call("authorize_payment")
    tape.back("exception", injected=True)
    if asked_again:
        tape.call("get_payment_status", 9)
        tape.back(status="pending")
    tape.hear(status, body or {})
    return tape


def _payment_then(**changes: object) -> Tape:
    tape = Tape().bought()
    tape.commit(replace(PAYMENT, captured_at=5.0, amount_refunded=100))
    tape.commit(replace(PAYMENT, **{"captured_at": 5.0, "amount_refunded": 100, **changes}))
    return tape


def _pending_again(*, released: bool) -> Tape:
    tape = Tape().bought()
    if released:
        tape.void()
    tape.commit(replace(SESSION, data={"intent": "in_1"}))
    return tape


def _canceled(session: str) -> Tape:
    tape = Tape().opened()
    tape.commit(replace(SESSION, status=SessionStatus.CANCELED), replace(SESSION, id="ps_2"))
    tape.commit(operation(A, 1, session_id=session))
    tape.call("authorize_payment")
    return tape


def _garbled(*, of_another: bool) -> Tape:
    """Capture, and hear a page: in the capture itself, or while an early event about it is dealt with meanwhile."""
    tape = Tape().bought()
    called = tape.call("capture_payment", 2)
    tape.capture(reference="op_2", key="gk_2")
    if of_another:
        tape.call("read_standing", 9)
    tape.strike("gateway.GET:/intents/{id}#1", "html-502-before")
    if of_another:
        tape.back("unknown")
    tape.put(Returned, called=called, method="capture_payment", outcome="done", injected=False, data={}, status="authorized")
    return tape


@pytest.mark.parametrize(
    ("rule", "tape", "times"),
    [
        ("STAT-01", lambda: _said("succeeded"), 1),
        ("STAT-01", lambda: _said("succeeded", injected=True), 0),
        ("STAT-01", lambda: _told("processing"), 1),
        ("STAT-01", lambda: _told("pending"), 0),
        ("STAT-02", lambda: _said("authorized"), 1),
        ("STAT-02", lambda: _said("authorized", held=True), 0),
        ("STAT-02", _refunded_since, 0),
        ("STAT-02", lambda: _paid_while(SessionStatus.PENDING), 1),
        ("STAT-02", lambda: _paid_while(SessionStatus.AUTHORIZED), 0),
        ("STAT-03", lambda: _declined("pending"), 1),
        ("STAT-03", lambda: _declined("error"), 0),
        ("STAT-03", lambda: _declined(None, "refused"), 0),
        ("STAT-03", lambda: _refused(SessionStatus.PENDING), 1),
        ("STAT-03", lambda: _refused(SessionStatus.ERROR), 0),
        ("STAT-03", lambda: _refused(SessionStatus.PENDING, OperationState.UNWANTED), 0),
        ("STAT-04", lambda: _denied(held=True), 1),
        ("STAT-04", lambda: _denied(held=False), 0),
        ("STAT-04", lambda: _denied(held=True, let_go=True), 0),
        ("STAT-04", lambda: _answered(400), 1),
        ("STAT-04", lambda: _answered(200, body={"type": "order", "data": {"id": "order_1"}}), 1),
        ("STAT-04", lambda: _answered(409), 0),
        ("STAT-04", lambda: _answered(400, asked_again=True), 0),
        ("STAT-05", lambda: _payment_then(captured_at=None), 1),
        ("STAT-05", lambda: _payment_then(amount_refunded=0), 1),
        ("STAT-05", lambda: _payment_then(amount_refunded=200), 0),
        ("STAT-05", lambda: _pending_again(released=False), 1),
        ("STAT-05", lambda: _pending_again(released=True), 0),
        ("STAT-06", lambda: _canceled("ps_1"), 1),
        ("STAT-06", lambda: _canceled("ps_2"), 0),
        ("GATE-01", lambda: _declined("authorized"), 1),
        ("GATE-01", lambda: _declined(None, "refused"), 0),
        ("GATE-01", lambda: _said("authorized", held=True), None),
        ("GATE-01", lambda: _garbled(of_another=False), 1),
        ("GATE-01", lambda: _garbled(of_another=True), None),
    ],
)
def test_what_is_said_of_a_payment(rule: str, tape: Callable[[], Tape], times: int | None) -> None:
    """Each status rule is broken by its case and not by what merely looks like it."""
    assert broken(tape(), rule) == times


def _challenged(status: str = "requires_more", body: Data | None = None) -> Tape:
    tape = Tape().opened(operation(A, 1))
    tape.ask()
    tape.call("authorize_payment")
    tape.ledger(CHALLENGE, "ch_1", reference="op_1")
    tape.back(status=status, data={"intent": "in_1", "challenge_url": "u", "private": 1})
    if body is not None:
        tape.hear(200, {"type": "cart", "data": body, "payment_status": "requires_more"})
    return tape


def _after_challenge(
    *, again: bool = False, anew: bool = False, asked: bool = False, held: bool = False, voided: bool = False
) -> Tape:
    """Come back from a challenge; what was challenged may have been `held` and `voided` meanwhile, or voided alone."""
    tape = _challenged()
    tape.act("challenge-passed")
    if held:
        tape.hold(reference="op_1")
    if voided:
        tape.void(**({} if held else {"parent": "in_1"}))
    tape.ask(wish=2)
    tape.call("initiate_payment" if voided else "authorize_payment", 2)
    if anew:
        tape.intent(reference="op_2", intent="in_2")
    if voided:
        tape.back()
        tape.call("authorize_payment", 2, data={"intent": "in_2"})
    if again:
        tape.ledger(CHALLENGE, "ch_2", reference="op_2", intent="in_2" if anew else "in_1")
    if asked:
        tape.hear(200, {"type": "cart", "data": {}, "payment_status": "requires_more"})
    return tape.quiet()


def _started_afresh(*, because: str = "", asked: bool = True) -> Tape:
    tape = _challenged()
    tape.act("challenge-passed")
    if because == "the shopper chose again":
        tape.put(
            Asked, actor="shopper", call="select-payment-session", number=1, intent=7, key=None, request={"id": "cart_1"}
        )
    if because == "it was refused":
        tape.call("authorize_payment", 2)
        tape.back("refused")
    if because == "it was declined":
        tape.ledger(DECLINE, "de_1")
    tape.ask(wish=2)
    tape.intent(id_="in_2", intent="in_2", reference="op_3", amount=9800 if because == "it is for another sum" else 4900)
    tape.call("authorize_payment", 4, data={"intent": "in_2"})
    tape.ledger(CHALLENGE, "ch_2", reference="op_4", intent="in_2")
    tape.back(status="requires_more", data={"intent": "in_2"})
    if asked:
        tape.hear(200, {"type": "cart", "data": {}, "payment_status": "requires_more"})
    return tape.quiet()


@pytest.mark.parametrize(
    ("rule", "tape", "times"),
    [
        ("SCA-01", _started_afresh, 1),
        ("SCA-01", lambda: _started_afresh(because="the shopper chose again"), 0),
        ("SCA-01", lambda: _started_afresh(because="it was refused"), 0),
        ("SCA-01", lambda: _started_afresh(because="it was declined"), 0),
        ("SCA-01", lambda: _started_afresh(because="it is for another sum"), 0),
        ("SCA-02", _started_afresh, 2),
        ("SCA-02", lambda: _started_afresh(because="the shopper chose again"), 0),
        ("IDEM-09", _started_afresh, 1),
        ("IDEM-09", lambda: _started_afresh(asked=False), 0),
        ("IDEM-09", lambda: _started_afresh(because="the shopper chose again"), None),
        ("SCA-01", lambda: _challenged("authorized"), 1),
        ("SCA-01", _challenged, 0),
        ("SCA-01", lambda: _challenged(body={"payment_sessions": [{"is_selected": True, "data": {}}]}), 1),
        ("SCA-01", lambda: _challenged(body={"payment_sessions": [{"is_selected": True, "data": {"challenge_url": 1}}]}), 0),
        ("SCA-01", lambda: _after_challenge(anew=True), 1),
        ("SCA-01", lambda: Tape().bought(), None),
        ("SCA-02", lambda: _after_challenge(anew=True), 1),
        ("SCA-02", lambda: _after_challenge(asked=True), 1),
        ("SCA-02", lambda: _after_challenge(again=True, asked=True), 0),
        ("SCA-02", _after_challenge, 0),
        ("SCA-02", _challenged, None),
        ("IDEM-09", lambda: _after_challenge(asked=True), 1),
        *(
            (rule, lambda: _after_challenge(anew=True, again=True, asked=True, held=True, voided=True), times)
            for rule, times in (("SCA-01", 0), ("SCA-02", 0), ("IDEM-09", None))
        ),
        ("SCA-01", lambda: _after_challenge(anew=True, again=True, asked=True, voided=True), 1),
        ("SCA-02", lambda: _after_challenge(anew=True, again=True, asked=True, voided=True), 2),
        ("IDEM-09", lambda: _after_challenge(anew=True, again=True, asked=True, voided=True), 1),
    ],
)
def test_the_challenge(rule: str, tape: Callable[[], Tape], times: int | None) -> None:
    """Each rule of the customer's action is broken by its case and not by what merely looks like it."""
    assert broken(tape(), rule) == times


def _outdated(*, voided: bool = False, refused: bool = False) -> Tape:
    tape = Tape().opened()
    tape.commit(gone=(SESSION,))
    tape.call("delete_payment", 5)
    if voided:
        tape.void(parent="in_1")
    tape.back("refused" if refused else "done", injected=refused)
    return tape.quiet()


def _updated(*, really: bool) -> Tape:
    tape = Tape().opened()
    tape.call("update_payment", 5, amount=9800)
    if really:
        tape.ledger(UPDATE, "up_1", amount=9800, reference="op_5")
    tape.back()
    tape.commit(replace(SESSION, amount=9800, data={"intent": "in_1"}), gone=())
    tape.void(parent="in_1")
    return tape.quiet()


def _two_sessions() -> Tape:
    tape = Tape().opened()
    tape.commit(replace(SESSION, id="ps_2", data={"intent": "in_1"}, is_selected=False))
    return tape.quiet()


def _shopper(call: str, *, cart: Cart = CART) -> Tape:
    """Begin with a session of the cart, and a shopper who asked for a change of which the cart is what came of it."""
    tape = Tape().opened(REGION)
    tape.put(Asked, actor="shopper", call=call, number=1, intent=1, key=None, request={"id": "cart_1"})
    tape.commit(cart)
    return tape


def _edited(*, brought: str = "", status: int = 200) -> Tape:
    tape = _shopper("update-line-item", cart=replace(CART, items=(replace(ITEM, quantity=2),)))
    if brought == "updated":
        tape.ledger(UPDATE, "up_1", amount=9800)
    if brought == "deleted":
        tape.void(parent="in_1")
    if brought == "refused":
        tape.call("update_payment", 5, amount=9800)
        tape.back("refused")
    if brought == "held":
        tape.hold()
    tape.hear(status, {"cart": {}})
    return tape


def _chose_other(*, deleted: bool) -> Tape:
    tape = _shopper("select-payment-session")
    other = replace(SESSION, id="ps_2", provider_id="manual", is_initiated=False)
    tape.commit(replace(SESSION, is_selected=False, data={"intent": "in_1"}), other)
    if deleted:
        tape.void(parent="in_1")
    tape.hear(200, {"cart": {}})
    return tape


def _offered(*ids: str, cart: Cart = CART, enabled: tuple[str, ...] = ("bank", "manual"), shown: object = None) -> Tape:
    tape = Tape()
    region = replace(REGION, payment_providers=enabled)
    providers = (PaymentProvider(id="bank"), PaymentProvider(id="manual"), PaymentProvider(id="gone", is_installed=False))
    tape.commit(cart, region, *providers)
    tape.put(Asked, actor="shopper", call="create-payment-sessions", number=1, intent=1, key=None, request={"id": "cart_1"})
    tape.commit(*(replace(SESSION, id=f"ps_{id_}", provider_id=id_, is_initiated=False) for id_ in ids))
    tape.hear(200, {"cart": {"payment_sessions": shown}})
    return tape


def _deletion_refused() -> Tape:
    tape = Tape().opened(replace(REGION, payment_providers=()))
    tape.call("delete_payment", 5)
    tape.back("refused")
    tape.put(Asked, actor="shopper", call="create-payment-sessions", number=1, intent=1, key=None, request={"id": "cart_1"})
    tape.hear(200, {"cart": {}})
    return tape


def _placed_over(session: PaymentSession) -> Tape:
    tape = Tape().opened()
    tape.hold()
    tape.commit(replace(session, status=SessionStatus.AUTHORIZED, data={"intent": "in_1"}))
    tape.commit(ORDER)
    return tape.quiet()


def _chosen(*, other: bool, attempt: int = 1) -> Tape:
    tape = Tape().opened()
    tape.commit(operation(A, 1), replace(SESSION, is_selected=not other))
    tape.call("authorize_payment", attempt=attempt)
    return tape


def _started(outcome: str, *, later: str = "") -> Tape:
    tape = Tape()
    tape.commit(CART, KEY, replace(SESSION, is_initiated=False), operation(OperationKind.INITIATE, 1))
    tape.call("initiate_payment", data={})
    tape.back(outcome, injected=True)
    if later:
        tape.call(later, attempt=2)
        tape.back()
    tape.commit(SESSION)
    return tape


def _returned(data: Data, *, before: Data | None = None) -> Tape:
    tape = Tape().bought()
    tape.call("refund_payment", 5, data=before or {"intent": "in_1"})
    tape.back(data=data)
    return tape


def _left(*, placed: bool, provider: str = "bank", first: bool = False) -> Tape:
    tape = Tape().opened(REGION)
    gone = replace(REGION, payment_providers=("manual",))
    rows = (replace(PAYMENT, provider_id=provider, order_id="order_1"), ORDER)
    if placed and first:
        tape.commit(*rows)
    tape.commit(gone)
    if placed and not first:
        tape.commit(*rows)
    if not placed:
        tape.hold()
    return tape.quiet()


@pytest.mark.parametrize(
    ("rule", "tape", "times"),
    [
        ("SESS-01", _outdated, 1),
        ("SESS-01", lambda: _outdated(voided=True), 0),
        ("SESS-01", lambda: _outdated(refused=True), 0),
        ("SESS-01", lambda: _updated(really=False), 1),
        ("SESS-01", lambda: _updated(really=True), 0),
        ("SESS-01", _two_sessions, 1),
        ("SESS-01", lambda: Tape().opened().quiet(), 0),
        ("SESS-01", _edited, 1),
        ("SESS-01", lambda: _edited(brought="updated"), 0),
        ("SESS-01", lambda: _edited(brought="deleted"), 0),
        ("SESS-01", lambda: _edited(brought="refused"), 0),
        ("SESS-01", lambda: _edited(brought="held"), 0),
        ("SESS-01", lambda: _edited(status=409), None),
        ("SESS-01", lambda: _chose_other(deleted=False), 1),
        ("SESS-01", lambda: _chose_other(deleted=True), 0),
        ("SESS-01", lambda: _offered("bank", "manual"), 0),
        ("SESS-01", lambda: _offered("bank"), 1),
        ("SESS-01", lambda: _offered("bank", "manual", shown=[{"provider_id": "bank"}, 7]), 1),
        ("SESS-01", lambda: _offered("bank", "manual", shown={"bank": 1}), 0),
        ("SESS-01", lambda: _offered("bank", "manual", enabled=("bank",)), 1),
        ("SESS-01", lambda: _offered("bank", enabled=("bank", "gone")), 0),
        ("SESS-01", lambda: _offered("bank", cart=replace(CART, items=())), 1),
        ("SESS-01", lambda: _offered(cart=replace(CART, items=())), 0),
        ("SESS-01", _deletion_refused, 0),
        ("SESS-01", lambda: _placed_over(replace(SESSION, currency_code="jpy")), 1),
        ("SESS-01", lambda: _placed_over(SESSION), 0),
        ("SESS-02", lambda: _chosen(other=True), 1),
        ("SESS-02", lambda: _chosen(other=False), 0),
        ("SESS-02", lambda: _chosen(other=True, attempt=2), None),
        ("SESS-03", lambda: _started("refused"), 1),
        ("SESS-03", lambda: _started("unknown", later="initiate_payment"), 0),
        ("SESS-03", lambda: _started("unknown", later="find_effect"), 0),
        ("SESS-03", lambda: _started("done"), None),
        ("SESS-04", lambda: _returned({}), 1),
        ("SESS-04", lambda: _returned({"charge": "au_1"}), 0),
        ("SESS-04", lambda: _returned({}, before={"mine": "x"}), 0),
        ("SESS-05", lambda: _left(placed=True), 1),
        ("SESS-05", lambda: _left(placed=True, provider="manual"), 0),
        ("SESS-05", lambda: _left(placed=True, first=True), 0),
        ("SESS-05", lambda: _left(placed=False), 1),
        ("SESS-05", lambda: Tape().bought().quiet(), None),
    ],
)
def test_the_sessions(rule: str, tape: Callable[[], Tape], times: int | None) -> None:
    """Each session rule is broken by its case and not by what merely looks like it."""
    assert broken(tape(), rule) == times
