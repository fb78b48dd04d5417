"""Writing a report log so that it is whole or not there, and reading one so that half of it is never taken for all."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, NoReturn, Self

import msgspec

from tillproof.errors import BrokenLog, Misuse
from tillproof.history.log import Log, LogLine
from tillproof.history.log_findings import Finding
from tillproof.history.log_footer import Footer
from tillproof.history.log_header import FORMAT, Header
from tillproof.history.log_runs import Draws, Recalled, RunResult, Seconds, Summed
from tillproof.history.whole import beside

_ENCODER = msgspec.json.Encoder(order="deterministic")
_DECODER: msgspec.json.Decoder[LogLine] = msgspec.json.Decoder(LogLine)
_AGAIN = "write it again: tillproof run … --report json=PATH"


class _Version(msgspec.Struct):
    """As much of a header as every version has."""

    line: str = ""
    format: int = 0


def check_writable(path: Path) -> None:
    """Raise `Misuse` if a log could not be written there. Asked before hours of work, not after."""
    folder = path.parent
    if path.is_dir():
        raise Misuse(f"cannot write a report to {path}", seen="it is a folder", type_="name a file: --report json=PATH")
    if not folder.is_dir():
        raise Misuse(f"cannot write a report to {path}", seen=f"there is no folder {folder}", type_=f"mkdir -p {folder}")
    if not os.access(folder, os.W_OK) or (path.exists() and not os.access(path, os.W_OK)):
        raise Misuse(f"cannot write a report to {path}", seen="permission denied", type_="name a file you may write")


class LogWriter:
    """
    Writes a log line by line to a file of its own, and moves it to its place when the footer has been written.

    Used as a context manager. Left before the footer, it leaves nothing behind and an older log at its place untouched. Of
    several that write to one place at the same time, the last to end has its log there.
    """

    def __init__(self, path: Path) -> None:
        """Open the file. Raises `Misuse` if it cannot be written."""
        check_writable(path)
        self._path = path
        self._part = beside(path)
        self._digest = hashlib.sha256()
        self._finished = False
        self._file: BinaryIO
        try:
            self._file = self._part.open("xb")
        except OSError as error:
            raise Misuse(f"cannot write a report to {path}", seen=str(error.strerror), type_="name another file") from None

    def __enter__(self) -> Self:
        """Return the writer itself."""
        return self

    def emit(self, line: LogLine) -> None:
        """Write one line."""
        raw = _ENCODER.encode(line) + b"\n"
        self._file.write(raw)
        self._digest.update(raw)
        self._finished = isinstance(line, Footer)

    def read_back(self) -> Log:
        """Return what has been written, read from the file. Raises as `read` does; the footer must have been written."""
        self._file.flush()
        return read(self._part)

    @property
    def sha256(self) -> str:
        """The checksum of what has been written so far."""
        return self._digest.hexdigest()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Put a finished log in its place; remove an unfinished one."""
        self._file.close()
        if kind is None and self._finished:
            self._part.replace(self._path)
        else:
            self._part.unlink(missing_ok=True)


def read(path: Path) -> Log:
    """
    Read a whole log.

    Raises `BrokenLog`, naming the line, for a log of another version, with a foreign or truncated line, with lines out of
    place, or without a footer; `Misuse` for a file that cannot be read.
    """
    lines: list[LogLine] = []
    for number, line in _lines(path):
        if lines and isinstance(lines[-1], Footer):
            _broken(path, number, "it stands after the footer")
        if isinstance(line, Header) != (number == 1):
            _broken(path, number, "the header is the first line and only that")
        lines.append(line)
    if not lines or not isinstance(lines[0], Header):
        raise BrokenLog(f"{path} is not a report log", seen="it is empty", type_=_AGAIN)
    if not isinstance(lines[-1], Footer):
        raise BrokenLog(
            f"{path} is incomplete", seen=f"no footer after line {len(lines)}: the run did not end", type_=_AGAIN
        )
    log = Log(
        header=lines[0],
        runs=tuple(line for line in lines if isinstance(line, RunResult)),
        findings=tuple(line for line in lines if isinstance(line, Finding)),
        footer=lines[-1],
        seconds=tuple(line for line in lines if isinstance(line, Seconds)),
        recalled=tuple(line for line in lines if isinstance(line, Recalled)),
        draws=tuple(line for line in lines if isinstance(line, Draws)),
    )
    counts = log.footer.counts
    told = len(log.runs) + sum(line.runs for line in lines if isinstance(line, Summed))
    if (counts.runs, counts.findings) != (told, len(log.findings)):
        seen = f"{told} runs and {len(log.findings)} findings, of {counts.runs} and {counts.findings}"
        raise BrokenLog(f"{path} is incomplete", seen=seen, type_=_AGAIN)
    return log


def _lines(path: Path) -> Iterator[tuple[int, LogLine]]:
    try:
        file = path.open("rb")
    except OSError as error:
        raise Misuse(f"cannot read {path}", seen=str(error.strerror), type_="tillproof run --processor NAME") from None
    with file:
        for number, raw in enumerate(file, start=1):
            if number == 1:
                _check_version(path, raw)
            if not raw.endswith(b"\n"):
                _broken(path, number, "it is cut short")
            try:
                yield number, _DECODER.decode(raw)
            except msgspec.DecodeError as error:
                _broken(path, number, f"it is no line of a report log ({error})")


def _check_version(path: Path, raw: bytes) -> None:
    try:
        version = msgspec.json.decode(raw, type=_Version)
    except msgspec.DecodeError:
        version = _Version()
    if version.line != "header":
        raise BrokenLog(f"{path} is not a report log", seen="line 1 is not a header", type_=_AGAIN)
    if version.format != FORMAT:
        seen = f"its format is {version.format}; this tillproof reads format {FORMAT}"
        raise BrokenLog(f"{path} is of another version", seen=seen, type_="read it with the tillproof that wrote it")


def _broken(path: Path, number: int, seen: str) -> NoReturn:
    raise BrokenLog(f"{path} is broken at line {number}", seen=seen, type_=_AGAIN)


def schema() -> dict[str, object]:
    """Return the JSON Schema of one line of a log."""
    (line,), components = msgspec.json.schema_components([LogLine], ref_template="#/$defs/{name}")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"One line of a tillproof report log, format {FORMAT}",
        **line,
        "$defs": components,
    }
