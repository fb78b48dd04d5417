"""The first screen: may this ship, who loses what, what sets it off, is it new, how far can it be trusted. And coverage."""

from __future__ import annotations

from collections import Counter

import msgspec

from tillproof.history.coverage import GoalLine
from tillproof.history.lanes import told_runs
from tillproof.history.log import Log
from tillproof.history.log_footer import Overall
from tillproof_reports.matrix import Outcome, place
from tillproof_reports.money import money_table
from tillproof_reports.source import Source
from tillproof_reports.space import alike_under_dialects, made_of, missed_goals
from tillproof_reports.words import counted, heading, is_untried, trigger

_MARKS: dict[Overall, str] = {Overall.SAFE: "✓", Overall.NOT_SAFE: "✗", Overall.NO_VERDICT: "?"}
_CLASSES: dict[Overall, str] = {Overall.SAFE: "good", Overall.NOT_SAFE: "bad", Overall.NO_VERDICT: "unsure"}


class Fact(msgspec.Struct, frozen=True):
    """A question a manager asks, its answer, and a remark."""

    asks: str
    answer: str
    remark: str


class JourneyCoverage(msgspec.Struct, frozen=True):
    """A journey: how many runs it had and how they ended; or why it was not made."""

    name: str
    title: str
    skipped: str
    runs: int
    ends: dict[Outcome, int]


class SeamCoverage(msgspec.Struct, frozen=True):
    """A seam: how many moments of it were disturbed, by how many kinds of fault, in how many runs."""

    seam: str
    moments: int
    faults: int
    runs: int


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """What the page says before and beside the evidence."""

    mark: str
    tone: str
    verdict: str
    gate: str
    sentence: str
    facts: tuple[Fact, ...]
    proves: str
    date: str
    made_of: str
    missed: tuple[GoalLine, ...]
    journeys: tuple[JourneyCoverage, ...]
    seams: tuple[SeamCoverage, ...]


def summary(source: Source, ends: list[Outcome]) -> Summary:
    """Return the summary of a source whose runs ended like this."""
    log = source.log
    return Summary(
        mark="·" if is_untried(log) else _MARKS[log.footer.verdict],
        tone="plain" if is_untried(log) else _CLASSES[log.footer.verdict],
        verdict=heading(log),
        gate=_gate(source),
        sentence=log.footer.sentence.partition(".  ")[2] or log.footer.sentence,
        facts=(_loses(log), _sets_off(log), _new(source), *_known(source), _tried(log)),
        proves=_proves(log),
        date=source.receipt.date.replace("T", " ").replace("+00:00", " UTC") if source.receipt is not None else "",
        made_of=made_of(log.footer.counts),
        missed=tuple(missed_goals(log)),
        journeys=_journeys(log, ends),
        seams=_seams(log),
    )


def _gate(source: Source) -> str:
    log, compared, gate = source.log, source.compared, source.gate
    if not source.exit:
        known = f": {counted(len(gate.accepted), 'finding')} known" if gate is not None and gate.accepted else ""
        return f"passes{known}" if compared is None else "passes: nothing new"
    if gate is not None and (gate.blocking or gate.gone):
        gone = f"{counted(len(gate.gone), 'known finding')} no longer seen" if gate.gone else ""
        left = f"{counted(len(gate.blocking), 'finding')} not accepted" if gate.blocking else ""
        return f"BLOCKED by {' and '.join(filter(None, (left, gone)))}"
    if log.footer.verdict is Overall.NO_VERDICT:
        return "BLOCKED: nothing is proved"
    if compared is not None:
        return f"BLOCKED by {counted(len(compared.new), 'new finding')}"
    must = log.footer.counts.must
    return f"BLOCKED by {counted(must, 'MUST finding') if must else counted(len(log.findings), 'SHOULD finding')}"


def _loses(log: Log) -> Fact:
    if not log.findings:
        nobody = "nobody, in any run made" if log.footer.verdict is Overall.SAFE else "not known"
        return Fact("Who loses", nobody, f"{log.footer.counts.runs:,} runs judged")
    worst = log.findings[0]
    if worst.money is None:
        return Fact("Who loses", worst.harm, "")
    told = money_table(worst.money, worst.rules)
    if not told.most:
        return Fact("Who loses", worst.harm, "the money itself agrees")
    _, cells = told.rows[0]
    amount = f"{max(told.gaps, key=len)} {told.currency}"
    of = f"of an order of {cells[told.headers.index('captured')]}" if worst.money.gateway.captured else "in the smallest run"
    return Fact("Who loses", f"{worst.harm}: {amount}", of)


def _sets_off(log: Log) -> Fact:
    if not log.findings:
        return Fact("What sets it off", "nothing that was tried", "")
    worst = log.findings[0]
    return Fact("What sets it off", trigger(worst.run.plan, worst.run.schedule), f"in the journey {worst.run.journey}")


def _new(source: Source) -> Fact:
    compared = source.compared
    if compared is None:
        return Fact("New?", "not compared", "no baseline was given")
    rest = f"{len(compared.still)} still there, {len(compared.fixed)} fixed"
    gone = f", {len(compared.unexercised)} no longer exercised" if compared.unexercised else ""
    return Fact("New?", counted(len(compared.new), "new finding"), f"since the baseline: {rest}{gone}")


def _known(source: Source) -> tuple[Fact, ...]:
    gate = source.gate
    if gate is None:
        return ()
    gone = f", {len(gate.gone)} no longer seen" if gate.gone else ""
    return (Fact("Known failures", f"{len(gate.accepted)} accepted", f"{len(gate.lapsed)} lapsed{gone}"),)


def _tried(log: Log) -> Fact:
    counts = log.footer.counts
    return Fact("How much was tried", counted(counts.runs, "run"), f"not tried: {'; '.join(log.footer.not_tried)}")


def _proves(log: Log) -> str:
    header, counts = log.header, log.footer.counts
    made = sum(not journey.skipped for journey in header.journeys)
    where = f"{counted(made, 'journey')}, under {counted(len(header.dialects), 'gateway dialect')}"
    if header.choices.depth == "none":
        return f"The undisturbed runs of {where}: {counts.runs:,} runs judged. Nothing was made to fail."
    if header.choices.depth == "random":
        drawn = f"{counts.stories:,} stories drawn at random with what goes wrong in them"
        return f"The undisturbed runs of {where}, and {drawn}: {counts.runs:,} runs judged."
    singles = f"Every single fault at each of {counts.points:,} points of {where}"
    if header.choices.depth == "pairs":
        alike = f"{counts.alike + counts.recovered:,} more would go on like one of them from there on, and were not made"
        return f"{singles}, and every second one while it was recovered from: {counts.runs:,} runs judged; {alike}."
    alike = alike_under_dialects(log)
    return f"{singles}: {counts.runs:,} runs judged{f'; {alike}' if alike else ''}."


def _journeys(log: Log, ends: list[Outcome]) -> tuple[JourneyCoverage, ...]:
    counted_: dict[str, Counter[Outcome]] = {}
    for run, outcome in zip(told_runs(log), ends, strict=True):
        counted_.setdefault(run.run.journey, Counter())[outcome] += 1
    none: Counter[Outcome] = Counter()
    return tuple(
        JourneyCoverage(j.name, j.title, j.skipped, (seen := counted_.get(j.name, none)).total(), dict(seen))
        for j in log.header.journeys
    )


def _seams(log: Log) -> tuple[SeamCoverage, ...]:
    moments: dict[str, set[str]] = {}
    faults: dict[str, set[str]] = {}
    runs: Counter[str] = Counter()
    for plan, times in Counter(run.run.plan for run in told_runs(log)).items():
        seam, moment, fault = place(plan)
        moments.setdefault(seam, set()).add(moment)
        faults.setdefault(seam, set()).add(fault)
        runs[seam] += times
    return tuple(SeamCoverage(seam, len(moments[seam]), len(faults[seam]), runs[seam]) for seam in moments if seam)
