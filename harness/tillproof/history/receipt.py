"""What belongs to the machine and the moment, kept beside the log because the log must not change with them."""

from __future__ import annotations

from pathlib import Path

import msgspec

from tillproof.history.whole import put


class Receipt(msgspec.Struct, frozen=True, kw_only=True):
    """
    Proof of when and where a log was made.

    `date` is ISO 8601, UTC; `duration` is in seconds; `sha256` is the log's checksum. `commit` is that of the repository the
    command was typed in, empty where it was typed in none. A log is `reproducible` from its choices unless a time or a
    memory decided it as well.
    """

    tillproof: str
    python: str
    date: str
    duration: float
    host: str
    workers: int
    runs: int
    runs_per_second: float
    sha256: str
    commit: str = ""
    reproducible: bool = True


def write_receipt(path: Path, receipt: Receipt) -> None:
    """Write the receipt as indented JSON."""
    put(path, msgspec.json.format(msgspec.json.encode(receipt), indent=2) + b"\n")


def receipt_path(log: Path) -> Path:
    """Return where a log's receipt is: `last.jsonl` has `last.receipt.json`."""
    return log.with_suffix(".receipt.json")
