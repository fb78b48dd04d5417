"""The screen of `tillproof replay`: one run, step by step, with the three money columns."""

from __future__ import annotations

from enum import Enum

import msgspec

from tillproof.exits import Exit
from tillproof.history.events import RunKey
from tillproof.history.log_findings import Row
from tillproof.history.masking import harmless
from tillproof_reports.steps import Step, steps
from tillproof_reports.terminal.layout import WIDEST, paragraph


class Outcome(Enum):
    """How a replay ended: the word, what it means, and the exit code."""

    STILL_THERE = ("STILL THERE", "", Exit.FINDINGS)
    FIXED = ("FIXED", "the run passes all its rules", Exit.CONFORMANT)
    CHANGED = ("CHANGED", "the fault or turn of the recording is never reached", Exit.NO_VERDICT)
    NO_END = ("CHANGED", "the run does not come to its end any more", Exit.NO_VERDICT)

    @property
    def exit(self) -> Exit:
        """The command's exit code."""
        return self.value[2]


class Replayed(msgspec.Struct, frozen=True, kw_only=True):
    """A run made again: on which target, its rows, and how it ended. `handle` is what the person typed to see it."""

    handle: str
    target: str
    gateway: str | None
    run: RunKey
    currency: str
    rows: tuple[Row, ...]
    outcome: Outcome


def replay_screen(replayed: Replayed, *, full: bool = False, width: int = WIDEST) -> list[str]:
    """Return the run's lines: what matters to the story, or with `full` every step."""
    width, run = min(width, WIDEST), replayed.run
    where = f"{replayed.target} with {replayed.gateway}" if replayed.gateway else replayed.target
    title = f"{run.journey}   client {run.client}   dialect {run.dialect}   seed {run.seed}   {where}"
    legend = f"{replayed.currency.upper()}, captured - refunded; * changed here"
    plan = f"plan  {run.disturbed_by}"
    lines = [*paragraph(title, indent=0, width=width), *_two(harmless(plan), legend, width), ""]
    lines += _table(replayed, full=full, width=width)
    word, meaning, code = replayed.outcome.value
    ending = "   ".join(part for part in (word, meaning, f"exit {code.value}") if part)
    return [*lines, "", ending, *_more(replayed.handle, full=full, disturbed=not run.is_control)]


def _two(left: str, right: str, width: int) -> list[str]:
    gap = width - len(left) - len(right)
    return [left + " " * gap + right] if gap > 1 else [*paragraph(left, indent=0, width=width), right.rjust(width)]


def _more(handle: str, *, full: bool, disturbed: bool) -> list[str]:
    told = [] if full else [f"tillproof replay {handle} --full   every step"]
    told += [f"tillproof replay {handle} --no-fault   undisturbed"] if disturbed else []
    return [f"more  {line}" for line in told]


def _starred(step: Step) -> tuple[str, ...]:
    """Return the money cells of a step as printed, with `*` where they differ from the step before."""
    return tuple(cell + "*" * changed for cell, changed in zip(step.cells, step.changed, strict=True))


def _table(replayed: Replayed, *, full: bool, width: int) -> list[str]:
    told = list(steps(replayed.rows, replayed.currency))
    titles = ("gateway", "shop", "heard")
    wide = [max([len(title), *(len(_starred(step)[i]) for step in told)]) for i, title in enumerate(titles)]
    who = max(len(row.actor) for row in replayed.rows) if replayed.rows else 0
    room = width - 14 - sum(2 + w for w in wide) - (who + 1 if who else 0)
    point = min(room * 13 // 20, max((len(s.row.point) for s in told if full or s.tells), default=10))
    what = max(10, room - point - 2)

    def line(number: str, at: str, actor: str, where: str, said: str, money: tuple[str, ...]) -> str:
        ends = "".join(f"  {cell:<{w}}" for cell, w in zip(money, wide, strict=True))
        by = f"{_cut(actor, who):<{who}} " if who else ""
        return f"{number:>3}  {at:<8} {by}{_cut(where, point):<{point}}  {_cut(said, what):<{what}}{ends}".rstrip()

    lines = [line("#", "at", "who", "point", "what", titles)]
    passed: list[Row] = []
    for step in told:
        row = step.row
        if full or step.tells:
            lines += _passed_over(passed, width)
            passed = []
            lines.append(line(str(row.step), _at(row.at), row.actor, row.point, row.what, _starred(step)))
        elif not row.point.startswith("gateway."):
            passed.append(row)
        for mark in row.marks:
            lines += paragraph(mark, indent=2 if mark.startswith("<<") else 5, width=width)
    return [*lines, *_passed_over(passed, width)]


def _passed_over(rows: list[Row], width: int) -> list[str]:
    if not rows:
        return []
    first, last = rows[0].step, rows[-1].step
    names = list(dict.fromkeys(row.point.partition("#")[0] for row in rows if row.point))
    steps = f"{first} to {last}" if first != last else str(first)
    return [_cut(f"     {steps}: {', '.join(names)}", width)]


def _cut(text: str, width: int) -> str:
    text = harmless(text)
    return text if len(text) <= width else text[: width - 2] + ".."


def _at(seconds: float) -> str:
    """Write a time since the run's start: `00:31.5`, and past an hour `1d 02:03`."""
    minutes, rest = divmod(seconds, 60)
    if minutes < 60:  # noqa: PLR2004  (minutes in an hour)
        return f"{int(minutes):02d}:{rest:04.1f}"
    hours, minutes = divmod(int(minutes), 60)
    days, hours = divmod(hours, 24)
    return f"{days}d {hours:02d}:{minutes:02d}"
