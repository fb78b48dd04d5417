"""What a report is made from: a log, its receipt, the log to compare with, known failures, logs of other targets."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import msgspec
from msgspec.structs import replace

from tillproof.errors import Misuse
from tillproof.history.compare import Comparison, compare
from tillproof.history.known import Gate, Known, gate
from tillproof.history.log import Log
from tillproof.history.log_findings import Finding
from tillproof.history.logfile import read
from tillproof.history.receipt import Receipt, receipt_path


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """
    A log that was read whole, its bytes' SHA-256, and the receipt that vouches for exactly these bytes, if there is one.

    `compared` holds what is new since a baseline; None where none was given. `gate` is what the known failures make of the
    log; None where none of them is about its target. `beside` are the logs of other targets, to be told side by side.
    """

    path: Path
    log: Log
    sha256: str
    receipt: Receipt | None = None
    compared: Comparison | None = None
    gate: Gate | None = None
    beside: tuple[Source, ...] = ()

    @property
    def targets(self) -> tuple[Source, ...]:
        """Every target's source, this one's first."""
        return (self, *self.beside)

    @property
    def exit(self) -> int:
        """The exit code that counts for this target: the log's own, less what is not new, less what is known."""
        if self.gate is not None:
            return self.gate.exit
        return self.log.footer.exit if self.compared is None else self.compared.exit

    def known(self, finding: Finding) -> Known | None:
        """Return the entry that accepts the finding today, if there is one."""
        return next((k for k in self.gate.accepted if k.id == finding.id), None) if self.gate is not None else None

    def lapsed(self, finding: Finding) -> Known | None:
        """Return the entry that accepted the finding until a day that has passed, if there is one."""
        return next((k for k in self.gate.lapsed if k.id == finding.id), None) if self.gate is not None else None


def source(path: Path, baseline: Path | None = None, known: Sequence[Known] = (), today: date | None = None) -> Source:
    """
    Read a log and what is beside it. Raises `BrokenLog` or `Misuse` as `logfile.read` and `compare` do.

    `known` failures count as they do on the day `today` (UTC), without which none does.
    """
    log = read(path)
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    receipt = _receipt(receipt_path(path))
    compared = compare(read(baseline), log) if baseline is not None else None
    mine = [entry for entry in known if entry.target == log.header.target.name]
    return Source(
        path=path,
        log=log,
        sha256=sha256,
        receipt=receipt if receipt is not None and receipt.sha256 == sha256 else None,
        compared=compared,
        gate=gate(log, mine, today, compared.new if compared else None) if mine and today is not None else None,
    )


def side_by_side(sources: Sequence[Source]) -> Source:
    """Return the sources as one, the first in front. Raises `Misuse` for two logs of one target."""
    names = [made_from.log.header.target.name for made_from in sources]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise Misuse(
            "side by side are logs of different targets",
            seen=f"two logs of {twice}",
            type_="tillproof compare OLD NEW    (for two logs of one target)",
        )
    first, *others = sources
    return replace(first, beside=tuple(others))


def _receipt(path: Path) -> Receipt | None:
    """Return the receipt, or None: a log that was sent alone has none, and one that cannot be read vouches for nothing."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=Receipt)
    except (OSError, msgspec.DecodeError):
        return None
