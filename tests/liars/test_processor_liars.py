"""Each processor liar is caught by every rule its row names; so each of those rules can fail."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tillproof.explore.single import controls, singles
from tillproof.history.events import History
from tillproof.history.story import fold
from tillproof.rules.registry import BY_ID, judge
from tillproof.simulation.target import Target
from tillproof.simulation.world import run
from tillproof.targets.named import opened
from tillproof_fake_processors.liars import LIARS
from tillproof_scenarios import JOURNEYS


def histories(target: Target, dialect: str) -> Iterator[History]:
    """Make the undisturbed runs of all journeys, then every single fault of each."""
    planned = [c for c in controls(target, JOURNEYS, (dialect,), 7) if c.key.client != "walks-away"]
    made = [(control, run(target, control.journey, control.key, control.plan)) for control in planned]
    yield from (history for _, history in made)
    for control, history in made:
        for single in singles(control, history):
            yield run(target, single.journey, single.key, single.plan)


@pytest.mark.parametrize("name", LIARS)
def test_liar_is_caught_by_the_rules_its_row_names(name: str) -> None:
    """Every rule named for the liar is broken in some run of the default campaign."""
    liar = LIARS[name]
    rules = [BY_ID[id_] for id_ in liar.caught_by]
    missing = set(liar.caught_by)
    with opened(f"liar:{name}", None) as target:
        for dialect in liar.dialects:
            for history in histories(target, dialect):
                missing -= {breach.rule for breach in judge(fold(history), rules).breaches}
                if not missing:
                    return
    assert missing == set()
