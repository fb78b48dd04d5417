"""The report log on disk: whole or not there, and never half read."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace
from support import samplelog

from tillproof.errors import BrokenLog, Misuse
from tillproof.history.log_header import FORMAT
from tillproof.history.logfile import LogWriter, check_writable, read, schema
from tillproof.history.receipt import Receipt, receipt_path, write_receipt


def written(path: Path) -> list[bytes]:
    """Write the sample log there and return its lines."""
    with LogWriter(path) as writer:
        for line in samplelog.lines():
            writer.emit(line)
    return path.read_bytes().splitlines(keepends=True)


def test_round_trip(tmp_path: Path) -> None:
    """A log that is written and read back is the same."""
    written(tmp_path / "log.jsonl")
    assert read(tmp_path / "log.jsonl") == samplelog.log()


def test_same_bytes(tmp_path: Path) -> None:
    """The same runs give the same bytes, and the writer's checksum is that of the file."""
    first = b"".join(written(tmp_path / "one.jsonl"))
    with LogWriter(tmp_path / "two.jsonl") as writer:
        for line in samplelog.lines():
            writer.emit(line)
    assert (tmp_path / "two.jsonl").read_bytes() == first
    assert writer.sha256 == hashlib.sha256(first).hexdigest()


def test_interrupted_writing(tmp_path: Path) -> None:
    """A log left before its footer leaves nothing behind, and an older log at that place as it was."""
    path = tmp_path / "log.jsonl"
    before = b"".join(written(path))

    def stop_after_the_header() -> None:
        with LogWriter(path) as writer:
            writer.emit(samplelog.HEADER)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        stop_after_the_header()
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["log.jsonl"]


def test_several_that_write_to_one_place(tmp_path: Path) -> None:
    """Each writes its log whole and reads back its own; the last to end has its log there, and nothing else is left."""
    path = tmp_path / "log.jsonl"
    header = replace(samplelog.HEADER, tillproof="another")
    other = replace(samplelog.log(), header=header)
    with LogWriter(path) as slow:
        slow.emit(header)
        written(path)
        for line in tuple(samplelog.lines())[1:]:
            slow.emit(line)
        assert (read(path), slow.read_back()) == (samplelog.log(), other)
    assert read(path) == other
    assert [p.name for p in tmp_path.iterdir()] == ["log.jsonl"]


def test_no_footer_written(tmp_path: Path) -> None:
    """A writer that was never given a footer puts nothing in place."""
    with LogWriter(tmp_path / "log.jsonl") as writer:
        writer.emit(samplelog.HEADER)
    assert list(tmp_path.iterdir()) == []


BROKEN: dict[str, tuple[Callable[[list[bytes]], list[bytes]], str, str]] = {
    "empty": (lambda _: [], "is not a report log", "it is empty"),
    "no footer": (lambda told: told[:-1], "is incomplete", "no footer after line 6"),
    "cut in the middle of a line": (lambda told: [*told[:2], told[2][:40]], "is broken at line 3", "it is cut short"),
    "a foreign line": (
        lambda told: [told[0], b'{"line":"poem"}\n', *told[1:]],
        "is broken at line 2",
        "no line of a report",
    ),
    "not JSON": (lambda told: [told[0], b"hello\n", *told[1:]], "is broken at line 2", "no line of a report log"),
    "an unknown field": (
        lambda told: [told[0], told[1].replace(b'"points"', b'"pints"'), *told[2:]],
        "is broken at line 2",
        "pints",
    ),
    "something else": (lambda _: [b'{"hello": 1}\n'], "is not a report log", "line 1 is not a header"),
    "no header": (lambda told: told[1:], "is not a report log", "line 1 is not a header"),
    "two headers": (lambda told: [told[0], *told], "is broken at line 2", "the header is the first line"),
    "lines after the footer": (lambda told: [*told, told[1]], "is broken at line 8", "after the footer"),
    "a run removed": (lambda told: [told[0], *told[2:]], "is incomplete", "3 runs and 1 findings, of 4 and 1"),
    "another version": (
        lambda told: [told[0].replace(f'"format":{FORMAT}'.encode(), b'"format":99'), *told[1:]],
        "is of another version",
        f"its format is 99; this tillproof reads format {FORMAT}",
    ),
}


@pytest.mark.parametrize("case", BROKEN)
def test_broken_logs(tmp_path: Path, case: str) -> None:
    """A log that is not whole is refused, with the line, what was seen, and what to do."""
    change, wrong, seen = BROKEN[case]
    path = tmp_path / "log.jsonl"
    lines = written(path)
    path.write_bytes(b"".join(change(lines)))
    with pytest.raises(BrokenLog) as refused:
        read(path)
    told = refused.value.lines()
    assert len(told) == 3
    assert wrong in told[0]
    assert seen in told[1]


def test_no_such_file(tmp_path: Path) -> None:
    """A log that is not there is a misuse, not a crash."""
    with pytest.raises(Misuse, match="cannot read"):
        read(tmp_path / "nothing.jsonl")


def test_unwritable_places(tmp_path: Path) -> None:
    """A place that cannot be written is refused before anything runs."""
    for path, seen in ((tmp_path, "it is a folder"), (tmp_path / "no" / "log.jsonl", "there is no folder")):
        with pytest.raises(Misuse) as refused:
            check_writable(path)
        assert seen in refused.value.seen


def test_nothing_of_the_machine(tmp_path: Path) -> None:
    """No host, date or path of the machine is in a log; secrets that passed by are not either."""
    text = b"".join(written(tmp_path / "log.jsonl"))
    for forbidden in (str(tmp_path).encode(), b"2026-", b"cs_live_99", b"MARKER-7"):
        assert forbidden not in text


def test_schema_names_every_kind_of_line() -> None:
    """The published schema is JSON and tells the seven kinds of line apart by their `line`."""
    told = msgspec.json.decode(msgspec.json.encode(schema()))
    assert set(told["discriminator"]["mapping"]) == {"header", "run", "seconds", "draws", "recalled", "finding", "footer"}
    for reference in told["discriminator"]["mapping"].values():
        assert reference.removeprefix("#/$defs/") in told["$defs"]


def test_receipt(tmp_path: Path) -> None:
    """The receipt stands beside the log and reads back."""
    receipt = Receipt(
        tillproof="0.1.0",
        python="3.11.7",
        date="2026-01-01T00:00:00+00:00",
        duration=1.5,
        host="till",
        workers=2,
        runs=3,
        runs_per_second=2.0,
        sha256="ab",
    )
    path = receipt_path(tmp_path / "last.jsonl")
    write_receipt(path, receipt)
    assert path.name == "last.receipt.json"
    assert msgspec.json.decode(path.read_bytes(), type=Receipt) == receipt
