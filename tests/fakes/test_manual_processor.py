"""Cash on delivery: everything is as the shop says."""

from __future__ import annotations

import pytest
from support.bankbench import Bench
from support.shopbench import done

from tillproof.contract.outcomes import Done
from tillproof.domain.money import Money
from tillproof.domain.statuses import OperationKind, SessionStatus
from tillproof_fake_processors.manual import ManualProcessor

DATA = {"told": 1}


def test_every_method_answers_done() -> None:
    """Whatever is asked is done, with the data as they were."""
    manual, bench = ManualProcessor(), Bench()
    attempt, money = bench.attempt("it"), Money(1000, "eur")
    assert done(manual.initiate_payment(bench.context, attempt)) == Done({}, SessionStatus.PENDING)
    assert done(manual.update_payment(DATA, bench.context, attempt)) == Done(DATA)
    assert done(manual.update_payment_data("ps_1", DATA, {"more": 2})) == Done({"told": 1, "more": 2})
    assert done(manual.authorize_payment(DATA, bench.context, attempt)) == Done(DATA, SessionStatus.AUTHORIZED)
    assert done(manual.capture_payment(DATA, money, attempt)) == Done(DATA)
    assert done(manual.refund_payment(DATA, money, attempt)) == Done(DATA)
    assert done(manual.cancel_payment(DATA, attempt)) == Done(DATA)
    assert done(manual.delete_payment(DATA, attempt)) == Done(DATA)
    assert done(manual.retrieve_payment(DATA)) == Done(DATA)
    assert done(manual.get_payment_status(DATA)) == Done(DATA, SessionStatus.AUTHORIZED)


@pytest.mark.parametrize("kind", OperationKind)
def test_there_is_nothing_to_look_for(kind: OperationKind) -> None:
    """An effect that was asked for is there: there is no other place for it to be."""
    assert done(ManualProcessor().find_effect(kind, Bench().attempt("it", 2), DATA)) == Done(DATA)


def test_what_it_declares() -> None:
    """No gateway, no challenge, no decline; nothing of its data is for the storefront."""
    declared = ManualProcessor.capabilities
    assert not declared.names() & {"gateway", "requires_more", "declines", "webhooks"}
    assert not declared.public
