"""Crash: the four moments at which a call can be cut, and what has to be true afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from tillproof.domain.entities import Cart, IdempotencyKey, Operation, Order, Payment, PaymentSession, Swap
from tillproof.domain.ledger import EntryKind
from tillproof.domain.recovery import PERMITTED, Permits
from tillproof.domain.statuses import UNSETTLED, OperationState, RecoveryPoint
from tillproof.history.events import Change, Ledgered
from tillproof.history.story import Story, placed_in
from tillproof.history.verdicts import Breach, Level
from tillproof.history.witnesses import REFUSALS, Call, Try, Wish
from tillproof.rules.effects import COUNTED, EFFECT, SERVES, beyond_asking, cart_asked, effects, stands
from tillproof.rules.gateway import last_word
from tillproof.rules.rule import Rule, rule

_MOVES = (EntryKind.INTENT, EntryKind.AUTHORIZE, EntryKind.CAPTURE, EntryKind.REFUND, EntryKind.VOID)
_SHELVED = frozenset(entity.table for entity in (Cart, PaymentSession, Payment, Order, Swap, IdempotencyKey))
_OK = 200


def _cut(story: Story, *, acted: bool) -> Iterator[list[Call]]:
    """Find the effects of which the backend heard nothing definite at least once, by whether the gateway had acted then."""
    for calls in story.efforts if story.unclear else ():
        done: list[Ledgered] | None = None
        for call in calls:
            if call.definite:
                continue
            done = effects(calls) if done is None else done
            end = call.returned.step if call.returned is not None else call.called.step
            before = any(line.step <= end for line in done) or any(line in call.entries for line in done)
            if before is acted:
                yield calls
                break


def _aftermath(story: Story, calls: list[Call], id_: str) -> Iterator[Breach]:
    """Find what is wrong with an interrupted effect: it is there more than once, or nobody ever found out."""
    method, done = calls[0].called.method, standing(story, calls)
    if method in COUNTED and len(done) > 1:
        says = f"{len(calls)} tries of one {method} had {len(done)} effects at the gateway"
        yield Breach(rule=id_, step=done[1].step, says=says, method=method)
    last = {call.called.reference: call for call in calls} if story.quiet else {}
    for reference, call in last.items():
        operation = story.operation(reference)
        listed = operation is not None and operation.state is OperationState.LISTED
        if listed and call.outcome in REFUSALS:
            continue  # refused once too often; there is nothing left to find out
        if operation is not None and operation.state in UNSETTLED and not beyond_asking(story, operation):
            says = f"{method}: {'left to a person' if listed else 'never settled'}, although the gateway could be asked"
            yield Breach(rule=id_, step=call.called.step, says=says, method=method)


def standing(story: Story, calls: list[Call]) -> list[Ledgered]:
    """Return the effects of these tries, save authorizations that were let go of before the next was made."""
    done = effects(calls)
    if not done or calls[0].called.method != "authorize_payment":
        return done
    ended = {hold.entry.id: hold.ended for hold in story.holds}
    last = done[-1]
    return [line for line in done if line is last or (ended.get(line.entry.id) or last.step) >= last.step]


@rule(
    "CRASH-01",
    Level.MUST,
    seed="S20 S22",
    failures="F-INT-11 F-INT-13",
    needs="gateway",
    witnesses="GCB",
    title="Cut before the gateway acted",
    why="A purchase that was never made must be made once, not twice, and not be given up.",
    mend="Repeat the call with its stored key until the answer is definite.",
)
def crash_01(story: Story) -> list[Breach] | None:
    """
    Cut before the gateway acted: nothing changed there, and the retry comes to one effect, or to none, definitely.

    Not a breach: an effect nobody wants any more that a processor without look-up leaves to a person, or one that is left to
    a person because a fault without end struck each of its tries.
    """
    cut = list(_cut(story, acted=False))
    return [breach for calls in cut for breach in _aftermath(story, calls, "CRASH-01")] if cut else None


@rule(
    "CRASH-02",
    Level.MUST,
    seed="S20 S22",
    failures="F-INT-07 F-IDM-09 F-GW-04",
    needs="gateway",
    witnesses="GCB",
    title="Cut after the gateway acted",
    why="The gateway did it, nobody heard, and the retry does it again: paid twice, or paid back twice.",
    mend="Send the key you are given, or look the effect up by your reference before acting again.",
)
def crash_02(story: Story) -> list[Breach] | None:
    """
    Cut after the gateway acted and before its answer was heard: the retry finds the effect, and there is one.

    Counted per effect wanted, under whatever references it was asked for. Not a breach: a new authorization after a
    challenge, which is another effect; or one made after the first was looked for and let go of.
    """
    cut = list(_cut(story, acted=True))
    given_up = list(_given_up(story))
    found = [breach for calls in cut for breach in _aftermath(story, calls, "CRASH-02")]
    return [*found, *given_up] if cut or given_up else None


def _given_up(story: Story) -> Iterator[Breach]:
    """Find effects whose answer was lost on its way to the processor, which says no: so nobody will ever look for them."""
    for calls in story.by_reference.values() if story.faults else ():
        for call in calls:
            claim = call.claim
            if claim is None or claim.outcome not in REFUSALS or not last_word(call):
                continue
            if stands(story, calls, claim.step):
                says = f"{claim.method} says it was refused after the gateway acted unheard; no retry will find the effect"
                yield Breach(rule="CRASH-02", step=claim.step, says=says, method=claim.method)


@rule(
    "CRASH-03",
    Level.MUST,
    seed="S21",
    failures="F-INT-01 F-INT-02 F-INT-03 F-INT-05 F-INT-06 F-OPS-01 F-OPS-05",
    witnesses="GCB",
    title="Cut after the answer, before our commit",
    why="Rows that contradict each other block the retry, or let it charge again.",
    mend="Record an outcome, all that follows from it and the new recovery point in one atomic step.",
)
def crash_03(story: Story) -> list[Breach] | None:
    """
    An answer whose commit did not happen is asked for again to one effect; and no commit leaves a forbidden combination.

    What session, Payment and order may look like at each recovery point is the table in `domain.recovery`. Not a breach:
    a cart that costs nothing, which needs no session; a repeat of a call whose first try had been answered; or an effect
    made anew after the first was let go of.
    """
    found = [*_forbidden(story), *_made_anew(story)]
    exercised = bool(found)
    for calls in story.by_reference.values():
        if len(calls) == 1:
            continue
        answered = next((n for n, call in enumerate(calls) if call.definite), len(calls))
        if answered + 1 < len(calls):
            exercised = True
            found.extend(_aftermath(story, calls, "CRASH-03"))
    return found if exercised or any(fault.point.startswith("commit.") for fault in story.faults) else None


def _made_anew(story: Story) -> Iterator[Breach]:
    """Find answers that were never recorded, and had the same effect asked for once more, under another name."""
    for method in ("authorize_payment", "capture_payment"):
        for one, other in pairwise(story.called(method)):
            step = other.called.step
            if _asks_once_more(story, one, other) and stands(story, [one], step) and effects([other]):
                says = f"the answer to {method} was not recorded, and it was done once more under another name"
                yield Breach(rule="CRASH-03", step=step, says=says, method=method)


def _asks_once_more(story: Story, one: Call, other: Call) -> bool:
    """Tell whether one was done and is not recorded as such, and the other asks for the same under another name."""
    names = one.called.reference, other.called.reference
    old, new = (story.operation(name, other.called.step) for name in names)
    is_open = old is not None and old.state in (OperationState.WANTED, OperationState.UNKNOWN)
    is_elsewhere = old is not None and new is not None and _owner(new) != _owner(old)
    return names[0] != names[1] and one.outcome == "done" and is_open and not is_elsewhere and _meant(one) == _meant(other)


def _owner(operation: Operation) -> tuple[str | None, str | None]:
    return operation.session_id, operation.payment_id


def _meant(call: Call) -> tuple[object, ...]:
    arguments = call.called.arguments
    return tuple(arguments.get(name) for name in ("amount", "currency", "resource_id", "data"))


class _Shelf:
    """What is stored about one cart, as it is at a commit."""

    __slots__ = ("cart", "orders", "payments", "sessions")

    def __init__(self) -> None:
        self.cart: Cart | None = None
        self.sessions: dict[str, PaymentSession] = {}
        self.payments: dict[str, Payment] = {}
        self.orders: dict[str, Order | Swap] = {}


def _forbidden(story: Story) -> Iterator[Breach]:
    """Find commits after which a cart's rows do not fit its key's recovery point; the first per cart and point."""
    shelves: dict[str | None, _Shelf] = {}  # a key need not be a cart's
    keys: dict[str, IdempotencyKey] = {}
    told: set[tuple[str | None, RecoveryPoint]] = set()
    for commit in story.commits:
        touched: dict[str | None, _Shelf] = {}
        for change in commit.changes:
            row: Any = change.row
            if change.table not in _SHELVED:
                continue
            if row is None:
                _forget(change, shelves, keys)
                continue
            cart_id = row.id if change.table == Cart.table else row.cart_id
            shelf = shelves.get(cart_id)
            if shelf is None:
                shelf = shelves[cart_id] = _Shelf()
            _put(change.table, row, shelf, keys)
            touched[cart_id] = shelf
        for cart_id, shelf in touched.items():
            cart = shelf.cart
            key = keys.get(cart.idempotency_key) if cart is not None and cart.idempotency_key is not None else None
            flaw = _flaw(story, shelf, PERMITTED[key.recovery_point]) if key is not None else ""
            if key is not None and flaw and (cart_id, key.recovery_point) not in told:
                told.add((cart_id, key.recovery_point))
                says = f"after {commit.name} the key is at {key.recovery_point}, but {flaw}"
                yield Breach(rule="CRASH-03", step=commit.step, says=says)


def _put(table: str, row: Any, shelf: _Shelf, keys: dict[str, IdempotencyKey]) -> None:  # noqa: ANN401 - a row of that table
    """Put a row as it was committed where its cart's rows are."""
    if table == PaymentSession.table:
        shelf.sessions[row.id] = row
    elif table == Cart.table:
        shelf.cart = row
    elif table == IdempotencyKey.table:
        keys[row.idempotency_key] = row
    elif table == Payment.table:
        shelf.payments[row.id] = row
    elif table == Order.table or row.confirmed_at is not None:
        shelf.orders[row.id] = row


def _forget(change: Change, shelves: dict[str | None, _Shelf], keys: dict[str, IdempotencyKey]) -> None:
    """Take a deleted row away."""
    if change.table == IdempotencyKey.table:
        for name in [name for name, key in keys.items() if key.id == change.id]:
            del keys[name]
    for shelf in shelves.values():
        shelf.sessions.pop(change.id, None)
        shelf.payments.pop(change.id, None)
        shelf.orders.pop(change.id, None)


def _flaw(story: Story, shelf: _Shelf, permits: Permits) -> str:
    """Say what of the cart's rows its recovery point does not permit; nothing where all is well."""
    for row in shelf.sessions.values():
        if row.is_selected and row.status not in permits.session and shelf.cart is not None and story.total(shelf.cart) > 0:
            return f"the chosen session is {row.status}"
    live = any(row.canceled_at is None for row in shelf.payments.values())
    if permits.live_payment is not None and live is not permits.live_payment:
        return "there is a Payment" if live else "there is no Payment"
    if bool(shelf.orders) is not permits.order:
        return "there is an order or a swap" if shelf.orders else "there is no order"
    return ""


@rule(
    "CRASH-04",
    Level.MUST,
    seed="S20 S22",
    failures="F-INT-08 F-IDM-13",
    witnesses="GBH",
    title="Cut after our commit, before the client heard",
    why="The shopper has an order and does not know; told no, they buy again.",
    mend="Answer a retry from what was committed; act on nothing.",
)
def crash_04(story: Story) -> list[Breach] | None:
    """
    Committed, but the client never heard: the retry is given the committed outcome and moves nothing at the gateway.

    Not a breach: a conflict on the way there while the dead request's lock is still held. Asked of completions, and of
    keyed captures, refunds and cancels, those of swaps too (without a key the person looks first).
    """
    found: list[Breach] = []
    exercised = False
    for wish in story.wishes:
        for number, attempt in enumerate(wish.tries[:-1]):
            if wish.call in SERVES and attempt.unheard is not None and _committed(story, wish, attempt):
                exercised = True
                found.extend(_moved_again(story, wish, number + 1))
                break
    return found if exercised else None


def _committed(story: Story, wish: Wish, attempt: Try) -> bool:
    """Tell whether what the wish was for, begun since, had been committed by the time this request's answer was lost."""
    asked, end = attempt.asked, attempt.end
    if end is None:
        return False
    if asked.call == "complete":
        return story.bought(cart_asked(attempt), end)
    row = next((k for k in story.rows(IdempotencyKey, end) if asked.key and k.idempotency_key == asked.key), None)
    operation = story.row(Operation, row.operation_id, end) if row is not None else None
    if operation is None or story.since(operation) <= wish.start:
        return False
    parts = [operation] if operation.batch is None else [o for o in story.rows(Operation, end) if o.batch == operation.batch]
    return all(part.state is OperationState.DONE for part in parts)


def _moved_again(story: Story, wish: Wish, first: int) -> Iterator[Breach]:
    made_by = {EFFECT[method]: method for method in SERVES[wish.call]}
    for attempt in wish.tries[first:]:
        for line in story.lines:
            end, kind = attempt.end if attempt.end is not None else story.last_step, line.entry.kind
            if attempt.asked.step < line.step < end and kind in made_by and kind in _MOVES:
                says = f"{wish.call} was committed, and its retry made another {kind} at the gateway"
                yield Breach(rule="CRASH-04", step=line.step, says=says, method=made_by[kind])
    final = wish.final
    shown = final is not None and (placed_in(final.body) is not None or wish.call.endswith("-payment"))
    if final is not None and (final.status != _OK or not shown):
        says = f"{wish.call} was committed, and its retry was answered {final.status}"
        yield Breach(rule="CRASH-04", step=final.step, says=says)


RULES: tuple[Rule, ...] = (crash_01, crash_02, crash_03, crash_04)
"""The rules of this family."""
