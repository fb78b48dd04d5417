"""The file that keeps what was found: read again first, told as FIXED or STILL THERE, never taken from somebody else."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace
from support import samplelog

from tillproof import campaign
from tillproof.errors import Misuse
from tillproof.history.events import RunKey
from tillproof.history.log import LogLine
from tillproof.history.log_runs import Recalled
from tillproof.history.memory import MOST, Remembered, load, store
from tillproof.history.tokens import token
from tillproof.options import Options
from tillproof.targets.named import opened

LOST = RunKey(
    journey="buy", client="keeps-key", dialect="keep-everything", plan="processor.authorize_payment#1=answer-lost", seed=7
)


def test_what_is_stored_is_loaded_newest_first(tmp_path: Path) -> None:
    """Findings come before what was remembered; one that is found again is remembered once, by its newer run."""
    path, (finding,) = tmp_path / "memory", samplelog.log().findings
    assert load(path) == ()
    store(path, "a", [finding], ())
    first = load(path)
    assert [(entry.target, entry.id, entry.token) for entry in first] == [("a", finding.id, finding.token)]
    store(path, "a", [replace(finding, token="TP1-NEW"), replace(finding, id="F-000001")], first)  # noqa: S106 - no secret
    assert [(entry.id, entry.token) for entry in load(path)] == [(finding.id, "TP1-NEW"), ("F-000001", finding.token)]


def test_memory_is_bounded(tmp_path: Path) -> None:
    """The oldest are forgotten, target by target."""
    (finding,) = samplelog.log().findings
    old = [Remembered(target=of, id=f"F-{n}", token="T", sentence="") for of in ("a", "b") for n in range(MOST)]  # noqa: S106 - no secret
    store(tmp_path / "memory", "a", [finding], old)
    kept = load(tmp_path / "memory")
    assert [sum(entry.target == of for entry in kept) for of in ("a", "b")] == [MOST, MOST]
    assert f"F-{MOST - 1}" not in {entry.id for entry in kept if entry.target == "a"}


@pytest.mark.parametrize("raw", [b"", b"x\n", b'{"tillproof":"memory","format":1}\n{"id":"F-1"}\n'])
def test_a_foreign_file_is_refused(raw: bytes, tmp_path: Path) -> None:
    """A file that is something else, or broken, is refused by name."""
    path = tmp_path / "memory"
    path.write_bytes(raw)
    with pytest.raises(Misuse, match="is no memory of tillproof's"):
        load(path)


@pytest.mark.parametrize(
    ("target", "run", "ends"),
    [
        ("liar:no-key", LOST, "STILL THERE"),
        ("bank", LOST, "FIXED"),
        ("bank", replace(LOST, journey="drawn: fill home mug=1; reach"), "CHANGED"),
        ("bank", replace(LOST, journey="gone"), "CHANGED"),
        ("bank", replace(LOST, dialect="gone"), "CHANGED"),
        ("bank", replace(LOST, plan="processor.authorize_payment#1=gone"), "CHANGED"),
    ],
)
def test_how_it_ends(target: str, run: RunKey, ends: str) -> None:
    """A remembered run is made first, and judged: broken still, or right, or not to be made any more."""
    lines: list[LogLine] = []
    remembered = [Remembered(target=of, id="F-1", token=token(run), sentence="") for of in (target, "another")]
    options = Options(depth="none", journeys=("buy",), memory=True)
    with opened(target, None) as there:
        footer = campaign.conduct(there, options, lines.append, lambda _made, _total: None, remembered=remembered)
    (told,) = (line for line in lines if isinstance(line, Recalled))
    assert told.ends == ends
    assert lines.index(told) == 1
    assert bool(footer.counts.findings) == (ends == "STILL THERE")
