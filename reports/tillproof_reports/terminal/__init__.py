"""What a person sees in a terminal: lines of text, complete without colour."""

from __future__ import annotations

from tillproof_reports.terminal.campaign import Detail, campaign_screen
from tillproof_reports.terminal.output import print_lines, progress, stages
from tillproof_reports.terminal.replay import Outcome, Replayed, replay_screen

__all__ = [
    "Detail",
    "Outcome",
    "Replayed",
    "campaign_screen",
    "print_lines",
    "progress",
    "replay_screen",
    "stages",
]
