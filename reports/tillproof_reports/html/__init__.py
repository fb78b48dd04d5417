"""
One page for people, self-contained: it opens from disk, without a network, in light and dark, on a phone and on paper.

What must be read works without JavaScript. Runs travel as compact JSON and are listed when a cell is opened.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from tillproof.domain.seed import SENTENCES
from tillproof.history.coverage import CUTS
from tillproof.history.lanes import told_runs
from tillproof.history.log_header import RuleLine
from tillproof_reports.html.findings import Told
from tillproof_reports.html.parts import Part, methods, overall, part, rules
from tillproof_reports.html.runs import runs_json
from tillproof_reports.html.summary import Summary
from tillproof_reports.matrix import SIGNS, UNDISTURBED, Board, Outcome, outcomes, worst
from tillproof_reports.rulebook import LEVELS, counted_levels, families
from tillproof_reports.source import Source
from tillproof_reports.words import counted, told

__all__ = ["Board", "Part", "Summary", "Told", "render", "rulebook"]

_POLICY = "default-src 'none'; style-src '{style}'; script-src '{script}'; base-uri 'none'; form-action 'none'"
_CLASSES: dict[Outcome, str] = {outcome: outcome.name.lower().replace("_", "-") for outcome in Outcome}
_QUIET = frozenset({Outcome.RIGHT, Outcome.REFUSED, Outcome.NOT_REACHED})
"""Outcomes nobody needs to look at: their cells show no count, and a narrow page leaves them out."""


_TONES = {"safe": "good", "UNSAFE": "bad", "at most once": "warn", "not exercised": "unsure"}
_MARKS = {"safe": "✓", "UNSAFE": "✗", "at most once": "!", "not exercised": "?"}


def render(source: Source, to: Path) -> bytes:
    """Return the page in UTF-8. Its content security policy permits its own style and script and nothing else."""
    del to
    ends = [outcomes(tuple(told_runs(of.log))) for of in source.targets]
    alone = not source.beside
    parts = [part(of, told, n, alone=alone) for n, (of, told) in enumerate(zip(source.targets, ends, strict=True))]
    style, script = _asset("style.css"), _asset("script.js")
    page = _environment().get_template("page.html")
    runs = ",".join(runs_json(of.log, told) for of, told in zip(source.targets, ends, strict=True))
    content = page.render(
        parts=parts,
        several=not alone,
        overall=overall(parts),
        methods=methods(parts),
        rules=rules(parts),
        sentences=SENTENCES,
        style=Markup(style),  # noqa: S704 - our own file
        script=Markup(script),  # noqa: S704 - our own file
        policy=_POLICY.format(style=_hash(style), script=_hash(script)),
        runs=Markup(f"[{runs}]"),  # noqa: S704 - escaped there
        signs=SIGNS,
        classes=_CLASSES,
        quiet=_QUIET,
        undisturbed=UNDISTURBED,
        worst=worst,
        counted=counted,
        cuts=CUTS,
        tones=_TONES,
        marks=_MARKS,
    )
    return content.encode()


def rulebook(rules: Sequence[RuleLine], version: str) -> bytes:
    """Return the reference page of all rules, self-contained as the report is."""
    style = _asset("style.css")
    page = _environment().get_template("rulebook.html")
    content = page.render(
        families=families(rules),
        counted=counted_levels(rules),
        levels=LEVELS,
        version=version,
        style=Markup(style),  # noqa: S704 - our own file
        policy=_POLICY.format(style=_hash(style), script="none"),
    )
    return content.encode()


def _environment() -> Environment:
    """Return an environment in which every value is escaped and no text can hold control characters."""
    return Environment(
        loader=PackageLoader("tillproof_reports", "html/templates"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_harmless,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _harmless(value: object) -> object:
    return told(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _asset(name: str) -> str:
    return files("tillproof_reports.html").joinpath("templates", name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
