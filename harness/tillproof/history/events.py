"""
The events of a run, as frozen values. A run's history is the list of them, in order; `step` is the index in that list.

Each witness is made of its own events and of no other:
G `GatewayAsked`, `GatewayAnswered`, `Ledgered`, `Announced`, `Delivered`, `Acknowledged`; C `Called`, `Returned`;
B `Committed`; H `Asked`, `Heard`, `Unheard`.
`at` is virtual time in seconds since the epoch, UTC.
"""

from __future__ import annotations

from typing import Any

import msgspec

from tillproof.domain.entities import Data, Entity
from tillproof.domain.ledger import Entry


class Event(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Something that happened, when, and as which step."""

    step: int
    at: float


class Asked(Event, frozen=True, kw_only=True, tag=True):
    """
    H: a client sent a request. `call` is the endpoint (`complete`, `refund`, ...), `number` its n-th crossing in the run.

    `actor` is who asks (`shopper`, `operator`); `intent` counts what the person wanted: retries of one wish share it.
    """

    actor: str
    call: str
    number: int
    intent: int
    key: str | None
    request: Data


class Heard(Event, frozen=True, kw_only=True, tag=True):
    """H: the client heard an answer to the request at step `asked`. `body` is as served; headers in lower case."""

    asked: int
    actor: str
    call: str
    intent: int
    status: int
    body: Data
    headers: dict[str, str]


class Unheard(Event, frozen=True, kw_only=True, tag=True):
    """H: no answer will come for the request at step `asked`. `lost`: `request`, `answer`, or `shop-died`."""

    asked: int
    actor: str
    call: str
    intent: int
    lost: str


class GaveUp(Event, frozen=True, kw_only=True, tag=True):
    """The person walks away from wish `intent`, not knowing how it ended; or patience is at an end without an answer."""

    actor: str
    call: str
    intent: int


class Acted(Event, frozen=True, kw_only=True, tag=True):
    """
    Somebody did something on the gateway's own pages.

    The shopper: `enter-card`, `challenge-passed`, `challenge-failed`. The operator, in the dashboard:
    `capture-at-the-gateway`, `refund-at-the-gateway` (`detail`: minor units), `cancel-at-the-gateway`.
    """

    actor: str
    what: str
    detail: str = ""


class Called(Event, frozen=True, kw_only=True, tag=True):
    """
    C: the backend called a processor's method, for the `number`-th time in the run.

    `key`, `reference`, `attempt` are those of the `Attempt` (None and 0 for reads). `arguments` holds `amount`, `currency`,
    `resource_id`, `data` as far as the method takes them.
    """

    boot: int
    provider_id: str
    method: str
    number: int
    key: str | None
    reference: str | None
    attempt: int
    arguments: Data


class Returned(Event, frozen=True, kw_only=True, tag=True):
    """
    C: what came back to the backend from the call at step `called`.

    `outcome`: `done`, `refused`, `unknown`, `error-object`, `exception`, `nonsense` (any other value, shown in `message`),
    `rejected` (a webhook that is not the gateway's; a notice or a standing is `done`, as `data`), or `nothing` (the caller's
    deadline or death came first). `injected` marks what a fault put there: it is not the processor's word.
    """

    called: int
    method: str
    outcome: str
    status: str | None = None
    data: Any = None
    code: str | None = None
    message: str = ""
    injected: bool = False


class GatewayAsked(Event, frozen=True, kw_only=True, tag=True):
    """G: a request reached the gateway."""

    method: str
    path: str
    number: int
    key: str | None
    body: Data


class GatewayAnswered(Event, frozen=True, kw_only=True, tag=True):
    """G: the gateway's answer to the request at step `asked`, as it left the gateway."""

    asked: int
    status: int
    body: Data | str


class Ledgered(Event, frozen=True, kw_only=True, tag=True):
    """G: the gateway wrote a line in its ledger."""

    entry: Entry


class Announced(Event, frozen=True, kw_only=True, tag=True):
    """G: the gateway has an event to tell. `event` is its id, `name` its type, `number` its crossing of the webhook seam."""

    event: str
    name: str
    number: int


class Delivered(Event, frozen=True, kw_only=True, tag=True):
    """
    G: the gateway (or somebody in its name) sends the event announced at step `announced`, or a copy of it.

    `event` is the id it bears, `attempt` counts from 1. `twist` is empty for the gateway's own word as it is, else what is
    wrong with it: `forged`, `altered`, `stale`, `future-dated`. `arrives`: whether the shop gets it.
    """

    announced: int
    event: str
    attempt: int
    twist: str
    arrives: bool


class Acknowledged(Event, frozen=True, kw_only=True, tag=True):
    """G: how the delivery at step `delivered` was answered (None: not at all), and whether the gateway `heard` it."""

    delivered: int
    status: int | None
    heard: bool


class Change(msgspec.Struct, frozen=True):
    """One row as a commit left it; `row` is None when it was deleted."""

    table: str
    id: str
    row: Entity | None


class Committed(Event, frozen=True, kw_only=True, tag=True):
    """B: the backend committed a transaction. `name` is the commit point's (`order-placed`), `number` its crossing."""

    boot: int
    name: str
    number: int
    changes: tuple[Change, ...]


class Faulted(Event, frozen=True, kw_only=True, tag=True):
    """A fault of the plan struck: `fault` is its text. `endless`: who waits has set itself no deadline."""

    point: str
    kind: str
    fault: str
    endless: bool = False


class Died(Event, frozen=True, kw_only=True, tag=True):
    """The backend process of this boot ended. Nothing it does after this has any effect."""

    boot: int


class Booted(Event, frozen=True, kw_only=True, tag=True):
    """A backend process started on what was committed, with processors made anew."""

    boot: int


class Phase(Event, frozen=True, kw_only=True, tag=True):
    """The run entered a phase: `journey`, `faults-off`, `settle`, `sweep`, `quiet`."""

    name: str


class Turned(Event, frozen=True, kw_only=True, tag=True):
    """
    Several actors are at work, and from here on `actor` crosses. A run with one actor at a time has none of these.

    `by` is the schedule's turn that gave it to them (`3>operator`), empty where it came to them in order.
    """

    actor: str
    by: str = ""


class Erred(Event, frozen=True, kw_only=True, tag=True):
    """The target failed in a way its contract has no word for (a crash of its own code). `where` names the seam."""

    where: str
    error: str


AnyEvent = (
    Asked
    | Heard
    | Unheard
    | GaveUp
    | Acted
    | Called
    | Returned
    | GatewayAsked
    | GatewayAnswered
    | Ledgered
    | Announced
    | Delivered
    | Acknowledged
    | Committed
    | Faulted
    | Died
    | Booted
    | Phase
    | Turned
    | Erred
)


NOTHING_FAILS = "nothing made to fail"
"""How the empty plan is told."""


class RunKey(msgspec.Struct, frozen=True, kw_only=True, order=True, omit_defaults=True):
    """
    Which run: everything that decides its history, byte for byte.

    `plan` is the plan's text, `schedule` the schedule's: the turns given out of order where several are at work at once.
    """

    journey: str
    client: str
    dialect: str
    plan: str
    seed: int
    schedule: str = ""

    @property
    def is_control(self) -> bool:
        """Whether nothing is made to fail and every turn is taken in order."""
        return not self.plan and not self.schedule

    @property
    def disturbed_by(self) -> str:
        """What is special about the run, in words around the texts of its plan and schedule."""
        return (self.plan or NOTHING_FAILS) + (f", schedule {self.schedule}" if self.schedule else "")


class Decision(msgspec.Struct, frozen=True):
    """
    A moment at which more than one actor could go on: who could, the first of them by order.

    `preempts`: the first had the turn, and to choose another interrupts them. The event at `step` is the next that happened.
    """

    able: tuple[str, ...]
    preempts: bool
    step: int


class History(msgspec.Struct, frozen=True, kw_only=True):
    """
    One run, told whole: which run it was, what the target declared, and its events.

    `provider_id` is the processor under test; `capabilities` the names it declared; `public` the `data` fields it declared
    public; `secrets` the planted markers that must never be served. `ended` says whether the journey reached its end.
    `decisions` are those a schedule can take otherwise, in order; there are none where one actor was at work at a time.
    """

    run: RunKey
    provider_id: str
    capabilities: frozenset[str]
    public: frozenset[str]
    secrets: tuple[str, ...]
    abandoned_after: float
    ended: bool
    events: tuple[AnyEvent, ...]
    decisions: tuple[Decision, ...] = ()

    @property
    def repeats(self) -> bool:
        """Whether a key came to the gateway a second time. If none did, the run is the same under every dialect."""
        keys = [event.key for event in self.events if type(event) is GatewayAsked and event.key is not None]
        return len(set(keys)) < len(keys)
