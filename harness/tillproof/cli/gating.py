"""What `tillproof run` says of known failures, and the exit code that is left when they are taken out."""

from __future__ import annotations

from datetime import UTC, date, datetime

from tillproof.history.known import Gate
from tillproof.history.knownfile import KNOWN
from tillproof_reports.terminal.layout import counted, labelled


def today() -> date:
    """Return the day by which known failures are in date or have lapsed (UTC)."""
    return datetime.now(UTC).date()


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
