"""Reports: they read the report log and know nothing else."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tillproof_reports.json_lines import copy_log

Write = Callable[[Path, Path], None]
"""Makes a report: from the log at the first path to a file at the second."""

KINDS: dict[str, Write] = {"json": copy_log}
"""Every kind of report that is a file, by the name `--report KIND=PATH` takes."""
