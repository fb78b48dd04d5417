"""The pytest plugin, in inner pytest runs: off unless asked for, one test for each rule, pytest's own options on them."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest_plugins = ["pytester"]

QUICK = ("--tillproof-journey", "buy", "--tillproof-depth", "none")
LIAR = ("--tillproof-processor", "liar:sixth-status", *QUICK)
STAT_01 = "tillproof::liar:sixth-status::STAT-01"


@pytest.fixture(autouse=True)
def shop(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with a test of its own, and packages called `reports` and `scenarios`, as shops have."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")  # what else is installed here takes seconds to load
    monkeypatch.setenv("PYTEST_PLUGINS", "tillproof.pytest_plugin,xdist.plugin")
    for name in ("reports", "scenarios"):
        pytester.mkpydir(name)
    pytester.makepyfile(test_own="import reports, scenarios\ndef test_own():\n    assert not hasattr(reports, 'KINDS')\n")
    return pytester.path


def test_not_asked_for(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """Found by pytest itself, and nobody asked: no test is added, nothing of tillproof is imported but the plugin's file."""
    monkeypatch.delenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD")
    monkeypatch.delenv("PYTEST_PLUGINS")
    pytester.makeconftest(
        "import sys\n"
        "def pytest_unconfigure(config):\n"
        "    print('loaded:', sorted(name for name in sys.modules if name.startswith('tillproof')))\n"
    )
    pytester.path.joinpath("tillproof.toml").write_text('processor = "bank"\n')
    result = pytester.runpytest_subprocess()
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["loaded: ['tillproof', 'tillproof.pytest_plugin']"])


def test_a_liar_and_its_last_failures(pytester: pytest.Pytester) -> None:
    """Each broken rule is a failed test whose text is the finding's story; `--lf -x` begins with those and stops at one."""
    result = pytester.runpytest_subprocess(*LIAR, "-W", "error")
    told = result.parseoutcomes()
    assert told["failed"] == 3
    assert told["passed"] > 10
    assert told["skipped"] > 10
    result.stdout.fnmatch_lines(
        [
            "*STAT-01: *",
            "F-207024   checkout stuck   MUST   guilty: the processor",
            "  An authorization leaves a checkout nobody can finish*",
            "  see it *tillproof replay TP1-*",
            f"FAILED {STAT_01} *",
        ]
    )
    again = pytester.runpytest_subprocess(*LIAR, "--lf", "-x")
    assert again.parseoutcomes()["failed"] == 1
    assert "passed" not in again.parseoutcomes()


@pytest.mark.parametrize("chosen", [("-k", "STAT-01"), (STAT_01, "-n", "1")], ids=["by -k", "by its node id, under xdist"])
def test_one_rule_alone(chosen: tuple[str, ...], pytester: pytest.Pytester) -> None:
    """A rule is chosen as any test is: by `-k`, by the id that pytest printed, with xdist or without."""
    result = pytester.runpytest_subprocess(*LIAR, *chosen)
    assert {kind: n for kind, n in result.parseoutcomes().items() if kind != "deselected"} == {"failed": 1}


def test_side_by_side(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """Workers of xdist divide the journeys, come to the same verdicts, and leave nothing behind."""
    pytester.path.joinpath("pyproject.toml").write_text(
        '[tool.tillproof]\nprocessor = "bank"\njourney = ["buy", "buy-cancel"]\ndepth = "none"\n'
    )
    monkeypatch.setenv("TMPDIR", str(pytester.mkdir("temporary")))
    alone, shared = pytester.runpytest_subprocess("--tillproof"), pytester.runpytest_subprocess("--tillproof", "-n", "2")
    assert shared.parseoutcomes() == alone.parseoutcomes()
    assert alone.parseoutcomes()["passed"] > 10
    assert not list((pytester.path / "temporary").glob("tillproof-*"))


def test_a_test_for_each_journey(pytester: pytest.Pytester) -> None:
    """With `per` a rule is tested on each journey by itself, and only the journeys that are chosen are made."""
    result = pytester.runpytest_subprocess(*LIAR, "--tillproof-per", "journey", "-k", "verdict or STAT-01", "-v")
    told = result.parseoutcomes()
    assert (told["passed"], told["failed"]) == (1, 1)
    result.stdout.fnmatch_lines(
        [
            f"*collected {told['deselected'] + 2} items / {told['deselected']} deselected / 2 selected*",
            "tillproof::liar:sixth-status::buy::verdict PASSED*",
            "tillproof::liar:sixth-status::buy::STAT-01 FAILED*",
        ]
    )


def test_one_s_own_processor(pytester: pytest.Pytester) -> None:
    """A class of the project is found where the project's tests would find it, and its known failures are expected ones."""
    readme = (Path(__file__).parents[2] / "README.md").read_text()
    code = readme.partition("```python\n")[2].partition("```")[0]
    code = code.replace('STATUS.get(body["status"], body["status"])', '"odd"')
    pytester.mkdir("src").joinpath("mypay.py").write_text(code)
    pytester.path.joinpath("pytest.ini").write_text("[pytest]\npythonpath = src\n")
    typed = ("--tillproof-processor", "mypay:MyPay", *QUICK, "-k", "PROC-02")
    failed = pytester.runpytest_subprocess(*typed)
    assert failed.parseoutcomes()["failed"] == 1
    ids = dict.fromkeys(line.partition(" ")[0] for line in failed.outlines if line.startswith("F-"))
    pytester.path.joinpath("tillproof-known.toml").write_text(
        "\n".join(
            f'[[known]]\nid = "{one}"\ntarget = "mypay:MyPay"\nsentence = ""\nreason = "being mended"\nuntil = 9999-12-31\n'
            'journey = "buy"\ndialect = "keep-everything"\n'
            for one in ids
        )
    )
    expected = pytester.runpytest_subprocess(*typed, "-rx")
    assert expected.parseoutcomes()["xfailed"] == 1
    expected.stdout.fnmatch_lines([f"*{next(iter(ids))} is known until 9999-12-31: being mended*"])


def test_a_processor_that_calls_elsewhere(pytester: pytest.Pytester) -> None:
    """A call to a host for which no fake answers is told in three lines, and ends nothing but the tests."""
    readme = (Path(__file__).parents[2] / "README.md").read_text()
    code = readme.partition("```python\n")[2].partition("```")[0].replace("bank.test", "api.example.test")
    pytester.path.joinpath("mypay.py").write_text(code)
    result = pytester.runpytest_subprocess("--tillproof-processor", "mypay:MyPay", *QUICK, "-k", "STAT-01 or verdict")
    assert result.parseoutcomes()["failed"] == 2
    result.stdout.fnmatch_lines(
        ["error: your processor called api.example.test; no fake answers there*", "  seen: *", "  try: *"]
    )
    result.stdout.no_fnmatch_line("*INTERNALERROR*")


BAD = {
    "no such processor": (("--tillproof-processor", "banks"), "ERROR: no processor called 'banks'"),
    "no such processor, under xdist": (("--tillproof-processor", "banks", "-n", "1"), "ERROR: no processor called 'banks'"),
    "nothing to test": (("--tillproof",), "ERROR: nothing to test"),
    "no number": (("--tillproof-processor", "bank", "--tillproof-seed", "x"), "ERROR: an option has a value *"),
    "no such kind of test": (("--tillproof-processor", "bank", "--tillproof-per", "run"), "ERROR: no kind of test *'run'"),
}


@pytest.mark.parametrize("case", BAD)
def test_what_cannot_be_used(case: str, pytester: pytest.Pytester) -> None:
    """What cannot be used is told in three lines, and no test runs."""
    typed, told = BAD[case]
    result = pytester.runpytest_subprocess(*typed)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([told, "  seen: *", "  try: *"])
