"""The rows of a timeline with what every telling of them needs: who speaks to whom, what changed, what can be left out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import IntEnum

import msgspec

from tillproof.history.log_findings import Row
from tillproof_reports.money import money_cell

_ACTS = ("client.complete", "client.capture", "client.refund", "client.cancel")
"""The client's calls that are always shown: they are what the story is about."""

FAULT, WRONG, FIRST_WRONG = "FAULT", "<<", "<< FIRST WRONG MOMENT"
"""How the marks of a row begin that are more than a remark."""


class Lane(IntEnum):
    """The five parties of a run, from left to right."""

    CLIENT = 0
    BACKEND = 1
    DATABASE = 2
    PROCESSOR = 3
    GATEWAY = 4


_ENDS: dict[str, tuple[Lane, Lane]] = {
    "client": (Lane.CLIENT, Lane.BACKEND),
    "commit": (Lane.BACKEND, Lane.DATABASE),
    "processor": (Lane.BACKEND, Lane.PROCESSOR),
    "gateway": (Lane.PROCESSOR, Lane.GATEWAY),
    "webhook": (Lane.GATEWAY, Lane.BACKEND),
}
_AT_THE_PAGE = (Lane.CLIENT, Lane.GATEWAY)


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """
    One row of a timeline, told.

    `answers`: it goes back from `to` to `since`. The money cells are texts, `changed` says for each of them whether it
    differs from the row before. `tells`: the story needs this row.
    """

    row: Row
    since: Lane
    to: Lane
    answers: bool
    cells: tuple[str, str, str]
    changed: tuple[bool, bool, bool]
    tells: bool


def steps(rows: Sequence[Row], currency: str) -> Iterator[Step]:
    """Tell the rows of a timeline, all of them, in order."""
    asked: set[str] = set()
    before = ("-", "-", "")
    for row in rows:
        now = (money_cell(row.gateway, currency), money_cell(row.shop, currency), row.heard)
        waits = row.heard in {"", "..."}
        changed = (now[0] != before[0], now[1] != before[1], not waits and now[2] != before[2])
        before = now
        seam = row.point.partition(".")[0]
        since, to = _ENDS.get(seam, _AT_THE_PAGE)
        answers = seam in _ENDS and row.point in asked
        asked.add(row.point)
        tells = seam != "gateway" and (bool(row.marks) or row.point.startswith(_ACTS) or changed[0] or changed[1])
        cells = (now[0], now[1], now[2] or "-")
        yield Step(row=row, since=since, to=to, answers=answers, cells=cells, changed=changed, tells=tells)
