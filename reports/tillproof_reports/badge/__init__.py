"""A badge: an SVG, or the JSON that shields.io takes, where the path ends in `.json`."""

from __future__ import annotations

from html import escape
from pathlib import Path

import msgspec

from tillproof.history.log_footer import Overall
from tillproof_reports.source import Source
from tillproof_reports.words import counted, is_untried, worst_verdict

_LABEL = "tillproof"
_COLOURS: dict[Overall, tuple[str, str]] = {
    Overall.SAFE: ("brightgreen", "#1e6b35"),
    Overall.NOT_SAFE: ("red", "#a3261f"),
    Overall.NO_VERDICT: ("lightgrey", "#565656"),
}
"""As shields names it, and a shade that white text can be read on."""

_LETTER = 7  # pixels; an average at this size, which is all a badge needs


def render(source: Source, to: Path) -> bytes:
    """Return the badge. Nothing foreign is on it: not even the target's name."""
    logs = [of.log for of in source.targets]
    verdict = worst_verdict(log.footer.verdict for log in logs)
    told, (name, shade) = _message(verdict, sum(log.footer.counts.findings for log in logs)), _COLOURS[verdict]
    if verdict is Overall.SAFE and any(map(is_untried, logs)):
        told, (name, shade) = "nothing wrong, nothing tried", _COLOURS[Overall.NO_VERDICT]
    if to.suffix == ".json":
        return msgspec.json.encode({"schemaVersion": 1, "label": _LABEL, "message": told, "color": name}) + b"\n"
    return _svg(told, shade).encode()


def _message(verdict: Overall, findings: int) -> str:
    match verdict:
        case Overall.SAFE:
            return "safe to retry"
        case Overall.NOT_SAFE:
            return f"not safe: {counted(findings, 'finding')}"
        case Overall.NO_VERDICT:
            return "no verdict"


def _svg(told: str, shade: str) -> str:
    left, right = len(_LABEL) * _LETTER + 12, len(told) * _LETTER + 12
    whole = escape(f"{_LABEL}: {told}")
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{left + right}" height="20" role="img" aria-label="{whole}">'
        f"<title>{whole}</title>"
        f'<rect width="{left}" height="20" fill="#333"/><rect x="{left}" width="{right}" height="20" fill="{shade}"/>'
        f'<g fill="#fff" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11" text-anchor="middle">'
        f'<text x="{left / 2:g}" y="14">{_LABEL}</text>'
        f'<text x="{left + right / 2:g}" y="14">{escape(told)}</text></g></svg>\n'
    )
