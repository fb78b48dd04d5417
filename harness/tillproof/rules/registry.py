"""Every rule there is, in the order they are told, and the judging of one run."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from tillproof.history.story import Story
from tillproof.history.verdicts import Breach
from tillproof.rules import (
    amounts,
    cancel,
    capture,
    client_words,
    concurrency,
    contents,
    crash,
    customer_action,
    gateway,
    gateway_keys,
    idempotency,
    key_owners,
    ledger,
    outages,
    processor,
    refund,
    security,
    session_objects,
    sessions,
    status,
    swaps,
    webhooks,
)
from tillproof.rules.rule import Rule

RULES: tuple[Rule, ...] = (
    *ledger.RULES,
    *sorted(
        (*idempotency.RULES, concurrency.idem_06, *key_owners.RULES, *contents.RULES, *gateway_keys.RULES),
        key=lambda rule: rule.id,
    ),
    *crash.RULES,
    *sorted((*concurrency.RULES, webhooks.conc_02), key=lambda rule: rule.id),
    *status.RULES,
    *customer_action.RULES,
    *capture.RULES,
    *refund.RULES,
    *cancel.RULES,
    *webhooks.RULES,
    *amounts.RULES,
    *session_objects.RULES,
    *sessions.RULES,
    *swaps.RULES,
    *security.RULES,
    *client_words.RULES,
    *gateway.RULES,
    *outages.RULES,
    *processor.RULES,
)
"""All rules, family by family, by number within a family."""

BY_ID: dict[str, Rule] = {rule.id: rule for rule in RULES}
"""The same rules by id."""


class Judgement(msgspec.Struct, frozen=True, kw_only=True):
    """
    What the rules say of one run.

    `exercised`: ids of the rules whose precondition held, the broken ones among them. `skipped`: id and reason of those the
    processor under test has no capability for. What is in neither was not exercised.
    """

    exercised: tuple[str, ...]
    breaches: tuple[Breach, ...]
    skipped: tuple[tuple[str, str], ...]


def missing(rule: Rule, capabilities: frozenset[str]) -> str | None:
    """Return why a processor with these capabilities is not held to the rule, or None where it is."""
    lacks = [need for need in rule.needs if need not in capabilities]
    return f"the processor does not declare {' or '.join(lacks)}" if lacks else None


def judge(story: Story, rules: Sequence[Rule] = RULES) -> Judgement:
    """Ask every rule about the run. Breaches come in the order of the rules, each rule's own by step."""
    exercised: list[str] = []
    breaches: list[Breach] = []
    skipped: list[tuple[str, str]] = []
    capabilities = story.history.capabilities
    for rule in rules:
        if rule.needs and (reason := missing(rule, capabilities)) is not None:
            skipped.append((rule.id, reason))
            continue
        found = rule.check(story)
        if found is None:
            continue
        exercised.append(rule.id)
        breaches.extend(sorted(found, key=lambda breach: breach.step))
    return Judgement(exercised=tuple(exercised), breaches=tuple(breaches), skipped=tuple(skipped))
