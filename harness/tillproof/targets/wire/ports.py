"""The ports of a server that is watched: its store, clock, ids, gateway and crossing announce themselves on the line."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from typing import TypeVar

from tillproof.contract.gateway import NoAnswer, Request, Response
from tillproof.contract.processor import Attempt
from tillproof.contract.wire import decode_outcome, encode_outcome
from tillproof.domain.entities import Data, Entity
from tillproof.reference.ports import DeadlineExceeded, Store, StoreError, Transaction
from tillproof.simulation.ids import SeededIds
from tillproof.simulation.ports import commit_point
from tillproof.simulation.processors import ProcessorFailed
from tillproof.targets.wire.line import Line
from tillproof.targets.wire.messages import (
    Answered,
    Calling,
    Committed,
    Committing,
    Go,
    Heed,
    Perform,
    Performed,
    Raise,
    Requested,
    Sleeping,
    Told,
    Word,
    packed,
)

E = TypeVar("E", bound=Entity)
T = TypeVar("T")

_deadline: ContextVar[float | None] = ContextVar("deadline", default=None)

_ERRORS: dict[str, type[Exception]] = {
    "no-answer": NoAnswer,
    "failed": ProcessorFailed,
    "deadline": DeadlineExceeded,
    "store": StoreError,
}


class _Recorded:
    """A transaction whose writes are remembered, the last of each row."""

    def __init__(self, inner: Transaction) -> None:
        self._inner = inner
        self.writes: dict[tuple[str, str], Entity | None] = {}

    def find(self, entity: type[E], id_: str) -> E | None:
        return self._inner.find(entity, id_)

    def select(self, entity: type[E], **equal: object) -> list[E]:
        return self._inner.select(entity, **equal)

    def put(self, row: Entity) -> None:
        self.writes[row.table, row.id] = row
        self._inner.put(row)

    def delete(self, row: Entity) -> None:
        self.writes[row.table, row.id] = None
        self._inner.delete(row)


class WatchedStore:
    """A store, announced twice at every commit that writes: with its transaction open, and when it is committed."""

    def __init__(self, line: Line) -> None:
        """Announce on this line; `inner` is set before the first step."""
        self.inner: Store | None = None
        self._line = line

    async def atomic(self, step: Callable[[Transaction], T]) -> T:
        """Run the step and commit it, if the word is so. Raises `StoreError`."""
        line, name = self._line, commit_point(step.__name__)
        of = line.number()
        go: Go | None = None

        def announced(tx: Transaction) -> T:
            nonlocal go
            recorded = _Recorded(tx)
            result = step(recorded)
            go = None
            if recorded.writes:
                changes = tuple(packed(table, id_, row) for (table, id_), row in recorded.writes.items())
                go = _going(line.ask(of, Committing(of, name, changes)).result())
            return result

        result = await self._store().atomic(announced)
        if go is not None and go.held:
            _going(await line.asked(of, Committed(of)))
        elif go is not None:
            line.tell(Committed(of))
        return result

    async def read(self, step: Callable[[Transaction], T]) -> T:
        """Run the step on what is committed."""
        return await self._store().read(step)

    def _store(self) -> Store:
        if self.inner is None:
            raise StoreError("the store is not open")
        return self.inner


class WatchersClock:
    """The watcher's time. Deadlines are the watcher's too: a call says by when it wants to be answered."""

    def __init__(self, line: Line) -> None:
        """Ask on this line."""
        self._line = line

    def now(self) -> float:
        """Return the time of the watcher's last word."""
        return self._line.time

    def steady(self) -> float:
        """Return the same: nobody sets the watcher's clock."""
        return self._line.time

    async def sleep(self, seconds: float) -> None:
        """Let that many seconds pass, which takes none."""
        of = self._line.number()
        await self._line.asked(of, Sleeping(of, self._line.time + max(seconds, 0.0)))

    async def within(self, seconds: float, work: Awaitable[T]) -> T:
        """Return the work's result; the processor call in it raises `DeadlineExceeded` if the watcher says so."""
        token = _deadline.set(self._line.time + seconds)
        try:
            return await work
        finally:
            _deadline.reset(token)


class WatchedIds:
    """Ids of one boot; its seed is known only when the process is there."""

    def __init__(self) -> None:
        """Draw from a seed of no boot."""
        self.drawn = SeededIds(0, "no boot")

    def new(self, prefix: str) -> str:
        """Return a fresh id."""
        return self.drawn.new(prefix)


class WatchedGateway:
    """The way to a gateway that is in the watcher's process."""

    def __init__(self, line: Line) -> None:
        """Send on this line."""
        self._line = line

    async def request(self, request: Request) -> Response:
        """Send the request and return the answer. Raises `NoAnswer`."""
        of = self._line.number()
        word = await self._line.asked(of, Requested(of, request))
        if isinstance(word, Answered):
            return Response(status=word.status, body=word.body)
        raise _error(word)


class WatchedCrossing:
    """Where a server's processors are called: announced before, and again with what came of it."""

    def __init__(self, line: Line) -> None:
        """Announce on this line."""
        self._line = line

    async def cross(
        self,
        provider_id: str,
        method: str,
        arguments: Data,
        attempt: Attempt | None,
        perform: Callable[[], Awaitable[object]],
    ) -> object:
        """Make the call, or not, and return or raise what the watcher says."""
        line, of = self._line, self._line.number()
        answer: object = None
        error: Exception | None = None
        word = await line.asked(of, Calling(of, provider_id, method, arguments, attempt, _deadline.get()))
        if isinstance(word, Perform):
            try:
                answer = await perform()
                came = Performed(of, outcome=encode_outcome(answer))
            except Exception as raised:  # noqa: BLE001 - whatever the processor raises is for the watcher to hear
                error, came = raised, Performed(of, raised=(type(raised).__name__, str(raised)))
            word = await line.asked(of, came)
        if isinstance(word, Told):
            return decode_outcome(word.outcome)
        if not isinstance(word, Heed):
            raise _error(word)
        if error is not None:
            raise error
        return answer


def _going(word: Word) -> Go:
    if isinstance(word, Go):
        return word
    raise _error(word)


def _error(word: Word) -> Exception:
    return _ERRORS[word.kind](word.says) if isinstance(word, Raise) else StoreError(f"{type(word).__name__} is no word here")
