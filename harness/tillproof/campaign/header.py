"""A campaign's first line: what is tested, by which rules, on which journeys, as chosen how."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tillproof import __version__
from tillproof.campaign.scope import Scope
from tillproof.explore.way import Way
from tillproof.faults.kinds import KINDS
from tillproof.faults.points import Seam
from tillproof.history.coverage import FaultLine, GoalLine
from tillproof.history.goals import goal_lines
from tillproof.history.log_header import FORMAT, Header, JourneyLine, RuleLine, TargetLine
from tillproof.options import Options
from tillproof.rules.rule import Rule
from tillproof.simulation.target import Target

_AT_ONCE = "at once"
"""The theme of journeys on which several clients are at work at once."""


def header(target: Target, scope: Scope, options: Options, way: Way) -> Header:
    """Return the header of a campaign whose runs are made that way."""
    journeys = journey_lines(scope)
    return Header(
        format=FORMAT,
        tillproof=__version__,
        target=TargetLine(
            name=target.name,
            identifier=target.provider_id,
            gateway=target.gateway,
            capabilities=tuple(sorted(target.capabilities)),
            kind=way.party,
        ),
        choices=options.choices(),
        rules=tuple(rule_line(rule, scope.skipped.get(rule.id, "")) for rule in scope.rules),
        journeys=journeys,
        dialects=scope.dialects,
        faults=tuple(_fault_lines(way)),
        goals=goals_within(journeys, options),
        shard=options.shard,
    )


def journey_lines(scope: Scope) -> tuple[JourneyLine, ...]:
    """Return a scope's journeys as logs tell them; those that are left out, with the reason."""
    return tuple(
        JourneyLine(name=j.name, title=j.title, theme=j.theme, skipped=scope.skipped.get(j.name, "")) for j in scope.journeys
    )


def goals_within(journeys: Iterable[JourneyLine], options: Options) -> tuple[GoalLine, ...]:
    """Return the goals as the header of a campaign of these journeys tells them."""
    made = {line.name: line.theme for line in journeys if not line.skipped}
    return goal_lines(made, disturbed=options.depth != "none", at_once=_AT_ONCE in made.values())


def _fault_lines(way: Way) -> Iterator[FaultLine]:
    for kind in KINDS.values():
        name = next(iter(sorted(kind.only)), "")
        seams = tuple(seam.value for seam in Seam if seam in kind.seams and kind in way.strikes(seam, name))
        if seams:
            yield FaultLine(
                name=kind.name,
                says=kind.says,
                cut=kind.cut,
                seams=seams,
                only=tuple(sorted(kind.only)),
                acts=Seam.GATEWAY in seams and kind not in way.strikes(Seam.GATEWAY, "GET:/"),
            )


def rule_line(rule: Rule, skipped: str = "") -> RuleLine:
    """Return a rule as logs and reports tell it. `skipped` is the reason why it is not applied."""
    shared = {name: getattr(rule, name) for name in RuleLine.__struct_fields__ if name != "skipped"}
    return RuleLine(**shared, skipped=skipped)
