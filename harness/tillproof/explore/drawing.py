"""
Random search: Hypothesis draws whole stories, what goes wrong in them, and whose turn it is; our engine runs them.

Faults and turns are drawn one after another, each from what the run so far came to after the last one struck or was given:
the points it crossed, and the decisions at which somebody else could have gone on. So each has something to strike, and
leaves as it was what came before it.
What must hold at every step the rules look for at every step, so nothing is judged here but the whole run.
Everything is drawn from bits: among numbers and texts Hypothesis puts constants of whatever modules are loaded, and the
same seed has to draw the same stories in every process.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, TypeVar, cast

import msgspec
from msgspec.structs import replace

from tillproof.explore.shrinking import shrunk
from tillproof.explore.single import Strikes, crossed
from tillproof.explore.stories import Sentence, written
from tillproof.faults.kinds import REFUSING
from tillproof.faults.plans import Fault, Plan, parse
from tillproof.history.events import AnyEvent, Called, Faulted, History, RunKey, Turned
from tillproof.history.log_runs import RunResult, RunVerdict
from tillproof.history.verdicts import Harm
from tillproof.simulation import schedules
from tillproof.simulation.journey import ClientKind
from tillproof.simulation.schedules import Schedule, Turn

if TYPE_CHECKING:
    from hypothesis.strategies import DrawFn

T = TypeVar("T")

_MOST = 4  # faults and turns in one run
_TIMES = (1, 1, 1, 1, 1, 2, 3, 0)
_CARDS = ("good", "good", "good", "challenge", "declined")
_BEFORE = ("edit", "move", "remember", "choose other", "choose method", "reach", "stock", "leave", "disable", "remove")
_WHILE_BUYING = ("buy", "edit", "buy own-key", "move", "choose other", "buy no-key", "remove", "disable", "stock", "reach")
_AFTER = ("capture", "refund", "cancel", "buy", "refund", "capture")

Made = Callable[[RunKey], tuple[History, RunResult]]
"""Makes a run and judges it."""

Cause = tuple[Harm | None, str | None]


class Drawer(msgspec.Struct, frozen=True, kw_only=True):
    """
    What may be drawn: the dialects, and what the target declares (its capabilities).

    `make` makes and judges a run; `count` is given every run that was made in search, not those made to shrink one.
    """

    seed: int
    dialects: tuple[str, ...]
    capabilities: frozenset[str]
    strikes: Strikes
    make: Made
    count: Callable[[RunResult], None]


class _Wrong(Exception):
    """A run went wrong in a way not seen before."""


def search(drawer: Drawer, batch: int, stories: int) -> None:
    """
    Draw so many stories, run and judge them, and count every run, and of each new way to go wrong the smallest run.

    The same seed and batch draw the same stories.
    """
    known: set[Cause] = set()
    left, again = stories, 0
    while left > 0:
        searching = _Searching(drawer, known)
        left -= _drawn(searching, f"{drawer.seed}/{batch}/{again}", left)
        again += 1
        if searching.smallest is None:
            return
        known.add(_cause(searching.smallest))
        drawer.count(_shrunk(drawer, searching.smallest))


def _shrunk(drawer: Drawer, wrong: RunResult) -> RunResult:
    cause = _cause(wrong)

    def still(run: RunKey) -> bool:
        judged = drawer.make(run)[1]
        return judged.verdict is RunVerdict.FAILED and _cause(judged) == cause

    return drawer.make(shrunk(wrong.run, still))[1]


class _Searching:
    """One search until something new goes wrong; then Hypothesis makes it smaller."""

    def __init__(self, drawer: Drawer, known: set[Cause]) -> None:
        self.drawer = drawer
        self.smallest: RunResult | None = None
        self.stories = 0
        self._known = known

    def tell(self, draw: DrawFn) -> None:
        """Draw one story and tell it, one fault or turn more each time. Raises `_Wrong`."""
        self.stories += self.smallest is None
        run: RunKey | None = _story(draw, self.drawer)
        for _ in range(1 + _MOST):
            if run is None:
                return
            history = self._made(run)
            if not (_bit(draw) or _bit(draw)):
                return
            run = _disturbed(draw, run, history, self.drawer.strikes)

    def _made(self, run: RunKey) -> History:
        history, judged = self.drawer.make(run)
        if self.smallest is None:
            self.drawer.count(judged)
        new = judged.verdict is RunVerdict.FAILED and _cause(judged) not in self._known
        if new and (self.smallest is None or _cause(judged) == _cause(self.smallest)):
            self.smallest = judged
            raise _Wrong
        return history


def _cause(judged: RunResult) -> Cause:
    return judged.harm, judged.method


def _drawn(searching: _Searching, seed: str, most: int) -> int:
    """Let Hypothesis draw, at most so many stories; return how many it drew."""
    from hypothesis import HealthCheck, Phase, Verbosity, given, settings  # noqa: PLC0415 - slow to import
    from hypothesis import seed as seeded  # noqa: PLC0415 - slow to import
    from hypothesis import strategies as st  # noqa: PLC0415 - slow to import

    @seeded(seed)
    @settings(
        max_examples=most,
        database=None,
        deadline=None,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=cast("list[HealthCheck]", list(HealthCheck)),
        verbosity=Verbosity.quiet,
        report_multiple_bugs=False,
    )
    @given(st.composite(searching.tell)())
    def tell(_: None) -> None:
        pass

    with suppress(_Wrong):
        tell()
    return max(searching.stories, 1)


def _bit(draw: DrawFn) -> bool:
    from hypothesis import strategies as st  # noqa: PLC0415 - slow to import

    return draw(st.booleans())


def _one(draw: DrawFn, of: Sequence[T]) -> T:
    """Draw one of these; the first is the simplest."""
    number = 0
    for _ in range((len(of) - 1).bit_length()):
        number = number << 1 | _bit(draw)
    return of[number % len(of)]


def _story(draw: DrawFn, drawer: Drawer) -> RunKey:
    can = drawer.capabilities
    cards = tuple(card for card in _CARDS if card != "challenge" or "requires_more" in can)
    region = _one(draw, ("home", "home", "abroad", "far"))
    items = [f"mug={_one(draw, (1, 2, 3))}", *(["rare=1"] if _bit(draw) and _bit(draw) else [])]
    told = [Sentence("fill", (region, *items))]
    told += _some(draw, _BEFORE, can, 2)
    told += [Sentence("reach"), Sentence("choose", (_one(draw, ("method", "method", "method", "other")),))]
    card = _one(draw, cards)
    told += [Sentence("card", (card,)), *_some(draw, _BEFORE, can, 2), _beside(draw, Sentence("buy"), _WHILE_BUYING, can)]
    if card == "challenge":
        told += [Sentence("answer", (_one(draw, ("yes", "yes", "no")),)), Sentence("buy")]
    told += [_beside(draw, sentence, _AFTER, can) for sentence in _some(draw, _AFTER, can, 4)]
    return RunKey(
        journey=written(told),
        client=_one(draw, tuple(ClientKind)).value,
        dialect=_one(draw, drawer.dialects),
        plan="",
        seed=drawer.seed,
    )


def _some(draw: DrawFn, of: Sequence[str], can: frozenset[str], most: int) -> list[Sentence]:
    told: list[Sentence] = []
    while len(told) < most and _bit(draw):
        told.append(_with_words(draw, _one(draw, of), can))
    return told


def _beside(draw: DrawFn, sentence: Sentence, of: Sequence[str], can: frozenset[str]) -> Sentence:
    """Let one in four have something of these done at once."""
    if not (_bit(draw) and _bit(draw)):
        return sentence
    return replace(sentence, beside=_with_words(draw, _one(draw, of), can))


def _with_words(draw: DrawFn, what: str, can: frozenset[str]) -> Sentence:
    verb, *words = what.split()
    match verb:
        case "edit":
            words = [f"mug={_one(draw, (1, 2, 3, 4))}"]
        case "move":
            words = [_one(draw, ("home", "abroad", "far"))]
        case "stock":
            words = [f"{_one(draw, ('mug', 'rare'))}={_one(draw, (0, 1))}"]
        case "disable" | "remove":
            words = [_one(draw, ("other", "method"))]
        case "refund":
            parts = {"partial_refund", "several_refunds"} <= can
            words = [_one(draw, ("all", "1", "100", "250")) if parts else "all"]
        case _:
            pass
    return Sentence(verb, tuple(words))


def _disturbed(draw: DrawFn, run: RunKey, history: History, strikes: Strikes) -> RunKey | None:
    """Draw one turn or one fault more, from what this run came to after the last; None where that was nothing."""
    since = max((event.step for event in history.events if _disturbs(event)), default=-1)
    turns = [
        Turn(number, actor)
        for number, decision in enumerate(history.decisions, 1)
        if decision.step > since
        for actor in decision.able[1:]
    ]
    if turns and _bit(draw):
        given = schedules.parse(run.schedule).turns
        return replace(run, schedule=str(Schedule((*given, _one(draw, turns)))))
    fault = _fault(draw, history, since, strikes)
    return None if fault is None else replace(run, plan=str(Plan((*parse(run.plan).faults, fault))))


def _disturbs(event: AnyEvent) -> bool:
    return isinstance(event, Faulted) or (isinstance(event, Turned) and bool(event.by))


def _fault(draw: DrawFn, history: History, since: int, strikes: Strikes) -> Fault | None:
    """Draw a fault at one of the points crossed after that step."""
    there = [(event, point) for event, point in crossed(history) if event.step > since]
    if not there:
        return None
    event, point = _one(draw, there)
    kinds = strikes(point.seam, point.name)
    if isinstance(event, Called) and event.attempt > 1:  # what was tried before may be there
        kinds = tuple(kind for kind in kinds if kind.told not in REFUSING)
    return Fault(point, _one(draw, kinds).name, _one(draw, _TIMES)) if kinds else None
