"""What can happen after a purchase, as small writes on a tape that are put together."""

from __future__ import annotations

from collections.abc import Callable

from msgspec.structs import replace
from support.histories import ALL, Tape, operation

from tillproof.domain.entities import Data, Entity
from tillproof.domain.statuses import OperationKind

Case = tuple[Callable[[], Tape], int | None]
"""A run, and how often it breaks the rule it is about; None if it does not exercise it."""

Write = Callable[[Tape], object]
"""Puts something on a tape."""


def nothing(_tape: Tape) -> None:
    """Let nothing else happen."""


def all_of(*writes: Write) -> Write:
    """Put these together, one after the other."""

    def write(tape: Tape) -> None:
        for each in writes:
            each(tape)

    return write


def rows(*written: Entity) -> Write:
    """Commit rows."""
    return lambda tape: tape.commit(*written)


def after(write: Write, *, quiet: bool = False, can: frozenset[str] = ALL) -> Tape:
    """Buy, then let something happen."""
    wanted = (operation(OperationKind.CAPTURE, 2), operation(OperationKind.CANCEL, 4))
    tape = Tape(can=can).bought(*(replace(one, payment_id="pay_1") for one in wanted))
    write(tape)
    return tape.quiet() if quiet else tape


def takes(
    amount: int = 4900, id_: str = "ca_1", *, reference: str | None = None, intent: str = "in_1", parent: str = "au_1"
) -> Write:
    """Capture so much of the authorization."""
    return lambda tape: tape.capture(id_, amount=amount, reference=reference, intent=intent, parent=parent)


def calls(method: str, outcome: str = "done", *, number: int = 2, injected: bool = False, meanwhile: Write = nothing,
           data: Data | None = None, status: str | None = None) -> Write:  # fmt: skip
    """Make a call of the processor, which ends so; something happens meanwhile."""

    def write(tape: Tape) -> None:
        tape.call(method, number, data={"intent": "in_1"} if data is None else data)
        meanwhile(tape)
        tape.back(outcome, injected=injected, status=status)

    return write


def asks(call: str, status: int, meanwhile: Write, *, id_: str = "order_1") -> Write:
    """Ask for something of the order; something happens before it is answered so."""

    def write(tape: Tape) -> None:
        tape.ask(call, 2, key="k2", id=id_)
        meanwhile(tape)
        tape.hear(status, {})

    return write


CAP, VOID = "capture_payment", "cancel_payment"
