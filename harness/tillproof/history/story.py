"""The fold: one pass over a run's events into the four witnesses, and the three columns of money read off them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from tillproof.domain.entities import Cart, Data
from tillproof.history.events import (
    Acknowledged,
    Acted,
    Announced,
    Asked,
    Booted,
    Called,
    Committed,
    Delivered,
    Died,
    Erred,
    Faulted,
    GatewayAnswered,
    GatewayAsked,
    GaveUp,
    Heard,
    History,
    Ledgered,
    Phase,
    Returned,
    Turned,
    Unheard,
)
from tillproof.history.folded import Story, objects
from tillproof.history.verdicts import Column, Money3
from tillproof.history.witnesses import Call, Exchange, Notified, Try, Wish

__all__ = ["Story", "fold", "money", "order_in", "placed_in", "swap_in"]


def fold(history: History) -> Story:
    """Fold a run's events, once, into its story. Never raises for what a target may have done."""
    folding = _Folding(Story(history))
    take = folding.table()
    for event in history.events:
        take[type(event)](event)
    return folding.story


class _Folding:
    """The fold under way: what is still open, by the step that opened it."""

    def __init__(self, story: Story) -> None:
        self.story = story
        self.calls: dict[int, Call] = {}
        self.latest: dict[str, Call] = {}  # by reference
        self.under_way: list[Call] = []  # of whoever has the turn, the innermost last
        self.suspended: dict[str, list[Call]] = {}  # those of the others, by actor
        self.actor = ""
        self.notices: dict[int, Notified] = {}
        self.exchanges: dict[int, Exchange] = {}
        self.tries: dict[int, Try] = {}
        self.wishes: dict[tuple[str, int], Wish] = {}

    def table(self) -> dict[type, Callable[[Any], None]]:
        story = self.story
        return {
            Committed: self.committed,
            Called: self.called,
            Returned: self.returned,
            Ledgered: self.ledgered,
            GatewayAsked: self.gateway_asked,
            GatewayAnswered: self.gateway_answered,
            Announced: story.announced.append,
            Delivered: self.delivered,
            Acknowledged: self.acknowledged,
            Asked: self.asked,
            Heard: self.heard,
            Unheard: self.unheard,
            GaveUp: self.gave_up,
            Died: self.died,
            Phase: self.phase,
            Turned: self.turned,
            Booted: story.boots.append,
            Acted: story.acts.append,
            Faulted: self.faulted,
            Erred: story.errors.append,
        }

    @property
    def running(self) -> Call | None:
        """The call that whatever happens at the gateway is laid to."""
        return self.under_way[-1] if self.under_way else None

    def committed(self, event: Committed) -> None:
        self.story.commits.append(event)
        step, versions = event.step, self.story.versions
        for change in event.changes:
            versions.setdefault(change.table, {}).setdefault(change.id, []).append((step, change.row))

    def called(self, event: Called) -> None:
        call = self.calls[event.step] = Call(event)
        self.under_way.append(call)
        self.story.calls.append(call)
        if event.reference is not None:
            self.latest[event.reference] = call

    def returned(self, event: Returned) -> None:
        call = self.calls.get(event.called)
        if call is not None:
            call.returned = event
            self.under_way = [other for other in self.under_way if other is not call]

    def ledgered(self, event: Ledgered) -> None:
        self.story.lines.append(event)
        maker, reference = self.running, event.entry.reference
        if reference is not None and (maker is None or maker.called.reference != reference):
            maker = self.latest.get(reference, maker)  # it landed late
        if maker is not None:
            maker.entries.append(event)

    def delivered(self, event: Delivered) -> None:
        notified = self.notices[event.step] = Notified(event)
        self.story.deliveries.append(notified)

    def acknowledged(self, event: Acknowledged) -> None:
        notified = self.notices.get(event.delivered)
        if notified is not None:
            notified.acknowledged = event

    def gateway_asked(self, event: GatewayAsked) -> None:
        exchange = self.exchanges[event.step] = Exchange(event)
        self.story.exchanges.append(exchange)
        if self.running is not None:
            self.running.exchanges.append(exchange)

    def gateway_answered(self, event: GatewayAnswered) -> None:
        exchange = self.exchanges.get(event.asked)
        if exchange is not None:
            exchange.answered = event

    def faulted(self, event: Faulted) -> None:
        self.story.faults.append(event)
        if self.running is not None and event.point.startswith("gateway."):
            self.running.disturbed.append(event)

    def asked(self, event: Asked) -> None:
        attempt = self.tries[event.step] = Try(event)
        wish = self.wishes.get((event.actor, event.intent))
        if wish is None:
            wish = self.wishes[event.actor, event.intent] = Wish(event.actor, event.call, event.intent)
            self.story.wishes.append(wish)
        (wish.tries if event.call == wish.call else wish.looks).append(attempt)

    def heard(self, event: Heard) -> None:
        attempt = self.tries.get(event.asked)
        if attempt is not None:
            attempt.heard = event

    def unheard(self, event: Unheard) -> None:
        attempt = self.tries.get(event.asked)
        if attempt is not None:
            attempt.unheard = event

    def gave_up(self, event: GaveUp) -> None:
        wish = self.wishes.get((event.actor, event.intent))
        if wish is not None:
            wish.gave_up = event.step

    def died(self, event: Died) -> None:
        self.story.deaths.append(event)
        self.suspended.clear()
        self.under_way = []

    def turned(self, event: Turned) -> None:
        self.story.turns.append(event)
        self.suspended[self.actor] = self.under_way
        self.actor = event.actor
        self.under_way = self.suspended.get(event.actor, [])

    def phase(self, event: Phase) -> None:
        self.story.phases.setdefault(event.name, event.step)


def money(story: Story) -> Money3:
    """
    Return the run's money in three columns: gateway did (G), shop recorded (B), client heard (H).

    Only the processor under test counts, and only one currency: the order's, or else that of the first authorization.
    Sums are minor units.
    """
    currency = _currency(story)
    holds = [h for h in story.holds if h.entry.currency == currency]
    gateway = Column(
        held=sum(h.held for h in holds), captured=sum(h.captured for h in holds), refunded=sum(h.refunded for h in holds)
    )
    recorded = [
        (p.amount, p.amount_refunded, p.captured_at, p.canceled_at) for p in story.payments if p.currency_code == currency
    ]
    return Money3(currency=currency, gateway=gateway, shop=_column(recorded), heard=_column(_heard(story)))


def _currency(story: Story) -> str:
    if story.orders:
        return story.orders[-1].currency_code
    if story.holds:
        return story.holds[0].entry.currency
    carts = story.rows(Cart)
    return carts[-1].currency_code if carts else ""


def _column(payments: list[tuple[Any, Any, Any, Any]]) -> Column:
    return Column(
        held=sum(amount for amount, _, captured_at, canceled_at in payments if captured_at is None and canceled_at is None),
        captured=sum(amount for amount, _, captured_at, _ in payments if captured_at is not None),
        refunded=sum(refunded for _, refunded, _, _ in payments),
    )


def _heard(story: Story) -> list[tuple[Any, Any, Any, Any]]:
    """Return each payment as anybody heard of it last: amount, refunded, captured and canceled at."""
    told = [t.heard for wish in story.wishes for t in (*wish.tries, *wish.looks) if t.heard is not None]
    payments: dict[object, Data] = {}
    for heard in sorted(told, key=lambda heard: heard.step):
        order, swap = order_in(heard.body), swap_in(heard.body)
        shown = objects(order.get("payments")) if order is not None else objects([swap.get("payment")] if swap else None)
        payments.update((payment.get("id"), payment) for payment in shown)
    return [
        (_sum(p.get("amount")), _sum(p.get("amount_refunded")), p.get("captured_at"), p.get("canceled_at"))
        for p in payments.values()
        if p.get("provider_id", story.provider_id) == story.provider_id
    ]


def _sum(told: object) -> int:
    """Return a sum as it was told; 0 where what was told is no sum."""
    return told if isinstance(told, int) else 0


def order_in(body: Data) -> Data | None:
    """Return the order an answer tells of, if it tells of one: `order`, or `data` where `type` says so."""
    order = body.get("data") if body.get("type") == "order" else body.get("order")
    return cast("Data", order) if isinstance(order, dict) else None


def swap_in(body: Data) -> Data | None:
    """Return the swap an answer tells of, if it tells of one: `swap`, or `data` where `type` says so."""
    swap = body.get("data") if body.get("type") == "swap" else body.get("swap")
    return cast("Data", swap) if isinstance(swap, dict) else None


def placed_in(body: Data) -> Data | None:
    """Return what a completion came to: the order or the swap its answer tells of, if it tells of one."""
    return order_in(body) or swap_in(body)
