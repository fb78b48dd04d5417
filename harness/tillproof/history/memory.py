"""
What earlier campaigns found, in a file of one's own: replayed first next time.

JSON lines: a header, and a line for each finding with its replay token, the newest first. At most `MOST` are kept for each
target. The file may be missing; one that is something else is refused, never overwritten.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NoReturn

import msgspec

from tillproof.errors import Misuse
from tillproof.history.log_findings import Finding
from tillproof.history.whole import put

MOST = 200
"""Findings kept for each target; the oldest are forgotten."""

_HEADER = b'{"tillproof":"memory","format":1}'


class Remembered(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A finding of an earlier campaign: of which target, its id, its replay token, and what it said."""

    target: str
    id: str
    token: str
    sentence: str


def load(path: Path) -> tuple[Remembered, ...]:
    """Return what the file remembers; nothing if there is none. Raises `Misuse` for a file that is something else."""
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        return ()
    except OSError as error:
        raise Misuse(f"cannot read {path}", seen=str(error.strerror), type_="--memory with another file") from None
    first, *lines = raw.splitlines() or [b""]
    if first != _HEADER:
        _refuse(path, "its first line is another")
    try:
        return tuple(msgspec.json.decode(line, type=Remembered) for line in lines)
    except msgspec.DecodeError as error:
        _refuse(path, str(error))


def store(path: Path, target: str, findings: Sequence[Finding], before: Iterable[Remembered]) -> None:
    """
    Write what is to be remembered: these findings of the target, and what was remembered before.

    A finding that was remembered already is so by its newer run. Raises `Misuse` if the file cannot be written.
    """
    new = [Remembered(target=target, id=f.id, token=f.token, sentence=f.sentence) for f in findings]
    kept: dict[tuple[str, str], Remembered] = {}
    counts: Counter[str] = Counter()
    for entry in (*new, *before):
        if (entry.target, entry.id) not in kept and counts[entry.target] < MOST:
            kept[entry.target, entry.id] = entry
            counts[entry.target] += 1
    try:
        put(path, b"".join(line + b"\n" for line in (_HEADER, *map(msgspec.json.encode, kept.values()))))
    except OSError as error:
        raise Misuse(f"cannot write {path}", seen=str(error.strerror), type_="--memory with another file") from None


def _refuse(path: Path, seen: str) -> NoReturn:
    raise Misuse(f"{path} is no memory of tillproof's", seen=seen, type_="--memory with another file")
