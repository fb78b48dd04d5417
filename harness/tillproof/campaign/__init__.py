"""
A campaign: every run there is for a target and its choices, made, judged, and written to the report log.

Runs come in lanes: one journey with one client under one dialect, its undisturbed run first, then every single fault. Lanes
may be made by several processes; the log lists them in the same order all the same.
"""

from tillproof.campaign.conducting import Emit, Progress, conduct
from tillproof.campaign.header import goals_within, journey_lines
from tillproof.campaign.judging import Judge, replay
from tillproof.campaign.scope import Scope, scope_of

__all__ = ["Emit", "Judge", "Progress", "Scope", "conduct", "goals_within", "journey_lines", "replay", "scope_of"]
