"""
A campaign inside somebody's own tests: conducted in memory, put together from shares, and told as text.

What the pytest plugin and `tillproof.testing` have in common; neither prints nor keeps anything.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Generator, Sequence
from datetime import date
from enum import Enum
from importlib.machinery import PathFinder
from pathlib import Path

import msgspec
from msgspec.structs import replace

from tillproof import campaign
from tillproof.explore.way import SIMULATED
from tillproof.faults.kinds import KINDS
from tillproof.history.events import History, RunKey
from tillproof.history.footer import Tally
from tillproof.history.known import Gate, Known, gate
from tillproof.history.lanes import lanes, told_runs
from tillproof.history.log import Log, LogLine
from tillproof.history.log_findings import Finding
from tillproof.history.log_footer import Overall
from tillproof.history.log_header import Header
from tillproof.history.log_runs import Draws, RunResult, RunVerdict, Seconds
from tillproof.history.masking import harmless
from tillproof.history.summary import went_as_planned
from tillproof.history.timeline import currency_of, timeline
from tillproof.history.verdicts import Breach, Verdict
from tillproof.options import Options
from tillproof.simulation.journey import ClientKind
from tillproof.simulation.target import Target
from tillproof.suggestions import unknown
from tillproof.targets.named import opened
from tillproof_reports.terminal import Outcome, Replayed
from tillproof_reports.terminal.finding import finding_block

_SAYS = {kind.name: kind.says for kind in KINDS.values()}
_WIDTH = 100
_ERRORED_SHOWN = 3


class Ending(Enum):
    """How a test for one rule ends. `EXPECTED`: broken, but accepted or below the level that fails."""

    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"
    EXPECTED = "expected"


class Ruling(msgspec.Struct, frozen=True):
    """How a test ends, and the text that says why (empty where it passed)."""

    ending: Ending
    says: str = ""


@contextlib.contextmanager
def opened_in(folder: Path, processor: str, gateway: str | None) -> Generator[Target]:
    """Open a target whose module lies in `folder`. Raises `Misuse` for names that cannot be used."""
    with contextlib.ExitStack() as until_done:
        with contextlib.chdir(folder):
            target = until_done.enter_context(opened(processor, gateway))
        yield target


def folder_of(processor: str, first: Path) -> Path:
    """Return the folder from which the module of `module:Class` is imported: `first`, or where Python would find it."""
    module = processor.partition(":")[0].partition(".")[0]
    spec = PathFinder.find_spec(module, [str(first), *sys.path]) if ":" in processor and module.isidentifier() else None
    if spec is None or spec.origin is None:
        return first
    place = Path(spec.origin).parent
    return place.parent if spec.submodule_search_locations is not None else place


def conducted(target: Target, options: Options, folder: Path) -> Log:
    """Make the campaign and return its log. Raises `Misuse` and `NoVerdict` as `campaign.conduct` does."""
    lines: list[LogLine] = []
    with contextlib.chdir(folder):
        footer = campaign.conduct(target, options, lines.append, _ignore)
        target.check()
    return Log(
        header=next(line for line in lines if isinstance(line, Header)),
        runs=tuple(line for line in lines if isinstance(line, RunResult)),
        findings=tuple(line for line in lines if isinstance(line, Finding)),
        footer=footer,
        seconds=tuple(line for line in lines if isinstance(line, Seconds)),
        draws=tuple(line for line in lines if isinstance(line, Draws)),
    )


def joined(target: Target, options: Options, shares: Sequence[Log]) -> Log:
    """
    Return the log of the whole campaign from one log for each of its journeys, in their order.

    It is the log that `conducted` would have made with the same options. Needs at least one share.
    """
    scope = campaign.scope_of(target, options)
    made = {line.name: line for share in shares for line in share.header.journeys}
    journeys = tuple(made.get(line.name, line) for line in campaign.journey_lines(scope))
    goals = campaign.goals_within(made.values(), options)
    header = replace(shares[0].header, choices=options.choices(), journeys=journeys, goals=goals)
    tally = Tally(header)
    for share in shares:
        tally.add_all(lanes(share))
    judge = campaign.Judge(target, header, SIMULATED.fronts[0])
    findings = tuple(judge.told(cause) for cause in tally.causes())
    return Log(
        header=header,
        runs=tuple(run for share in shares for run in share.runs),
        findings=findings,
        footer=tally.footer(findings),
        seconds=tuple(line for share in shares for line in share.seconds),
    )


def ruled(log: Log, rule: str, known: Sequence[Known], today: date) -> Ruling:
    """Return how a test of one rule of the header ends. What is not known to be right does not pass."""
    told = next(verdict for verdict in log.footer.rules if verdict.rule == rule)
    if told.verdict is Verdict.SKIPPED:
        return Ruling(Ending.SKIPPED, told.reason)
    if told.verdict is Verdict.NOT_EXERCISED:
        return Ruling(Ending.SKIPPED, "not exercised: no run of this campaign was about it")
    if told.verdict is Verdict.PASSED:
        no_verdict = log.footer.verdict is Overall.NO_VERDICT
        return Ruling(Ending.SKIPPED, log.footer.sentence) if no_verdict else Ruling(Ending.PASSED)
    decided = gate(log, known, today)
    blocking = [finding for finding in decided.blocking if rule in finding.rules]
    if blocking:
        return Ruling(Ending.FAILED, "\n".join(_lapsed(decided, blocking) + findings_text(log, blocking)))
    accepted = {entry.id: entry for entry in decided.accepted}
    reasons = [
        f"{f.id} is known until {accepted[f.id].until}: {accepted[f.id].reason}"
        if f.id in accepted
        else f"{f.id} is a {f.level.upper()}, and fails only with --fail-on {f.level}"
        for f in log.findings
        if rule in f.rules
    ]
    return Ruling(Ending.EXPECTED, harmless("; ".join(reasons)))


def overall(log: Log, known: Sequence[Known], today: date) -> Ruling:
    """Return how the test of the campaign itself ends: it fails where runs could not end, or known findings are gone."""
    lines = unjudged(log)
    lines += [f"{entry.id} is no longer seen: remove it from the known failures" for entry in gate(log, known, today).gone]
    return Ruling(Ending.FAILED, "\n".join([log.footer.sentence, *lines])) if lines else Ruling(Ending.PASSED)


def unjudged(log: Log) -> list[str]:
    """Return what keeps the log from being a verdict: nothing was exercised, or runs could not end. Empty: nothing."""
    errored = [run for run in told_runs(log) if run.verdict is RunVerdict.ERRORED]
    lines = [
        harmless(f"{run.run.journey}, client {run.run.client}, {run.run.disturbed_by}: {run.error}")
        for run in errored[:_ERRORED_SHOWN]
    ]
    more = log.footer.counts.errored - len(lines)
    if more > 0:
        lines.append(f"and {more:,} more runs")
    return lines or ([log.footer.sentence] if log.footer.verdict is Overall.NO_VERDICT else [])


def findings_text(log: Log, findings: Sequence[Finding]) -> list[str]:
    """Return the findings' story, as the terminal report tells it, with the command that shows each again."""
    lines: list[str] = []
    for finding in findings:
        lines += [""] if lines else []
        # its last line names the finding, which is looked up in a last log; a test keeps none, the token needs none
        lines += finding_block(finding, dialects=len(log.header.dialects), width=_WIDTH)[:-1]
        lines.append(f"  see it          tillproof replay {finding.token} {_target(log)}")
    return lines


def replayed(target: Target, run: RunKey, handle: str) -> Replayed:
    """Make one run again, judged by every rule, as the replay screen takes it. `handle` is what the screen calls it."""
    if run.client not in list(ClientKind):
        raise unknown("client", run.client, list(ClientKind), list_with="copy the whole token from the report")
    if run.dialect not in target.dialects:
        raise unknown("dialect", run.dialect, target.dialects, list_with="tillproof list dialects")
    history, judgement = campaign.replay(target, run)
    return Replayed(
        handle=handle,
        target=target.name,
        gateway=target.gateway,
        run=run,
        currency=currency_of(history),
        rows=timeline(history, judgement.breaches, _SAYS),
        outcome=_outcome(history, judgement.breaches),
    )


def _outcome(history: History, breaches: Sequence[Breach]) -> Outcome:
    if breaches:
        return Outcome.STILL_THERE
    if not went_as_planned(history):
        return Outcome.CHANGED
    return Outcome.FIXED if history.ended else Outcome.NO_END


def _target(log: Log) -> str:
    target = log.header.target
    gateway = f" --gateway {target.gateway}" if target.gateway and ":" in target.gateway else ""
    return f"--processor {target.name}{gateway}"


def _lapsed(decided: Gate, findings: Sequence[Finding]) -> list[str]:
    ids = {finding.id for finding in findings}
    return [f"{e.id} was accepted until {e.until}: {harmless(e.reason)}" for e in decided.lapsed if e.id in ids]


def _ignore(_made: int, _total: int) -> None:
    pass
