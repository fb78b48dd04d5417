"""`tillproof.testing`, as somebody would use it in tests of their own, with no test runner at hand."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import tillproof.testing
from tillproof.errors import Misuse
from tillproof.testing import assert_conformant, assert_run_conformant

README = (Path(__file__).parents[2] / "README.md").read_text()
MYPAY = README.partition("```python\n")[2].partition("```")[0]
LOST_REFUND = "processor.refund_payment#1=answer-lost"


Own = Callable[[str, str], type]


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Own:
    """Write a module and return its class, imported as pytest's importlib mode does: found by no path."""

    def written(name: str, code: str) -> type:
        file = tmp_path / f"{name}.py"
        file.write_text(code)
        spec = importlib.util.spec_from_file_location(f"some.where.{name}", file)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        monkeypatch.setitem(sys.modules, module.__name__, module)
        spec.loader.exec_module(module)
        cls: type = module.MyPay
        return cls

    return written


def test_the_front_of_the_module() -> None:
    """`__all__` is sorted and there."""
    assert sorted(tillproof.testing.__all__) == tillproof.testing.__all__
    assert all(callable(getattr(tillproof.testing, name)) for name in tillproof.testing.__all__)


def test_no_pytest_needed() -> None:
    """Importing it imports no pytest."""
    code = "import sys, tillproof.testing; sys.exit('pytest' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_right_processor(own: Own) -> None:
    """A class that is right passes, wherever its file lies and however it was imported."""
    assert_conformant(own("rightpay", MYPAY), journeys="buy", depth="none")
    assert_conformant("manual", journeys="cash-on-delivery", depth="none")


def test_a_wrong_processor(own: Own) -> None:
    """A class that is wrong fails with the story of what it does."""
    code = MYPAY.replace('STATUS.get(body["status"], body["status"])', '"odd"')
    with pytest.raises(AssertionError, match="answered with the status 'odd', which does not exist") as told:
        assert_conformant(own("oddpay", code), journeys=["buy"], depth="none")
    assert str(told.value).startswith("NOT SAFE.")
    assert "tillproof replay TP1-" in str(told.value)


def test_one_run() -> None:
    """One run by its plan: right for an honest processor; for a liar it is told step by step."""
    assert_run_conformant("bank", journey="buy-capture-refund", plan=LOST_REFUND)
    with pytest.raises(AssertionError, match="FAULT") as told:
        assert_run_conformant("liar:no-refund-key", journey="buy-capture-refund", plan=LOST_REFUND)
    assert "STILL THERE" in str(told.value)


def test_a_fault_that_never_strikes() -> None:
    """A test whose fault is never reached any more tests nothing, and fails."""
    with pytest.raises(AssertionError, match="the fault or turn of the recording is never reached"):
        assert_run_conformant("bank", journey="buy", plan=LOST_REFUND)


def test_what_cannot_be_used() -> None:
    """A class that only a function knows, a journey, dialect, client, plan or depth that is none: said with a way out."""

    class Hidden:
        identifier = "hidden"

    with pytest.raises(Misuse, match="cannot be found by name") as told:
        assert_conformant(Hidden)
    assert any("module:Class" in note for note in told.value.__notes__)
    with pytest.raises(Misuse, match="no journey called 'bye'"):
        assert_run_conformant("bank", journey="bye", plan="")
    with pytest.raises(Misuse, match="no dialect called 'klingon'"):
        assert_run_conformant("bank", journey="buy", plan="", dialect="klingon")
    with pytest.raises(Misuse, match="no client called 'nobody'"):
        assert_run_conformant("bank", journey="buy", plan="", client="nobody")
    with pytest.raises(Misuse, match="not a fault: 'meteor'"):
        assert_run_conformant("bank", journey="buy", plan="meteor")
    with pytest.raises(Misuse, match="no depth called 'deep'"):
        assert_conformant("bank", depth="deep")
