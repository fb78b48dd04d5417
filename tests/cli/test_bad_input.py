"""Bad input: at most three lines, exit 2, no traceback, and a way out."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace
from support import samplelog

from tillproof import campaign
from tillproof.cli import main
from tillproof.errors import HarnessFault, NoVerdict
from tillproof.exits import Exit
from tillproof.history.logfile import LogWriter
from tillproof.history.tokens import token


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Type every command in a folder with nothing but a few modules."""
    (tmp_path / "broken.py").write_text("import no_such_package\n")
    (tmp_path / "lacking.py").write_text("class Lacking:\n    identifier = 'x'\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


BAD = {
    "no command": ("rum", "no such command 'rum'", "did you mean: tillproof run"),
    "unknown option": ("run --processr bank", "no option --processr", "--processor"),
    "nothing to test": ("run", "nothing to test", "tillproof run --processor bank"),
    "unknown processor": ("run --processor banks", "no processor called 'banks'", "did you mean bank?"),
    "unknown liar": ("run --processor liar:no-kee", "no processor called 'liar:no-kee'", "did you mean liar:no-key?"),
    "unknown gateway": ("run --processor bank --gateway banque", "bank", ""),
    "module that does not import": ("run --processor broken:Pay", "No module named 'no_such_package'", "broken.py"),
    "no such module": ("run --processor nowhere:Pay", "nowhere", ""),
    "no such class": ("run --processor lacking:Lackng", "Lackng", "Lacking"),
    "not a processor": ("run --processor lacking:Lacking", "not a payment processor", "explain contract"),
    "unknown journey": ("run --processor bank --journey bye", "'bye'", "did you mean buy"),
    "unknown rule": ("run --processor bank --rule LED-99", "'LED-99'", "did you mean LED-0"),
    "unknown dialect": ("run --processor bank --dialect strickt", "'strickt'", "strict"),
    "unknown depth": ("run --processor bank --depth deep", "'deep' is not one of 'none', 'single'", "--help"),
    "a time that is none": ("run --processor bank --depth random --time 5parsecs", "not a span of time: '5parsecs'", "2m"),
    "a time without a search": ("run --processor bank --time 2m", "--time is for a random search", "--depth random"),
    "stories without a search": ("run --processor bank --depth pairs --runs 9", "--runs is for a random search", "random"),
    "two ends of a search": ("run --processor bank --depth random --runs 9 --time 2m", "cannot both end a search", "2m"),
    "no stories": ("run --processor bank --depth random --runs 0", "not a number of stories", "--runs 1000"),
    "shard of a search": ("run --processor bank --depth random --shard 1/2", "a random search has no shards", "--seed"),
    "memory that is none": ("run --processor bank --memory broken.py", "broken.py is no memory of tillproof's", "--memory"),
    "memory of a shard": ("run --processor bank --memory m --shard 1/2", "a shard has no memory", "without --shard"),
    "token of a story that is none": (
        f"replay {token(replace(samplelog.key(), journey='drawn: fly'))} --processor bank",
        "not a sentence of a story: 'fly'",
        "drawn: fill home",
    ),
    "unknown level": ("run --processor bank --level may", "'may' is not one of 'must', 'should'", "--help"),
    "a seed that is no number": ("run --processor bank --seed x", "'x' is not a valid integer", "--help"),
    "report without a path": ("run --processor bank --report json", "not a report: 'json'", "--report json="),
    "unknown kind of report": (
        "run --processor bank --report jsn=x",
        "no kind of report called 'jsn'",
        "did you mean json?",
    ),
    "unwritable report": (
        "run --processor bank --report json=no/x.jsonl",
        "cannot write a report to no/x.jsonl",
        "mkdir -p",
    ),
    "report onto a folder": ("run --processor bank --report json=.", "cannot write a report to .", "it is a folder"),
    "one report, two targets": (
        "run --processor bank --processor manual --report json=x",
        "several targets",
        "one log at a time",
    ),
    "no last log": ("replay F-123456", "there is no last log here", "tillproof run"),
    "no last log for a token": (f"replay {token(samplelog.key())}", "there is no last log here", "tillproof run"),
    "neither id nor token": ("replay whatever", "neither a finding nor a token: 'whatever'", "TP1-"),
    "malformed token": ("replay TP1-XXXX --processor bank", "not a replay token: 'TP1-XXXX'", "checksum"),
    "token of a fault that does not exist": (
        f"replay {token(samplelog.key('client.complete#1=meteor'))} --processor bank",
        "no fault 'meteor' at client.complete",
        "tillproof list faults",
    ),
    "token of a plan that is none": (f"replay {token(samplelog.key('hello'))} --processor bank", "not a fault: 'hello'", ""),
    "token of a client that does not exist": (
        f"replay {token(samplelog.key(client='nobody'))} --processor bank",
        "no client called 'nobody'",
        "keeps-key",
    ),
    "token of a dialect that does not exist": (
        f"replay {token(samplelog.key(dialect='klingon'))} --processor bank",
        "no dialect called 'klingon'",
        "keep-everything",
    ),
    "unknown list": ("list rulez", "'rulez' is not one of", "--help"),
    "unknown rule to explain": ("explain LED-9", "no rule called 'LED-9'", "did you mean LED-0"),
    "nothing to explain": ("explain", "what shall be explained?", "tillproof explain LED-05"),
    "a rule and all": ("explain LED-05 --all", "what shall be explained?", "--all"),
    "a page of one rule": ("explain LED-05 --to html=x", "what shall be explained?", "--all"),
    "no such reference page": ("explain --all --to pdf=x", "not a reference page: 'pdf=x'", "markdown or html"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input(case: str, capsys: pytest.CaptureFixture[str]) -> None:
    """What is wrong, what was seen, what to type: three lines at most on standard error, and exit 2."""
    typed, wrong, way_out = BAD[case]
    assert main(typed.split()) == Exit.MISUSE
    printed = capsys.readouterr()
    lines = printed.err.splitlines()
    assert printed.out == ""
    assert 1 <= len(lines) <= 3
    assert lines[0].startswith("error: ")
    assert wrong in printed.err
    assert way_out in printed.err
    assert "Traceback" not in printed.err


FILES = {
    "unknown key": ("tillproof.toml", 'procesor = "bank"', "no setting in tillproof.toml called 'procesor'", "processor?"),
    "unknown key of pyproject": (
        "pyproject.toml",
        '[tool.tillproof]\njourneys = "buy"',
        "no setting in [tool.tillproof] of pyproject.toml called 'journeys'",
        "did you mean journey?",
    ),
    "wrong type": ("tillproof.toml", 'seed = "seven"', "holds a value that cannot be used", "Expected `int"),
    "wrong level": ("tillproof.toml", 'level = "may"', "holds a value that cannot be used", "'may'"),
    "wrong depth": ("tillproof.toml", 'processor = "bank"\ndepth = "deep"', "no depth called 'deep'", "none, single"),
    "no TOML": ("tillproof.toml", "seed = ", "tillproof.toml is not TOML", "Invalid value"),
    "no table": ("pyproject.toml", "[tool]\ntillproof = 3", "is not a table", "processor"),
    "not text": ("tillproof.toml", "\x00", "tillproof.toml is not TOML", ""),
}


@pytest.mark.parametrize("case", FILES)
def test_bad_configuration(case: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A configuration file that cannot be used is refused the same way: nothing in it is passed over."""
    name, text, wrong, seen = FILES[case]
    (folder / name).write_text(text)
    assert main(["run"]) == Exit.MISUSE
    printed = capsys.readouterr().err
    assert len(printed.splitlines()) <= 3
    assert wrong in printed
    assert seen in printed


def failing(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    """Make every campaign end with this error."""

    def conduct(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(campaign, "conduct", conduct)


@pytest.mark.parametrize(
    ("error", "exit_code", "told"),
    [
        (ValueError("boom\nsecret=hunter22\x1b[2J"), Exit.HARNESS, "error: tillproof itself failed: ValueError: boom"),
        (HarnessFault("two and two are five"), Exit.HARNESS, "error: two and two are five"),
        (NoVerdict("nothing ran"), Exit.NO_VERDICT, "error: nothing ran"),
        (KeyboardInterrupt(), Exit.INTERRUPTED, "interrupted: no verdict"),
    ],
)
def test_other_ends(
    error: BaseException,
    exit_code: Exit,
    told: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    folder: Path,
) -> None:
    """Our own failure is 3, no verdict 4, an interruption 130; nothing half written is left as a log."""
    failing(monkeypatch, error)
    assert main(["run", "--processor", "bank"]) == exit_code
    printed = capsys.readouterr().err
    assert told in printed
    assert len(printed.strip().splitlines()) <= 3
    assert "hunter22" not in printed
    assert "\x1b" not in printed
    assert [p.name for p in (folder / ".tillproof").iterdir()] == [".gitignore"]


def test_debug_shows_the_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    """With --debug, anywhere on the line, what we did wrong is not hidden."""
    failing(monkeypatch, ValueError("boom"))
    with pytest.raises(ValueError, match="boom"):
        main(["run", "--processor", "bank", "--debug"])


def test_a_broken_last_log(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A last log that is cut short is refused as incomplete, not half read."""
    (folder / ".tillproof").mkdir()
    (folder / ".tillproof" / "last.jsonl").write_bytes(b'{"line":"header"')
    assert main(["replay", "F-123456"]) == Exit.MISUSE
    assert "last.jsonl" in capsys.readouterr().err


def test_unknown_finding(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """An id that is not in the last log is answered with those that are."""
    (folder / ".tillproof").mkdir()
    with LogWriter(folder / ".tillproof" / "last.jsonl") as writer:
        for line in samplelog.lines():
            writer.emit(line)
    assert main(["replay", "F-000000"]) == Exit.MISUSE
    assert "findings there: F-d08cf2" in capsys.readouterr().err


def test_a_folder_that_cannot_be_written(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Where the log cannot be kept nothing is run."""
    (folder / ".tillproof").write_text("in the way")
    assert main(["run", "--processor", "bank"]) == Exit.MISUSE
    assert "cannot keep the log in .tillproof/" in capsys.readouterr().err
