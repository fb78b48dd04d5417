"""Hostile text in a log or from a processor does nothing to whoever reads a report."""

from __future__ import annotations

import csv
import io
import json
import re
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token
from support import hostilelog
from support.logfiles import put

from tillproof.cli import main
from tillproof.exits import Exit
from tillproof_reports import KINDS, load
from tillproof_reports.markdown.escaping import code, prose
from tillproof_reports.markdown.sequence import label
from tillproof_reports.source import source

FOR_PEOPLE = [kind for kind in KINDS if kind != "json"]


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Every kind of report of the hostile log."""
    path = put(hostilelog.log(), tmp_path_factory.mktemp("hostile") / "log.jsonl")
    made_from = source(path)
    return {kind: load(kind)(made_from, Path(f"out.{kind}")).decode() for kind in KINDS}


@pytest.mark.parametrize("kind", FOR_PEOPLE)
def test_control_characters(kind: str, pages: dict[str, str]) -> None:
    """No report holds a character that drives a terminal or reorders a line."""
    assert [mark for mark in hostilelog.MARKS[:-1] if mark in pages[kind]] == []
    assert [c for c in pages[kind] if not c.isprintable() and c not in "\n\r"] == []


@pytest.mark.parametrize("kind", FOR_PEOPLE)
def test_ten_thousand_letters(kind: str, pages: dict[str, str]) -> None:
    """A name of 10 kB is cut."""
    assert hostilelog.LONG[:3_000] not in pages[kind]


class _Page(HTMLParser):
    """Collects the tags, attributes and scripts of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.links: list[str] = []
        self.scripts = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes.update(name for name, _ in attrs)
        self.links += [value or "" for name, value in attrs if name in {"href", "src"}]
        self.scripts += tag == "script"


def test_html(pages: dict[str, str]) -> None:
    """The page has no element, attribute or link that the attack tried to bring in."""
    page = _Page()
    page.feed(pages["html"])
    assert page.scripts == 2
    assert page.tags.isdisjoint({"img", "b", "iframe", "svg", "textarea"})
    assert not any(name.startswith("on") or name == "style" for name in page.attributes)
    assert all(link.startswith("#") for link in page.links)
    assert "{{ 7*7 }}" in pages["html"]


def _inline(tokens: list[Token]) -> list[Token]:
    return [child for token in tokens for child in (token, *(token.children or ()))]


def test_markdown(pages: dict[str, str]) -> None:
    """Rendered as CommonMark with tables, the attack is text in code spans: no link, image, HTML or heading of its own."""
    tokens = _inline(MarkdownIt("commonmark").enable("table").parse(pages["markdown"]))
    assert [t.type for t in tokens if t.type in {"link_open", "image", "html_inline"} and "sub>" not in t.content] == []
    blocks = [t.content.strip() for t in tokens if t.type == "html_block"]
    assert all(re.fullmatch(r"</?details>(<summary>[\w ,:-]+</summary>)?", block) for block in blocks)
    text = "".join(t.content for t in tokens if t.type == "text")
    assert not re.search(r"alert|@everyone|evil\.test|javascript", text)
    fences = [t for t in tokens if t.type == "fence"]
    assert [t.info for t in fences] == ["mermaid"]
    assert not re.search(r"[<>;#`{}|]", fences[0].content.replace("->>", "").replace("-->>", ""))


def test_markdown_tables(pages: dict[str, str]) -> None:
    """No cell of a table is split by a bar in foreign text."""
    tokens = MarkdownIt("commonmark").enable("table").parse(pages["markdown"])
    cells = 0
    widths: list[int] = []
    for token in tokens:
        cells = 0 if token.type == "tr_open" else cells + (token.type in {"td_open", "th_open"})
        if token.type == "tr_close":
            widths.append(cells)
    assert set(widths) == {4, 5}


@pytest.mark.parametrize(
    "text", ["", "`", "``a`", " a ", "a|b", "<b>", "_x_", "www.evil.test", "@all", "#1", "1. a", "- a", hostilelog.ATTACK]
)
def test_code_spans(text: str) -> None:
    """Whatever stands in a code span comes out of it as text."""
    rendered = MarkdownIt("commonmark").renderInline(prose(text))
    assert re.fullmatch(r"-|<code>[^<]*</code>", rendered)
    assert MarkdownIt("commonmark").renderInline(code("plain")) == "<code>plain</code>"


def test_mermaid_labels() -> None:
    """A label has no character that means something to Mermaid or ends the block."""
    assert re.fullmatch(r"[A-Za-z0-9 .,()=/_+-]+", label(hostilelog.ATTACK))
    assert label("###") == "-"


@pytest.mark.parametrize("kind", ["junit", "badge"])
def test_xml(kind: str, pages: dict[str, str]) -> None:
    """The XML is well formed and has only our elements."""
    root = ET.fromstring(pages[kind])  # noqa: S314 - our own output
    names = {element.tag.rpartition("}")[2] for element in root.iter()}
    ours = {"testsuites", "testsuite", "testcase", "failure", "skipped", "error", "svg", "title", "rect", "g", "text"}
    assert names <= ours


@pytest.mark.parametrize("kind", ["sarif", "gitlab"])
def test_json(kind: str, pages: dict[str, str]) -> None:
    """The JSON is whole, and what names a place is a relative URI without a scheme."""
    told = json.loads(pages[kind])
    place = (
        told["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
        if kind == "sarif"
        else told[0]["location"]["path"]
    )
    assert re.fullmatch(r"[\w.%~-]+", place)


def test_csv(pages: dict[str, str]) -> None:
    """No cell is a formula, and every row has as many cells as the header."""
    rows = list(csv.reader(io.StringIO(pages["csv"])))
    assert {len(row) for row in rows} == {17}
    assert not [cell for row in rows for cell in row if cell.startswith(("=", "+", "-", "@"))]
    assert rows[1][1].startswith("'=cmd")


LYING = """
from tillproof_fake_processors.bank.processor import BankProcessor

class Liar(BankProcessor):
    async def capture_payment(self, data, amount, attempt):
        raise RuntimeError({attack!r})
"""


def test_through_a_lying_processor(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A processor that raises the attack gets it into no report as anything but text."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "lying.py").write_text(LYING.format(attack=hostilelog.ATTACK))
    wanted = [word for kind in KINDS for word in ("--report", f"{kind}=out.{kind}")]
    assert (
        main(["run", "--processor", "lying:Liar", "--journey", "buy-capture-refund", "--depth", "none", *wanted])
        == Exit.FINDINGS
    )
    printed = capsys.readouterr()
    assert printed.err == ""
    assert [c for c in printed.out if not c.isprintable() and c != "\n"] == []
    page = _Page()
    page.feed((tmp_path / "out.html").read_text())
    assert page.scripts == 2
    assert "img" not in page.tags
    assert "alert" in (tmp_path / "out.html").read_text()
    tokens = _inline(MarkdownIt("commonmark").enable("table").parse((tmp_path / "out.markdown").read_text()))
    assert not [t for t in tokens if t.type in {"link_open", "image"}]
    ET.fromstring((tmp_path / "out.junit").read_text())  # noqa: S314 - our own output
