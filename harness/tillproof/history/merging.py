"""
Shards of one campaign put together.

A campaign's lanes (a journey with a client under a dialect) are dealt out in turn: lane `i` of all goes to shard `i mod n`.
So the lanes of the shards, taken in turn, are the campaign's in its own order, and the footer is counted anew from its
runs: the merged log is the one an undivided campaign would have written, byte for byte.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, zip_longest

from msgspec.structs import replace

from tillproof.errors import BrokenLog, Misuse
from tillproof.history.findings import Cause, identity
from tillproof.history.footer import Tally
from tillproof.history.lanes import Lane, lane_of, lanes
from tillproof.history.log import Log
from tillproof.history.log_findings import Finding
from tillproof.history.log_header import Header
from tillproof.history.verdicts import Level

_SHARD = re.compile(r"([1-9]\d{0,3})/([1-9]\d{0,3})")
_EXAMPLE = "tillproof run --processor NAME --shard 1/4"


def read_shard(text: str) -> tuple[int, int]:
    """Return which shard of how many `2/4` means, counted from 1. Raises `Misuse` for anything else."""
    found = _SHARD.fullmatch(text)
    number, of = (int(found[1]), int(found[2])) if found else (0, 0)
    if not 1 <= number <= of:
        raise Misuse(f"not a shard: {text!r}", seen="a shard is written NUMBER/OF, 1/4 to 4/4", type_=_EXAMPLE)
    return number, of


def merged(shards: Sequence[tuple[str, Log]]) -> Log:
    """
    Return the whole log of shards, each given with the name it is told by.

    Raises `Misuse` for logs that are no shards, are of different campaigns, overlap, or leave a gap.
    """
    ordered = _ordered(shards)
    header = replace(ordered[0][1].header, shard="")
    dealt = [(name, list(lanes(log))) for name, log in ordered]
    _check_dealing(dealt)
    whole = list(_in_turn([told for _, told in dealt]))
    tally = Tally(header)
    tally.add_all(whole)
    known = [finding for _, log in ordered for finding in log.findings]
    findings = tuple(_told(header, cause, known) for cause in tally.causes())
    return Log(
        header=header,
        runs=tuple(chain.from_iterable(lane.runs for lane in whole)),
        findings=findings,
        footer=tally.footer(findings),
        seconds=tuple(chain.from_iterable(lane.seconds for lane in whole)),
    )


def _ordered(shards: Sequence[tuple[str, Log]]) -> list[tuple[str, Log]]:
    """Return the shards by number, once it is sure that they are the shards of one campaign, each there once."""
    first_name, first = shards[0]
    by_number: dict[int, tuple[str, Log]] = {}
    of = 0
    for name, log in shards:
        if not log.header.shard:
            raise Misuse(f"{name} is no shard", seen="it holds a whole campaign", type_=_EXAMPLE)
        number, of_this = read_shard(log.header.shard)
        of = of or of_this
        if of_this != of or replace(log.header, shard="") != replace(first.header, shard=""):
            seen = f"{first_name} and {name} differ in {_different(first.header, log.header)}"
            raise Misuse("the logs are not of one campaign", seen=seen, type_="run every shard with the same options")
        if number in by_number:
            seen = f"{by_number[number][0]} and {name} are both shard {log.header.shard}"
            raise Misuse("two logs overlap", seen=seen, type_="give each shard once")
        by_number[number] = (name, log)
    missing = [f"{number}/{of}" for number in range(1, of + 1) if number not in by_number]
    if missing:
        raise Misuse("a shard is missing", seen=f"none of the logs is {', '.join(missing)}", type_=_EXAMPLE)
    return [by_number[number] for number in range(1, of + 1)]


def _different(one: Header, other: Header) -> str:
    fields = Header.__struct_fields__
    named = [name for name in fields if name != "shard" and getattr(one, name) != getattr(other, name)]
    return ", ".join(named) or f"the number of shards ({one.shard} and {other.shard})"


def _check_dealing(dealt: Sequence[tuple[str, Sequence[Lane]]]) -> None:
    """Refuse shards whose lanes cannot have been dealt out in turn, or that hold the same lane twice."""
    counts = [len(told) for _, told in dealt]
    if counts != sorted(counts, reverse=True) or counts[0] - counts[-1] > 1:
        seen = ", ".join(f"{name}: {count} lanes" for (name, _), count in zip(dealt, counts, strict=True))
        raise BrokenLog("runs are missing", seen=seen, type_="run the smaller shards again")
    owner: dict[tuple[str, str, str], str] = {}
    for name, told in dealt:
        for lane in told:
            key = lane_of(lane.runs[0].run)
            if key in owner:
                seen = f"{owner[key]} and {name} both hold {' '.join(key)}"
                raise BrokenLog("two logs overlap", seen=seen, type_="run every shard again with the same tillproof")
            owner[key] = name


def _in_turn(shards: Sequence[Sequence[Lane]]) -> Iterator[Lane]:
    for row in zip_longest(*shards):
        yield from (lane for lane in row if lane is not None)


def _told(header: Header, cause: Cause, known: Iterable[Finding]) -> Finding:
    """
    Tell a cause with the story the shard told that has its smallest run.

    A shard takes no cause in under another, so the story is always there.
    """
    id_ = identity(header.target.name, cause.harm, cause.method)
    found = next((f for f in known if f.id == id_ and f.run == cause.smallest.run), None)
    if found is None:
        raise BrokenLog(
            f"no shard tells finding {id_}", seen="its runs are there, its story is not", type_="run the shards again"
        )
    broken = [header.rule(rule) for rule in cause.rules]
    return replace(
        found,
        level=Level.MUST if any(rule.level is Level.MUST for rule in broken) else Level.SHOULD,
        rules=cause.rules,
        runs=cause.runs,
        of=cause.of,
        dialects=cause.dialects,
    )
