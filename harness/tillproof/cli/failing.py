"""Errors as a person sees them: at most three lines, and the exit code."""

from __future__ import annotations

import difflib

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
        _line(f"error: tillproof itself failed: {type(error).__name__}: {error}"),
        "  seen: this says nothing about what you test",
        "  try: the same command with --debug, and report what it shows",
    ], Exit.HARNESS


def _misuse(error: click.ClickException) -> list[str]:
    lines = [_line(f"error: {error.message[:1].lower()}{error.message[1:]}".rstrip("."))]
    context = getattr(error, "ctx", None)
    path = context.command_path if isinstance(context, click.Context) else "tillproof"
    possible: list[str] = []
    if isinstance(error, click.NoSuchOption):
        lines = [_line(f"error: no option {error.option_name}")]
        possible = list(error.possibilities or ())
    elif isinstance(context, click.Context) and isinstance(context.command, click.Group) and context.args:
        known = context.command.list_commands(context)
        possible = difflib.get_close_matches(context.args[0], known, n=1)
        lines.append(f"  known: {', '.join(known)}")
    if isinstance(error, click.BadParameter | click.UsageError) and possible:
        return [*lines, f"  did you mean: {path} {possible[0]}"]
    return [*lines, f"  try: {path} --help"]


def _line(text: str) -> str:
    """Return the text as one harmless line of bounded length."""
    told = harmless(masked_text(" ".join(text.split("\n"))))
    return told if len(told) <= _LONGEST else told[: _LONGEST - 3] + "..."
