"""CRASH: what was cut, what had been done by then, and what rows may look like at each recovery point."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from msgspec.structs import replace
from support.histories import ALL, CART, ITEM, KEY, ORDER, PAYMENT, SESSION, Tape, operation
from support.judging import breaches, broken

from tillproof.domain.entities import Entity, PaymentSession, Swap
from tillproof.domain.statuses import OperationKind, OperationState, RecoveryPoint, SessionStatus

A, C, R, V = OperationKind.AUTHORIZE, OperationKind.CAPTURE, OperationKind.REFUND, OperationKind.CANCEL
DONE, UNWANTED, LISTED = OperationState.DONE, OperationState.UNWANTED, OperationState.LISTED

Try = tuple[int, str]
"""How many effects a try has, and what comes back: an outcome, or nothing where the shop dies."""


def _tries(*tries: Try, method: str = "refund_payment", can: frozenset[str] = ALL) -> Tape:
    """Tell of tries of one refund (or of another method) under one reference, of which the gateway has these effects."""
    tape = Tape(can=can).bought()
    tape.capture("ca_0")
    made = 0
    for attempt, (effects, outcome) in enumerate(tries, 1):
        tape.call(method, 2, attempt=attempt)
        for _ in range(effects):
            made += 1
            _effect(tape, method, made)
        if outcome:
            tape.back(outcome, injected=outcome == "unknown")
        else:
            tape.restart(attempt + 1)
    return tape


def _effect(tape: Tape, method: str, number: int) -> None:
    if method == "refund_payment":
        tape.refund(f"re_{number}", reference="op_2", amount=100)
    elif method == "capture_payment":
        tape.capture(f"ca_{number}", reference="op_2", amount=100)
    else:
        tape.void(f"vo_{number}", reference="op_2", amount=100)


CUTS: dict[str, tuple[tuple[Try, ...], int | None, int | None]] = {
    "answered at once": (((1, "done"),), None, None),
    "lost before, then done": (((0, "unknown"), (1, "done")), 0, None),
    "lost after, then found": (((1, "unknown"), (0, "done")), None, 0),
    "lost after, then done again": (((1, "unknown"), (1, "done")), None, 1),
    "lost before, then done twice": (((0, "unknown"), (2, "done")), 1, None),
    "died before, then done": (((0, ""), (1, "done")), 0, None),
    "died after, then found": (((1, ""), (0, "done")), None, 0),
    "died after, then done again": (((1, ""), (1, "done")), None, 1),
    "done, then asked again and lost": (((1, "done"), (0, "unknown")), None, 0),
    "lost before and lost after": (((0, "unknown"), (1, "unknown"), (0, "done")), 0, 0),
    "lost before twice, then done twice": (((0, "unknown"), (0, "unknown"), (2, "done")), 1, None),
    "lost after twice, done twice": (((1, "unknown"), (1, "unknown"), (0, "done")), None, 1),
}
"""The tries of one refund, and how often CRASH-01 (cut before) and CRASH-02 (cut after) are broken by them."""


@pytest.mark.parametrize("case", CUTS)
def test_cut_before_and_cut_after(case: str) -> None:
    """Which of both rules is asked is a matter of what the gateway had done by then; each wants one effect at most."""
    tries, before, after = CUTS[case]
    tape = _tries(*tries).quiet()
    assert (broken(tape, "CRASH-01"), broken(tape, "CRASH-02")) == (before, after)


@pytest.mark.parametrize("method", ["refund_payment", "capture_payment"])
def test_the_second_effect_is_the_one_that_is_told(method: str) -> None:
    """The breach is at the second effect and names the method and how often it was tried."""
    tape = _tries((1, "unknown"), (1, "unknown"), (1, "done"), method=method).quiet()
    second = [e.step for e in tape.events if getattr(getattr(e, "entry", None), "reference", None) == "op_2"][1]
    (breach,) = breaches(tape, "CRASH-02")
    assert (breach.step, breach.method) == (second, method)
    assert f"3 tries of one {method} had 3 effects" in breach.says


def test_letting_go_of_several_is_not_counted() -> None:
    """One cancel may void several holds, on as many tries as it takes."""
    assert broken(_tries((1, "unknown"), (1, "done"), method="cancel_payment").quiet(), "CRASH-02") == 0


def test_one_try_can_have_two_effects() -> None:
    """Of one lost authorization the gateway has two holds."""
    tape = Tape().opened(operation(A, 1))
    tape.call("authorize_payment", 1)
    tape.hold("au_1", reference="op_1")
    tape.hold("au_2", reference="op_1")
    tape.back("unknown", injected=True)
    assert broken(tape, "CRASH-02") == 1


def _holds(*ended: bool) -> Tape:
    """Try one authorization as often as told, the answers lost; what is marked is let go before the next try."""
    tape = Tape().opened(operation(A, 1))
    for number, over in enumerate(ended, 1):
        tape.call("authorize_payment", 1, attempt=number)
        tape.hold(f"au_{number}", reference="op_1")
        tape.back("unknown", injected=True)
        if over:
            tape.void(f"vo_{number}", parent=f"au_{number}")
    return tape


@pytest.mark.parametrize(
    ("ended", "times"),
    [
        ((False,), 0),
        ((True,), 0),
        ((True, False), 0),
        ((True, True), 0),
        ((False, False), 1),
        ((False, True), 1),
        ((True, False, False), 1),
        ((True, True, False), 0),
        ((False, True, True), 1),
    ],
)
def test_an_authorization_let_go_before_the_next_is_no_second_one(ended: tuple[bool, ...], times: int) -> None:
    """Of several authorizations for one wish each but the last was let go before the last was made, or there are two."""
    assert broken(_holds(*ended), "CRASH-02") == times


@pytest.mark.parametrize("settled", [DONE, OperationState.REFUSED, OperationState.AWAITING])
@pytest.mark.parametrize(
    "open_", [OperationState.WANTED, OperationState.UNKNOWN, UNWANTED, LISTED], ids=lambda state: state.value
)
def test_what_was_cut_is_found_out_in_the_end(open_: OperationState, settled: OperationState) -> None:
    """Once all is quiet no operation is left open that could be asked about; until then it may be."""
    for states, quiet, times in (
        ((settled,), True, 0),
        ((open_,), False, 0),
        ((open_,), True, 1),
        ((open_, settled), True, 0),
    ):
        tape = _tries((0, "unknown"))
        for state in states:
            tape.commit(operation(R, 2, state, payment_id="pay_1"))
        if quiet:
            tape.quiet()
        assert broken(tape, "CRASH-01") == times
        for breach in breaches(tape, "CRASH-01"):
            assert ("left to a person" in breach.says) is (open_ is LISTED)
            assert breach.method == "refund_payment"
            assert breach.step == next(e.step for e in tape.events if getattr(e, "reference", "") == "op_2")


@pytest.mark.parametrize(
    ("can", "states", "times"),
    [
        (ALL, (UNWANTED, LISTED), 1),
        (ALL - {"look_up"}, (UNWANTED, LISTED), 0),
        (ALL - {"look_up"}, (LISTED,), 1),
        (ALL - {"look_up"}, (UNWANTED,), 1),
    ],
)
def test_what_nobody_can_ask_about_may_be_left_to_a_person(
    can: frozenset[str], states: tuple[OperationState, ...], times: int
) -> None:
    """Only what nobody wants any more, and where the processor cannot look, may stay listed."""
    tape = _tries((0, "unknown"), can=can)
    for state in states:
        tape.commit(operation(R, 2, state, payment_id="pay_1"))
    assert broken(tape.quiet(), "CRASH-01") == times


def test_what_was_refused_in_the_end_may_be_listed() -> None:
    """A release refused once too often is a person's: what the gateway says is known, however it was cut before."""
    for last, times in (("refused", 0), ("error-object", 0), ("unknown", 1)):
        tape = _tries((0, "unknown"), (0, last))
        tape.commit(operation(R, 2, LISTED, payment_id="pay_1"))
        assert broken(tape.quiet(), "CRASH-01") == times


AGAIN: dict[str, tuple[tuple[Try, ...], int | None]] = {
    "once": (((1, "done"),), None),
    "lost, then answered": (((0, "unknown"), (1, "done")), None),
    "lost twice, then answered": (((0, "unknown"), (0, "unknown"), (1, "done")), None),
    "never answered": (((0, "unknown"), (1, "unknown")), None),
    "answered, then asked again": (((1, "done"), (0, "done")), 0),
    "refused, then asked again": (((0, "refused"), (0, "refused")), 0),
    "answered, then done again": (((1, "done"), (1, "done")), 1),
    "lost, answered, asked again": (((0, "unknown"), (1, "done"), (0, "done")), 0),
    "lost, answered, done again": (((0, "unknown"), (1, "done"), (1, "done")), 1),
    "answered, asked again and lost": (((1, "done"), (0, "unknown")), 0),
}
"""The tries of one refund with no commit failing, and how often CRASH-03 is broken."""


@pytest.mark.parametrize("case", AGAIN)
def test_an_answer_asked_for_again(case: str) -> None:
    """The rule is asked where a call is repeated although it had been answered, and wants no second effect of it."""
    tries, times = AGAIN[case]
    assert broken(_tries(*tries), "CRASH-03") == times


def test_a_commit_that_fails_has_the_rule_asked() -> None:
    """Even where nothing is repeated and nothing wrong; what fails elsewhere has not."""
    for point, asked in (("commit.refund-recorded#1", 0), ("processor.refund_payment#1", None)):
        tape = _tries((1, "done"))
        tape.strike(point, "fails")
        assert broken(tape, "CRASH-03") == asked


def test_each_effect_is_looked_at_for_itself() -> None:
    """One call that was not repeated does not hide another that was."""
    tape = _tries((1, "done"), (1, "done"))
    for number in (3, 4):
        tape.call("refund_payment", number, amount=100)
        tape.refund(f"re_9{number}", reference=f"op_{number}", amount=100)
        tape.back()
    assert broken(tape, "CRASH-03") == 1


P, S = RecoveryPoint, SessionStatus
OPEN_STATUSES = (S.PENDING, S.REQUIRES_MORE, S.ERROR, S.CANCELED)
FITS: dict[RecoveryPoint, tuple[tuple[SessionStatus, ...], tuple[bool, ...], bool]] = {
    P.STARTED: (OPEN_STATUSES, (False,), False),
    P.AUTHORIZED: ((S.AUTHORIZED,), (False,), False),
    P.PAYMENT_CREATED: ((S.AUTHORIZED,), (True,), False),
    P.RELEASING: ((*OPEN_STATUSES, S.AUTHORIZED), (True, False), False),
    P.FINISHED: ((S.AUTHORIZED,), (True, False), True),
}
"""For each recovery point: the statuses of the chosen session, whether there is a live Payment, and whether an order."""

OURS = replace(CART, idempotency_key="k1")
CHOSEN = replace(SESSION, data={"intent": "in_1"})
SWAP = Swap(id="swap_1", order_id="order_9", cart_id="cart_1", confirmed_at=5.0)


def _committed(*steps: tuple[Entity, ...], gone: tuple[Entity, ...] = ()) -> int | None:
    """Return how often CRASH-03 is broken by these commits, one after the other, and one more that deletes rows."""
    tape = Tape()
    for rows in steps:
        tape.commit(*rows)
    if gone:
        tape.commit(gone=gone)
        tape.commit(OURS)
    tape.strike("commit.step#1", "commit-fails")
    return broken(tape, "CRASH-03")


@pytest.mark.parametrize("point", FITS)
@pytest.mark.parametrize("status", S)
@pytest.mark.parametrize("paid", ["no Payment", "a Payment", "a canceled one"])
@pytest.mark.parametrize("placed", [True, False])
def test_what_rows_may_look_like(point: RecoveryPoint, status: SessionStatus, paid: str, placed: bool) -> None:  # noqa: FBT001
    """At each recovery point what its row above allows is no breach, and everything else is one."""
    statuses, live, order = FITS[point]
    fits = status in statuses and (paid == "a Payment") in live and placed is order
    rows: list[Entity] = [OURS, replace(KEY, recovery_point=point), replace(CHOSEN, status=status)]
    if paid != "no Payment":
        rows.append(replace(PAYMENT, canceled_at=None if paid == "a Payment" else 9.0))
    if placed:
        rows.append(ORDER)
    assert _committed(tuple(rows)) == (0 if fits else 1)


@pytest.mark.parametrize("other", ["ikey_0", "ikey_2"])
def test_another_s_key_that_was_deleted_frees_nobody_else(other: str) -> None:
    """Ours still holds us to its point, whatever the other was called."""
    tape = Tape()
    tape.commit(OURS, KEY, CHOSEN, replace(OTHER_KEY, id=other))
    tape.commit(gone=(replace(OTHER_KEY, id=other),))
    tape.commit(OURS, PAYMENT)
    assert broken(tape, "CRASH-03") == 1


def test_what_does_not_fit_is_named() -> None:
    """The session's status, the Payment or the order that is there or is not, and at which point the key is."""
    for point, rows, says in (
        (P.AUTHORIZED, (CHOSEN,), "but the chosen session is pending"),
        (P.AUTHORIZED, (HELD, PAYMENT), "but there is a Payment"),
        (P.PAYMENT_CREATED, (HELD,), "but there is no Payment"),
        (P.FINISHED, (HELD,), "but there is no order"),
        (P.AUTHORIZED, (HELD, ORDER), "but there is an order or a swap"),
    ):
        tape = Tape()
        tape.commit(OURS, replace(KEY, recovery_point=point), *rows, name="told")
        (breach,) = breaches(tape, "CRASH-03")
        assert breach.says == f"after told the key is at {point}, {says}"


AT_AUTHORIZED = replace(KEY, recovery_point=P.AUTHORIZED)
AT_FINISHED = replace(KEY, recovery_point=P.FINISHED)
HELD: PaymentSession = replace(CHOSEN, status=S.AUTHORIZED)
OTHER = replace(CART, id="cart_2", idempotency_key="k2")
OTHER_KEY = replace(AT_FINISHED, id="ikey_2", idempotency_key="k2", cart_id="cart_2")


@pytest.mark.parametrize(
    ("commits", "times"),
    [
        ([(OURS, AT_AUTHORIZED, HELD)], 0),
        ([(OURS, AT_AUTHORIZED, CHOSEN)], 1),
        ([(OURS, AT_AUTHORIZED, replace(CHOSEN, is_selected=False))], 0),
        ([(OURS, AT_AUTHORIZED, replace(CHOSEN, is_selected=False), replace(CHOSEN, id="ps_2"))], 1),
        ([(replace(OURS, items=()), AT_AUTHORIZED, CHOSEN)], 0),
        ([(replace(OURS, items=(replace(ITEM, unit_price=1),)), AT_AUTHORIZED, CHOSEN)], 1),
        ([(CART, AT_AUTHORIZED, CHOSEN)], 0),
        ([(AT_AUTHORIZED, CHOSEN)], 0),
        ([(OURS, CHOSEN, ORDER)], 0),
        ([(OURS, AT_AUTHORIZED, CHOSEN), (CHOSEN,), (OURS,)], 1),
        ([(OURS, AT_AUTHORIZED, CHOSEN), (OURS, AT_FINISHED)], 2),
        ([(OURS, AT_AUTHORIZED, HELD), (operation(C),), (ORDER,)], 1),
        ([(OURS, KEY, CHOSEN), (operation(C), OURS, HELD)], 1),
        ([(OURS, AT_FINISHED, HELD, SWAP)], 0),
        ([(OURS, AT_FINISHED, HELD, replace(SWAP, confirmed_at=None))], 1),
        ([(OURS, KEY, CHOSEN, replace(SWAP, confirmed_at=None))], 0),
        ([(OURS, KEY, CHOSEN, PAYMENT, replace(PAYMENT, id="pay_2", canceled_at=9.0))], 1),
        ([(OTHER, OTHER_KEY, OURS, KEY, CHOSEN)], 1),
        ([(OURS, AT_FINISHED, OTHER, OTHER_KEY)], 2),
        ([(OTHER, OTHER_KEY, replace(ORDER, cart_id="cart_2"), OURS, KEY, CHOSEN)], 0),
        ([(OTHER, OTHER_KEY, ORDER, OURS, KEY, CHOSEN)], 2),
    ],
)
def test_only_rows_of_a_cart_with_a_key_are_judged(commits: list[tuple[Entity, ...]], times: int) -> None:
    """Each cart's rows against its own key, once for each recovery point; what costs nothing needs no session."""
    assert _committed(*commits) == times


@pytest.mark.parametrize(
    ("rows", "gone", "times"),
    [
        ((OURS, AT_FINISHED, HELD, ORDER), (ORDER,), 1),
        ((OURS, AT_FINISHED, HELD, ORDER), (HELD,), 0),
        ((OURS, AT_FINISHED, HELD, SWAP), (SWAP,), 1),
        ((OURS, replace(KEY, recovery_point=P.PAYMENT_CREATED), HELD, PAYMENT), (PAYMENT,), 1),
        ((OURS, KEY, CHOSEN), (CHOSEN,), 0),
        ((OURS, AT_AUTHORIZED, HELD), (AT_AUTHORIZED, HELD), 0),
        ((OTHER, OTHER_KEY, OURS, AT_FINISHED, HELD, ORDER), (OTHER_KEY,), 1),
    ],
)
def test_deleted_rows_are_gone(rows: tuple[Entity, ...], gone: tuple[Entity, ...], times: int) -> None:
    """What was deleted no longer stands for anything, and a key that was deleted holds nobody to it."""
    assert _committed(rows, gone=gone) == times


def test_a_row_that_was_deleted_breaks_no_rule_any_more() -> None:
    """A session in the wrong status is judged while it is there, and not after it was deleted."""
    tape = Tape()
    tape.commit(OURS, KEY, CHOSEN)
    tape.commit(gone=(CHOSEN,))
    tape.commit(replace(KEY, recovery_point=P.AUTHORIZED), OURS)
    tape.strike("commit.step#1", "commit-fails")
    assert broken(tape, "CRASH-03") == 0


def test_a_key_that_was_deleted_holds_nobody_to_its_point() -> None:
    """A Payment beside a key at its start is a breach while the key is there, and none once it was deleted."""
    for deleted, times in ((False, 1), (True, 0)):
        tape = Tape()
        tape.commit(OURS, KEY, CHOSEN)
        tape.commit(OTHER_KEY, name="another key", gone=(KEY,) if deleted else ())
        tape.commit(OURS, PAYMENT)
        tape.strike("commit.step#1", "commit-fails")
        assert broken(tape, "CRASH-03") == times


def _lost(wish: str, *, keyed: bool = True, states: tuple[OperationState, ...] = (DONE,), old: bool = False) -> Tape:
    """Lose the answer to a capture, refund or cancel that came to operations in these states."""
    kind = {"capture": C, "refund": R, "cancel": V}[wish.partition("-")[0]]
    tape = Tape().bought()
    key = replace(KEY, id="ikey_2", idempotency_key="k2", operation_id="op_2")
    parts = [operation(kind, n, s, batch="b" if len(states) > 1 else None) for n, s in enumerate(states, 2)]
    if old:
        tape.commit(*parts, key)
    tape.ask(wish, 2, key="k2" if keyed else None)
    if not old:
        tape.commit(*parts, key)
    tape.lose()
    return tape


def _moved(tape: Tape, wish: str) -> Tape:
    tape.ask(wish, 2, key="k2")
    _effect(tape, {"capture": "capture_payment", "refund": "refund_payment", "cancel": "cancel_payment"}[wish], 9)
    tape.hear(200, {"order": {"id": "order_1"}})
    return tape


def _asked_again(tape: Tape, wish: str, status: int = 200, body: dict[str, object] | None = None) -> Tape:
    tape.ask(wish, 2, key="k2")
    tape.hear(status, {"order": {"id": "order_1"}} if body is None else body)
    return tape


def _beside_a_batch(name: str) -> Tape:
    """Refund in two parts that are done, beside a batch of that name that is not."""
    tape = _lost("refund", states=(DONE, DONE))
    tape.events.pop()
    tape.commit(operation(R, 8, batch=name))
    tape.lose()
    return _asked_again(tape, "refund")


def _moved_later(wish: str) -> Tape:
    """Be told what was committed, and have the money moved by something else when all is answered."""
    tape = _asked_again(_lost(wish), wish)
    _effect(tape, f"{wish}_payment", 9)
    return tape


UNHEARD: dict[str, tuple[Callable[[], Tape], int | None]] = {
    "captured, told so": (lambda: _asked_again(_lost("capture"), "capture"), 0),
    "captured, and once more": (lambda: _moved(_lost("capture"), "capture"), 1),
    "refunded, and once more": (lambda: _moved(_lost("refund"), "refund"), 1),
    "canceled, and once more": (lambda: _moved(_lost("cancel"), "cancel"), 1),
    "captured, told no": (lambda: _asked_again(_lost("capture"), "capture", 409, {}), 1),
    "captured, told something else": (lambda: _asked_again(_lost("capture"), "capture", 200, {"odd": 1}), 1),
    "by its payment, told of that": (
        lambda: _asked_again(_lost("capture-payment"), "capture-payment", 200, {"payment": {}}), 0
    ),
    "without a key": (lambda: _asked_again(_lost("capture", keyed=False), "capture"), None),
    "not done yet": (lambda: _asked_again(_lost("capture", states=(OperationState.UNKNOWN,)), "capture"), None),
    "done in part": (lambda: _asked_again(_lost("refund", states=(DONE, OperationState.WANTED)), "refund"), None),
    "done in all its parts": (lambda: _asked_again(_lost("refund", states=(DONE, DONE)), "refund"), 0),
    "done, an earlier batch is not": (lambda: _beside_a_batch("a"), 0),
    "done, a later batch is not": (lambda: _beside_a_batch("c"), 0),
    "captured, and once more later": (lambda: _moved_later("capture"), 0),
    "refunded, and once more later": (lambda: _moved_later("refund"), 0),
    "captured, told no at first": (
        lambda: _asked_again(_asked_again(_lost("capture"), "capture", 409, {}), "capture"), 0
    ),
    "captured, told so, then no": (
        lambda: _asked_again(_asked_again(_lost("capture"), "capture"), "capture", 409, {}), 1
    ),
    "done before it was asked for": (lambda: _asked_again(_lost("capture", old=True), "capture"), None),
    "never asked again": (lambda: _lost("capture"), None),
}  # fmt: skip


@pytest.mark.parametrize("case", UNHEARD)
def test_committed_and_never_heard(case: str) -> None:
    """The retry is answered from what was committed and moves nothing; asked only where all of it was committed by then."""
    tape, times = UNHEARD[case]
    assert broken(tape(), "CRASH-04") == times


def test_only_the_first_lost_answer_counts_and_what_came_before_it_does_not() -> None:
    """A hold made by the try that was lost is no breach; one made by a later try is told once, where it was made."""
    tape = Tape().bought()
    tape.events.pop()
    tape.lose()
    tape.ask()
    tape.lose()
    tape.ask()
    made = tape.hold("au_2")
    tape.hear()
    (breach,) = breaches(tape, "CRASH-04")
    assert (breach.step, breach.method) == (made, "authorize_payment")


def test_what_a_first_try_did_is_no_second_move() -> None:
    """Two answers are lost, the first before anything was committed: what that try held is what was committed later."""
    tape = Tape().opened(operation(A, 1))
    tape.ask()
    tape.hold(reference="op_1")
    tape.lose()
    tape.ask()
    tape.commit(PAYMENT, ORDER)
    tape.lose()
    tape.ask()
    tape.hear()
    assert broken(tape, "CRASH-04") == 0


@pytest.mark.parametrize(
    ("fault", "outcome", "done", "times"),
    [
        ("timeout-after", "refused", True, 1),
        ("timeout-after", "error-object", True, 1),
        ("timeout-after", "unknown", True, 0),
        ("timeout-before", "refused", False, None),
        ("", "refused", True, None),
    ],
)
def test_a_no_after_the_gateway_acted_unheard(fault: str, outcome: str, done: bool, times: int | None) -> None:  # noqa: FBT001
    """A processor that takes a lost answer for a refusal says no for good: no retry will find what was done."""
    tape = Tape().bought(operation(C, 2, payment_id="pay_1"))
    tape.call("capture_payment", 2)
    if done:
        tape.capture(reference="op_2")
    if fault:
        tape.strike("gateway.POST:/x#1", fault)
    tape.back(outcome)
    assert broken(tape, "CRASH-02") == times
