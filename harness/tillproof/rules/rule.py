"""What a rule is: a pure question to a run's story, with everything a person needs to know about it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from inspect import cleandoc

import msgspec

from tillproof.history.story import Story
from tillproof.history.verdicts import Breach, Level

Check = Callable[[Story], Iterable[Breach] | None]
"""Asks the story. None: the rule's precondition did not hold in this run. Empty: it held, and so did the rule."""


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """
    One rule: id, level, the seed's sentences and the failures it comes from (their numbers), and its question.

    `needs`: capabilities of the processor under test without which it is skipped. `witnesses`: which of G, C, B, H it
    asks. `text` is the whole rule, `why` what is at stake in plain language, `mend` how to put it right.
    """

    id: str
    level: Level
    seed: tuple[str, ...]
    failures: tuple[str, ...]
    needs: tuple[str, ...]
    witnesses: str
    title: str
    text: str
    why: str
    mend: str
    check: Check


def rule(
    id_: str,
    level: Level,
    *,
    seed: str,
    failures: str,
    witnesses: str,
    title: str,
    why: str,
    mend: str,
    needs: str = "",
) -> Callable[[Check], Rule]:
    """Make a rule of a check; the rule's text is the check's docstring. Lists are given as words in one string."""

    def made(check: Check) -> Rule:
        return Rule(
            id=id_,
            level=level,
            seed=tuple(seed.split()),
            failures=tuple(failures.split()),
            needs=tuple(needs.split()),
            witnesses=witnesses,
            title=title,
            text=cleandoc(check.__doc__ or ""),
            why=why,
            mend=mend,
            check=check,
        )

    return made
