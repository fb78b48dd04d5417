"""HOOK-01 to HOOK-04 and CONC-02 on runs written by hand: each breach, and beside it what is none."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from msgspec.structs import replace
from support.histories import KEY, ORDER, PAYMENT, REFUND, SESSION, operation
from support.hooktape import HookTape
from support.judging import broken

from tillproof.domain.entities import Entity, WebhookEvent
from tillproof.domain.statuses import OperationKind, RecoveryPoint, SessionStatus
from tillproof.history.events import Announced, Delivered, Turned

OWN = replace(PAYMENT, order_id="order_1")
STORED = WebhookEvent(id="whe_1", event_id="ev_1", provider_id="bank", says="captured", resource="cart_1", dealt_with_at=9.0)
OPEN = replace(STORED, dealt_with_at=None)

Write = Callable[[HookTape], object]


def _again(tape: HookTape, *rows: Entity) -> None:
    tape.bought()
    tape.told(STORED)
    tape.told(*rows)


def _again_at_the_gateway(tape: HookTape) -> None:
    tape.bought()
    tape.told(STORED)
    tape.arrive().read()
    tape.capture()
    tape.answer()


def _again_after_a_failure(tape: HookTape) -> None:
    tape.bought()
    tape.told(OPEN, status=409)
    tape.told(STORED, replace(OWN, captured_at=9.0))


def _meanwhile(tape: HookTape, actor: str, write: Write, *, twist: str = "") -> None:
    """Let an event come, and let that actor do something before it is answered."""
    tape.put(Turned, actor="gateway")
    tape.arrive(twist=twist).read(outcome="refused" if twist else "done")
    tape.put(Turned, actor=actor)
    write(tape)
    tape.put(Turned, actor="gateway")
    tape.answer(400 if twist else 200)


def _again_while(tape: HookTape, actor: str) -> None:
    """Let an event come again, and that actor take the money meanwhile."""
    tape.bought()
    tape.told(STORED)
    _meanwhile(tape, actor, lambda t: (t.capture(), t.commit(replace(OWN, captured_at=9.0))))


HOOK_01: dict[str, tuple[Write, int | None]] = {
    "told twice, done once": (_again, 0),
    "a refund booked again": (lambda tape: _again(tape, REFUND), 1),
    "a payment changed again": (lambda tape: _again(tape, replace(OWN, captured_at=9.0)), 1),
    "stored again": (lambda tape: _again(tape, replace(STORED, id="whe_2")), 1),
    "acted on again at the gateway": (_again_at_the_gateway, 1),
    "the shop acts again in serving it": (lambda tape: _again_while(tape, "gateway"), 2),
    "somebody else acts meanwhile": (lambda tape: _again_while(tape, "operator"), 0),
    "told again after a failure": (_again_after_a_failure, None),
    "told once": (lambda tape: (tape.bought(), tape.told(STORED)), None),
}


def _captured(tape: HookTape, *rows: Entity) -> None:
    tape.bought()
    tape.capture()
    tape.told(STORED, *rows)
    tape.quiet()


def _refunded_in_the_dashboard(tape: HookTape, *, booked: bool) -> None:
    tape.bought(replace(OWN, captured_at=8.0))
    tape.capture()
    tape.refund()
    tape.told(STORED, *([replace(OWN, captured_at=9.0, amount_refunded=2000)] if booked else []))
    tape.quiet()


def _canceled_in_the_dashboard(tape: HookTape, *, known: bool) -> None:
    tape.bought()
    tape.void()
    tape.told(STORED, *([replace(OWN, canceled_at=9.0)] if known else []))
    tape.quiet()


def _approved(tape: HookTape, *, before: bool = False, then: Write = lambda tape: tape) -> None:
    """Let the customer be asked to act, and approve; `before`: they approved before they were asked."""
    tape.opened(operation(OperationKind.AUTHORIZE, 1))
    announced = len(tape.events)
    if before:
        tape.put(Announced, event="ev_1", name="intent.approved", number=1)
    tape.ask()
    tape.call("authorize_payment", 1)
    tape.back(status="requires_more")
    tape.commit(replace(SESSION, status=SessionStatus.REQUIRES_MORE))
    tape.hear(200, {"type": "payment_session", "data": {}})
    if before:
        tape.put(Delivered, announced=announced, event="ev_1", attempt=1, twist="", arrives=True)
    else:
        tape.arrive()
    tape.read("approved")
    tape.commit(STORED)
    tape.answer()
    then(tape)
    tape.quiet()


HOOK_02: dict[str, tuple[Write, int | None]] = {
    "captured in the dashboard, and in the books": (lambda tape: _captured(tape, replace(OWN, captured_at=9.0)), 0),
    "captured in the dashboard, and nowhere else": (_captured, 1),
    "refunded in the dashboard, and booked": (lambda tape: _refunded_in_the_dashboard(tape, booked=True), 0),
    "refunded in the dashboard, and not booked": (lambda tape: _refunded_in_the_dashboard(tape, booked=False), 1),
    "canceled in the dashboard, and known": (lambda tape: _canceled_in_the_dashboard(tape, known=True), 0),
    "canceled in the dashboard, and not known": (lambda tape: _canceled_in_the_dashboard(tape, known=False), 1),
    "approved, and left": (_approved, 1),
    "approved, and only then asked to act": (lambda tape: _approved(tape, before=True), 0),
    "approved, and bought": (lambda tape: _approved(tape, then=lambda t: t.commit(ORDER, OWN)), 0),
    "nothing was told": (lambda tape: tape.bought().quiet(), None),
    "only a false copy came": (lambda tape: (tape.bought(), tape.arrive(twist="forged").answer(400), tape.quiet()), None),
    "not yet quiet": (lambda tape: (tape.bought(), tape.told(STORED)), None),
}


def _false(
    tape: HookTape, twist: str, *, outcome: str = "refused", rows: tuple[Entity, ...] = (), status: int = 400
) -> None:
    tape.bought()
    tape.arrive(twist=twist).read(outcome=outcome)
    if rows:
        tape.commit(*rows, name="event-stored")
    tape.answer(status)


HOOK_03: dict[str, tuple[Write, int | None]] = {
    "forged, and refused": (lambda tape: _false(tape, "forged"), 0),
    "altered, and refused": (lambda tape: _false(tape, "altered"), 0),
    "stale, and refused": (lambda tape: _false(tape, "stale"), 0),
    "dated ahead, and refused": (lambda tape: _false(tape, "future-dated"), 0),
    "taken for the gateway's word": (lambda tape: _false(tape, "forged", outcome="done"), 1),
    "stored": (lambda tape: _false(tape, "stale", rows=(STORED,)), 1),
    "acknowledged": (lambda tape: _false(tape, "altered", status=200), 1),
    "believed through and through": (lambda tape: _false(tape, "altered", outcome="done", rows=(STORED,), status=200), 3),
    "the shop changes something in serving it": (lambda tape: _false_while(tape, "gateway"), 1),
    "somebody else changes something meanwhile": (lambda tape: _false_while(tape, "shopper"), 0),
    "only the gateway's own word came": (lambda tape: (tape.bought(), tape.told(STORED)), None),
    "it never arrived": (lambda tape: (tape.bought(), tape.arrive(twist="forged", arrives=False)), None),
}


def _false_while(tape: HookTape, actor: str) -> None:
    """Let a false delivery come, and that actor change something before it is answered."""
    tape.bought()
    _meanwhile(tape, actor, lambda t: t.commit(replace(OWN, captured_at=9.0)), twist="future-dated")


def _repeat(tape: HookTape, status: int | None, *, struck: bool = False) -> None:
    tape.bought()
    tape.told(STORED)
    tape.arrive(attempt=2)
    if struck:
        tape.strike("store.event-stored#2", "store-fails")
    tape.answer(status)


HOOK_04: dict[str, tuple[Write, int | None]] = {
    "stored, then acknowledged": (lambda tape: (tape.bought(), tape.told(STORED), tape.quiet()), 0),
    "acknowledged, and stored nowhere": (lambda tape: (tape.bought(), tape.told(), tape.quiet()), 1),
    "another's event is stored": (lambda tape: (tape.bought(), tape.told(replace(STORED, event_id="ev_2"))), 1),
    "dealt with, and its repeat refused": (lambda tape: _repeat(tape, 500), 1),
    "dealt with, and its repeat acknowledged": (lambda tape: _repeat(tape, 200), 0),
    "the repeat met a fault": (lambda tape: _repeat(tape, 500, struck=True), 0),
    "the repeat met a dead shop": (lambda tape: _repeat(tape, None), 0),
    "refused, and told again": (
        lambda tape: (tape.bought(), tape.told(OPEN, status=409), tape.told(STORED), tape.quiet()), 0
    ),
    "refused to the end": (lambda tape: (tape.bought(), tape.told(OPEN, status=409), tape.quiet()), 1),
    "nothing was told": (lambda tape: (tape.bought(), tape.quiet()), None),
}  # fmt: skip


def _together(tape: HookTape, *, during: bool = True, more: Write = lambda tape: tape) -> None:
    """Buy, and let an event about the cart be read while the completion is under way, or after it."""
    tape.opened(operation(OperationKind.AUTHORIZE, 1))
    tape.ask()
    tape.call("authorize_payment", 1)
    tape.hold(reference="op_1", key="gk_1")
    tape.back(status="authorized")
    if during:
        tape.arrive().read("authorized").answer()
    tape.commit(OWN, ORDER, replace(KEY, recovery_point=RecoveryPoint.FINISHED))
    tape.hear()
    if not during:
        tape.arrive().read("authorized").answer()
    more(tape)
    tape.quiet()


def _event_authorizes_too(tape: HookTape) -> None:
    tape.arrive("ev_2").read("approved")
    tape.call("authorize_payment", 2)
    tape.hold("au_2", reference="op_2", key="gk_2")
    tape.back(status="authorized")
    tape.answer()


CONC_02: dict[str, tuple[Write, int | None]] = {
    "together, one order": (_together, 0),
    "a second order": (lambda tape: _together(tape, more=lambda t: t.commit(replace(ORDER, id="order_2"))), 1),
    "a second authorization": (lambda tape: _together(tape, more=lambda t: t.hold("au_2", reference="op_2")), 1),
    "the event charges after the shopper did": (lambda tape: _together(tape, during=False, more=_event_authorizes_too), 1),
    "the order's Payment is for another sum": (
        lambda tape: _together(tape, more=lambda t: t.commit(replace(ORDER, total=5900))), 1
    ),
    "one after the other, and only one acted": (lambda tape: _together(tape, during=False), None),
    "no event": (lambda tape: tape.bought().quiet(), None),
}  # fmt: skip

TABLES = {"HOOK-01": HOOK_01, "HOOK-02": HOOK_02, "HOOK-03": HOOK_03, "HOOK-04": HOOK_04, "CONC-02": CONC_02}


@pytest.mark.parametrize(("rule", "case"), [(rule, case) for rule, table in TABLES.items() for case in table])
def test_webhooks(rule: str, case: str) -> None:
    """Each rule sees its breaches, lets pass what is none, and is silent where it has nothing to judge."""
    write, count = TABLES[rule][case]
    tape = HookTape()
    write(tape)
    assert broken(tape, rule) == count
