"""
Conformance inside a test of one's own, with any test runner or none.

    from tillproof.testing import assert_conformant
    from myshop.payments import MyPay

    def test_my_payments_are_safe_to_retry():
        assert_conformant(MyPay)
"""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from pathlib import Path

from tillproof.config import DEPTHS
from tillproof.conformance import conducted, findings_text, folder_of, opened_in, replayed, unjudged
from tillproof.errors import Misuse, TillproofError
from tillproof.faults.plans import parse
from tillproof.history.events import RunKey
from tillproof.history.findings import at_or_above
from tillproof.history.tokens import token
from tillproof.history.verdicts import Level
from tillproof.options import Options
from tillproof.simulation.schedules import parse as parse_schedule
from tillproof_reports.terminal import Outcome, replay_screen

__all__ = ["assert_conformant", "assert_run_conformant"]

_WAY_OUT = "make it a class of a module, or name one: 'module:Class'"


def assert_conformant(
    processor: type | str,
    *,
    gateway: type | str | None = None,
    journeys: str | Sequence[str] = "*",
    rules: str | Sequence[str] = "*",
    dialects: str | Sequence[str] = "default",
    level: Level | str = Level.SHOULD,
    depth: str = "single",
    seed: int = 7,
    fail_on: Level | str = Level.MUST,
) -> None:
    """
    Assert that the processor keeps people's money right in every run of a campaign.

    `processor` is a class, a built-in name, or `"module:Class"`; `gateway` the fake it speaks to, a class or a name (none:
    the bank). The other choices are those of `tillproof run`: `journeys` and `rules` are globs, `dialects` names,
    `depth` is `none` or `single`, `fail_on` the least level of a finding that fails.

    However it is named, a processor of one's own is *not* run in the test's process: a worker process imports its module
    anew and runs it on a loop of virtual time, behind a wall that no connection passes. So the class must be found by name
    (a class made inside a function is refused), patches and fixtures of the test do not reach it, and what its module does
    when it is imported happens again; a class of the test file is fine. A gateway fake runs in this process.

    Raises `AssertionError`, its text the findings' story, or what could not be judged; `Misuse` for what cannot be used.
    """
    __tracebackhide__ = True
    name, folder = _named(processor)
    options = Options(
        journeys=_several(journeys),
        rules=_several(rules),
        level=Level(level),
        dialects=_several(dialects),
        depth=depth,
        seed=seed,
        fail_on=Level(fail_on),
    )
    try:
        if depth not in DEPTHS:
            raise Misuse(f"no depth called {depth!r}", seen=f"known: {', '.join(DEPTHS)}", type_='depth="single"')
        with opened_in(folder, name, _gateway(gateway)) as target:
            log = conducted(target, options, folder)
    except TillproofError as error:
        raise _noted(error) from None
    told = [*findings_text(log, at_or_above(log.findings, options.fail_on)), *unjudged(log)]
    if told:
        raise AssertionError("\n".join([log.footer.sentence, "", *told]))


def assert_run_conformant(
    processor: type | str,
    *,
    journey: str,
    plan: str,
    gateway: type | str | None = None,
    client: str = "keeps-key",
    dialect: str = "keep-everything",
    schedule: str = "",
    seed: int = 7,
) -> None:
    """
    Assert that one run is right: this journey with this client, under this dialect, with the faults of this plan.

    A plan is written as reports show it, `processor.refund_payment#1=answer-lost`; the empty one makes nothing fail. So is
    a schedule, `3>operator`: whose turn it is where several are at work at once. The processor is run as
    `assert_conformant` says.

    Raises `AssertionError`, its text the run step by step with the three money columns, where a rule is broken, where a
    fault of the plan never struck or a turn of the schedule never came (so that a test that tests nothing any more is
    noticed), or where the run does not end; `Misuse` for names, plans and schedules that do not exist.
    """
    __tracebackhide__ = True
    name, folder = _named(processor)
    try:
        run = RunKey(
            journey=journey,
            client=client,
            dialect=dialect,
            plan=str(parse(plan)),
            seed=seed,
            schedule=str(parse_schedule(schedule)),
        )
        with opened_in(folder, name, _gateway(gateway)) as target:
            told = replayed(target, run, token(run))
    except TillproofError as error:
        raise _noted(error) from None
    if told.outcome is not Outcome.FIXED:
        raise AssertionError("\n".join(replay_screen(told)))


def _named(processor: type | str) -> tuple[str, Path]:
    """Return `module:Class` and the folder it is imported from. A script or test file is a module of its own."""
    if isinstance(processor, str):
        return processor, folder_of(processor, Path.cwd())
    try:
        file = Path(inspect.getfile(processor)).resolve()
    except (OSError, TypeError):
        file = None
    if file is None or "." in processor.__qualname__:
        raise _noted(
            Misuse(f"{processor.__qualname__} cannot be found by name", seen="no class of a module", type_=_WAY_OUT)
        )
    parts = processor.__module__.split(".")
    package = file.name == "__init__.py"
    place = file.parent if package else file.with_suffix("")
    if place.parts[-len(parts) :] == tuple(parts):
        return f"{processor.__module__}:{processor.__name__}", place.parents[len(parts) - 1]
    return f"{place.name}:{processor.__name__}", place.parent


def _gateway(gateway: type | str | None) -> str | None:
    return f"{gateway.__module__}:{gateway.__qualname__}" if isinstance(gateway, type) else gateway


def _several(value: str | Sequence[str]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)


def _noted(error: TillproofError) -> TillproofError:
    """Let what was seen and what to type be shown below a traceback, too."""
    for line in error.lines()[1:]:
        error.add_note(line.strip())
    return error
