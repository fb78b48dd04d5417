"""GATE-01 to GATE-03, case by case: what the gateway says, or does not, and what a processor makes of it."""

from __future__ import annotations

from functools import partial

import pytest
from support.histories import Tape
from support.judging import breaches, broken
from support.writes import Case, Write, after, all_of, nothing, takes

from tillproof.domain.ledger import EntryKind
from tillproof.domain.redirect import elsewhere
from tillproof.history.events import Faulted, GatewayAnswered, GatewayAsked

CAP, VOID = "capture_payment", "cancel_payment"
MINE = takes(reference="op_2")


def _reads(
    method: str,
    outcome: str = "done",
    *,
    answer: int | str | None = None,
    kind: str = "",
    status: str | None = None,
    effect: Write = nothing,
    late: bool = False,
    injected: bool = False,
    decline: bool = False,
    number: int = 2,
) -> Write:
    """Have a processor hear something of the gateway (a page where `answer` is text), and say something."""

    def write(tape: Tape) -> None:
        tape.call(method, number)
        if answer is not None:
            asked = tape.put(GatewayAsked, method="POST", path="/x", number=1, key=None, body={})
            body, status_ = (answer, 200) if isinstance(answer, str) else ("", answer)
            tape.put(GatewayAnswered, asked=asked, status=status_, body=body or dict[str, object]())
        if not late:
            effect(tape)
        if decline:
            tape.ledger(EntryKind.DECLINE, "de_1", reference="op_2")
        if kind:
            tape.strike("gateway.POST:/x#1", kind)
        tape.back(outcome, status=status, injected=injected)
        if late:
            effect(tape)

    return write


def _hears_twice(
    first: int | str, last: int | str, *, method: str = CAP, status: str | None = None, effect: Write = nothing
) -> Write:
    """Have a processor hear two answers of the gateway, and say that it is done."""

    def write(tape: Tape) -> None:
        tape.call(method, 2)
        for answer in (first, last):
            asked = tape.put(GatewayAsked, method="POST", path="/x", number=1, key=None, body={})
            body, code = (answer, 200) if isinstance(answer, str) else ("", answer)
            tape.put(GatewayAnswered, asked=asked, status=code, body=body or dict[str, object]())
        effect(tape)
        tape.back(status=status)

    return write


BELIEVES: dict[str, Case] = {
    "a yes with an effect": (lambda: after(_reads(CAP, answer=200, effect=MINE)), None),
    "a yes without": (lambda: after(_reads(CAP, answer=200)), 1),
    "a yes whose effect came later": (lambda: after(_reads(CAP, answer=200, effect=MINE, late=True)), None),
    "a page with an effect": (lambda: after(_reads(CAP, answer="<html>", effect=MINE)), 0),
    "a page without": (lambda: after(_reads(CAP, answer="<html>")), 1),
    "a no": (lambda: after(_reads(CAP, answer=300)), 1),
    "a no whose effect came later": (lambda: after(_reads(CAP, answer=400, effect=MINE, late=True)), 1),
    "a no, and says so": (lambda: after(_reads(CAP, "refused", answer=400)), 0),
    "a no, and a fault says done": (lambda: after(_reads(CAP, answer=400, injected=True)), 0),
    "nothing": (lambda: after(_reads(CAP)), None),
    "a decline": (lambda: after(_reads(CAP, decline=True)), 1),
    "a decline of an authorization, authorized": (
        lambda: after(all_of(Tape.void, _reads("authorize_payment", status="authorized", decline=True))), 1
    ),
    "a decline of an authorization, pending": (
        lambda: after(all_of(Tape.void, _reads("authorize_payment", status="pending", decline=True))), 0
    ),
    "a decline of an authorization that stands": (
        lambda: after(_reads("authorize_payment", status="authorized", decline=True)), 0
    ),
    "a no inside a yes": (lambda: after(_reads(CAP, answer=200, kind="no-200", effect=MINE)), 0),
    "what cannot be understood": (lambda: after(_reads(CAP, answer=200, kind="malformed-200", effect=MINE)), 1),
    "what cannot be understood, for a no": (lambda: after(_reads(CAP, "refused", kind="html-502-before")), 1),
    "what cannot be understood, for unknown": (lambda: after(_reads(CAP, "unknown", kind="html-502-before")), None),
    "one not understood, one a yes without": (
        lambda: after(all_of(_reads(CAP, kind="html-200"), _reads(CAP, answer=200))), 2
    ),
    "one fine, one a yes without": (
        lambda: after(all_of(_reads(CAP, answer=200, effect=MINE), _reads("refund_payment", answer=200, number=3))), 1
    ),
    "one refused, one a yes without": (
        lambda: after(all_of(_reads(CAP, "refused", answer=400), _reads("refund_payment", answer=200, number=3))), 1
    ),
    "a no, then a yes with an effect": (lambda: after(_hears_twice(400, 200, effect=MINE)), None),
    "a yes with an effect, then a no": (lambda: after(_hears_twice(200, 400, effect=MINE)), 0),
    "a page, then a yes with an effect": (lambda: after(_hears_twice("<html>", 200, effect=MINE)), None),
    "a yes with an effect, then a page": (lambda: after(_hears_twice(200, "<html>", effect=MINE)), 0),
    "an authorization, said pending after a no": (
        lambda: after(_hears_twice(200, 400, method="authorize_payment", status="pending")), 0
    ),
    "a yes without, for a cancellation": (lambda: after(_reads(VOID, answer=200)), None),
}  # fmt: skip

WAITS: dict[str, Case] = {
    **{f"{kind}, done": (partial(after, _reads(CAP, kind=kind)), 1) for kind in (
        "busy-429", "in-progress-409", "error-500-before", "error-500-after", "stored-500-before", "stored-500-after",
        "unavailable-503")},
    **{f"{status}, refused": (partial(after, _reads(CAP, "refused", answer=status)), 1)
       for status in (409, 425, 429, 500, 503)},
    "400, refused": (lambda: after(_reads(CAP, "refused", answer=400)), None),
    "500, unknown": (lambda: after(_reads(CAP, "unknown", answer=500)), 0),
    "500, a fault says done": (lambda: after(_reads(CAP, answer=500, injected=True)), 0),
    "a page, done": (lambda: after(_reads(CAP, kind="html-200")), None),
    "500, cancellation done": (lambda: after(_reads(VOID, answer=500)), 1),
    "500, deletion done": (lambda: after(_reads("delete_payment", answer=500)), 1),
    "500, start done": (lambda: after(_reads("initiate_payment", answer=500)), 1),
    "500, update done": (lambda: after(_reads("update_payment", answer=500)), 1),
    "500, status done": (lambda: after(_reads("get_payment_status", answer=500)), None),
    "a yes, then 500, done": (lambda: after(all_of(_reads(CAP, answer=200), _reads(CAP, answer=500))), 1),
}  # fmt: skip


def _struck(*faults: tuple[str, str], endless: bool = False, path: str = "", by: str = "POST") -> Tape:
    """Have faults strike (point and kind) while the processor captures, which then sends a request to this address."""
    tape = Tape()
    tape.call(CAP, 2)
    for point, kind in faults:
        tape.put(Faulted, point=point, kind=kind, fault=f"{point}={kind}", endless=endless)
    if path:
        tape.exchange(path, "gk_2", method=by)
    tape.back("unknown", injected=True)
    return tape


POST = "gateway.POST:/x#1"
AWAY = elsewhere("/x")
ENDS: dict[str, Case] = {
    "nothing comes, and it ends": (lambda: _struck((POST, "timeout-before")), 0),
    "nothing comes back, and it ends": (lambda: _struck((POST, "timeout-after")), 0),
    "nothing comes, and it waits": (lambda: _struck((POST, "timeout-before"), endless=True), 1),
    "nothing comes twice, and it waits": (
        lambda: _struck((POST, "timeout-before"), (POST, "timeout-after"), endless=True), 2
    ),
    "nothing comes of the processor": (lambda: _struck(("processor.capture_payment#1", "timeout-before")), None),
    "something else comes": (lambda: _struck((POST, "busy-429")), None),
    "the gateway breaks": (lambda: _struck((POST, "stored-500-before")), None),
    "the gateway is not there": (lambda: _struck((POST, "unavailable-503")), None),
    "first something else, then nothing": (lambda: _struck((POST, "busy-429"), (POST, "timeout-before")), 0),
    "first nothing, then something else": (lambda: _struck((POST, "timeout-before"), (POST, "busy-429")), 0),
    "sent elsewhere": (lambda: _struck((POST, "redirect-307")), 0),
    "sent elsewhere, and goes": (lambda: _struck((POST, "redirect-307"), path=AWAY), 1),
    "sent elsewhere, and looks": (lambda: _struck((POST, "redirect-307"), path=AWAY, by="GET"), 0),
    "sent elsewhere, and asks again": (lambda: _struck((POST, "redirect-307"), path="/x"), 0),
}  # fmt: skip

TABLES = {"GATE-01": BELIEVES, "GATE-02": WAITS, "GATE-03": ENDS}


@pytest.mark.parametrize(("rule", "case"), [(rule, case) for rule, table in TABLES.items() for case in table])
def test_gateways(rule: str, case: str) -> None:
    """Each rule sees its breaches, lets pass what is none, and is silent where it has nothing to judge."""
    tape, times = TABLES[rule][case]
    assert broken(tape(), rule) == times


def test_what_the_gateway_said_is_told() -> None:
    """With the method, and what it made of that."""
    (believed,) = breaches(after(_reads(VOID, "refused", answer=503)), "GATE-02")
    assert (believed.method, believed.says) == (VOID, "cancel_payment says refused after the gateway said 503")
    tape = _struck((POST, "timeout-before"), endless=True)
    (waits,) = breaches(tape, "GATE-03")
    assert (waits.step, waits.method) == (1, CAP)
    (goes,) = breaches(_struck((POST, "redirect-307"), path=AWAY, by="PUT"), "GATE-03")
    assert (goes.step, goes.method, goes.says) == (2, CAP, "capture_payment followed a redirect with a PUT")
