"""What `tillproof run` says of known failures, and the exit code that is left when they are taken out."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from tillproof.history.compare import Comparison
from tillproof.history.known import Gate, gate
from tillproof.history.knownfile import KNOWN, read_known
from tillproof.history.log import Log
from tillproof_reports.terminal.layout import counted, labelled


def gated(log: Log, compared: Comparison | None) -> Gate | None:
    """Return what the known failures make of a log, by today's date; None where none of them is about its target."""
    entries = [entry for entry in read_known(Path()) if entry.target == log.header.target.name]
    if not entries:
        return None
    return gate(log, entries, datetime.now(UTC).date(), compared.new if compared else None)


def known_lines(decided: Gate, width: int) -> list[str]:
    """Return what is said below the report, with the exit code that counts."""
    told = [
        *((f"known   {entry.id}", f"until {entry.until}: {entry.reason}") for entry in decided.accepted),
        *((f"lapsed  {entry.id}", f"was accepted until {entry.until}: {entry.reason}") for entry in decided.lapsed),
        *((f"gone    {entry.id}", f"no longer seen: remove it from {KNOWN}") for entry in decided.gone),
    ]
    lines = [line for label, text in told for line in labelled(label, text, indent=0, column=18, width=width)]
    count = len(decided.blocking)
    left = f"{counted(count, 'finding')} that {'counts' if count == 1 else 'count'}, {len(decided.accepted)} known"
    if decided.gone:
        left += f", {len(decided.gone)} gone"
    return [*lines, f"exit {decided.exit}  ({left})"]
