"""No false alarms: the honest bank under faults, and with two at once in other orders, judged by every rule."""

from __future__ import annotations

from functools import partial
from itertools import chain, cycle, islice

from support.runs import made

from tillproof.explore.schedules import schedules
from tillproof.explore.single import controls, singles
from tillproof.history.story import fold
from tillproof.history.verdicts import Breach
from tillproof.rules.registry import RULES, judge
from tillproof.simulation.target import Target
from tillproof_scenarios import JOURNEYS

OF_RACES = {"IDEM-06", "CONC-01", "CONC-03", "CONC-04"}
"""The rules that two at once are needed for."""

EVERY = 37  # of a control's single faults, so many are left out after each that is taken


def test_the_honest_bank_breaks_no_rule_whatever_fails(bank: Target) -> None:
    """In a sample of single faults, with each client and dialect, every rule but those of races is asked and none broken."""
    asked: set[str] = set()
    broken: list[tuple[str, Breach]] = []
    dialects = cycle(bank.dialects)
    for control in chain.from_iterable(controls(bank, [journey], [next(dialects)], 7) for journey in JOURNEYS):
        for planned in islice(singles(control, made(bank, control)), 0, None, EVERY):
            judgement = judge(fold(made(bank, planned)))
            asked.update(judgement.exercised)
            broken += [(str(planned.key), breach) for breach in judgement.breaches]
    assert broken == []
    assert {rule.id for rule in RULES} - asked <= OF_RACES


def test_the_honest_bank_breaks_no_rule_in_any_order(bank: Target) -> None:
    """In a sample of the orders in which two at work can come, the rules of races are asked and none is broken."""
    asked: set[str] = set()
    broken: list[tuple[str, Breach]] = []
    for control in controls(bank, JOURNEYS, bank.dialects[:1], 7):
        undisturbed = made(bank, control)
        orders = schedules(control, undisturbed, partial(made, bank), preemptions=1)
        for _, history in islice(orders, 0, None, 3):
            judgement = judge(fold(history))
            asked.update(judgement.exercised)
            broken += [(str(history.run), breach) for breach in judgement.breaches]
    assert broken == []
    assert asked >= OF_RACES
