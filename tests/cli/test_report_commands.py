"""`tillproof report`, `merge`, `compare`, and `run` with a baseline or as a shard."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace
from support import hostilelog, samplelog
from support.logfiles import put

from tillproof.cli import main
from tillproof.exits import Exit
from tillproof.history.log import Log
from tillproof_reports import KINDS


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Type every command in an empty folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def clean() -> Log:
    """Return the sample's log without its finding."""
    log = samplelog.log()
    return replace(log, findings=(), footer=replace(log.footer, exit=0, counts=replace(log.footer.counts, findings=0)))


def test_every_kind_from_one_log(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One command makes every kind of report of a log, later and without the target."""
    put(samplelog.log(), folder / "log.jsonl")
    wanted = [word for kind in KINDS for word in ("--to", f"{kind}=out.{kind}")]
    assert main(["report", "log.jsonl", *wanted]) == Exit.CONFORMANT
    assert capsys.readouterr().out.splitlines()[0] == "wrote   json   out.json"
    assert [kind for kind in KINDS if not (folder / f"out.{kind}").stat().st_size] == []


def test_the_last_log(folder: Path) -> None:
    """Without a log the last one is meant."""
    (folder / ".tillproof").mkdir()
    put(samplelog.log(), folder / ".tillproof" / "last.jsonl")
    assert main(["report", "--to", "badge=badge.svg"]) == Exit.CONFORMANT


BAD: dict[str, tuple[list[str], str, str]] = {
    "nothing asked for": (["report", "log.jsonl"], "no report was asked for", "--to html=report.html"),
    "unknown kind": (["report", "log.jsonl", "--to", "htm=x"], "no kind of report called 'htm'", "did you mean html?"),
    "no path": (["report", "log.jsonl", "--to", "html="], "not a report: 'html='", "KIND=PATH"),
    "no folder": (["report", "log.jsonl", "--to", "html=no/x.html"], "cannot write a report to no/x.html", "mkdir -p no"),
    "no such log": (["report", "nothing.jsonl", "--to", "html=x"], "cannot read nothing.jsonl", "No such file"),
    "no last log": (["report", "--to", "html=x"], "cannot read .tillproof/last.jsonl", "No such file"),
    "truncated": (["report", "cut.jsonl", "--to", "html=x"], "cut.jsonl is broken at line 3", "cut short"),
    "unfinished": (["report", "open.jsonl", "--to", "html=x"], "open.jsonl is incomplete", "no footer after line 6"),
    "foreign": (["report", "poem.jsonl", "--to", "html=x"], "poem.jsonl is not a report log", "line 1 is not a header"),
    "newer": (["report", "new.jsonl", "--to", "html=x"], "of another version", "its format is 99"),
    "older": (["report", "old.jsonl", "--to", "html=x"], "of another version", "its format is 0"),
    "merging whole logs": (["merge", "log.jsonl", "--to", "x"], "log.jsonl is no shard", "--shard 1/4"),
    "merging an unfinished log": (["merge", "open.jsonl", "--to", "x"], "open.jsonl is incomplete", "no footer"),
    "comparing a broken log": (["compare", "log.jsonl", "cut.jsonl"], "cut.jsonl is broken at line 3", "cut short"),
    "broken baseline": (["run", "--processor", "bank", "--baseline", "cut.jsonl"], "cut.jsonl is broken", "cut short"),
    "one target twice": (
        ["report", "log.jsonl", "log.jsonl", "--to", "html=x"],
        "different targets",
        "two logs of mypay:MyPay",
    ),
    "a log of two targets": (["report", "log.jsonl", "other.jsonl", "--to", "json=x"], "several targets", "json of mypay"),
    "a baseline for two": (
        ["report", "log.jsonl", "other.jsonl", "--baseline", "log.jsonl", "--to", "html=x"],
        "one baseline cannot be that of several targets",
        "one by one",
    ),
    "no shard": (["run", "--processor", "bank", "--shard", "5/4"], "not a shard: '5/4'", "1/4 to 4/4"),
    "two targets": (
        ["run", "--processor", "bank", "--processor", "manual", "--baseline", "log.jsonl"],
        "one baseline cannot be that of several targets",
        "one by one",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_log(case: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A log that is not whole, foreign, older or newer makes no report: three lines say which line and what to type."""
    raw = put(samplelog.log(), folder / "log.jsonl").read_bytes()
    put(hostilelog.log(), folder / "other.jsonl")
    lines = raw.splitlines(keepends=True)
    (folder / "cut.jsonl").write_bytes(b"".join(lines[:2]) + lines[2][:50])
    (folder / "open.jsonl").write_bytes(b"".join(lines[:-1]))
    (folder / "poem.jsonl").write_text("Roses are red\n")
    (folder / "new.jsonl").write_bytes(raw.replace(b'"format":2', b'"format":99', 1))
    (folder / "old.jsonl").write_bytes(raw.replace(b'"format":2', b'"format":0', 1))
    before = sorted(p.name for p in folder.iterdir())
    words, wrong, seen = BAD[case]
    assert main(words) == Exit.MISUSE
    printed = capsys.readouterr().err
    assert len(printed.splitlines()) <= 3
    assert wrong in printed
    assert seen in printed
    assert sorted(p.name for p in folder.iterdir()) == before


def test_compare(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Only what is new fails; what is gone is told."""
    put(clean(), folder / "clean.jsonl")
    put(samplelog.log(), folder / "wrong.jsonl")
    assert main(["compare", "clean.jsonl", "wrong.jsonl"]) == Exit.FINDINGS
    told = capsys.readouterr().out
    assert told.startswith("mypay:MyPay: 1 new, 0 still there, 0 fixed\n\nNEW\n")
    assert "20.00 EUR" in told
    assert told.endswith("next    tillproof replay F-d08cf2\nexit 1  (1 new finding)\n")
    assert main(["compare", "wrong.jsonl", "clean.jsonl"]) == Exit.CONFORMANT
    assert "FIXED" in capsys.readouterr().out
    assert main(["compare", "wrong.jsonl", "wrong.jsonl"]) == Exit.CONFORMANT
    assert "STILL THERE" in capsys.readouterr().out


def test_side_by_side(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Two processors run at once make one report of both; so does `report`, from the last logs or from logs by name."""
    typed = ["run", "--processor", "manual", "--processor", "liar:raw-reply", "--journey", "buy", "--depth", "none", "-q"]
    assert main([*typed, "--report", "markdown=both.md"]) == Exit.FINDINGS
    assert "wrote   markdown   both.md" in capsys.readouterr().out
    told = (folder / "both.md").read_text()
    assert told.startswith("## tillproof: 1 of 2 targets pass\n")
    assert "`manual`" in told
    assert "`liar:raw-reply`" in told
    assert main(["report", "--to", "markdown=last.md"]) == Exit.CONFORMANT
    assert main(["report", ".tillproof/last.jsonl", ".tillproof/last.2.jsonl", "--to", "markdown=named.md"]) == 0
    assert {(folder / name).read_text() for name in ("last.md", "named.md")} == {told}


def test_reports_know_what_is_accepted(folder: Path) -> None:
    """What is accepted is told apart on the page, in the comment and to machines, and the gate opens."""
    typed = ["run", "--processor", "liar:raw-reply", "--journey", "buy", "--depth", "none", "-q"]
    assert main(typed) == Exit.FINDINGS
    main(["accept", "--all", "--reason", "it is a liar", "--until", "9999-01-31"])
    reports = [f"--report={kind}=out.{kind}" for kind in ("html", "markdown", "junit", "sarif", "gitlab")]
    assert main([*typed, *reports]) == Exit.CONFORMANT
    written = {kind: (folder / f"out.{kind}").read_text() for kind in ("html", "markdown", "junit", "sarif", "gitlab")}
    assert "accepted until 9999-01-31: it is a liar" in written["html"]
    assert "Gate: <strong>passes: 1 finding known</strong>" in written["html"]
    assert "| accepted" in written["markdown"]
    assert "is known until 9999-01-31: it is a liar" in written["junit"]
    assert "<failure" not in written["junit"]
    assert '"status": "accepted"' in written["sarif"]
    assert '"severity": "info"' in written["gitlab"]


RUN = ["run", "--processor", "liar:raw-reply", "--journey", "buy", "--depth", "none", "-q"]


def test_shards_and_baseline(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Shards of a real campaign merge into the log it writes undivided; with that as baseline nothing fails any more."""
    assert main([*RUN, "--report", "json=all.jsonl"]) == Exit.FINDINGS
    for number in (1, 2):
        main([*RUN, "--shard", f"{number}/2", "--report", f"json=s{number}.jsonl"])
    capsys.readouterr()
    assert main(["merge", "s2.jsonl", "s1.jsonl", "--to", "merged.jsonl"]) == Exit.FINDINGS
    assert (folder / "merged.jsonl").read_bytes() == (folder / "all.jsonl").read_bytes()
    capsys.readouterr()
    assert main([*RUN, "--baseline", "all.jsonl"]) == Exit.CONFORMANT
    assert capsys.readouterr().out.endswith(
        "baseline  0 new, 1 still there, 0 fixed\nexit 0  (only what is new since the baseline counts)\n"
    )


def test_more_shards_than_lanes(capsys: pytest.CaptureFixture[str]) -> None:
    """A shard for which nothing is left says so."""
    assert main([*RUN, "--shard", "40/40"]) == Exit.MISUSE
    assert "nothing is left for shard 40/40" in capsys.readouterr().err
