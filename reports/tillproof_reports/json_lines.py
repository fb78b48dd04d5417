"""The log itself as a report: for scripts, and for reports made elsewhere."""

from __future__ import annotations

import shutil
from pathlib import Path


def copy_log(log: Path, to: Path) -> None:
    """Copy the log byte for byte; an older file at that place is replaced only when the copy is whole."""
    part = to.with_name(to.name + ".part")
    try:
        shutil.copyfile(log, part)
        part.replace(to)
    finally:
        part.unlink(missing_ok=True)
