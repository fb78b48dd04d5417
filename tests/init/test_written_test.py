"""`replay --write-test`: a file that makes one run again, fails while it is wrong and passes once it is mended."""

from __future__ import annotations

from pathlib import Path

import pytest
from support import samplelog

from tillproof.cli import main
from tillproof.exits import Exit
from tillproof.history.tokens import token
from tillproof.starter.reproduction import reproduction

TOKEN = token(samplelog.key())


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Type every command in an empty folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_written_test(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It names plan, journey and expectation, fails for the liar, and passes for the honest one."""
    assert main(["replay", TOKEN, "--processor", "liar:no-refund-key", "--write-test", "test_it.py"]) == Exit.FINDINGS
    assert "python -m pytest test_it.py" in capsys.readouterr().out
    text = (folder / "test_it.py").read_text()
    assert 'journey="buy-capture-refund",' in text
    assert 'plan="processor.refund_payment#1=answer-lost",  # ' in text
    test = "test_buy_capture_refund_processor_refund_payment_1_answer_lost"
    wrong: dict[str, object] = {}
    exec(compile(text, "test_it.py", "exec"), wrong)  # noqa: S102 - the file that was written
    with pytest.raises(AssertionError, match="STILL THERE"):
        wrong[test]()  # type: ignore[operator]
    mended: dict[str, object] = {}
    exec(compile(text.replace("liar:no-refund-key", "bank"), "test_it.py", "exec"), mended)  # noqa: S102 - as above
    mended[test]()  # type: ignore[operator]


def test_an_existing_file(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A file that is there is not overwritten."""
    (folder / "test_it.py").write_text("# mine\n")
    assert main(["replay", TOKEN, "--processor", "bank", "--write-test", "test_it.py"]) == Exit.MISUSE
    assert "test_it.py exists" in capsys.readouterr().err
    assert (folder / "test_it.py").read_text() == "# mine\n"


def test_hostile_texts() -> None:
    """Whatever a log says, the file is Python and does nothing but make the run."""
    evil = '"""\nraise SystemExit\n"""\\'
    run = samplelog.key('x"#1=\n')
    text = reproduction(run, processor=evil, gateway=evil, title=evil, story=evil, meaning=evil)
    scope: dict[str, object] = {}
    exec(compile(text, "evil.py", "exec"), scope)  # noqa: S102 - the point of the test
    assert [name for name in scope if name.startswith("test_")] == ["test_buy_capture_refund_x_1"]
