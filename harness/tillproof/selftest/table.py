"""The table of liars and the rules that catch them, as Markdown between two markers of a page."""

from __future__ import annotations

from pathlib import Path

from tillproof.errors import Misuse
from tillproof.rules.registry import RULES
from tillproof.selftest.rows import ROWS

BEGINS, ENDS = "<!-- liars: written by `tillproof selftest --write` -->", "<!-- liars end -->"
"""What stands before the table and after it."""


def table() -> str:
    """Return the table: a row for each liar, with the rules that must each catch it and what it rebuilds."""
    order = {rule.id: number for number, rule in enumerate(RULES)}
    lines = ["| liar | caught by | mutant | failures rebuilt |", "|---|---|---|---|"]
    for row in ROWS:
        rules = " ".join(sorted(row.caught_by, key=lambda id_: order[id_]))
        lines.append(f"| `{row.name}` | {rules} | {row.mutant or ''} | {' '.join(row.failures)} |")
    return "\n".join(lines)


def within(page: str) -> str | None:
    """Return the table that stands between the page's markers, or None where it has none."""
    before, begins, rest = page.partition(BEGINS)
    found, ends, _ = rest.partition(ENDS)
    del before
    return found.strip() if begins and ends else None


def write(path: Path) -> bool:
    """Put the table between the page's markers, and tell whether that changed the page. Raises `Misuse`."""
    try:
        page = path.read_text(encoding="utf-8")
        if within(page) is None:
            raise Misuse(f"{path} has no place for the table", seen="no line of its own says", type_=f"add {BEGINS} {ENDS}")
        before, _, rest = page.partition(BEGINS)
        _, _, after = rest.partition(ENDS)
        renewed = f"{before}{BEGINS}\n\n{table()}\n\n{ENDS}{after}"
        if renewed != page:
            path.write_text(renewed, encoding="utf-8")
    except OSError as error:
        raise Misuse(f"cannot write {path}", seen=str(error.strerror), type_="name a page that is there") from None
    return renewed != page
