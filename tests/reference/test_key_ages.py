"""How old a key is: what a processor is told of it, however the shop's clock is set while a call is tried again."""

from __future__ import annotations

from itertools import pairwise

from support.shopbench import Bench

from tillproof.contract.outcomes import Unknown

HOURS = 7200.0


def _ages(bench: Bench, order_id: str, settings: tuple[tuple[float, bool], ...]) -> list[float]:
    """Refund with every answer lost; before each further try a minute passes, the clock is set, and the shop may restart."""
    bench.processor.script["refund_payment"] = [lambda: Unknown("lost")] * (len(settings) + 1)
    bench.ask("capture_order", id=order_id)
    bench.ask("refund_order", "k", id=order_id, amount=100)
    for wrong, restarts in settings:
        bench.clock.time += 60.0
        bench.clock.wrong = wrong
        if restarts:
            bench.restart()
        bench.ask("refund_order", "k", id=order_id, amount=100)
    return [attempt.sent_at - attempt.first_sent_at for attempt in bench.processor.attempts("refund_payment")]


def test_no_clock_that_is_set_changes_the_age_while_a_boot_lasts() -> None:
    """Hours ahead, back, and right again: a key is as old as the minutes that have passed."""
    bench = Bench()
    settings = ((HOURS, False), (-HOURS, False), (0.0, False))
    assert _ages(bench, bench.order(), settings) == [0.0, 60.0, 120.0, 180.0]


def test_an_authorization_s_key_is_as_old_as_what_has_passed() -> None:
    """It is sent as it is written down, and counts from then; however the clock is set until it is sent again."""
    bench = Bench()
    cart = bench.cart()
    bench.processor.script["authorize_payment"] = [lambda: Unknown("lost")] * 3
    for wrong in (0.0, HOURS, -HOURS, 0.0):
        bench.clock.wrong = wrong
        bench.ask("complete_cart", id=cart)
        bench.clock.time += 60.0
    ages = [attempt.sent_at - attempt.first_sent_at for attempt in bench.processor.attempts("authorize_payment")]
    assert ages == [0.0, 60.0, 120.0, 180.0]


def test_from_boot_to_boot_a_clock_may_add_and_never_takes_away() -> None:
    """A shop that comes up hours behind takes no key for younger than it was; one that comes up ahead takes it for older."""
    bench = Bench()
    settings = ((-HOURS, True), (-HOURS, False), (0.0, True), (-HOURS, True))
    ages = _ages(bench, bench.order(), settings)
    assert ages == [0.0, 0.0, 60.0, HOURS + 120.0, HOURS + 120.0]
    assert all(before <= after for before, after in pairwise(ages))
