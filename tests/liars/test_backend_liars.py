"""Every wrong backend is caught by every rule that is there for it, and the right one by none."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from typing import cast

import pytest

from tillproof.explore.single import Planned, controls, singles
from tillproof.history.story import fold
from tillproof.reference import checkout, follows
from tillproof.rules.registry import BY_ID, RULES, judge
from tillproof.selftest.backend_liars import LIARS, lying
from tillproof.simulation.target import Target
from tillproof.simulation.world import run
from tillproof.targets.named import opened
from tillproof_fake_processors.liars import LIARS as PROCESSOR_LIARS
from tillproof_scenarios import JOURNEYS

SEED = 7
SHOWN_BY = sorted({name for liar in LIARS.values() for name in liar.journeys})


@pytest.fixture(scope="module")
def bank() -> Iterator[Target]:
    """The bank, under the dialect that is its own."""
    with opened("bank", None) as target:
        yield target


def broken(target: Target, journeys: Iterable[str], enough: frozenset[str] = frozenset()) -> dict[str, str]:
    """
    Return the rules broken on these journeys and by which plan: undisturbed first, then with every single fault.

    Stops once `enough` are broken, if any are named.
    """
    found: dict[str, str] = {}
    for planned in _runs(target, frozenset(journeys)):
        history = run(target, planned.journey, planned.key, planned.plan)
        for breach in judge(fold(history)).breaches:
            found.setdefault(breach.rule, f"{planned.key.journey} {planned.key.client} {planned.key.plan}: {breach.says}")
        if enough and enough <= found.keys():
            break
    return found


def _runs(target: Target, journeys: frozenset[str]) -> Iterator[Planned]:
    undisturbed = list(controls(target, [j for j in JOURNEYS if j.name in journeys], target.dialects[:1], SEED))
    yield from undisturbed
    for control in undisturbed:
        yield from singles(control, run(target, control.journey, control.key, control.plan))


@pytest.mark.parametrize("name", LIARS)
def test_liar_is_caught(bank: Target, name: str) -> None:
    """Each of the rules named for a liar is broken on the journeys that show it."""
    liar = LIARS[name]
    with lying(liar.patches):
        found = broken(bank, liar.journeys, frozenset(liar.caught_by))
    assert set(liar.caught_by) <= found.keys(), f"{liar.says} Broken: {found}"


@pytest.mark.parametrize("journey", SHOWN_BY)
def test_reference_breaks_no_rule(bank: Target, journey: str) -> None:
    """Unpatched, the reference breaks no rule on any journey that shows a liar, whatever single fault strikes."""
    assert broken(bank, [journey]) == {}


def test_every_rule_can_fail() -> None:
    """For each rule there is a backend or a processor that it has to catch; no backend names a rule that is not there."""
    backends = {rule for liar in LIARS.values() for rule in liar.caught_by}
    processors = {rule for liar in PROCESSOR_LIARS.values() for rule in liar.caught_by}
    assert [rule.id for rule in RULES if rule.id not in backends | processors] == []
    assert backends <= BY_ID.keys()


@pytest.mark.parametrize("name", LIARS)
def test_liar_says_what_it_does(name: str) -> None:
    """A liar tells in one sentence what it does wrong, and names the journeys that show it."""
    liar = LIARS[name]
    assert liar.says.endswith(".")
    assert "\n" not in liar.says
    assert set(liar.journeys) <= {journey.name for journey in JOURNEYS}


def test_nothing_of_a_liar_is_left() -> None:
    """After a liar, also after one that failed, every place that keeps a function of the reference keeps the honest one."""
    before = _reference()
    for liar in LIARS.values():
        with lying(liar.patches):
            assert _reference() != before
        with pytest.raises(ZeroDivisionError), lying(liar.patches):
            raise ZeroDivisionError
        assert _reference() == before


def test_a_lie_reaches_tables_and_importers() -> None:
    """A patched stage is patched in its table, a patched function in the modules that imported it."""
    stages, kinds = dict(checkout.STAGES), dict(follows.FOLLOWS)
    with lying(LIARS["error-moves-on"].patches):
        assert [point for point in stages if checkout.STAGES[point] is not stages[point]] == ["payment_created"]
        assert [kind for kind in kinds if follows.FOLLOWS[kind] is not kinds[kind]] == ["authorize"]
    with lying(LIARS["revives-canceled"].patches):
        assert vars(sys.modules["tillproof.reference.sessions"])["renewed"] is follows.renewed


def test_a_misspelt_patch_is_an_error_and_patches_nothing() -> None:
    """A liar whose function is gone from the reference fails loudly instead of telling the truth."""
    before = _reference()
    with pytest.raises(AttributeError), lying({"follows.captured": lambda *_: None, "follows.gone": lambda *_: None}):
        pass
    assert _reference() == before


def _reference() -> dict[str, dict[str, object]]:
    """Return the names of the reference's modules with what they stand for, the rows of tables included."""
    modules = {name: vars(module) for name, module in sys.modules.items() if name.startswith("tillproof.reference")}
    return {
        name: {key: _copied(value) for key, value in names.items() if key[:2] != "__"} for name, names in modules.items()
    }


def _copied(value: object) -> object:
    return dict(cast("dict[object, object]", value)) if isinstance(value, dict) else value
