"""The reference of all rules, made of the declarations that judge the runs."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from tillproof.campaign.header import rule_line
from tillproof.cli import main
from tillproof.domain.seed import SENTENCES
from tillproof.exits import Exit
from tillproof.rules.registry import RULES
from tillproof_reports.rulebook import FAMILIES, families


@pytest.fixture
def pages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Both pages, written by the command, as text."""
    monkeypatch.chdir(tmp_path)
    for kind in ("markdown", "html"):
        assert main(["explain", "--all", "--to", f"{kind}=rules.{kind}"]) == Exit.CONFORMANT
    return {kind: (tmp_path / f"rules.{kind}").read_text() for kind in ("markdown", "html")}


@pytest.mark.parametrize("kind", ["markdown", "html"])
def test_every_rule_is_told_whole(kind: str, pages: dict[str, str]) -> None:
    """Each rule has its title, level, text, why, mend, the architecture's sentences and the failures it comes from."""
    text = unescape(re.sub(r"<[^>]+>", " ", pages[kind])) if kind == "html" else pages[kind]
    told = " ".join(text.split())
    for rule in RULES:
        sentences = [SENTENCES[id_].replace("`", "") for id_ in rule.seed]
        paragraphs = [" ".join(block.split()) for block in rule.text.split("\n\n")]
        missing = [said for said in (rule.id, rule.title, *paragraphs, rule.why, rule.mend, *sentences) if said not in told]
        assert missing == [], rule.id
        assert ", ".join(rule.failures) in told


def test_families() -> None:
    """Every rule is in a family that has a name, and the families keep the order of the rules."""
    lines = [rule_line(rule) for rule in RULES]
    told = families(lines)
    assert [told_.rule.id for family in told for told_ in family.rules] == [rule.id for rule in RULES]
    assert {family.name for family in told} <= set(FAMILIES.values())


def test_the_markdown_has_a_heading_for_each_rule(pages: dict[str, str]) -> None:
    """Rendered, each rule is a heading of its own below its family's, and no markup goes astray."""
    tokens = MarkdownIt("commonmark").parse(pages["markdown"])
    headings = [
        tokens[n + 1].content for n, token in enumerate(tokens) if token.type == "heading_open" and token.tag == "h3"
    ]
    assert headings == [f"{rule.id}: {rule.title}" for rule in RULES]
    assert [token for token in tokens if token.type == "html_block"] == []


def test_the_page_asks_for_nothing(pages: dict[str, str]) -> None:
    """The page opens from disk alone: nothing of it is elsewhere, and it has no script."""
    assert not re.search(r"https?://|url\(|@import|<link|<img|<script", pages["html"])


def test_on_the_screen(capsys: pytest.CaptureFixture[str]) -> None:
    """A rule is told with level, the architecture's sentence, failures, stake and mend; with --all, every rule is."""
    rule = RULES[0]
    assert main(["explain", rule.id.lower()]) == Exit.CONFORMANT
    told = " ".join(capsys.readouterr().out.split())
    for said in (rule.id, rule.level.upper(), SENTENCES[rule.seed[0]], rule.failures[0], rule.why, rule.mend):
        assert said in told
    assert main(["explain", "--all"]) == Exit.CONFORMANT
    everything = capsys.readouterr().out
    assert [rule.id for rule in RULES if f"{rule.id}   {rule.level.upper()}" not in everything] == []
