"""Where the shop's calls to its processors cross: written down with what came back, cut, and lied about."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, NoReturn, cast

import msgspec

from tillproof.contract.gateway import NoAnswer
from tillproof.contract.outcomes import Done, Refused, Unknown
from tillproof.contract.processor import EFFECTS, Attempt
from tillproof.contract.webhooks import Notice, Rejected, Standing
from tillproof.domain.entities import Data
from tillproof.domain.statuses import SessionStatus
from tillproof.faults.kinds import REFUSING, Cut, Told
from tillproof.faults.points import Seam
from tillproof.history.events import Called, Returned
from tillproof.simulation.crossing import Armed, Crossings, worded
from tillproof.simulation.incarnation import Crashed, Incarnation

_HANGS = 86_400.0  # longer than any deadline; a backend without one hears of it after a day
_SHOWN = 200  # characters of a value that fits no contract

_REFUSED = Refused("refused_at_once", "The payment service refused the request.")
_ERROR_OBJECT = {"error": _REFUSED.message, "code": _REFUSED.code, "detail": "refused before any effect"}
_NONSENSE = "<html><body><h1>502 Bad Gateway</h1></body></html>"
_SIXTH_STATUS = "succeeded"


class ProcessorFailed(Exception):
    """What a processor is made to raise before any effect."""


class ProcessorCrossings:
    """The hook of one incarnation's processors."""

    def __init__(self, crossings: Crossings, life: Incarnation) -> None:
        """Carry this incarnation's calls."""
        self._crossings = crossings
        self._life = life

    async def cross(
        self,
        provider_id: str,
        method: str,
        arguments: Data,
        attempt: Attempt | None,
        perform: Callable[[], Awaitable[object]],
    ) -> object:
        """Perform the call, or not, and return what the backend is told. Raises whatever a fault or the processor does."""
        self._life.must_live()
        crossings = self._crossings
        if crossings.crowded:
            await crossings.give_way(self._life)
        number, struck = crossings.cross(Seam.PROCESSOR, method)
        struck = self._true(struck, attempt)
        set_wrong = crossings.cross(Seam.CLOCK, method)[1] if method in EFFECTS else None
        if set_wrong is not None:
            perform = self._setting_the_clock(perform, set_wrong, method, number)
            if struck is None and set_wrong.kind.told is not Told.TRUTH:
                struck = set_wrong
        called = len(crossings.events)
        crossings.events.append(
            Called(
                step=called,
                at=crossings.clock.time,
                boot=self._life.boot,
                provider_id=provider_id,
                method=method,
                number=number,
                key=attempt.idempotency_key if attempt else None,
                reference=attempt.reference if attempt else None,
                attempt=attempt.number if attempt else 0,
                arguments=arguments,
            )
        )
        if struck is None:
            return await self._undisturbed(called, method, perform)
        answer: object = None
        try:
            if struck.kind.cut is Cut.AFTER:
                answer = await _performed(perform)
            if struck is not set_wrong:
                crossings.strike(struck, Seam.PROCESSOR, method, number)
            told = await self._told(struck, answer)
        except (NoAnswer, ProcessorFailed) as error:
            self._returned(called, method, _raised(error), injected=True)
            raise
        except Crashed:
            self._returned(called, method, _NOTHING, injected=True)
            raise crossings.die(self._life) from None
        except BaseException:
            self._returned(called, method, _NOTHING, injected=True)
            raise
        self._returned(called, method, _said(told), injected=True)
        return told

    def _true(self, struck: Armed | None, attempt: Attempt | None) -> Armed | None:
        """Hold back a refusal of what may have been done already, and note what is about to be done."""
        performed = self._crossings.performed
        if struck is not None and struck.kind.cut is Cut.BEFORE:
            contradicts = attempt is not None and attempt.reference in performed and struck.kind.told in REFUSING
            return None if contradicts else struck
        if attempt is not None:
            performed.add(attempt.reference)
        return struck

    async def _undisturbed(self, called: int, method: str, perform: Callable[[], Awaitable[object]]) -> object:
        try:
            answer = await perform()
            if self._crossings.crowded:
                await self._crossings.give_way(self._life)
        except Exception as error:
            self._returned(called, method, _raised(error), injected=False)
            raise
        except BaseException:
            self._returned(called, method, _NOTHING, injected=False)
            raise
        self._returned(called, method, _said(answer), injected=False)
        return answer

    def _setting_the_clock(
        self, perform: Callable[[], Awaitable[object]], struck: Armed, method: str, number: int
    ) -> Callable[[], Awaitable[object]]:
        """Return the call, at whose end the shop's clock is set wrong."""

        async def performed() -> object:
            try:
                return await perform()
            finally:
                self._crossings.skew += struck.kind.skew
                self._crossings.strike(struck, Seam.CLOCK, method, number)

        return performed

    async def _told(self, struck: Armed, answer: object) -> object:
        if self._crossings.crowded:
            await self._crossings.give_way(self._life)
        match struck.kind.told:
            case Told.SILENCE:
                raise NoAnswer("the connection ended without an answer")
            case Told.EXCEPTION:
                raise ProcessorFailed("the processor failed before any effect")
            case Told.DEADLINE:
                return await self._hang()
            case Told.DEATH:
                raise Crashed
            case Told.SIXTH_STATUS:
                data = answer.data if isinstance(answer, Done) else {}
                return Done(data, cast("SessionStatus", _SIXTH_STATUS))
            case told:
                return _LIES[told]

    async def _hang(self) -> NoReturn:
        await self._crossings.clock.sleep(_HANGS)
        raise NoAnswer("no answer in a whole day")

    def _returned(self, called: int, method: str, came: Mapping[str, Any], *, injected: bool) -> None:
        events = self._crossings.events
        at = self._crossings.clock.time
        events.append(Returned(step=len(events), at=at, called=called, method=method, injected=injected, **came))


_LIES: dict[Told, object] = {
    Told.REFUSAL: _REFUSED,
    Told.ERROR_OBJECT: _ERROR_OBJECT,
    Told.NONSENSE: _NONSENSE,
}

_NOTHING: Mapping[str, Any] = {"outcome": "nothing"}


async def _performed(perform: Callable[[], Awaitable[object]]) -> object:
    """Perform a call of which nobody will hear; what the processor raises is not heard either."""
    try:
        return await perform()
    except Exception:  # noqa: BLE001 - the fault decides what is told, whatever the processor says
        return None


def _raised(error: Exception) -> Mapping[str, Any]:
    return {"outcome": "exception", "message": worded(error)}


def _said(answer: object) -> Mapping[str, Any]:
    """Put what came back into the words of the call record."""
    match answer:
        case Done(data, status):
            return {"outcome": "done", "data": data, "status": None if status is None else str(status)}
        case Refused(code, message):
            return {"outcome": "refused", "code": code, "message": message}
        case Unknown(reason):
            return {"outcome": "unknown", "message": reason}
        case Rejected(reason):
            return {"outcome": "rejected", "message": reason}
        case Notice() | Standing():
            return {"outcome": "done", "data": msgspec.json.decode(msgspec.json.encode(answer))}
        case dict():
            return _said_object(cast("Data", answer))
        case str() | int() | float() | None:
            return {"outcome": "nonsense", "message": repr(answer)[:_SHOWN]}
        case _:  # by its type alone: how it prints may hold an address of this machine's memory
            return {"outcome": "nonsense", "message": type(answer).__name__}


def _said_object(answer: Data) -> Mapping[str, Any]:
    if "error" in answer:
        return {"outcome": "error-object", "data": answer, "message": str(answer["error"])[:_SHOWN]}
    return {"outcome": "nonsense", "message": "dict"}
