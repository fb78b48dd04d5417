"""The registry: what every rule says of itself, and how a run is judged."""

from __future__ import annotations

import re

import pytest
from support.histories import Tape

from tillproof.domain.seed import SENTENCES
from tillproof.history.story import fold
from tillproof.rules.registry import BY_ID, RULES, judge, missing
from tillproof.rules.rule import Rule


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_every_rule_can_be_explained(rule: Rule) -> None:
    """Each rule has an id, seed sentences, failures, witnesses, and words for a person."""
    assert re.fullmatch(r"[A-Z]+-\d\d", rule.id)
    assert rule.seed
    assert set(rule.seed) <= SENTENCES.keys()
    assert all(re.fullmatch(r"F-[A-Z]+-\d\d", f) for f in rule.failures)
    assert rule.failures
    assert set(rule.witnesses) <= set("GCBH")
    assert all((rule.title, rule.why.endswith("."), rule.mend.endswith("."), "Not a breach" in rule.text))


def test_ids_are_unique_and_ordered_within_a_family() -> None:
    """No id is used twice, families stay together, and numbers rise within one."""
    families = list(dict.fromkeys(rule.id.split("-")[0] for rule in RULES))
    assert len(BY_ID) == len(RULES)
    assert [r.id for r in RULES] == sorted(BY_ID, key=lambda id_: (families.index(id_.split("-")[0]), id_))


def test_a_processor_without_a_gateway_is_not_held_to_what_needs_one() -> None:
    """A rule that needs a capability nobody declared is skipped with that reason."""
    said = judge(fold(Tape(can=frozenset()).bought().quiet().history()))
    skipped = dict(said.skipped)
    assert skipped["LED-05"] == "the processor does not declare gateway"
    assert missing(BY_ID["LED-03"], frozenset({"gateway"})) == "the processor does not declare void"
    assert not set(skipped) & set(said.exercised)


def test_a_purchase_that_went_well_breaks_nothing() -> None:
    """The control history breaks no rule at all, and exercises many."""
    said = judge(fold(Tape().bought().quiet().history()))
    assert said.breaches == ()
    assert {"LED-01", "LED-04", "LED-05", "IDEM-01", "STAT-02", "AMT-02", "SESS-02", "PROC-02"} <= set(said.exercised)


def test_an_empty_history_exercises_nothing() -> None:
    """Where nothing happened there is nothing to say."""
    assert judge(fold(Tape().history())).exercised == ()
