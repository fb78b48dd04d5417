"""What rules ask again and again: sums as they are told, effects that stand, moments within a request, contents of carts."""

from __future__ import annotations

import pytest
from msgspec.structs import replace
from support.histories import ALL, CART, ITEM, Tape, operation

from tillproof.domain.entities import ShippingMethod
from tillproof.domain.ledger import EntryKind
from tillproof.domain.statuses import OperationKind, OperationState
from tillproof.history.events import GatewayAsked, Heard
from tillproof.history.story import Story, fold
from tillproof.history.witnesses import Try
from tillproof.rules import effects, gateway

A, R = OperationKind.AUTHORIZE, OperationKind.REFUND


def _story(tape: Tape) -> Story:
    return fold(tape.history())


@pytest.mark.parametrize(
    ("amount", "currency", "told"),
    [
        (4900, "eur", "49.00 EUR"),
        (5, "jpy", "5 JPY"),
        (1500, "kwd", "1.500 KWD"),
        (0, "eur", "0.00 EUR"),
        (None, "eur", "None eur"),
        ("49", "eur", "'49' eur"),
        (49.5, "eur", "49.5 eur"),
        (4900, None, "4900 None"),
    ],
)
def test_a_sum_is_told_in_its_currency_or_as_it_is(amount: object, currency: object, told: str) -> None:
    """With the decimals of its currency; what is no sum is told as it came."""
    assert effects.told(amount, currency) == told


@pytest.mark.parametrize(
    ("status", "no"), [(200, False), (302, False), (400, True), (402, True), (403, True), (404, True), (409, False),
                       (410, True), (422, True), (425, False), (429, False), (500, False), (503, False)],
)  # fmt: skip
def test_a_definite_no_does_not_invite_a_retry(status: int, no: bool) -> None:  # noqa: FBT001 - told by the table
    """A conflict, "too early", "too many" and every 5xx do; no answer at all is none."""
    tape = Tape()
    tape.ask()
    tape.hear(status, {})
    heard = tape.events[-1]
    assert isinstance(heard, Heard)
    assert effects.refused(heard) is no
    assert effects.refused(None) is False


def _tried(*kinds: EntryKind, method: str = "capture_payment") -> Story:
    tape = Tape().opened(operation(OperationKind.CAPTURE, 2))
    tape.call(method, 2)
    for number, kind in enumerate(kinds):
        tape.ledger(kind, f"x_{number}", parent="in_1", reference="op_2")
    return _story(tape)


@pytest.mark.parametrize(
    ("method", "kind"),
    [
        ("initiate_payment", EntryKind.INTENT),
        ("update_payment", EntryKind.UPDATE),
        ("authorize_payment", EntryKind.AUTHORIZE),
        ("capture_payment", EntryKind.CAPTURE),
        ("refund_payment", EntryKind.REFUND),
        ("cancel_payment", EntryKind.VOID),
        ("delete_payment", EntryKind.VOID),
    ],
)
def test_the_effect_of_a_method_is_an_entry_of_its_kind(method: str, kind: EntryKind) -> None:
    """Other entries that a call makes are not its effect; all of its own are, in order; a look has none."""
    others = [other for other in EntryKind if other is not kind]
    story = _tried(kind, *others, kind, method=method)
    assert [line.entry.id for line in effects.effects(story.calls)] == ["x_0", f"x_{len(others) + 1}"]
    assert effects.effects(_tried(kind, method="retrieve_payment").calls) == []


@pytest.mark.parametrize(
    ("what", "since", "stands"),
    [
        ("", 0, True),
        ("voided", 0, False),
        ("voided", 9, True),
        ("captured", 0, True),
        ("nothing", 0, False),
        ("late", 0, False),
    ],
)
def test_an_authorization_stands_until_it_is_let_go_of(what: str, since: int, stands: bool) -> None:  # noqa: FBT001
    """What had not been made by then, or had been let go of by then, does not stand; what is captured does."""
    tape = Tape().opened(operation(A, 1))
    tape.call("authorize_payment", 1)
    step = tape.put(GatewayAsked, method="GET", path="/x", number=1, key=None, body={}) if what == "late" else 0
    if what != "nothing":
        tape.hold(reference="op_1")
    then = len(tape.events)
    if what == "voided" and not since:
        tape.void()
    if what == "captured":
        tape.capture(amount=4900)
    tape.back()
    asked = step or len(tape.events)
    if what == "voided" and since:
        asked = then
        tape.void()
    story = _story(tape)
    assert effects.stands(story, story.by_reference["op_1"], asked) is stands


@pytest.mark.parametrize("method", ["initiate_payment", "update_payment"])
def test_starts_and_updates_hold_no_money_that_could_stand(method: str) -> None:
    """Nothing stands of them, whatever the gateway wrote down."""
    story = _tried(effects.EFFECT[method], method=method)
    assert not effects.stands(story, story.calls, 1000)


def test_what_may_act_is_all_but_reads_and_tokens() -> None:
    """A GET and a HEAD read; exchanging credentials moves no money, with a query or without; all else may act."""
    tape = Tape().opened()
    tape.call("capture_payment", 2)
    for method, path in (
        ("GET", "/intents"),
        ("HEAD", "/intents"),
        ("POST", "/v1/oauth2/token"),
        ("POST", "/v1/oauth2/token?x=/y"),
        ("POST", "/v1/oauth2/tokens"),
        ("POST", "/intents?of=/oauth2/token"),
        ("DELETE", "/intents/in_1"),
    ):
        tape.exchange(path, None, method=method)
    paths = [exchange.asked.path for exchange in effects.acting(_story(tape).calls[0])]
    assert paths == ["/v1/oauth2/tokens", "/intents?of=/oauth2/token", "/intents/in_1"]


def test_looked_up_is_a_read_before_the_step() -> None:
    """A read by then counts, a later one and an action do not."""
    tape = Tape().opened()
    tape.call("capture_payment", 2)
    first = tape.exchange("/intents", None)
    tape.exchange("/intents/in_1", None, method="DELETE")
    read = tape.exchange("/effects", None, method="GET")
    (call,) = _story(tape).calls
    assert [effects.looked_up(call, step) for step in (first, read, read + 1)] == [False, False, True]


def test_within_is_from_the_request_to_its_answer() -> None:
    """Both ends belong to it; without an answer all that follows does."""
    tape = Tape()
    tape.restart()
    asked = tape.ask()
    tape.restart()
    heard = tape.hear()
    tape.restart()
    (wish,) = _story(tape).wishes
    assert [effects.within(wish.tries[0], step) for step in (asked - 1, asked, asked + 1, heard, heard + 1)] == [
        False, True, True, True, False,
    ]  # fmt: skip
    open_: Try = Try(wish.tries[0].asked)
    assert [effects.within(open_, step) for step in (asked - 1, asked, 1000)] == [False, True, True]


CHANGES = {
    "nothing": (CART, True),
    "the address": (replace(CART, email="x@y.example", shipping_address={"city": "Riga"}), True),
    "the line's id": (replace(CART, items=(replace(ITEM, id="li_0"),)), True),
    "the price": (replace(CART, items=(replace(ITEM, unit_price=4901),)), False),
    "how many": (replace(CART, items=(replace(ITEM, quantity=2),)), False),
    "what": (replace(CART, items=(replace(ITEM, variant_id="pen"),)), False),
    "another line": (replace(CART, items=(ITEM, ITEM)), False),
    "no line": (replace(CART, items=()), False),
    "how it travels": (replace(CART, shipping_methods=(ShippingMethod(name="post", price=5),)), False),
    "the tax": (replace(CART, tax_rate=1), False),
    "the currency": (replace(CART, currency_code="usd"), False),
}


@pytest.mark.parametrize("what", CHANGES)
def test_what_is_paid_for_is_lines_shipping_tax_and_currency(what: str) -> None:
    """Whoever sends it where does not matter; no cart is the same purchase only as no cart."""
    other, same = CHANGES[what]
    assert effects.same_purchase(CART, other) is effects.same_purchase(other, CART) is same
    assert not effects.same_purchase(None, other)
    assert not effects.same_purchase(other, None)
    assert effects.same_purchase(None, None)


@pytest.mark.parametrize(
    ("states", "can", "beyond"),
    [
        ((OperationState.UNWANTED, OperationState.LISTED), ALL - {"look_up"}, True),
        ((OperationState.UNWANTED, OperationState.LISTED), ALL, False),
        ((OperationState.UNKNOWN, OperationState.LISTED), ALL - {"look_up"}, False),
        ((OperationState.UNWANTED, OperationState.DONE), ALL - {"look_up"}, False),
        ((), ALL - {"look_up"}, False),
    ],
)
def test_beyond_asking_is_what_nobody_wants_and_nobody_can_look_for(
    states: tuple[OperationState, ...], can: frozenset[str], beyond: bool  # noqa: FBT001 - told by the table
) -> None:  # fmt: skip
    """Then the operation may stay listed, and the authorization it may have made is excused."""
    tape = Tape(can=can).opened(operation(A, 1))
    tape.call("authorize_payment", 1)
    tape.hold(reference="op_1", key="gk_1")
    for state in states:
        tape.commit(operation(A, 1, state))
    story = _story(tape)
    assert effects.beyond_asking(story, story.operation("op_1")) is beyond
    assert effects.excused(story, story.holds[0]) is beyond
    assert effects.beyond_asking(story, None) is False


@pytest.mark.parametrize(
    ("kind", "state", "fault", "intent", "is_excused"),
    [
        (OperationKind.DELETE, OperationState.LISTED, "refusedx*", "in_1", True),
        (OperationKind.CANCEL, OperationState.LISTED, "refusedx*", "in_1", True),
        (OperationKind.DELETE, OperationState.LISTED, "refused", "in_1", False),
        (OperationKind.DELETE, OperationState.REFUSED, "refusedx*", "in_1", False),
        (OperationKind.DELETE, OperationState.LISTED, "refusedx*", "in_2", False),
        (OperationKind.UPDATE, OperationState.LISTED, "refusedx*", "in_1", False),
    ],
)
def test_what_could_not_be_let_go_of_is_excused(
    kind: OperationKind, state: OperationState, fault: str, intent: str, is_excused: bool  # noqa: FBT001 - told by the table
) -> None:  # fmt: skip
    """Its own release is listed, and a fault without end struck each try; one that the gateway refused by itself is not."""
    tape = Tape().opened(operation(A, 1, OperationState.DONE))
    tape.hold(reference="op_1", key="gk_1")
    tape.call("delete_payment", 2)
    tape.strike("processor.delete_payment#1", fault)
    tape.back("refused", injected=True)
    tape.intent("in_2")
    tape.commit(operation(kind, 2, state, data={"intent": intent}))
    story = _story(tape)
    assert effects.excused(story, story.holds[0]) is is_excused


@pytest.mark.parametrize(
    ("struck", "beyond"),
    [
        (("while", "while"), True),
        (("while", "never"), False),
        (("never", "while"), False),
        (("before", "while"), False),
        (("while", "after"), False),
        (("died", "while"), True),
        (("died first", "while"), False),
        (("once", "while"), False),
        ((), False),
    ],
)
def test_beyond_asking_is_what_a_fault_without_end_struck_at_each_try(struck: tuple[str, ...], beyond: bool) -> None:  # noqa: FBT001
    """While the try was under way, which it was until it came back or the process ended, and not before or after."""
    tape = Tape().bought(operation(OperationKind.CAPTURE, 2))
    tape.restart()
    for attempt, when in enumerate(struck, 1):
        if when == "before":
            tape.strike("gateway.POST:/x", "timeout-beforex*")
        tape.call("capture_payment", 2, attempt=attempt)
        if when == "died first":
            tape.restart(attempt + 1)
        if when not in ("before", "after", "never"):
            tape.strike("gateway.POST:/x", "timeout-before" if when == "once" else "timeout-beforex*")
        if when == "died":
            tape.restart(attempt + 1)
        elif when != "died first":
            tape.back("unknown", injected=True)
        if when == "after":
            tape.strike("gateway.POST:/x", "timeout-beforex*")
    tape.commit(operation(OperationKind.CAPTURE, 2, OperationState.LISTED))
    story = _story(tape)
    assert effects.beyond_asking(story, story.operation("op_2")) is beyond


def test_a_shopper_has_changed_their_mind_if_they_asked_for_anything_else() -> None:
    """In between or still under way, in whichever tab, and not by buying; what the operator asks for does not count."""
    for actor, call, changed in (
        ("shopper", "update-cart", True),
        ("shopper-2", "select-payment-session", True),
        ("shopper", "add-line-item", True),
        ("shopper", "complete", False),
        ("operator", "capture", False),
        ("shoppers", "update-cart", False),
    ):
        tape = Tape()
        tape.restart()
        tape.ask(call)
        asked = tape.events[-1]
        tape.events[-1] = replace(asked, actor=actor)
        assert effects.changed_mind(_story(tape), asked.step, asked.step + 1) is changed
        answered = tape.hear()
        story = _story(tape)
        assert effects.changed_mind(story, asked.step - 1, asked.step + 1) is changed
        assert effects.changed_mind(story, answered - 1, answered + 1) is changed
        assert not effects.changed_mind(story, answered, answered + 1)
        assert not effects.changed_mind(story, asked.step - 1, asked.step)


def test_a_call_was_decided_on_by_the_last_commit_of_its_operation_before_it() -> None:
    """Without an operation, when it was made."""
    tape = Tape().opened()
    tape.commit(operation(R, 2))
    last = tape.commit(operation(R, 2, OperationState.UNKNOWN))
    called = tape.call("refund_payment", 2)
    tape.commit(operation(R, 2, OperationState.DONE))
    alone = tape.call("refund_payment", 3)
    story = _story(tape)
    assert [effects.decided(story, call) for call in story.calls] == [last, alone]
    assert last < called


@pytest.mark.parametrize(
    ("answers", "word"),
    [
        ((), ""),
        ((200,), ""),
        ((404,), ""),
        ((409,), "409"),
        ((425,), "425"),
        ((429,), "429"),
        ((499,), ""),
        ((500,), "500"),
        ((503,), "503"),
        ((500, 200), ""),
        ((200, 500), "500"),
    ],
)
def test_the_gateway_s_last_word_counts_where_it_leaves_the_outcome_open(answers: tuple[int, ...], word: str) -> None:
    """Busy, in progress and broken leave it open; yes and no do not; only the last counts."""
    tape = Tape().opened()
    tape.call("capture_payment", 2)
    for status in answers:
        tape.exchange("/intents/in_1/capture", "gk_2", status)
    tape.put(GatewayAsked, method="POST", path="/x", number=1, key=None, body={})
    tape.back("unknown")
    (call,) = _story(tape).calls
    assert gateway.last_word(call) == word


@pytest.mark.parametrize(("when", "word"), [("before", "500"), ("after", "html-200"), ("later", "500"), ("died", "500")])
def test_a_fault_speaks_for_the_gateway_from_then_until_the_call_returns(when: str, word: str) -> None:
    """What struck before the last answer is overtaken by it; what struck after the return has nothing to say."""
    tape = Tape().opened()
    tape.call("capture_payment", 2)
    if when == "before":
        tape.strike("gateway.POST:/x#1", "html-200")
    tape.exchange("/x", "gk_2", 500)
    if when in ("after", "died"):
        tape.strike("gateway.POST:/x#1", "html-200")
    if when != "died":
        tape.back("unknown")
    (call,) = _story(tape).calls
    if when == "later":
        tape.strike("gateway.POST:/x#1", "html-200")
        call.disturbed.append(tape.events[-1])  # type: ignore[arg-type]
    assert gateway.last_word(call) == word
