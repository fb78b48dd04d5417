"""Errors as a person sees them: at most three lines, and the exit code."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence

import click

from tillproof.errors import TillproofError
from tillproof.exits import Exit
from tillproof.history.masking import harmless, masked_text

_LONGEST = 300


def failure_lines(error: Exception) -> tuple[list[str], Exit]:
    """Return what to print for an error that ended a command, and the code to exit with."""
    if isinstance(error, TillproofError):
        return [_line(line) for line in error.lines()], error.exit
    if isinstance(error, click.ClickException):
        return _misuse(error), Exit.MISUSE
    return [
        _line(f"error: tillproof itself failed: {type(error).__name__}: {masked_text(str(error))}"),
        "  seen: this says nothing about what you test",
        "  try: the same command with --debug, and report what it shows",
    ], Exit.HARNESS


def _misuse(error: click.ClickException) -> list[str]:
    """Say what click found wrong in three lines of ours."""
    context = error.ctx if isinstance(error, click.UsageError) else None
    path = context.command_path if context is not None else "tillproof"
    wrong = " ".join(error.format_message().split()).rstrip(".")
    lines = [_line(f"error: {wrong[:1].lower()}{wrong[1:]}")]
    possible: Sequence[str] = ()
    if isinstance(error, click.NoSuchOption):
        lines, possible = [_line(f"error: no option {error.option_name}")], error.possibilities or ()
    elif context is not None and isinstance(context.command, click.Group):
        known = context.command.list_commands(context)
        lines.append(f"  known: {', '.join(known)}")
        named = re.search(r"'([^']*)'", error.message)
        possible = difflib.get_close_matches(named[1] if named else "", known, n=1)
    return [*lines, f"  did you mean: {path} {possible[0]}" if possible else f"  try: {path} --help"]


def _line(text: str) -> str:
    """Return the text as one harmless line of bounded length."""
    told = harmless(" ".join(text.splitlines()))
    return told if len(told) <= _LONGEST else told[: _LONGEST - 3] + "..."
