"""Making a campaign from the command line: the log and its receipt in `.tillproof/`, progress, and the screen."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import count, takewhile
from pathlib import Path

import msgspec

from tillproof import __version__, campaign
from tillproof.errors import Misuse
from tillproof.explore.way import SIMULATED, Way
from tillproof.faults.kinds import applicable_on_wire
from tillproof.history.log import Log
from tillproof.history.log_findings import Finding
from tillproof.history.logfile import LogWriter, read
from tillproof.history.memory import load, store
from tillproof.history.receipt import Receipt, receipt_path, write_receipt
from tillproof.options import Options
from tillproof.targets.named import opened
from tillproof_reports.terminal import print_lines, progress

FOLDER = Path(".tillproof")
"""Where the last logs are kept, in the folder the command was typed in. It ignores itself."""


_MAY_KEEP_ANYTHING = (
    "note: this processor does not say what it keeps in memory, so few runs with two faults can be left out",
    "  if it keeps nothing from one call to the next: capabilities = Capabilities(keeps=frozenset())",
)


class Conducted(msgspec.Struct, frozen=True, kw_only=True):
    """A finished campaign: its log, where that is, and its receipt."""

    log: Log
    path: Path
    receipt: Receipt


def make_folder() -> None:
    """Make the folder if need be, with its own ignore file. Raises `Misuse` if it cannot be."""
    try:
        FOLDER.mkdir(exist_ok=True)
        (FOLDER / ".gitignore").write_text("*\n", encoding="utf-8")
    except OSError as error:
        raise Misuse(
            f"cannot keep the log in {FOLDER}/", seen=str(error.strerror), type_="run it in a folder you may write"
        ) from None


def last_path(number: int) -> Path:
    """Return where the log of a command's `number`-th target is kept: `last.jsonl`, `last.2.jsonl`, ..."""
    return FOLDER / ("last.jsonl" if number == 1 else f"last.{number}.jsonl")


def last_paths() -> tuple[Path, ...]:
    """Return where the logs of the last command are; the place of the first if there is none."""
    numbers = takewhile(lambda number: last_path(number).exists(), count(1))
    return tuple(last_path(number) for number in numbers) or (last_path(1),)


def forget_older(targets: int) -> None:
    """Remove what an earlier command with more targets has left: the last logs are those of one command."""
    number = targets + 1
    while last_path(number).exists():
        last_path(number).unlink()
        receipt_path(last_path(number)).unlink(missing_ok=True)
        number += 1


def workers() -> int:
    """Return how many processes may make runs: one for each core this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def conduct(
    name: str, gateway: str | None, options: Options, path: Path, database: str | None = None, memory: Path | None = None
) -> Conducted:
    """
    Make a campaign, write its log and receipt, and read the log back: what is shown is what was written.

    With a `database` the shop is the reference as a server on it, killed for real. With a `memory` what it remembers is made
    again first, and what was found is remembered.
    """
    before = load(memory) if memory is not None else ()
    started, began = datetime.now(UTC), time.perf_counter()
    with (
        opened(name, gateway) as target,
        _way(name, database, options.workers) as way,
        LogWriter(path) as writer,
        progress(name, sys.stderr) as advance,
    ):
        if options.depth == "pairs" and target.keeps is None:
            print_lines(_MAY_KEEP_ANYTHING, sys.stderr)
        footer = campaign.conduct(target, options, writer.emit, advance, way, remembered=before)
        duration = time.perf_counter() - began
        log = writer.read_back()
    receipt = Receipt(
        tillproof=__version__,
        python=platform.python_version(),
        date=started.isoformat(timespec="seconds"),
        duration=round(duration, 3),
        host=platform.node(),
        workers=options.workers,
        runs=footer.counts.runs,
        runs_per_second=round(footer.counts.runs / duration, 1) if duration else 0.0,
        sha256=writer.sha256,
        commit=_commit(),
        reproducible=not options.time and memory is None,
    )
    write_receipt(receipt_path(path), receipt)
    if memory is not None:
        store(memory, name, log.findings, before)
    return Conducted(log=log, path=path, receipt=receipt)


def _commit() -> str:
    """Return the commit of the repository the command was typed in, or nothing where there is none."""
    git = shutil.which("git")
    if git is None:
        return ""
    try:
        told = subprocess.run(  # noqa: S603  (git itself, and nothing of the user's)
            [git, "rev-parse", "--short=12", "HEAD"], capture_output=True, text=True, check=False, timeout=5
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return told.stdout.strip() if told.returncode == 0 else ""


@contextmanager
def _way(name: str, database: str | None, servers: int) -> Generator[Way]:
    if database is None:
        yield SIMULATED
        return
    try:
        from tillproof.targets.wire.lanes import served  # noqa: PLC0415 - server and database code, needed nowhere else
    except ModuleNotFoundError as error:
        raise Misuse(
            "the server's packages are not installed", seen=f"no {error.name}", type_="pip install 'tillproof[server]'"
        ) from None
    with served(name, database, servers) as fronts:
        yield Way(fronts=fronts, strikes=applicable_on_wire, party="backend", interleaves=False)


def last_logs() -> Iterator[Log]:
    """Yield the logs of the last command. Raises `Misuse` if there is none."""
    number = 1
    if not last_path(number).exists():
        raise Misuse(
            "there is no last log here", seen=f"no {last_path(1)} in this folder", type_="tillproof run --processor bank"
        )
    while last_path(number).exists():
        yield read(last_path(number))
        number += 1


def find_finding(id_: str) -> tuple[Log, Finding]:
    """Return the finding of that id from the last logs, and its log. Raises `Misuse` naming the ids there are."""
    known: list[str] = []
    for log in last_logs():
        for finding in log.findings:
            if finding.id.lower() == id_.lower():
                return log, finding
            known.append(finding.id)
    raise Misuse(
        f"no finding {id_} in the last log",
        seen=f"findings there: {', '.join(known) or 'none'}",
        type_=f"tillproof replay {known[0]}" if known else "tillproof run --processor NAME",
    )


def width() -> int:
    """Return how wide to print: the terminal's width, from 80 to 100 columns, and 100 in a pipe."""
    return min(100, max(80, shutil.get_terminal_size().columns)) if sys.stdout.isatty() else 100


def show(lines: list[str]) -> None:
    """Print a screen to standard output."""
    print_lines(lines, sys.stdout)
