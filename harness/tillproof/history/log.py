"""
The types of the report log: JSON lines, one header, a line for every run, one for every finding, one footer.

Runs with two faults are too many for a line each: those that share the first fault are summed up in one.

The log holds everything a report says and nothing of the machine it was written on: no clock, no host, no path. The same
target, choices and seed give the same bytes. What belongs to the machine is in the receipt beside it (`receipt.py`).
Amounts are minor units.
"""

from __future__ import annotations

import msgspec

from tillproof.history.log_findings import Finding
from tillproof.history.log_footer import Footer
from tillproof.history.log_header import Header
from tillproof.history.log_runs import Draws, Recalled, RunResult, Seconds

LogLine = Header | RunResult | Seconds | Draws | Recalled | Finding | Footer


class Log(msgspec.Struct, frozen=True, kw_only=True):
    """A whole log, read back. In the file the `seconds` of a lane stand after its runs (`logfile.lines`)."""

    header: Header
    runs: tuple[RunResult, ...]
    findings: tuple[Finding, ...]
    footer: Footer
    seconds: tuple[Seconds, ...] = ()
    draws: tuple[Draws, ...] = ()
    recalled: tuple[Recalled, ...] = ()
