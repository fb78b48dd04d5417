"""
Errors, one tree.

    TillproofError              never raised itself
    ├── Misuse                  yours: a name, option, file or target that cannot be used     exit 2
    │   └── BrokenLog           a report log that is cut short, foreign, or of another version
    ├── NoVerdict               nobody's: nothing could be judged                             exit 4
    └── HarnessFault            ours: tillproof contradicts itself                            exit 3

Findings about a target are not errors: they are values, in the report log.
"""

from __future__ import annotations

from tillproof.exits import Exit


class TillproofError(Exception):
    """
    What is wrong, what was seen, and what to type: at most three lines for the person in front of it.

    Each line is one sentence; `seen` and `type_` may be left out.
    """

    exit = Exit.HARNESS

    def __init__(self, wrong: str, *, seen: str = "", type_: str = "") -> None:
        """Say what is wrong, what was seen, and what to type."""
        super().__init__(wrong)
        self.wrong = wrong
        self.seen = seen
        self.type = type_

    def __reduce__(self) -> tuple[object, ...]:
        """Travel between processes whole: worker processes raise these too."""
        return _arrived, (type(self), self.wrong, self.seen, self.type)

    def lines(self) -> list[str]:
        """Return the message as it is printed."""
        told = [f"error: {self.wrong}"]
        told += [f"  seen: {self.seen}"] if self.seen else []
        told += [f"  try: {self.type}"] if self.type else []
        return told


def _arrived(kind: type[TillproofError], wrong: str, seen: str, type_: str) -> TillproofError:
    error = kind.__new__(kind)
    TillproofError.__init__(error, wrong, seen=seen, type_=type_)
    return error


class Misuse(TillproofError):
    """Something the person typed or pointed at cannot be used. Nothing was judged."""

    exit = Exit.MISUSE


class BrokenLog(Misuse):
    """A report log that must not be read as whole: no footer, a foreign line, another version."""


class NoVerdict(TillproofError):
    """Nothing was exercised, or the undisturbed run could not end."""

    exit = Exit.NO_VERDICT


class HarnessFault(TillproofError):
    """tillproof contradicts itself. Never a statement about the target."""

    exit = Exit.HARNESS
