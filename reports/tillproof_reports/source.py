"""What a report is made from: a log, its receipt, and the log of an earlier campaign to compare with."""

from __future__ import annotations

import hashlib
from pathlib import Path

import msgspec

from tillproof.history.compare import Comparison, compare
from tillproof.history.log import Log
from tillproof.history.logfile import read
from tillproof.history.receipt import Receipt, receipt_path


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """
    A log that was read whole, its bytes' SHA-256, and the receipt that vouches for exactly these bytes, if there is one.

    `compared` holds what is new since a baseline; None where none was given.
    """

    path: Path
    log: Log
    sha256: str
    receipt: Receipt | None = None
    compared: Comparison | None = None


def source(path: Path, baseline: Path | None = None) -> Source:
    """Read a log and what is beside it. Raises `BrokenLog` or `Misuse` as `logfile.read` and `compare` do."""
    log = read(path)
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    receipt = _receipt(receipt_path(path))
    return Source(
        path=path,
        log=log,
        sha256=sha256,
        receipt=receipt if receipt is not None and receipt.sha256 == sha256 else None,
        compared=compare(read(baseline), log) if baseline is not None else None,
    )


def _receipt(path: Path) -> Receipt | None:
    """Return the receipt, or None: a log that was sent alone has none, and one that cannot be read vouches for nothing."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=Receipt)
    except (OSError, msgspec.DecodeError):
        return None
