"""
From thousands of judged runs to a few findings: one cause, one finding.

All breaches of one run have one cause; runs with the same harm at the same method have the same. A lesser harm at a method
that breaks no rule the worse one does not break as well is the same cause seen from further away, and is taken in; so is
unsafe practice at a method that does worse and breaks one of the same rules.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from tillproof.history.events import History
from tillproof.history.evidence import CARRY_IT_ON, SAY_UNKNOWN, keys_at_the_gateway, raised
from tillproof.history.harms import Difference, difference, sentence
from tillproof.history.log_findings import Finding
from tillproof.history.log_header import Header
from tillproof.history.log_runs import RunResult, RunVerdict, Worst
from tillproof.history.summary import primary
from tillproof.history.timeline import timeline
from tillproof.history.tokens import token
from tillproof.history.verdicts import Harm, Level

_HARMS = tuple(Harm)
_DOUBLED = {Difference.TAKEN_MORE, Difference.PAID_BACK_MORE, Difference.HELD_MORE, Difference.UNSAFE}


class Cause(msgspec.Struct, frozen=True, kw_only=True):
    """Runs that broke rules for one reason. `rules` and `dialects` are in the header's order; `smallest` shows it best."""

    harm: Harm
    method: str | None
    rules: tuple[str, ...]
    dialects: tuple[str, ...]
    runs: int
    of: int
    smallest: RunResult


class Group:
    """What is remembered of one harm at one method while runs come in."""

    def __init__(self, first: RunResult) -> None:
        """Begin with no run counted, and this one as the smallest seen."""
        self.smallest = first
        self.runs = 0
        self.rules: set[str] = set()
        self.dialects: set[str] = set()

    def add(self, result: RunResult, runs: int = 1, rules: Iterable[str] = ()) -> None:
        """Count a run, or so many that broke these rules and of which it is the smallest."""
        self.runs += runs
        self.rules.update(rules or (breach.rule for breach in result.breaches))
        self.dialects.add(result.run.dialect)
        if _size(result) < _size(self.smallest):
            self.smallest = result

    def take_in(self, other: Group) -> None:
        """Count another's runs as well."""
        self.runs += other.runs
        self.rules |= other.rules
        self.dialects |= other.dialects


def _is_seen_again(harm: Harm, group: Group, worse: Group) -> bool:
    """Tell whether a lesser harm has the cause of a worse one at the same method."""
    return group.rules <= worse.rules or (harm is Harm.UNSAFE and not group.rules.isdisjoint(worse.rules))


def _size(result: RunResult) -> tuple[int, int, int]:
    """The fewest faults are smallest, then the fewest turns out of order, then events; of equals the first seen stays."""
    return _parts(result.run.plan), _parts(result.run.schedule), result.events


def _parts(text: str) -> int:
    return text.count(" + ") + 1 if text else 0


class Grouping:
    """Groups failed runs by cause as they come in. Memory grows with the causes, not with the runs."""

    def __init__(self) -> None:
        """Begin with no run seen."""
        self._groups: dict[tuple[Harm, str | None], Group] = {}

    def add(self, result: RunResult) -> None:
        """Take one run in; only failed ones matter."""
        if result.verdict is RunVerdict.FAILED and result.harm is not None:
            self._groups.setdefault((result.harm, result.method), Group(result)).add(result)

    def add_worst(self, worst: Worst) -> None:
        """Take many runs in that ended alike."""
        smallest = worst.smallest
        if smallest.harm is not None:
            group = self._groups.setdefault((smallest.harm, smallest.method), Group(smallest))
            group.add(smallest, worst.runs, worst.rules)

    def causes(self, header: Header, called: Mapping[str, int], judged: int) -> tuple[Cause, ...]:
        """Return the causes, worst harm first. `called`: in how many runs each method was; `judged`: how many runs."""
        kept: dict[tuple[Harm, str | None], Group] = {}
        for key in sorted(self._groups, key=lambda k: (_HARMS.index(k[0]), k[1] or "")):
            group, method = self._groups[key], key[1]
            worse = (g for (_, m), g in kept.items() if m == method and _is_seen_again(key[0], group, g))
            into = None if header.shard else next(worse, None)  # which is worse is only known when all shards are there
            if into is None:
                kept[key] = group
            else:
                into.take_in(group)
        return tuple(
            Cause(
                harm=harm,
                method=method,
                rules=tuple(rule.id for rule in header.rules if rule.id in group.rules),
                dialects=tuple(d for d in header.dialects if d in group.dialects),
                runs=group.runs,
                of=judged if method is None else called.get(method, group.runs),
                smallest=group.smallest,
            )
            for (harm, method), group in kept.items()
        )


def identity(target: str, harm: Harm, method: str | None) -> str:
    """Return a finding's id: the same for the same harm at the same method of the same target, whatever the plan."""
    text = "\n".join((target, harm.name, method or ""))
    return "F-" + hashlib.blake2b(text.encode(), digest_size=3).hexdigest()


def finding(header: Header, cause: Cause, history: History, says: Mapping[str, str]) -> Finding:
    """
    Tell a cause as a finding. `history` is that of `cause.smallest.run`, made again; `says` explains each kind of fault.

    The guilty party is at first what was tested, as if everything else in the run were the reference and right; swapping
    the parts (`explore/blame.py`) may tell more.
    """
    smallest = cause.smallest
    first = primary(smallest.breaches)
    what = difference(smallest.money, (b.rule for b in smallest.breaches))
    why, mend = first.says, header.rule(first.rule).mend
    if threw := raised(history.events, cause.method):
        why, mend = threw, SAY_UNKNOWN
    elif what in _DOUBLED and (keys := keys_at_the_gateway(history.events, cause.method)):
        why, mend = keys, CARRY_IT_ON
    broken = [header.rule(id_) for id_ in cause.rules]
    return Finding(
        id=identity(header.target.name, cause.harm, cause.method),
        harm=cause.harm,
        level=Level.MUST if any(rule.level is Level.MUST for rule in broken) else Level.SHOULD,
        guilty=f"the {header.target.kind}",
        method=cause.method,
        sentence=sentence(cause.method, what, smallest.run.plan, smallest.run.schedule),
        why=why,
        mend=mend,
        rules=cause.rules,
        runs=cause.runs,
        of=cause.of,
        dialects=cause.dialects,
        run=smallest.run,
        token=token(smallest.run),
        money=smallest.money,
        timeline=timeline(history, smallest.breaches, says),
    )


def at_or_above(findings: Iterable[Finding], level: Level) -> Sequence[Finding]:
    """Return the findings that fail a command told to fail on this level."""
    return [f for f in findings if level is Level.SHOULD or f.level is Level.MUST]
