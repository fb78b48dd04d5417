"""The screen of `tillproof run`: the answer first, then the evidence, then the machinery."""

from __future__ import annotations

from enum import Enum

from tillproof.history.coverage import CUTS
from tillproof.history.lanes import told_runs
from tillproof.history.log import Log
from tillproof.history.log_footer import Counts, Footer, MethodSafety, Overall
from tillproof.history.log_header import Header
from tillproof.history.log_runs import RunVerdict
from tillproof.history.masking import harmless
from tillproof.history.receipt import Receipt
from tillproof.history.verdicts import Verdict
from tillproof_reports.space import (
    alike_under_dialects,
    by_dialect,
    goals_sentence,
    missed_goals,
    space_rows,
    space_sentence,
)
from tillproof_reports.terminal.finding import finding_block
from tillproof_reports.terminal.layout import WIDEST, counted, labelled, paragraph, table

_ERRORED_SHOWN = 3


class Detail(Enum):
    """How much to tell: the verdict and the exit line; the screen; the screen and a row for every rule."""

    QUIET = -1
    NORMAL = 0
    VERBOSE = 1


def campaign_screen(
    log: Log, *, detail: Detail = Detail.NORMAL, width: int = WIDEST, saved: str = "", receipt: Receipt | None = None
) -> list[str]:
    """Return the lines for a whole log. `saved` is where it was kept; `receipt` adds how long it took."""
    width = min(width, WIDEST)
    verdict, end = paragraph(log.footer.sentence, indent=0, width=width), [_exit(log)]
    if detail is Detail.QUIET:
        return [*verdict, *end]
    lines = [*_head(log, receipt, width), "", *verdict, "", *_methods(log.footer, width)]
    lines += labelled("not tried:", "; ".join(log.footer.not_tried), indent=0, column=11, width=width)
    for finding in log.findings:
        full = detail is Detail.VERBOSE
        lines += ["", *finding_block(finding, dialects=len(log.header.dialects), width=width, swaps=full)]
    lines += ["", *_errored(log, width)]
    if detail is Detail.VERBOSE:
        lines += [*_rules(log, width), "", *_space(log, width)]
    lines += _summary(log, width)
    if saved:
        lines += labelled("saved", saved, indent=0, column=8, width=width)
    lines += labelled("next", _next(log), indent=0, column=8, width=width)
    return [*lines, *end]


def _head(log: Log, receipt: Receipt | None, width: int) -> list[str]:
    header, counts = log.header, log.footer.counts
    target = header.target
    gateway = f"gateway {target.gateway}" if target.gateway else "no gateway"
    name = f'{target.name} (identifier "{target.identifier}")'
    first = f"tillproof {header.tillproof}   {name}   {gateway}   seed {header.choices.seed}"
    journeys = counted(sum(not j.skipped for j in header.journeys), "journey")
    dialects = f" under {counted(len(header.dialects), 'dialect')}" if target.gateway else ""
    undisturbed = f"{counts.controls_passed:,} of {counted(counts.controls, 'run')} pass: {journeys}{dialects}"
    lines = [
        *paragraph(first, indent=0, width=width),
        *labelled("undisturbed", undisturbed, indent=0, column=14, width=width),
    ]
    if header.choices.depth not in {"none", "random"}:
        with_one = counts.runs - counts.controls - counts.scheduled - counts.pairs
        alike = alike_under_dialects(log)
        disturbed = f"{counted(with_one, 'run')}, {counted(counts.points, 'point')}{f'; {alike}' if alike else ''}"
        lines += labelled("one fault", disturbed, indent=0, column=14, width=width)
    if counts.scheduled:
        at_once = f"{counted(counts.scheduled, 'schedule')} with nothing made to fail"
        lines += labelled("at once", at_once, indent=0, column=14, width=width)
    if header.choices.memory:
        lines += labelled("memory", _recalled(log), indent=0, column=14, width=width)
    if header.choices.depth == "random":
        lines += labelled("drawn", _drawn(header, counts), indent=0, column=14, width=width)
    if header.choices.depth == "pairs":
        lines += labelled("two faults", _pairs(counts), indent=0, column=14, width=width)
    if receipt is not None:
        took = f"{receipt.duration:.1f} s, {receipt.runs_per_second:,.0f} judged runs per second"
        lines += labelled("took", took, indent=0, column=14, width=width)
    return lines


def _recalled(log: Log) -> str:
    """Say what became of what was remembered; a log that began with it is not made again from the same choices alone."""
    if not log.recalled:
        return "nothing remembered of this target yet"
    told = "; ".join(f"{line.id} {line.ends}" for line in log.recalled)
    return f"made again first: {told}. The log depends on it."


def _drawn(header: Header, counts: Counts) -> str:
    again = ""
    if header.choices.time:
        again = "; how many fit in the time chosen differs, so no two logs are alike"
    return f"{counts.stories:,} stories with their faults, {counted(counts.drawn, 'run')}{again}"


def _pairs(counts: Counts) -> str:
    return (
        f"{counted(counts.pairs, 'run')}, every second fault while the first was recovered from; "
        f"{counts.alike + counts.recovered:,} more would go on like a run already made and were not: from there on the run "
        f"stood as one with another first fault ({counts.alike:,}), or as with none ({counts.recovered:,})"
    )


def _methods(footer: Footer, width: int) -> list[str]:
    rows = [
        (m.method, m.retry, f"{m.runs:,}", "  ".join((*_evidence(m), *(f"-> {id_}" for id_ in m.findings))))
        for m in footer.methods
    ]
    return table(("method", "retry", "runs", "evidence"), rows, align=("left", "left", "right", "left"), width=width)


def _evidence(method: MethodSafety) -> tuple[str, ...]:
    differ = by_dialect(method)
    return (method.evidence, f"({differ})") if differ else (method.evidence,)


def _errored(log: Log, width: int) -> list[str]:
    errored = [run for run in told_runs(log) if run.verdict is RunVerdict.ERRORED]
    lines: list[str] = []
    for run in errored[:_ERRORED_SHOWN]:
        text = f"{run.run.journey}, client {run.run.client}, {run.run.disturbed_by}: {run.error}"
        lines += labelled("errored", text, indent=0, column=9, width=width)
    more = log.footer.counts.errored - len(errored[:_ERRORED_SHOWN])
    if more > 0:
        lines.append(f"         and {counted(more, 'more run')}")
    return [*lines, ""] if lines else []


def _rules(log: Log, width: int) -> list[str]:
    titles = {rule.id: rule for rule in log.header.rules}
    rows = [
        (
            v.rule,
            titles[v.rule].level.upper(),
            v.verdict,
            f"{v.exercised:,}",
            f"{v.broken:,}",
            v.reason or titles[v.rule].title,
        )
        for v in log.footer.rules
    ]
    headers = ("rule", "level", "verdict", "runs", "broken", "what it asks")
    return table(headers, rows, align=("left", "left", "left", "right", "right", "left"), width=width)


def _space(log: Log, width: int) -> list[str]:
    """Return how much of each method was tried, cut by cut, and the goals nobody reached."""
    lines: list[str] = []
    rows = space_rows(log)
    if rows:
        headers = ("cells tried", *CUTS)
        lines += [*table(headers, rows, align=("left", *("left" for _ in CUTS)), width=width), ""]
    for goal in missed_goals(log):
        lines += labelled("missed", goal.title, indent=0, column=8, width=width)
    return [*lines, ""] if missed_goals(log) else lines


def _summary(log: Log, width: int) -> list[str]:
    told = {verdict: sum(v.verdict is verdict for v in log.footer.rules) for verdict in Verdict}
    text = f"{told[Verdict.PASSED]} passed, {told[Verdict.FAILED]} failed, {told[Verdict.NOT_EXERCISED]} not exercised"
    if told[Verdict.SKIPPED]:
        text += f", {told[Verdict.SKIPPED]} skipped"
    lines = labelled("rules", text, indent=0, column=8, width=width)
    counts = log.footer.counts
    runs = f"{counts.passed:,} passed, {counts.failed:,} failed, {counts.errored:,} errored"
    if counts.not_applicable:
        runs += f", {counts.not_applicable:,} not applicable (the fault never struck)"
    lines += labelled("runs", runs, indent=0, column=8, width=width)
    if log.footer.space.open and log.header.choices.depth != "random":
        lines += labelled("space", space_sentence(log), indent=0, column=8, width=width)
    return lines + (labelled("goals", goals_sentence(log), indent=0, column=8, width=width) if log.footer.goals else [])


def _next(log: Log) -> str:
    if log.findings:
        return f"tillproof replay {log.findings[0].id}    tillproof explain {log.findings[0].rules[0]}"
    again = f"tillproof run --processor {log.header.target.name}"
    if log.footer.verdict is Overall.NO_VERDICT:
        return f"{again} -v"
    return again if _depth_is_none(log.header) else f"{again} --dialect all" if log.header.target.gateway else f"{again} -v"


def _depth_is_none(header: Header) -> bool:
    return header.choices.depth == "none"


def _exit(log: Log) -> str:
    counts, footer = log.footer.counts, log.footer
    should = counts.findings - counts.must
    told = f"{counted(counts.findings, 'finding')}: {counts.must} MUST, {should} SHOULD"
    if counts.findings and not footer.exit:
        told += f"; fails on {log.header.choices.fail_on.upper()}"
    return harmless(f"exit {footer.exit}  ({told})" if counts.findings else f"exit {footer.exit}  (0 findings)")
