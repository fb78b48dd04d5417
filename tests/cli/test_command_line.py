"""The command line: what is printed, what is kept, and the exit codes scripts rely on."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path

import msgspec
import pytest
from support import samplelog

from tillproof import __version__, campaign
from tillproof.cli import main
from tillproof.exits import Exit
from tillproof.history.events import History, RunKey
from tillproof.history.log import LogLine
from tillproof.history.log_footer import Footer
from tillproof.history.log_header import Choices
from tillproof.history.logfile import read
from tillproof.history.tokens import token
from tillproof.history.verdicts import Breach, Level
from tillproof.options import Options
from tillproof.rules.registry import Judgement
from tillproof.simulation.target import Target
from tillproof.targets.named import opened


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Type every command in an empty folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> list[Options]:
    """Replace campaigns by one that writes the sample's log, and collect the options they are given."""
    given: list[Options] = []

    def conduct(
        _target: Target,
        options: Options,
        emit: Callable[[LogLine], None],
        progress: Callable[[int, int], None],
        _way: object,
        *,
        remembered: Sequence[object],
    ) -> Footer:
        assert not remembered
        given.append(options)
        for line in samplelog.lines():
            emit(line)
        progress(4, 4)
        return samplelog.log().footer

    monkeypatch.setattr(campaign, "conduct", conduct)
    return given


def playing(monkeypatch: pytest.MonkeyPatch, history: History, breaches: tuple[Breach, ...]) -> list[RunKey]:
    """Replace replays by one that gives this history, and collect the runs asked for."""
    asked: list[RunKey] = []

    def replay(_target: Target, run: RunKey) -> tuple[History, Judgement]:
        asked.append(run)
        return history, Judgement(exercised=(), breaches=breaches, skipped=())

    monkeypatch.setattr(campaign, "replay", replay)
    return asked


def test_run_with_findings(seen: list[Options], folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A run with findings prints the report, keeps log and receipt in a folder that ignores itself, and exits 1."""
    assert main(["run", "--processor", "bank"]) == Exit.FINDINGS
    printed = capsys.readouterr()
    assert "NOT SAFE.  1 of 3 methods is unsafe to retry" in printed.out
    assert printed.out.endswith("exit 1  (1 finding: 1 MUST, 0 SHOULD)\n")
    assert printed.err == ""
    kept = folder / ".tillproof"
    assert sorted(p.name for p in kept.iterdir()) == [".gitignore", "last.jsonl", "last.receipt.json"]
    assert read(kept / "last.jsonl") == samplelog.log()
    receipt = json.loads((kept / "last.receipt.json").read_text())
    assert receipt["runs"] == 4
    assert seen[0].seed == 7


def test_the_real_thing(capsys: pytest.CaptureFixture[str]) -> None:
    """The honest bank passes an undisturbed purchase, end to end."""
    assert main(["run", "--processor", "bank", "--journey", "buy", "--depth", "none"]) == Exit.CONFORMANT
    assert "NOTHING WRONG in the undisturbed runs" in capsys.readouterr().out


def test_options_reach_the_campaign(seen: list[Options]) -> None:
    """What is typed is what the campaign is asked for."""
    typed = (
        "run --processor bank --journey buy* --journey three* --rule LED-* --level must --dialect strict --depth none "
        "--seed 0 --fail-on should -q"
    )
    main(typed.split())
    (options,) = seen
    assert options.choices() == Choices(
        journeys=("buy*", "three*"),
        rules=("LED-*",),
        level=Level.MUST,
        dialects=("strict",),
        depth="none",
        seed=0,
        fail_on=Level.SHOULD,
    )


@pytest.mark.parametrize(("name", "told"), [("bank", ""), ("liar:no-key", "does not say what it keeps in memory")])
def test_pairs_of_what_may_keep_anything(
    seen: list[Options], name: str, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Before hours of pairs begin, who tries a processor that may keep anything is told how to have fewer."""
    main(["run", "--processor", name, "-q"])
    assert capsys.readouterr().err == ""
    main(["run", "--processor", name, "--depth", "pairs", "-q"])
    assert told in capsys.readouterr().err
    assert [options.depth for options in seen] == ["single", "pairs"]


def test_several_targets(seen: list[Options], folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Several processors in one command: one report each; what an earlier command left over is removed."""
    main(["run", "--processor", "bank", "--processor", "manual", "-q"])
    assert capsys.readouterr().out.count("NOT SAFE.") == 2
    assert (folder / ".tillproof" / "last.2.jsonl").exists()
    main(["run", "--processor", "bank", "-q"])
    assert not (folder / ".tillproof" / "last.2.jsonl").exists()
    assert len(seen) == 3


@pytest.mark.usefixtures("seen")
def test_json_report(folder: Path) -> None:
    """`--report json=PATH` writes the log itself there, and the screen names it."""
    main(["run", "--processor", "bank", "--report", "json=out.jsonl"])
    assert (folder / "out.jsonl").read_bytes() == (folder / ".tillproof" / "last.jsonl").read_bytes()


def test_configuration(seen: list[Options], folder: Path) -> None:
    """A file sets what is not typed; what is typed wins."""
    (folder / "tillproof.toml").write_text('processor = "bank"\nseed = 3\nfail-on = "should"\njourney = ["buy"]\n')
    main(["run", "--seed", "5", "-q"])
    assert (seen[0].seed, seen[0].fail_on, seen[0].journeys) == (5, Level.SHOULD, ("buy",))


def _bank(_name: str, _gateway: str | None) -> AbstractContextManager[Target]:
    return opened("bank", None)


@pytest.mark.usefixtures("seen")
def test_replay_still_there(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """A finding's id is looked up in the last log, in any case; the run breaks rules again: exit 1."""
    main(["run", "--processor", "bank"])
    (finding,) = samplelog.log().findings
    monkeypatch.setattr("tillproof.cli.replay.opened", _bank)
    asked = playing(monkeypatch, samplelog.history(), samplelog.BREACHES)
    capsys.readouterr()
    assert main(["replay", finding.id.lower()]) == Exit.FINDINGS
    assert asked == [finding.run]
    assert "STILL THERE   exit 1" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("plan", "ended", "exit_code", "word"),
    [
        (samplelog.PLAN, True, Exit.CONFORMANT, "FIXED"),
        (samplelog.PLAN, False, Exit.NO_VERDICT, "CHANGED"),
        ("client.complete#9=request-lost", True, Exit.NO_VERDICT, "CHANGED"),
    ],
)
def test_replay_of_a_token(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    plan: str,
    *,
    ended: bool,
    exit_code: Exit,
    word: str,
) -> None:
    """A token is played on the processor named: fixed when no rule breaks, changed when it cannot be played any more."""
    history = msgspec.structs.replace(samplelog.history(plan), ended=ended)
    playing(monkeypatch, history, ())
    assert main(["replay", token(samplelog.key(plan)), "--processor", "bank"]) == exit_code
    assert word in capsys.readouterr().out


def test_replay_without_its_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    """`--no-fault` plays the same run with the empty plan."""
    asked = playing(monkeypatch, samplelog.history(""), ())
    assert main(["replay", token(samplelog.key()), "--processor", "bank", "--no-fault"]) == Exit.CONFORMANT
    assert asked == [samplelog.key("")]


@pytest.mark.parametrize("what", ["rules", "journeys", "faults", "dialects", "processors"])
def test_lists(what: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Every list is a table of at most 100 columns, and as JSON an array with the same names."""
    assert main(["list", what]) == Exit.CONFORMANT
    table = capsys.readouterr().out
    assert max(map(len, table.splitlines())) <= 100
    assert main(["list", what, "--json"]) == Exit.CONFORMANT
    entries = json.loads(capsys.readouterr().out)
    assert entries
    assert all(entry["name"] in table for entry in entries)


@pytest.mark.parametrize(("what", "told"), [("led-01", "LED-01   MUST"), ("contract", "async refund_payment")])
def test_explain(what: str, told: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A rule by its id, in any case, or the contract, in at most 100 columns, ending with the next command."""
    assert main(["explain", what]) == Exit.CONFORMANT
    lines = capsys.readouterr().out.splitlines()
    assert any(line.strip().startswith(told) for line in lines)
    assert max(map(len, lines)) <= 100
    assert "tillproof run" in lines[-1]


def test_schema_and_version(capsys: pytest.CaptureFixture[str]) -> None:
    """The schema is JSON; the version is the package's."""
    assert main(["schema"]) == Exit.CONFORMANT
    assert json.loads(capsys.readouterr().out)["$schema"]
    assert main(["--version"]) == Exit.CONFORMANT
    assert capsys.readouterr().out == f"tillproof {__version__}\n"


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    """Help, asked for or not, lists the commands and the exit codes."""
    for typed in ([], ["--help"]):
        assert main(typed) == Exit.CONFORMANT
        printed = capsys.readouterr().out
        for word in ("run", "demo", "replay", "explain", "list", "schema", "Exit codes"):
            assert word in printed


def test_help_is_quick() -> None:
    """`--help` imports no engine, no report, no Faker and no Babel."""
    heavy = "('faker', 'babel', 'respx', 'httpx', 'rich', 'tabulate', 'tillproof.campaign', 'tillproof_reports')"
    code = f"import sys; from tillproof.cli import main; main(['--help']); sys.exit(any(m in sys.modules for m in {heavy}))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, check=False).returncode == 0


@pytest.mark.usefixtures("seen")
def test_demo_that_goes_wrong(capsys: pytest.CaptureFixture[str]) -> None:
    """A demo in which the honest ones do not pass is our fault, and says so."""
    assert main(["demo"]) == Exit.HARNESS
    assert "the demo did not end as it should: bank, manual" in capsys.readouterr().err
