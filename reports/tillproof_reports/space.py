"""What was tried, in words and as a table: the fault space by method and cut, and the goals."""

from __future__ import annotations

from tillproof.history.coverage import CUTS, GoalLine
from tillproof.history.log import Log
from tillproof.history.log_footer import Counts, MethodSafety
from tillproof_reports.words import counted

AXES = "method, cut, fault, client, key"
"""What a cell of the space is one combination of."""


def made_of(counts: Counts) -> str:
    """Return what kinds of runs a campaign made, and how many of each."""
    single = counts.runs - counts.controls - counts.scheduled - counts.pairs - counts.drawn
    kinds = (
        (counts.controls, "undisturbed"),
        (single, "with one fault"),
        (counts.scheduled, "with the turns of several clients taken otherwise"),
        (counts.pairs, "with two faults"),
        (counts.drawn, f"of {counts.stories:,} stories drawn with their faults"),
    )
    return ", ".join(f"{count:,} {kind}" for count, kind in kinds if count)


def alike_under_dialects(log: Log) -> str:
    """Say how many runs go alike under every dialect, and so were made once; nothing where there is one dialect only."""
    if len(log.header.dialects) < 2 or log.header.choices.depth != "single":  # noqa: PLR2004 - several
        return ""
    repeats = log.footer.counts.repeats
    which = f"all but {repeats:,}" if repeats else "all"
    return f"{which} go alike under every dialect"


def space_sentence(log: Log) -> str:
    """Return how much of the fault space was exercised."""
    space = log.footer.space
    return f"{space.exercised:,} of {counted(space.open, 'cell')} exercised, {space.closed:,} could not be ({AXES})"


def space_rows(log: Log) -> list[tuple[str, ...]]:
    """Return a row for each method that was cut: its name, and for each cut `exercised/open`, or `-` for none."""
    told: dict[str, dict[str, str]] = {}
    for line in log.footer.space.lines:
        told.setdefault(line.method, {})[line.cut] = f"{line.exercised:,}/{line.open:,}"
    return [(method, *(cells.get(cut, "-") for cut in CUTS)) for method, cells in told.items()]


def missed_goals(log: Log) -> list[GoalLine]:
    """Return the goals that were not ruled out and that no run reached."""
    missed = {tally.goal for tally in log.footer.goals if not tally.runs}
    return [goal for goal in log.header.goals if goal.name in missed]


def goals_sentence(log: Log) -> str:
    """Return how many goals were reached, and which were missed. Empty for a log that has none."""
    tallies = log.footer.goals
    if not tallies:
        return ""
    missed = [tally.goal for tally in tallies if not tally.runs]
    told = f"{len(tallies) - len(missed)} of {len(tallies)} reached"
    return f"{told}; MISSED: {', '.join(missed)}" if missed else told


def by_dialect(method: MethodSafety) -> str:
    """Return a method's word under each dialect where they differ, else nothing."""
    return ", ".join(f"{told.dialect}: {told.retry}" for told in method.dialects)
