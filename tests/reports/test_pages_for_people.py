"""The HTML page and the Markdown comment: what they answer, and what they are made of."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from pathlib import Path

import pytest
from markdown_it import MarkdownIt
from msgspec.structs import replace
from support import samplelog
from support.logfiles import put

from tillproof.history.log import Log
from tillproof.history.log_footer import Overall
from tillproof.history.log_runs import Seconds, Worst
from tillproof_reports import load
from tillproof_reports.source import source


def page(kind: str, folder: Path, log: Log, *, baseline: Log | None = None, receipt: bool = False) -> str:
    """Return the page of a log."""
    since = put(baseline, folder / "old.jsonl") if baseline is not None else None
    made_from = source(put(log, folder / "log.jsonl", receipt=receipt), since)
    return load(kind)(made_from, folder / "out").decode()


def safe() -> Log:
    """Return the sample's log with the wrong run right."""
    log = samplelog.log()
    runs = tuple(replace(run, verdict=log.runs[0].verdict, harm=None, breaches=(), money=None) for run in log.runs)
    counts = replace(log.footer.counts, passed=4, failed=0, not_applicable=0, findings=0, must=0)
    footer = replace(log.footer, verdict=Overall.SAFE, sentence="SAFE TO RETRY as far as this campaign reached.", exit=0)
    return Log(header=log.header, runs=runs, findings=(), footer=replace(footer, counts=counts))


def words(html: str) -> str:
    """Return the page's text as a reader without style or script has it."""
    body = html.partition("<main")[2].partition("<script")[0]
    return " ".join(re.sub(r"<[^>]+>", " ", body).split())


def test_first_screen(tmp_path: Path) -> None:
    """It says the verdict, the gate, who loses how much, what sets it off, and that no baseline was given."""
    told = words(page("html", tmp_path, samplelog.log()))
    for answer in (
        "NOT SAFE TO RETRY",
        "Gate: BLOCKED by 1 MUST finding",
        "shop loses money: 20.00 EUR",
        "answer-lost at refund_payment",
        "no baseline was given",
        "not tried: two faults in one run (--depth pairs); two requests at once; webhooks",
    ):
        assert answer in told


def test_a_finding_s_story(tmp_path: Path) -> None:
    """It has the money in three columns and in words, the first wrong moment, the mend and the command to replay."""
    told = words(page("html", tmp_path, samplelog.log()))
    for answer in (
        "The gateway took 49.00 and gave back 40.00. The shop recorded that it took 49.00 and gave back 20.00.",
        "The books do not show it, so nobody at the shop will notice.",
        "FAULT answer-lost: it was done; nobody heard",
        "FIRST WRONG MOMENT",
        "pass the key you are given to the gateway, on the first try too",
        "the processor finding gone the backend it was the reference already the client not possible",
        "--processor mypay:MyPay --gateway bank",
        "How to read this report",
    ):
        assert answer in told


def test_a_safe_page(tmp_path: Path) -> None:
    """A page without findings says so, and what was not tried all the same."""
    told = words(page("html", tmp_path, safe()))
    assert "SAFE TO RETRY" in told
    assert "Gate: passes" in told
    assert "nobody, in any run made" in told
    assert "Not tried: two faults in one run" in told


@pytest.mark.parametrize(
    ("kind", "says", "never"),
    [
        ("html", "NOTHING WRONG", "SAFE TO RETRY"),
        ("markdown", "NOTHING WRONG", "SAFE TO RETRY"),
        ("badge", "nothing wrong, nothing tried", "safe to retry"),
    ],
)
def test_a_page_of_undisturbed_runs(kind: str, says: str, never: str, tmp_path: Path) -> None:
    """Where nothing was made to fail no report heads that retries are safe: it says that nothing is wrong."""
    log = safe()
    header = replace(log.header, choices=replace(log.header.choices, depth="none"))
    told = page(kind, tmp_path, replace(log, header=header, footer=replace(log.footer, sentence="NOTHING WRONG so far.")))
    assert says in told
    assert never not in told


def test_new_since_a_baseline(tmp_path: Path) -> None:
    """With a baseline the page and the comment gate on what is new, and say what is not."""
    still = words(page("html", tmp_path, samplelog.log(), baseline=samplelog.log()))
    assert "Gate: passes: nothing new" in still
    assert "0 new findings since the baseline: 1 still there, 0 fixed" in still
    fresh = words(page("html", tmp_path, samplelog.log(), baseline=safe()))
    assert "BLOCKED by 1 new finding" in fresh
    comment = page("markdown", tmp_path, samplelog.log(), baseline=samplelog.log())
    assert "**0 new**, 1 still there, 0 fixed" in comment
    assert "mermaid" not in comment


def test_the_receipt(tmp_path: Path) -> None:
    """Date and commit come from the receipt; one that belongs to other bytes vouches for nothing."""
    html = page("html", tmp_path, samplelog.log(), receipt=True)
    assert "commit 9f2c1ab00000" in html
    assert "2026-11-22 14:03:00 UTC" in html
    assert hashlib.sha256((tmp_path / "log.jsonl").read_bytes()).hexdigest() in html
    put(safe(), tmp_path / "log.jsonl")
    assert "no date: the receipt is not beside the log" in load("html")(source(tmp_path / "log.jsonl"), tmp_path).decode()


def test_self_contained(tmp_path: Path) -> None:
    """The page asks for nothing, and its policy permits exactly its own style and script."""
    html = page("html", tmp_path, samplelog.log())
    assert not re.search(r"https?://|url\(|@import|<link|<img", html)
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', html)
    assert policy is not None
    for tag in ("style", "script"):
        content = re.findall(rf"<{tag}>(.*?)</{tag}>", html, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(content[0].encode()).digest()).decode()
        assert (len(content), f"{tag}-src &#39;sha256-{digest}&#39;" in policy[1]) == (1, True)


def test_the_runs_travel(tmp_path: Path) -> None:
    """Every run is in the page as JSON; a wrong one can be replayed and leads to its finding."""
    html = page("html", tmp_path, samplelog.log())
    (data,) = json.loads(html.partition('id="data">')[2].partition("</script>")[0])
    assert [run[4] for run in data["runs"]] == [1, 1, 7, 0]
    assert [run[6] for run in data["runs"]] == [-1, -1, 0, -1]
    assert data["tokens"]["2"].startswith("TP1-")
    assert "refund_payment" in data["calls"]["0"]


def test_two_faults_in_one_run(tmp_path: Path) -> None:
    """Of the runs with two faults, the one that went wrong is in the matrix, among the runs and to be replayed."""
    log = samplelog.log()
    alone, plan = log.runs[2].run, f"{samplelog.PLAN} + commit.refund-recorded#1=crash-after"
    wrong = replace(log.runs[2], run=replace(alone, plan=plan))
    worst = Worst(runs=1, rules=("LED-05",), smallest=wrong)
    counts = replace(log.footer.counts, runs=7, failed=2, passed=4, pairs=3)
    footer = replace(log.footer, counts=counts)
    two = replace(log, seconds=(Seconds(run=alone, runs=3, passed=2, failed=1, worst=(worst,)),), footer=footer)
    html = page("html", tmp_path, two)
    (data,) = json.loads(html.partition('id="data">')[2].partition("</script>")[0])
    assert [data["plans"][run[3]] for run in data["runs"]].count(plan) == 1
    assert len(data["tokens"]) == 2
    assert "money wrong in 2 of 2 runs" in html
    assert "3 with two faults" in words(html)


def test_many_runs(tmp_path: Path) -> None:
    """20,000 runs, 5,000 of them wrong, make a page of little more than a megabyte."""
    log = samplelog.log()
    runs = log.runs * 5_000
    counts = replace(log.footer.counts, runs=len(runs))
    big = Log(header=log.header, runs=runs, findings=log.findings, footer=replace(log.footer, counts=counts))
    made_from = source(put(big, tmp_path / "log.jsonl"))
    assert len(load("html")(made_from, tmp_path)) < 1_200_000


def test_comment(tmp_path: Path) -> None:
    """Rendered, the comment has the verdict as heading, the money as a table, and a diagram that marks the fault."""
    tokens = MarkdownIt("commonmark").enable("table").parse(page("markdown", tmp_path, samplelog.log()))
    headings = [tokens[n + 1].content for n, token in enumerate(tokens) if token.type == "heading_open"]
    assert headings[0] == "tillproof: NOT SAFE TO RETRY"
    assert headings[1] == "`F-d08cf2` A refund whose answer is lost is paid out again on the retry."
    assert sum(token.type == "table_open" for token in tokens) == 4
    (diagram,) = [token.content for token in tokens if token.type == "fence"]
    assert diagram.startswith("sequenceDiagram\n")
    assert "  backend->>processor: refund_payment 1 20.00, key op_03\n" in diagram
    assert "  Note over client,gateway: FAULT answer-lost it was done nobody heard\n" in diagram
    assert "  Note over client,gateway: FIRST WRONG MOMENT CRASH-02" in diagram


@pytest.mark.parametrize("kind", ["html", "markdown"])
def test_the_level_of_detail(kind: str, tmp_path: Path) -> None:
    """Both list every method and every rule."""
    told = page(kind, tmp_path, samplelog.log())
    log = samplelog.log()
    assert [m.method for m in log.footer.methods if m.method not in told] == []
    assert [rule.id for rule in log.header.rules if rule.id not in told] == []
