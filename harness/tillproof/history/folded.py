"""
A run, folded: the four witnesses, indexed for the rules.

Nothing is copied: rows, entries and answers are the events' own. Indexes that only some rules need are made on first use.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import Any, TypeVar, cast

from tillproof.domain.entities import Cart, Data, Entity, Operation, Order, Payment, PaymentSession, Swap
from tillproof.domain.ledger import Entry
from tillproof.domain.totals import total
from tillproof.history.books import Books
from tillproof.history.efforts import efforts
from tillproof.history.events import Acted, Announced, Booted, Committed, Died, Erred, Faulted, History, Ledgered, Turned
from tillproof.history.witnesses import Call, Exchange, Hold, Intent, Notified, Wish

E = TypeVar("E", bound=Entity)

Version = tuple[int, Any]
"""A row as the commit at that step left it: `(step, row)`; the row is None when it was deleted."""

_NONE: dict[str, list[Version]] = {}


class Story:
    """
    One run, folded. The lists are in the order things happened.

    G: `lines`, `exchanges`, `announced`, `deliveries`, `books`. C: `calls`. B: `commits` and the row versions (`chains`,
    `row`, `rows`). H: `wishes`. Beside them what the run itself did: `faults`, `deaths`, `boots`, `phases` (first step of
    each), `acts`, `errors`, and whose turn it was: `turns`.
    """

    def __init__(self, history: History) -> None:
        """Hold an empty story of this run; `fold` fills it."""
        self.history = history
        self.provider_id = history.provider_id
        self.lines: list[Ledgered] = []
        self.exchanges: list[Exchange] = []
        self.announced: list[Announced] = []
        self.deliveries: list[Notified] = []
        self.calls: list[Call] = []
        self.commits: list[Committed] = []
        self.wishes: list[Wish] = []
        self.faults: list[Faulted] = []
        self.deaths: list[Died] = []
        self.boots: list[Booted] = []
        self.phases: dict[str, int] = {}
        self.acts: list[Acted] = []
        self.errors: list[Erred] = []
        self.turns: list[Turned] = []
        self.versions: dict[str, dict[str, list[Version]]] = {}
        self._ids_in: dict[int, tuple[str, ...]] = {}
        self._totals: dict[int, int] = {}

    def can(self, capability: str) -> bool:
        """Tell whether the processor under test declared this capability."""
        return capability in self.history.capabilities

    @property
    def quiet(self) -> bool:
        """Whether the run came to rest: no request under way, everything due delivered, abandoned attempts swept."""
        return "quiet" in self.phases

    @cached_property
    def last_step(self) -> int:
        """The step of the last event (0 for an empty history)."""
        return self.history.events[-1].step if self.history.events else 0

    # B: what the backend committed

    def chains(self, entity: type[E]) -> dict[str, list[tuple[int, E | None]]]:
        """Return every version of every row of this kind, by id, oldest first."""
        return self.versions.get(entity.table, _NONE)

    def row(self, entity: type[E], id_: str | None, step: int) -> E | None:
        """Return the row as it was after the commit at `step`, or None where there was none."""
        if id_ is None:
            return None
        for at, row in reversed(self.versions.get(entity.table, _NONE).get(id_, ())):
            if at <= step:
                return cast("E | None", row)
        return None

    def rows(self, entity: type[E], step: int | None = None) -> list[E]:
        """Return all rows of this kind, as they were after the commit at `step`, or at the end."""
        chains = self.versions.get(entity.table)
        if chains is None:
            return []
        found: list[E] = []
        for chain in chains.values():
            for at, row in reversed(chain):
                if step is None or at <= step:
                    if row is not None:
                        found.append(row)
                    break
        return found

    def ever(self, entity: type[E]) -> list[E]:
        """Return every row of this kind there ever was, deleted since or not, as it was first written."""
        return [row for chain in self.chains(entity).values() for _, row in chain[:1] if row is not None]

    def since(self, row: Entity) -> int:
        """Return the step of the commit that first wrote this row."""
        return self.versions[row.table][row.id][0][0]

    def total(self, cart: Cart) -> int:
        """Return what this version of a cart costs, in minor units; counted once."""
        known = self._totals.get(id(cart))
        if known is None:
            known = self._totals[id(cart)] = total(cart)
        return known

    @cached_property
    def orders(self) -> list[Order]:
        """B: the orders there are at the end."""
        return self.rows(Order)

    @cached_property
    def swaps(self) -> list[Swap]:
        """B: the swaps there are at the end."""
        return self.rows(Swap)

    def bought(self, cart_id: str | None, step: int) -> bool:
        """Tell whether the cart had been bought at that step: its order placed, or its swap confirmed."""
        return any(order.cart_id == cart_id for order in self.rows(Order, step)) or any(
            swap.cart_id == cart_id and swap.confirmed_at is not None for swap in self.rows(Swap, step)
        )

    @cached_property
    def payments(self) -> list[Payment]:
        """B: the Payments of the processor under test, as they are at the end."""
        return [p for p in self.rows(Payment) if p.provider_id == self.provider_id]

    @cached_property
    def operations(self) -> dict[str, Operation]:
        """B: the operations as they are at the end, by the reference and by the key they send to the gateway."""
        found: dict[str, Operation] = {}
        for chain in self.chains(Operation).values():
            row = next((row for _, row in reversed(chain) if row is not None), None)
            if row is not None:
                found[row.reference] = found[row.idempotency_key] = row
        return found

    def operation(self, reference: str | None, step: int | None = None) -> Operation | None:
        """Return the operation with that reference or key, at the end or as it was after the commit at `step`."""
        last = self.operations.get(reference) if reference is not None else None
        return last if last is None or step is None else self.row(Operation, last.id, step)

    # G: what the gateway wrote down

    @cached_property
    def books(self) -> Books:
        """G: the ledger, folded into gateway objects and authorizations."""
        return Books(self.lines, self._cart_of)

    @property
    def holds(self) -> list[Hold]:
        """G: every authorization, in the order they were made."""
        return self.books.holds

    @property
    def intents(self) -> dict[str, Intent]:
        """G: every gateway object, by id."""
        return self.books.intents

    def _cart_of(self, entry: Entry) -> str | None:
        """Say which cart an entry was made for: as it says itself, as our operation says, or the only one there is."""
        if entry.resource is not None:
            return entry.resource
        operation = self.operation(entry.reference) or self.operation(entry.key)
        if operation is not None:
            return operation.cart_id
        carts = self.chains(Cart)
        return next(iter(carts)) if len(carts) == 1 else None

    def intents_in(self, data: object) -> tuple[str, ...]:
        """Return the ids of the gateway objects that a session's or payment's `data` speaks of."""
        known = self._ids_in.get(id(data))
        if known is None:
            known = tuple(text for text in strings(data) if text in self.intents)
            self._ids_in[id(data)] = known
        return known

    @cached_property
    def hold_of(self) -> dict[str, Hold]:
        """
        The authorization behind each Payment of the processor under test there ever was, by payment id.

        Found by the gateway object its data speaks of; where it speaks of none, by its cart. Of several the latest made
        before the Payment, because a released attempt may be followed by another on the same object.
        """
        found: dict[str, Hold] = {}
        for payment in self.ever(Payment):
            if payment.provider_id != self.provider_id:
                continue
            since = self.since(payment)
            spoken: list[Hold] = []
            for _, version in self.chains(Payment)[payment.id]:
                if version is not None and not spoken:
                    spoken = [h for i in self.intents_in(version.data) for h in self.intents[i].holds]
            holds = spoken or [h for h in self.holds if h.cart == payment.cart_id]
            before = [h for h in holds if h.step < since]
            if before:
                found[payment.id] = before[-1]
        return found

    @cached_property
    def by_hand(self) -> frozenset[int]:
        """G: the steps of ledger lines that somebody made in the gateway's own dashboard, without the shop."""
        found: set[int] = set()
        events = self.history.events
        for act in self.acts:
            step = act.step + 1
            while act.what.endswith("-at-the-gateway") and step < len(events) and isinstance(events[step], Ledgered):
                found.add(step)
                step += 1
        return frozenset(found)

    # H: what clients wanted and heard

    def wanted(self, call: str) -> list[Wish]:
        """
        Return the wishes of this kind (`complete`, `capture`, `refund`, `cancel`, ...), in order.

        What was asked of a payment (`capture-payment`) counts with what was asked of its order.
        """
        return [w for w in self.wishes if w.call in (call, f"{call}-payment")]

    # C: what passed between backend and processor

    @cached_property
    def by_method(self) -> dict[str, list[Call]]:
        """C: the calls to the processor under test, by method."""
        found: dict[str, list[Call]] = {}
        for call in self.calls:
            if call.called.provider_id == self.provider_id:
                found.setdefault(call.called.method, []).append(call)
        return found

    def called(self, *methods: str) -> list[Call]:
        """Return the calls of these methods of the processor under test, method by method, in order."""
        if len(methods) == 1:
            return self.by_method.get(methods[0], [])
        return [call for method in methods for call in self.by_method.get(method, ())]

    @cached_property
    def by_reference(self) -> dict[str, list[Call]]:
        """C: the calls with an effect, tries of one effect together, by their reference."""
        found: dict[str, list[Call]] = {}
        for call in self.calls:
            reference = call.called.reference
            if reference is not None and call.called.method != "find_effect" and call.called.provider_id == self.provider_id:
                found.setdefault(reference, []).append(call)
        return found

    def cart_of(self, call: Call) -> str | None:
        """Return the cart a processor call was made for, as its arguments or its operation say."""
        resource = call.called.arguments.get("resource_id")
        if isinstance(resource, str):
            return resource
        operation = self.operation(call.called.reference)
        return operation.cart_id if operation is not None else None

    def selected(self, cart_id: str, step: int) -> list[PaymentSession]:
        """Return the cart's selected sessions as they were after the commit at `step`."""
        return [s for s in self.rows(PaymentSession, step) if s.is_selected and s.cart_id == cart_id]

    @cached_property
    def unclear(self) -> list[Call]:
        """C: the calls with an effect of which the backend was told nothing definite."""
        return [call for calls in self.by_reference.values() for call in calls if not call.definite]

    @cached_property
    def efforts(self) -> list[list[Call]]:
        """C: the calls with an effect, tries of what was wanted once together, under whatever names they went out."""
        return efforts(self)


def strings(value: object) -> Iterator[str]:
    """Walk a JSON value and yield the strings in it, keys left out."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in cast("Data", value).values():
            yield from strings(inner)
    elif isinstance(value, list | tuple):
        for inner in cast("list[object]", value):
            yield from strings(inner)


def objects(value: object) -> list[Data]:
    """Return the JSON objects of what should be a list of them; of anything else, none."""
    if not isinstance(value, list):
        return []
    return [cast("Data", inner) for inner in cast("list[object]", value) if isinstance(inner, dict)]
