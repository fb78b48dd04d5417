"""Known failures: accepted for a reason and until a day; counted apart, and missed when they are gone."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import msgspec
import pytest
from support import samplelog

from tillproof.cli import main
from tillproof.cli.gating import known_lines
from tillproof.errors import Misuse
from tillproof.exits import Exit
from tillproof.history.known import Known, accept, gate
from tillproof.history.knownfile import KNOWN, read_known, write_known
from tillproof.history.log import Log
from tillproof.history.log_header import Choices
from tillproof.history.logfile import LogWriter
from tillproof.history.verdicts import Level

TODAY = date(2026, 11, 23)
LOG = samplelog.log()
ENTRY = accept(LOG, LOG.findings[0], reason='the gateway mends it: "soon"\t\x7f', until=TODAY)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the sample's log as its last one."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".tillproof").mkdir()
    with LogWriter(tmp_path / ".tillproof" / "last.jsonl") as writer:
        for line in samplelog.lines():
            writer.emit(line)
    return tmp_path


def without_findings(choices: Choices = LOG.header.choices) -> Log:
    """Return the sample's log as it were had all been right."""
    header = msgspec.structs.replace(LOG.header, choices=choices)
    return Log(header=header, runs=LOG.runs[:1], findings=(), footer=msgspec.structs.replace(LOG.footer, exit=0))


def changed(**fields: object) -> Known:
    """Return the entry, changed."""
    return msgspec.structs.replace(ENTRY, **fields)


GATES = {
    "nothing accepted": (LOG, (), Exit.FINDINGS, (0, 0, 0)),
    "accepted, on its last day": (LOG, (ENTRY,), Exit.CONFORMANT, (1, 0, 0)),
    "lapsed": (LOG, (changed(until=date(2026, 11, 22)),), Exit.FINDINGS, (0, 1, 0)),
    "another finding": (LOG, (ENTRY, changed(id="F-000000")), Exit.FINDINGS, (1, 0, 1)),
    "gone": (without_findings(), (ENTRY,), Exit.FINDINGS, (0, 0, 1)),
    "of another target": (without_findings(), (changed(target="other:Pay"),), Exit.CONFORMANT, (0, 0, 0)),
    "of a journey not made": (without_findings(), (changed(journey="three-d-secure"),), Exit.CONFORMANT, (0, 0, 0)),
    "of a dialect not spoken": (without_findings(), (changed(dialect="strict"),), Exit.CONFORMANT, (0, 0, 0)),
    "nothing was made to fail": (without_findings(Choices(depth="none")), (ENTRY,), Exit.CONFORMANT, (0, 0, 0)),
    "not every rule was asked": (without_findings(Choices(level=Level.MUST)), (ENTRY,), Exit.CONFORMANT, (0, 0, 0)),
}


@pytest.mark.parametrize("case", GATES)
def test_the_gate(case: str) -> None:
    """Known ones alone let pass; one past its day, or gone, does not; a campaign that could not see it says nothing."""
    log, entries, exit_code, counts = GATES[case]
    decided = gate(log, entries, TODAY)
    assert decided.exit == exit_code
    assert (len(decided.accepted), len(decided.lapsed), len(decided.gone)) == counts


def test_runs_that_could_not_end() -> None:
    """Known findings do not hide that other runs could not be judged."""
    counts = msgspec.structs.replace(LOG.footer.counts, errored=1)
    log = msgspec.structs.replace(LOG, footer=msgspec.structs.replace(LOG.footer, counts=counts))
    assert gate(log, (ENTRY,), TODAY).exit == Exit.NO_VERDICT


def test_only_what_is_new_since_a_baseline() -> None:
    """With a baseline a finding that is not new does not block, whoever has accepted it."""
    assert gate(LOG, (), TODAY, new=()).exit == Exit.CONFORMANT
    assert gate(LOG, (), TODAY, new=LOG.findings).exit == Exit.FINDINGS


def test_the_file_round_trips(folder: Path) -> None:
    """What is written is what is read, whatever the reason says."""
    write_known(folder, [ENTRY, changed(id="F-000000", plan="")])
    assert read_known(folder) == (changed(id="F-000000", plan=""), ENTRY)
    assert (folder / KNOWN).read_text().count("[[known]]") == 2


@pytest.mark.parametrize("text", ["[[known", '[[known]]\nid = "F-1"', 'known = "x"', "[[knwon]]\nid = 1"])
def test_a_file_that_cannot_be_used(text: str, folder: Path) -> None:
    """Nothing in it is passed over: a file with a mistake accepts nothing."""
    (folder / KNOWN).write_text(text)
    with pytest.raises(Misuse, match="nothing was taken as known"):
        read_known(folder)


def test_accepting(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`accept` writes an entry for each finding, keeps those of before, and a second time changes reason and day."""
    write_known(folder, [changed(id="F-000000")])
    for typed in (["--all"], ["f-d08cf2"]):
        assert main(["accept", *typed, "--reason", f"because {typed[0]}", "--until", "9999-01-31"]) == Exit.CONFORMANT
        assert "F-d08cf2   until 9999-01-31   A refund" in capsys.readouterr().out
    old, new = read_known(folder)
    assert old.id == "F-000000"
    assert (new.reason, new.until, new.target) == ("because f-d08cf2", date(9999, 1, 31), "mypay:MyPay")
    decided = gate(LOG, read_known(folder), date(2026, 1, 1))
    assert known_lines(decided, 100)[-1] == "exit 1  (0 findings that count, 1 known, 1 gone)"


BAD: dict[str, tuple[list[str], str]] = {
    "neither": ([], "which findings?"),
    "both": (["F-d08cf2", "--all"], "which findings?"),
    "unknown": (["F-000000"], "no finding F-000000"),
    "no day": (["--all", "--until", "soon"], "not a day: 'soon'"),
    "a day that has passed": (["--all", "--until", "2020-01-01"], "2020-01-01 has passed"),
    "no reason": (["--all", "--reason", " "], "accepted for a reason"),
}


@pytest.mark.parametrize("case", BAD)
def test_accepting_what_cannot_be(case: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What cannot be accepted is refused in three lines, and nothing is written."""
    typed, told = BAD[case]
    given = [
        word
        for name, value in (("--reason", "why"), ("--until", "9999-01-31"))
        if name not in typed
        for word in (name, value)
    ]
    assert main(["accept", *typed, *given]) == Exit.MISUSE
    assert told in capsys.readouterr().err
    assert not (folder / KNOWN).exists()


def test_a_run_with_known_failures(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The same campaign, byte for byte, ends with 1 before its finding is accepted and with 0 after."""
    typed = ["run", "--processor", "liar:sixth-status", "--journey", "buy", "--depth", "none"]
    assert main(typed) == Exit.FINDINGS
    before = (folder / ".tillproof" / "last.jsonl").read_bytes()
    main(["accept", "--all", "--reason", "it is a liar", "--until", "9999-01-31"])
    capsys.readouterr()
    assert main(typed) == Exit.CONFORMANT
    assert capsys.readouterr().out.endswith("exit 0  (0 findings that count, 1 known)\n")
    assert (folder / ".tillproof" / "last.jsonl").read_bytes() == before
