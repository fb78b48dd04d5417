"""Foreign text in Markdown: prose that can mean nothing, or a code span in which nothing means anything."""

from __future__ import annotations

import re

from tillproof_reports.words import told

_PROSE = re.compile(r"(?!.*(?:www\.|_ | _|_$|/{2}))[A-Za-z][A-Za-z0-9 ,.;:?'()/%_-]*", re.ASCII)
_LONGEST = 400


def prose(text: str) -> str:
    """Return the text as it stands if no character of it can be markup, a mention or a link; else as a code span."""
    safe = told(text, _LONGEST)
    return safe if _PROSE.fullmatch(safe) else code(safe)


def code(text: str) -> str:
    """Return the text as a code span. Its fence is longer than any run of backticks inside, and `|` splits no table cell."""
    safe = told(text, _LONGEST)
    if not safe.strip():
        return "-"
    fence = "`" * (1 + max(map(len, re.findall("`+", safe)), default=0))
    edge = " " if safe.startswith("`") or safe.endswith("`") or (safe[0] == " " and safe[-1] == " ") else ""
    return f"{fence}{edge}{safe}{edge}{fence}"


def in_cell(markdown: str) -> str:
    """Return inline Markdown as it must stand in a table's cell."""
    return markdown.replace("|", "\\|")
