"""The exit codes of every command: a promise to scripts and CI."""

from __future__ import annotations

from enum import IntEnum


class Exit(IntEnum):
    """What a command's exit code says."""

    CONFORMANT = 0
    """Everything that ran was right, and something ran."""
    FINDINGS = 1
    """At least one finding at or above the level of `--fail-on`."""
    MISUSE = 2
    """The command, the configuration or the target was not usable; nothing was judged."""
    HARNESS = 3
    """tillproof itself failed. Not a statement about the target."""
    NO_VERDICT = 4
    """Nothing was exercised, the undisturbed run could not end, or a replay no longer reaches its fault."""
    INTERRUPTED = 130
    """Stopped from the keyboard."""
