"""SCA-01 to SCA-03, case by case: challenges, what is begun beside them, and how they end."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from msgspec.structs import replace
from support.histories import AUTHORIZED, HEADERS, ORDER, SESSION, Tape, operation
from support.judging import breaches, broken

from tillproof.domain.entities import Data
from tillproof.domain.ledger import EntryKind
from tillproof.domain.statuses import OperationKind, SessionStatus
from tillproof.history.events import Asked, Heard

A = OperationKind.AUTHORIZE
CHALLENGE, DECLINE, LAPSE = EntryKind.CHALLENGE, EntryKind.DECLINE, EntryKind.LAPSE
WAITS: Data = {"type": "cart", "payment_status": "requires_more", "data": {"id": "cart_1"}}
Case = tuple[Callable[[], Tape], int | None]


class Challenged(Tape):
    """A tape on which a customer is asked to act, again and again."""

    wish = 0

    def begins(self) -> Challenged:
        """Begin with a cart and its session."""
        self.opened(*(operation(A, number) for number in range(1, 8)))
        return self

    def challenges(
        self, *, said: str = "requires_more", held: bool = False, body: Data | None = None, data: Data | None = None,
        intent: str = "in_1", lost: bool = False, meanwhile: Callable[[Tape], object] = lambda _: None,
    ) -> Challenged:  # fmt: skip
        """Complete; the gateway wants the customer to act, and the client hears so."""
        self.wish += 1
        asked = self.ask(wish=self.wish)
        self.call("authorize_payment", self.wish, data={"intent": intent})
        self.ledger(CHALLENGE, f"ch_{self.wish}", intent=intent, reference=f"op_{self.wish}")
        if held:
            self.hold(f"au_{self.wish}", reference=f"op_{self.wish}")
        self.back(status=said, data={"intent": intent, "challenge_url": "u"} if data is None else data)
        meanwhile(self)
        if lost:
            self.lose()
        else:
            told_as = {"asked": asked, "actor": "shopper", "call": "complete", "intent": self.wish}
            self.put(Heard, status=200, body=WAITS if body is None else body, headers=HEADERS, **told_as)
        return self

    def completes(self, status: int = 200, body: Data | None = None, *, outcome: str = "") -> Challenged:
        """Complete once more; answered so."""
        self.wish += 1
        self.ask(wish=self.wish)
        if outcome:
            self.call("authorize_payment", self.wish)
            self.back(outcome, injected=True)
        self.hear(status, body)
        return self

    def does(self, what: str) -> Challenged:
        """Let the customer act."""
        self.act(what)
        return self

    def chooses(self, status: int = 200, call: str = "select-payment-session") -> Challenged:
        """Let the shopper ask for something else."""
        self.put(Asked, actor="shopper", call=call, number=1, intent=90, key=None, request={"id": "cart_1"})
        self.hear(status, {})
        return self

    def stands(self, status: SessionStatus) -> Challenged:
        """Have the session in this status."""
        self.commit(replace(SESSION, status=status, data={"intent": "in_1"}))
        return self

    def starts(self, intent: str = "in_2", *, amount: int = 4900, currency: str = "eur", cart: str | None = "cart_1",
               reference: str = "op_9") -> Challenged:  # fmt: skip
        """Make a gateway object outside of any call."""
        self.intent(intent, intent=intent, amount=amount, currency=currency, resource=cart, reference=reference)
        return self

    def notes(self, kind: EntryKind, **more: object) -> Challenged:
        """Have the gateway write something down."""
        self.ledger(kind, f"x_{len(self.events)}", **more)
        return self

    def refuses(self, intent: str = "in_1", method: str = "authorize_payment", outcome: str = "refused") -> Challenged:
        """Have the processor refuse."""
        self.call(method, 8, data={"intent": intent})
        self.back(outcome)
        return self

    def remakes(self, kind: EntryKind = EntryKind.INTENT, *, data: str = "in_1") -> Challenged:
        """Ask about the payment again, which makes something at the gateway meanwhile."""
        self.call("authorize_payment", 7, data={"intent": data})
        self.ledger(kind, "in_7", intent="in_7", amount=1, reference="op_7")
        self.back(status="requires_more")
        return self


def _one(**more: object) -> Challenged:
    return Challenged().begins().challenges(**more)  # type: ignore[arg-type]


def _edits(id_: str = "cart_1", actor: str = "shopper-2", call: str = "update-cart") -> Callable[[Tape], object]:
    """Have somebody ask for something else, and not be answered yet."""
    return lambda tape: tape.put(Asked, actor=actor, call=call, number=1, intent=91, key=None, request={"id": id_})


def _shows_while(meanwhile: Callable[[Tape], object] = lambda _: None, *, before: str = "") -> Challenged:
    """Leave out what the customer needs, in the answer to a completion while which, or before which, something happens."""
    tape = Challenged().begins()
    if before:
        _edits()(tape)
    if before == "and answered":
        tape.hear(200, {})
    return tape.challenges(body=UNTOLD, meanwhile=meanwhile)


def _shows(data: object, *, chosen: bool = True, type_: str = "cart", status: str = "requires_more") -> Challenged:
    sessions: list[Data] = [{"is_selected": not chosen, "data": {}}, {"is_selected": chosen, "data": data}]
    return _one(body={"type": type_, "data": {"payment_sessions": sessions if chosen else sessions[1:]}}, said=status)


UNTOLD: Data = {"type": "cart", "data": {"payment_sessions": [{"is_selected": True, "data": None}]}}
AGAIN: dict[str, Case] = {
    "no challenge": (lambda: Tape().bought(), None),
    "once": (_one, 0),
    "twice": (lambda: _one().challenges(), 0),
    "said authorized": (lambda: _one(said="authorized"), 1),
    "said authorized, and held": (lambda: _one(said="authorized", held=True), 0),
    "said pending": (lambda: _one(said="pending"), 0),
    "said an error": (lambda: _one(said="error"), 0),
    "an object before": (lambda: Challenged().begins().starts(amount=1).challenges(), 0),
    "an object made by asking again": (lambda: _one().remakes(), 1),
    "another entry made by asking again": (lambda: _one().remakes(EntryKind.UPDATE), 0),
    "an object made by asking about another": (lambda: _one().remakes(data="in_9"), 0),
    "an object made by the first try": (lambda: Challenged().begins().remakes().challenges(), 0),
    "another beside it": (lambda: _one().starts(), 1),
    "two others beside it": (lambda: _one().starts().starts("in_3"), 2),
    "another, for less": (lambda: _one().starts(amount=4899), 0),
    "another, for more": (lambda: _one().starts(amount=4901), 0),
    "another, in another currency": (lambda: _one().starts(currency="usd"), 0),
    "another, in an earlier currency": (lambda: _one().starts(currency="chf"), 0),
    "another, for an earlier cart": (lambda: _one().starts(cart="cart_0"), 0),
    "another, for a later cart": (lambda: _one().starts(cart="cart_2"), 0),
    "another, before the challenge": (lambda: Challenged().begins().starts().challenges(), 0),
    "another, after the shopper chose": (lambda: _one().chooses().starts(), 0),
    "another, before the shopper chose": (lambda: _one().starts().chooses(), 1),
    "another, after a decline": (lambda: _one().notes(DECLINE).starts(), 0),
    "another, before a decline": (lambda: _one().starts().notes(DECLINE), 1),
    "another, after a decline before the challenge": (lambda: Challenged().begins().notes(DECLINE).challenges().starts(), 1),
    "another, after a failure before the challenge": (
        lambda: Challenged().begins().does("challenge-failed").challenges().starts(), 1
    ),
    "another, after a refusal before the challenge": (lambda: Challenged().begins().refuses().challenges().starts(), 1),
    "another, after a choice before the challenge": (lambda: Challenged().begins().chooses().challenges().starts(), 1),
    "another, after it lapsed": (lambda: _one().notes(LAPSE, parent="au_1").starts(), 0),
    "another, after an update": (lambda: _one().notes(EntryKind.UPDATE).starts(), 1),
    "another, after the challenge failed": (lambda: _one().does("challenge-failed").starts(), 0),
    "another, before the challenge failed": (lambda: _one().starts().does("challenge-failed"), 1),
    "another, after the challenge passed": (lambda: _one().does("challenge-passed").starts(), 1),
    "another, after it was refused": (lambda: _one().refuses().starts(), 0),
    "another, after an error object": (lambda: _one().refuses(outcome="error-object").starts(), 0),
    "another, after it was unknown": (lambda: _one().refuses(outcome="unknown").starts(), 1),
    "another, before it was refused": (lambda: _one().starts().refuses(), 1),
    "another, after another was refused": (lambda: _one().refuses("in_9").starts(), 1),
    "another, after an update was refused": (lambda: _one().refuses(method="update_payment").starts(), 1),
    "another, after a hold was let go of": (
        lambda: _one().notes(EntryKind.AUTHORIZE, parent="in_1").notes(EntryKind.VOID, parent="x_18").starts(), 0
    ),
    "told what is needed": (lambda: _shows({"challenge_url": "u"}), 0),
    "told more": (lambda: _shows({"challenge_url": "u", "x": 1}), 0),
    "not told what is needed": (lambda: _shows({}), 1),
    "told no data": (lambda: _shows("u"), 1),
    "not told, edited meanwhile": (lambda: _shows_while(_edits()), 0),
    "not told, an earlier cart edited": (lambda: _shows_while(_edits("cart_0")), 1),
    "not told, a later cart edited": (lambda: _shows_while(_edits("cart_2")), 1),
    "not told, edited by the operator": (lambda: _shows_while(_edits(actor="operator")), 1),
    "not told, asked for twice": (lambda: _shows_while(_edits(call="complete")), 1),
    "not told, being edited since before": (lambda: _shows_while(before="and not answered"), 0),
    "not told, edited before": (lambda: _shows_while(before="and answered"), 1),
    "not told, of a session not chosen": (lambda: _shows({}, chosen=False), 0),
    "not told, where nothing is needed": (lambda: _one(data={"intent": "in_1"}, body=UNTOLD), 0),
    "not told, nor asked to act": (lambda: _shows({}, status="pending"), 0),
    "told of something else": (lambda: _shows({}, type_="payment_session"), 0),
    "told of an order": (lambda: _one(body={"type": "order", "data": {"id": "order_1"}}), 1),
    "told of a swap": (lambda: _one(body={"type": "swap", "data": {"id": "swap_1"}}), 1),
    "told nothing at all": (lambda: _one(lost=True), 0),
}  # fmt: skip


def _passed(*, anew: str = "", told: str = "requires_more", before: bool = False, quiet: bool = True,
            act: str = "challenge-passed", two: bool = False) -> Tape:  # fmt: skip
    """Come back from a challenge; it may be set anew, and the client is told something."""
    tape = _one()
    if before:
        tape.completes(200, WAITS)
    tape.does(act)
    if anew:
        tape.challenges(intent=anew)
    if two:
        tape.hold("au_1")
        tape.hold("au_2")
    tape.completes(200, {"type": "cart", "payment_status": told})
    return tape.quiet() if quiet else tape


AFTERWARDS: dict[str, Case] = {
    "still asked": (_passed, 1),
    "told of something else": (lambda: _passed(told="authorized"), 0),
    "told of an error": (lambda: _passed(told="error"), 0),
    "asked before it passed": (lambda: _passed(told="authorized", before=True), 0),
    "asked because it was set anew": (lambda: _passed(anew="in_1"), 0),
    "failed": (lambda: _passed(act="challenge-failed"), None),
    "passed twice, still asked": (
        lambda: _one().does("challenge-passed").challenges().does("challenge-passed").completes(200, WAITS).quiet(),
        1,
    ),
    "two authorizations": (lambda: _passed(told="authorized", two=True), 1),
    "two authorizations, not quiet": (lambda: _passed(told="authorized", two=True, quiet=False), 0),
    "still asked, not quiet": (lambda: _passed(quiet=False), 0),
    "never challenged": (lambda: Challenged().begins().does("challenge-passed").completes(200, WAITS).quiet(), None),
}


def _row(times: int, tape: Challenged | None = None) -> Challenged:
    tape = tape or Challenged().begins()
    for _ in range(times):
        tape.challenges()
    return tape


def _fails(status: int = 400, body: Data | None = None, session: SessionStatus = SessionStatus.ERROR) -> Challenged:
    return _one().does("challenge-failed").stands(session).completes(status, {} if body is None else body)


def _another(choice: int = 200, final: int = 400, *, outcome: str = "", before: Challenged | None = None) -> Challenged:
    return (before or _fails()).chooses(choice).completes(final, {}, outcome=outcome)


def _chooses_unheard() -> Challenged:
    """Choose another after the challenge failed, and not hear whether that was done."""
    tape = _fails().chooses()
    tape.events.pop()
    tape.lose()
    return tape


def _loses(tape: Challenged) -> Challenged:
    """Complete once more, and not hear what came of it."""
    tape.wish += 1
    tape.ask(wish=tape.wish)
    tape.lose()
    return tape


E, R = SessionStatus.ERROR, SessionStatus.REQUIRES_MORE
ENDS: dict[str, Case] = {
    "four times": (lambda: _row(4), None),
    "five times": (lambda: _row(5), 0),
    "six times": (lambda: _row(6), 1),
    "seven times": (lambda: _row(7), 2),
    "five times, an answer, twice": (lambda: _row(5).completes(400, {}).challenges().challenges(), 0),
    "five times, an act, once": (lambda: _row(5).does("challenge-passed").challenges(), 0),
    "five times, a choice, once": (lambda: _row(5).chooses().challenges(), 0),
    "five times, an error, once": (lambda: _row(5).stands(E).challenges(), 0),
    "five times, waiting, once": (lambda: _row(5).stands(R).challenges(), 1),
    "three times, an act, six times": (lambda: _row(6, _row(3).does("challenge-passed")), 1),
    "three times, a choice, six times": (lambda: _row(6, _row(3).chooses()), 1),
    "three times, an error, six times": (lambda: _row(6, _row(3).stands(E)), 1),
    "three times, an answer, six times": (lambda: _row(6, _row(3).completes(400, {})), 1),
    "five times, one unheard, once": (lambda: _row(4).challenges(lost=True).challenges().challenges(), None),
    "failed and refused": (_fails, 0),
    "failed and still asked": (lambda: _fails(200, WAITS), 1),
    "failed and told of an order": (lambda: _fails(200, {"type": "order", "data": {"id": "order_1"}}), 0),
    "failed and to be tried again": (lambda: _fails(409, session=R), 0),
    "failed, refused, the session waits": (lambda: _fails(session=R), 1),
    "failed, refused, the session authorized": (lambda: _fails(session=SessionStatus.AUTHORIZED), 1),
    "failed, refused, the session pending": (lambda: _fails(session=SessionStatus.PENDING), 0),
    "failed, refused, the session canceled": (lambda: _fails(session=SessionStatus.CANCELED), 0),
    "failed, challenged anew, still asked": (
        lambda: _one().does("challenge-failed").notes(CHALLENGE).completes(200, WAITS), 0
    ),
    "failed, challenged anew later": (
        lambda: _one().does("challenge-failed").completes(200, WAITS).notes(CHALLENGE), 1
    ),
    "failed, chosen anew, still asked": (lambda: _one().does("challenge-failed").chooses().completes(200, WAITS), 0),
    "failed, still asked, chosen anew": (lambda: _one().does("challenge-failed").completes(200, WAITS).chooses(), 1),
    "failed, nothing asked since": (lambda: _one().does("challenge-failed"), 0),
    "failed, and there never was one": (
        lambda: Challenged().begins().does("challenge-failed").completes(200, WAITS), None
    ),
    "failed before there was one": (
        lambda: Challenged().begins().does("challenge-failed").completes(200, WAITS).notes(CHALLENGE), 0
    ),
    "failed, the next answered well": (lambda: _one().does("challenge-failed").completes(400, {}).completes(200, WAITS), 0),
    "another refused": (_another, 1),
    "another refused by its processor": (lambda: _another(outcome="refused"), 0),
    "another refused though unknown": (lambda: _another(outcome="unknown"), 0),
    "another refused though done": (lambda: _another(outcome="done"), 1),
    "another bought": (lambda: _another(final=200), 0),
    "another to be tried again": (lambda: _another(final=409), 0),
    "another not to be had": (lambda: _another(choice=400), 0),
    "another not to be had now": (lambda: _another(choice=409), 1),
    "another chosen before": (lambda: _one().chooses().does("challenge-failed").stands(E).completes(400, {}), 0),
    "another refused after five": (lambda: _another(before=_row(5)), 1),
    "another refused after four": (lambda: _another(before=_row(4)), None),
    "another chosen, nothing asked": (lambda: _fails().chooses(), 0),
    "something else asked for": (lambda: _fails().chooses(call="update-cart").completes(400, {}), 0),
    "something to buy asked for": (lambda: _fails().chooses(call="add-line-item").completes(400, {}), 0),
    "another chosen after one that was refused": (
        lambda: _fails().refuses().chooses().completes(400, {}, outcome="done"), 1
    ),
    "another chosen, bought, and later refused": (
        lambda: _fails().chooses().completes(200).completes(400, {}), 0
    ),
    "another chosen, and it is not known whether": (lambda: _chooses_unheard().completes(400, {}), 0),
    "another chosen, and it is not known what came of it": (lambda: _loses(_fails().chooses()), 0),
    "another chosen twice": (lambda: _fails().chooses().chooses().completes(400, {}), 1),
}  # fmt: skip

TABLES = {"SCA-01": AGAIN, "SCA-02": AFTERWARDS, "SCA-03": ENDS}


@pytest.mark.parametrize(("rule", "case"), [(rule, case) for rule, table in TABLES.items() for case in table])
def test_challenges(rule: str, case: str) -> None:
    """Each rule sees its breaches, lets pass what is none, and is silent where no customer was asked to act."""
    tape, times = TABLES[rule][case]
    assert broken(tape(), rule) == times


def test_what_the_customer_was_not_told_is_named() -> None:
    """And how often they were asked to act, and in which status the session is."""
    assert "was not told challenge_url" in breaches(_shows({}), "SCA-01")[0].says
    assert breaches(_shows({"x": 1}), "SCA-01")[0].says.endswith("was not told challenge_url")
    assert [breach.says.split(" times")[0][-1] for breach in breaches(_row(7), "SCA-03")] == ["6", "7"]
    assert "the session is requires_more" in breaches(_fails(session=R), "SCA-03")[0].says
    assert breaches(_one().remakes(), "SCA-01")[0].method == "authorize_payment"


def test_an_order_placed_in_spite_of_a_challenge_is_no_matter_of_these_rules() -> None:
    """Whether the money was held is asked by others."""
    tape = _one()
    tape.commit(AUTHORIZED, ORDER)
    assert broken(tape, "SCA-01") == 0
