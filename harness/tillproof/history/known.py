"""
Known failures: findings that somebody has accepted, why, and until which day; and what that makes of a log's exit code.

The log keeps every finding: what is accepted is decided outside it, so that logs stay the same byte for byte.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import msgspec

from tillproof.exits import Exit
from tillproof.history.findings import at_or_above
from tillproof.history.log import Log
from tillproof.history.log_findings import Finding
from tillproof.history.verdicts import Level


class Known(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    One accepted finding: why, and the last day (UTC) on which it is.

    `journey`, `dialect`, `plan` and `schedule` are those of its smallest run: only a campaign that could have seen it again
    may say that it is gone. `sentence` is for the reader of the file.
    """

    id: str
    target: str
    sentence: str
    reason: str
    until: date
    journey: str
    dialect: str
    plan: str = ""
    schedule: str = ""


class Gate(msgspec.Struct, frozen=True, kw_only=True):
    """
    What blocks, once the accepted findings are taken out.

    `accepted` are in the log and in date, `lapsed` in the log and past their date, so that they count again; `gone` are no
    longer in the log although the campaign would have seen them. `blocking` are the findings that fail the command.
    """

    exit: int
    blocking: tuple[Finding, ...] = ()
    accepted: tuple[Known, ...] = ()
    lapsed: tuple[Known, ...] = ()
    gone: tuple[Known, ...] = ()


def accept(log: Log, finding: Finding, *, reason: str, until: date) -> Known:
    """Return the entry that accepts a finding of the log."""
    return Known(
        id=finding.id,
        target=log.header.target.name,
        sentence=finding.sentence,
        reason=reason,
        until=until,
        journey=finding.run.journey,
        dialect=finding.run.dialect,
        plan=finding.run.plan,
        schedule=finding.run.schedule,
    )


def gate(log: Log, entries: Sequence[Known], today: date, new: Sequence[Finding] | None = None) -> Gate:
    """
    Decide what blocks, on the day `today` (UTC): of all findings, or of those that are `new` since a baseline.

    Exit 1 for a finding at or above the level that fails and for an entry whose finding is gone; 4 where runs could not end;
    else 0, although accepted findings are left.
    """
    seen = {finding.id for finding in log.findings}
    mine = [entry for entry in entries if entry.target == log.header.target.name]
    accepted = tuple(entry for entry in mine if entry.id in seen and entry.until >= today)
    taken = {entry.id for entry in accepted}
    counting = at_or_above(log.findings if new is None else new, log.header.choices.fail_on)
    blocking = tuple(finding for finding in counting if finding.id not in taken)
    gone = tuple(entry for entry in mine if entry.id not in seen and _would_see(log, entry))
    return Gate(
        exit=_exit(log, blocked=bool(blocking or gone)),
        blocking=blocking,
        accepted=accepted,
        lapsed=tuple(entry for entry in mine if entry.id in seen and entry.until < today),
        gone=gone,
    )


def _exit(log: Log, *, blocked: bool) -> int:
    if blocked:
        return int(Exit.FINDINGS)
    if log.footer.exit != Exit.FINDINGS:
        return log.footer.exit
    return int(Exit.NO_VERDICT if log.footer.counts.errored else Exit.CONFORMANT)


def _would_see(log: Log, entry: Known) -> bool:
    """Whether the campaign made the runs in which the finding was seen, and asked every rule of them."""
    choices = log.header.choices
    return (
        choices.rules == ("*",)
        and choices.level is Level.SHOULD
        and (not (entry.plan or entry.schedule) or choices.depth != "none")
        and entry.dialect in log.header.dialects
        and any(j.name == entry.journey and not j.skipped for j in log.header.journeys)
        and not log.footer.counts.errored
    )
