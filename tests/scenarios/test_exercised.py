"""Which rules are asked where nothing fails: a rule that falls silent would pass for ever."""

from __future__ import annotations

from tillproof.explore.single import controls
from tillproof.history.story import fold
from tillproof.rules.registry import RULES, judge
from tillproof.simulation.journey import ClientKind
from tillproof.simulation.target import Target
from tillproof.simulation.world import run
from tillproof_scenarios import JOURNEYS

ABOUT_FAILURE = frozenset(
    [
        "IDEM-02",
        "IDEM-05",
        "IDEM-06",
        "IDEM-07",
        "CRASH-01",
        "CRASH-02",
        "CRASH-03",
        "CRASH-04",
        "CONC-01",
        "CONC-03",
        "CONC-04",
        "STAT-04",
        "HOOK-01",
        "HOOK-03",
        "SESS-03",
        "GATE-02",
        "GATE-03",
        "OPS-01",
        "OPS-02",
        "PROC-01",
    ]
)
"""The rules that need a fault, or two at once in another order, before they have anything to say."""


def test_every_other_rule_is_exercised_by_the_undisturbed_journeys(bank: Target) -> None:
    """With nothing made to fail, the honest bank's journeys exercise every rule not about failure, and break none."""
    exercised: set[str] = set()
    for control in controls(bank, JOURNEYS, bank.dialects[:1], 7):
        if control.key.client == ClientKind.KEEPS_KEY or ClientKind.KEEPS_KEY not in control.journey.clients:
            judgement = judge(fold(run(bank, control.journey, control.key, control.plan)))
            assert judgement.breaches == ()
            exercised.update(judgement.exercised)
    assert {rule.id for rule in RULES} - exercised == ABOUT_FAILURE
