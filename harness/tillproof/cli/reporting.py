"""`KIND=PATH`, as `tillproof run --report` and `tillproof report --to` take it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from tillproof.errors import Misuse
from tillproof.history.logfile import check_writable
from tillproof.suggestions import unknown
from tillproof_reports import KINDS, ONE_TARGET, load, write
from tillproof_reports.source import Source

Wanted = tuple[str, Path]
"""A kind of report, and where it goes."""


def wanted(texts: Iterable[str]) -> list[Wanted]:
    """Return what was asked for. Raises `Misuse` for what is none, cannot be made here, or cannot be written."""
    return [_wanted(text) for text in texts]


def _wanted(text: str) -> Wanted:
    kind, separator, path = text.partition("=")
    if not separator or not path:
        raise Misuse(f"not a report: {text!r}", seen="a report is written KIND=PATH", type_="--report json=report.jsonl")
    if kind not in KINDS:
        raise unknown("kind of report", kind, KINDS, list_with="tillproof report --help")
    check_writable(Path(path))
    load(kind)
    return kind, Path(path)


def check_several(reports: Iterable[Wanted], targets: Sequence[str]) -> None:
    """Raise `Misuse` for a report that cannot hold several targets. Asked before hours of work, not after."""
    for kind, _ in reports:
        if kind in ONE_TARGET and len(targets) > 1:
            seen = f"{kind} of {', '.join(targets)}"
            raise Misuse("one such report cannot hold several targets", seen=seen, type_="make it of one log at a time")


def write_all(reports: Iterable[Wanted], made_from: Source) -> None:
    """Write every report that was asked for."""
    for kind, to in reports:
        write(kind, made_from, to)
