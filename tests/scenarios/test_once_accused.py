"""Runs in which an honest target was accused once: each is right, and no rule speaks."""

from __future__ import annotations

import pytest

from tillproof.campaign import replay
from tillproof.history.events import Faulted, RunKey
from tillproof.targets.named import opened

REFUNDS = "gateway.POST:/intents/{id}/refunds"

PLANS: dict[str, tuple[str, str, str, str, str]] = {
    "the gateway breaks at a refund after its answer was a page": (
        "bank", "buy-capture-refund", "walks-away", f"{REFUNDS}#2=html-200 + {REFUNDS}#3=error-500-before", ""
    ),
    "the gateway breaks at a refund that was thought to be sent": (
        "bank", "buy-capture-refund", "walks-away",
        f"commit.refund-intended#1=commit-unheard + {REFUNDS}#1=error-500-before", "",
    ),
    "one part of a refund is settled by the event, and the retry goes on to the other Payment": (
        "bank", "refund-over-two-payments", "keeps-key", f"{REFUNDS}#2=answer-lost + gateway.GET:/effects#1=no-200", ""
    ),
    "one part of a refund is made by the event, and the other refused": (
        "bank", "refund-over-two-payments", "keeps-key",
        f"commit.refund-intended#2=crash-after + {REFUNDS}#3=stored-500-before", "",
    ),
    "the shopper goes on while a false delivery is served": (
        "stripe", "back-as-the-event-comes", "keeps-key", "webhook.payment_intent.requires_action#1=future-dated",
        "1>gateway + 2>shopper",
    ),
}  # fmt: skip


@pytest.mark.parametrize("plan", PLANS)
def test_an_honest_target_is_not_accused(plan: str) -> None:
    """What looked wrong is none of the target's: every fault of the plan strikes, and no rule is broken."""
    name, journey, client, faults, schedule = PLANS[plan]
    with opened(name, None) as target:
        key = RunKey(journey=journey, client=client, dialect=target.dialects[0], plan=faults, seed=7, schedule=schedule)
        history, judgement = replay(target, key)
    assert [event.fault for event in history.events if isinstance(event, Faulted)] == faults.split(" + ")
    assert judgement.breaches == ()
