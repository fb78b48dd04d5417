"""A campaign's first line: what is tested, by which rules, on which journeys, as chosen how."""

from __future__ import annotations

from tillproof import __version__
from tillproof.campaign.scope import Scope
from tillproof.history.log import FORMAT, Header, JourneyLine, RuleLine, TargetLine
from tillproof.options import Options
from tillproof.rules.rule import Rule
from tillproof.simulation.target import Target


def header(target: Target, scope: Scope, options: Options, party: str) -> Header:
    """Return the header. `party` is whom a finding blames."""
    return Header(
        format=FORMAT,
        tillproof=__version__,
        target=TargetLine(
            name=target.name,
            identifier=target.provider_id,
            gateway=target.gateway,
            capabilities=tuple(sorted(target.capabilities)),
            kind=party,
        ),
        choices=options.choices(),
        rules=tuple(_rule_line(rule, scope) for rule in scope.rules),
        journeys=tuple(
            JourneyLine(name=j.name, title=j.title, theme=j.theme, skipped=scope.skipped.get(j.name, ""))
            for j in scope.journeys
        ),
        dialects=scope.dialects,
        shard=options.shard,
    )


def _rule_line(rule: Rule, scope: Scope) -> RuleLine:
    shared = {name: getattr(rule, name) for name in RuleLine.__struct_fields__ if name != "skipped"}
    return RuleLine(**shared, skipped=scope.skipped.get(rule.id, ""))
