"""Logs put on disk, with and without a receipt, as reports read them."""

from __future__ import annotations

from pathlib import Path

from tillproof.history.lanes import lines
from tillproof.history.log import Log
from tillproof.history.logfile import LogWriter
from tillproof.history.receipt import Receipt, receipt_path, write_receipt


def put(log: Log, path: Path, *, receipt: bool = False) -> Path:
    """Write the log there, with a receipt beside it if wanted, and return the path."""
    with LogWriter(path) as writer:
        for line in lines(log):
            writer.emit(line)
    if receipt:
        made = Receipt(
            tillproof="0.1.0",
            python="3.11.7",
            date="2026-11-22T14:03:00+00:00",
            duration=3.1,
            host="builder",
            workers=2,
            runs=len(log.runs),
            runs_per_second=1000.0,
            sha256=writer.sha256,
            commit="9f2c1ab00000",
        )
        write_receipt(receipt_path(path), made)
    return path
