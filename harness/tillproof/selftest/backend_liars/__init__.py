"""Backends wrong on purpose: the reference with a small patch each, kept to prove that a rule can fail."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from dataclasses import dataclass

from tillproof.selftest.backend_liars import (
    after_order,
    at_once,
    client_words,
    completion,
    keys,
    outages,
    sessions,
    swaps,
    webhooks,
)
from tillproof.selftest.backend_liars.patching import Honest, lying

__all__ = ["LIARS", "TWO_FAULTS", "BackendLiar", "lying"]


@dataclass(frozen=True, slots=True)
class BackendLiar:
    """
    One wrong backend.

    `mutant`: its number in the table of mutants, if it has one; `failures`: those of the catalogue it rebuilds. `patches`:
    what it replaces in the reference, the lie that gives it its name first; the others remove what would mask it.
    `journeys`: the fewest that show it. `caught_by`: the rules that must each catch it.
    """

    name: str
    mutant: str | None
    patches: Mapping[str, Honest]
    journeys: tuple[str, ...]
    caught_by: tuple[str, ...]
    failures: tuple[str, ...] = ()

    @property
    def says(self) -> str:
        """Say in one sentence what it does wrong."""
        return inspect.getdoc(next(iter(self.patches.values()))) or ""


def _liar(
    name: str, mutant: str | None, patches: Mapping[str, Honest], journeys: str, caught_by: str, like: str = ""
) -> tuple[str, BackendLiar]:
    return name, BackendLiar(name, mutant, patches, tuple(journeys.split()), tuple(caught_by.split()), tuple(like.split()))


LIARS: dict[str, BackendLiar] = dict(
    (
        _liar(
            "starts-over",
            "M25",
            {"idempotency.open_attempt": keys.starts_over},
            "buy",
            "IDEM-02 IDEM-03 CRASH-03",
        ),
        _liar(
            "never-advances",
            "M25",
            {
                "idempotency.open_attempt": keys.never_advances,
                "checkout._moved": keys.stores_no_point,
                "checkout._reread": keys.goes_on_by_itself,
                "checkout._current": keys.compares_no_point,
                "follows.authorized": keys.authorizes_without_a_point,
            },
            "buy",
            "IDEM-02 IDEM-03 CRASH-03",
        ),
        _liar(
            "error-moves-on",
            "M27",
            {"follows.authorized": keys.error_moves_on, "checkout._confirm_and_place": keys.waits_for_ever},
            "decline-then-other-method",
            "STAT-02 IDEM-09",
            like="F-IDM-14",
        ),
        _liar(
            "challenge-is-final",
            "M28",
            {"checkout._authorize": keys.challenge_is_final, "checkout._answer": keys.answers_as_stored},
            "three-d-secure",
            "SCA-02 IDEM-09",
            like="F-SCA-02",
        ),
        _liar(
            "conflict-is-final",
            "M29",
            {"checkout._run": keys.conflict_is_final, "checkout._answer": keys.answers_as_stored},
            "buy",
            "IDEM-09",
            like="F-IDM-12",
        ),
        _liar(
            "old-contents",
            "M31",
            {"checkout._outdated": completion.keeps_old_contents, "sessions._missing": completion.rewrites_sum},
            "edit-after-interruption",
            "IDEM-05",
            like="F-IDM-07",
        ),
        _liar(
            "key-put-aside",
            "M32",
            {"idempotency.open_attempt": keys.puts_key_aside},
            "buy",
            "IDEM-03 CRASH-04",
            like="F-IDM-13",
        ),
        _liar("no-key-told", "M33", {"checkout.complete": keys.tells_no_key}, "buy", "IDEM-01", like="F-INT-08"),
        _liar(
            "any-word-places",
            "M37",
            {
                "follows.authorized": completion.places_on_any_word,
                "operations._settled": completion.settles_anything,
                "checkout._confirm_and_place": completion.places_unconfirmed,
            },
            "three-d-secure",
            "STAT-02 SCA-01",
            like="F-STA-02",
        ),
        _liar(
            "captured-ahead",
            "M40",
            {"operations.finish": after_order.captured_ahead},
            "refund-limits",
            "CAP-01 LED-05",
            like="F-CAP-09",
        ),
        _liar(
            "failure-swallowed",
            "M41",
            {"payments.capture": after_order.swallows_failure},
            "refund-limits",
            "CAP-04",
            like="F-CAP-08",
        ),
        _liar(
            "refunded-ahead",
            "M42",
            {"operations.finish": after_order.refunded_ahead, "follows.refunded": after_order.raised_already},
            "refund-limits",
            "REF-01 LED-05",
            like="F-REF-10",
        ),
        _liar(
            "checked-alone",
            "M43",
            {"payments._check_left": after_order.checked_alone, "payments._left": after_order.leaves_everything},
            "refund-limits",
            "REF-02",
            like="F-REF-04",
        ),
        _liar(
            "uncaptured-refunded",
            "M44",
            {"payments.refund": after_order.refunds_uncaptured},
            "refund-limits",
            "REF-03",
            like="F-REF-08",
        ),
        _liar(
            "canceled-anyway",
            "M47",
            {"follows.canceled": after_order.canceled_anyway},
            "buy-cancel",
            "VOID-01",
            like="F-VOID-01",
        ),
        _liar(
            "canceled-captured",
            "M48",
            {"payments.capture": after_order.captures_canceled, "follows.canceled": after_order.canceled_anyway},
            "cancel-then-capture",
            "VOID-02",
        ),
        _liar(
            "canceled-in-books",
            "M48",
            {"payments.cancel": after_order.cancels_in_books, "payments.capture": after_order.captures_canceled},
            "cancel-then-capture",
            "VOID-01 VOID-02",
            like="F-VOID-04",
        ),
        _liar(
            "hold-kept",
            "M49",
            {"checkout._let_go": completion.keeps_hold},
            "out-of-stock",
            "VOID-03 LED-03",
            like="F-CON-06",
        ),
        _liar(
            "old-currency",
            "M54",
            {"sessions._needed": sessions.keeps_old_currency, "checkout._authorize": sessions.authorizes_old_currency},
            "change-region",
            "SESS-01 AMT-03",
            like="F-SES-06",
        ),
        _liar(
            "one-old-currency",
            "M54",
            {"sessions._needed": sessions.keeps_currency, "checkout._authorize": sessions.authorizes_old_currency},
            "change-region",
            "SESS-01 AMT-03",
            like="F-AMT-08",
        ),
        _liar(
            "hold-kept-on-leaving",
            "M49",
            {"checkout._let_go": completion.keeps_hold, "checkout._authorize": completion.authorizes_anywhere},
            "region-without-processor",
            "VOID-03 LED-03 SESS-05",
        ),
        _liar(
            "old-choice",
            None,
            {"sessions._needed": sessions.keeps_what_was_chosen},
            "decline-then-other-method",
            "SESS-01",
            like="F-SES-05",
        ),
        _liar("one-method", None, {"sessions._show": sessions.shows_one_method}, "cash-on-delivery", "SESS-01"),
        _liar(
            "methods-for-nothing", None, {"sessions._show": sessions.shows_methods_for_nothing}, "nothing-to-pay", "SESS-01"
        ),
        _liar(
            "bought-unasked",
            None,
            {"carts.set_quantity": completion.buys_when_edited},
            "edit-after-interruption",
            "IDEM-05",
        ),
        _liar(
            "whole-refunds-only", None, {"payments._check_left": after_order.refunds_whole_only}, "refund-limits", "REF-05"
        ),
        _liar(
            "nothing-before",
            "M58",
            {"operations.intend": sessions.forgets_intent, "operations._call": sessions.stores_afterwards},
            "buy",
            "LED-02 SESS-03",
            like="F-INT-10",
        ),
        _liar(
            "new-names",
            None,
            {"operations._attempt": completion.asks_under_new_names},
            "buy",
            "LED-02 LED-01 IDEM-07 CRASH-02",
            like="F-IDM-01",
        ),
        _liar("new-keys", None, {"operations._attempt": completion.asks_under_new_keys}, "buy", "IDEM-07 CRASH-02"),
        _liar(
            "another-operation",
            None,
            {"operations.take": completion.takes_another},
            "buy",
            "IDEM-07 CRASH-02",
            like="F-INT-04",
        ),
        _liar("one-key", None, {"operations._attempt": completion.has_one_key}, "buy-capture-refund", "IDEM-08"),
        _liar("one-key-for-all", None, {"operations._attempt": completion.has_one_key_for_all}, "buy", "IDEM-08"),
        _liar("unknown-is-no", None, {"operations._call": completion.unknown_is_no}, "buy", "STAT-04", like="F-INT-12"),
        _liar(
            "unknown-is-yes",
            None,
            {"operations._call": completion.unknown_is_yes, "checkout._confirm_and_place": completion.places_unconfirmed},
            "buy",
            "LED-04",
        ),
        _liar(
            "sixth-believed",
            None,
            {"operations._understood": completion.believes_any_status},
            "buy",
            "STAT-01",
            like="F-STA-05",
        ),
        _liar("silent-refusal", None, {"follows.authorized": completion.refusal_is_silent}, "buy", "STAT-03"),
        _liar("uncaptures", None, {"follows.refunded": after_order.uncaptures}, "buy-capture-refund", "STAT-05"),
        _liar("revives-canceled", None, {"follows.renewed": sessions.revives_canceled}, "out-of-stock", "STAT-06"),
        _liar(
            "joins-nothing", None, {"idempotency.open_attempt": keys.joins_nothing}, "buy", "IDEM-10 LED-01", like="F-IDM-04"
        ),
        _liar(
            "lock-kept",
            None,
            {"idempotency.open_attempt": keys.waits_for_the_dead, "idempotency.close_attempt": keys.keeps_lock},
            "buy",
            "IDEM-09 OPS-01",
            like="F-INT-11",
        ),
        _liar(
            "settles-nothing",
            None,
            {"settling.settle": completion.settles_nothing, "settling.sweep": completion.settles_nothing},
            "buy",
            "CRASH-01 CRASH-02 LED-03",
            like="F-INT-09",
        ),
        _liar(
            "new-challenge",
            None,
            {"checkout._authorize": completion.challenges_anew},
            "three-d-secure",
            "SESS-01 SCA-01 SCA-02 IDEM-09",
        ),
        _liar("challenge-untold", None, {"views._session": sessions.serves_no_data}, "three-d-secure", "SCA-01"),
        _liar("authorizes-less", None, {"operations._call": completion.authorizes_less}, "buy", "LED-04 LED-05"),
        _liar("untaxed-order", None, {"checkout._order": completion.orders_without_tax}, "buy", "AMT-02 LED-04"),
        _liar(
            "every-request-refunds",
            None,
            {"payments.refund": after_order.refunds_on_every_request},
            "refund-limits",
            "IDEM-02 IDEM-07",
            like="F-REF-02",
        ),
        _liar(
            "booked-twice",
            "M46",
            {"follows.refunded": after_order.booked_twice},
            "buy-capture-refund",
            "REF-04 REF-01",
            like="F-REF-01",
        ),
        _liar(
            "two-chosen",
            None,
            {"sessions.select": sessions.chooses_beside},
            "decline-then-other-method",
            "SESS-02",
            like="F-CON-04",
        ),
        _liar(
            "left-region",
            None,
            {"sessions.usable": sessions.uses_any_installed},
            "region-without-processor",
            "SESS-05",
            like="F-SES-03",
        ),
        _liar(
            "old-sum",
            None,
            {"sessions._needed": sessions.keeps_old_sum},
            "edit-then-buy",
            "SESS-01",
        ),
        _liar("raw-data", None, {"views._session": sessions.serves_raw_data}, "buy", "SEC-01", like="F-SEC-01"),
        _liar(
            "call-in-transaction",
            None,
            {"operations.finish": outages.calls_in_transaction},
            "buy",
            "OPS-01 LED-01 LED-02",
            like="F-INT-02 F-OPS-01",
        ),
        _liar(
            "key-by-the-hour",
            None,
            {"operations._attempt": outages.keys_by_the_hour},
            "buy",
            "OPS-02 IDEM-07 CRASH-02",
            like="F-OPS-03",
        ),
        _liar(
            "key-untied",
            "M30",
            {"checkout.complete": client_words.answers_by_key, "idempotency.bound": client_words.binds_no_key},
            "key-of-another-cart",
            "IDEM-04",
            like="F-IDM-06",
        ),
        _liar(
            "key-for-anything",
            "M30",
            {"idempotency.bound": client_words.binds_no_key, "idempotency.caused": client_words.causes_nothing},
            "key-of-another-cart key-of-another-request",
            "IDEM-04",
            like="F-IDM-06",
        ),
        _liar(
            "any-key",
            None,
            {"idempotency.checked": client_words.checks_no_key},
            "hostile-keys",
            "SEC-02",
            like="F-SEC-09",
        ),
        _liar("key-is-the-cart", None, {"idempotency.open_attempt": client_words.makes_key_of_cart}, "buy", "SEC-02"),
        _liar(
            "numbered-keys",
            None,
            {"idempotency.open_attempt": client_words.counts_its_keys},
            "buy",
            "SEC-02",
            like="F-SEC-09",
        ),
        _liar(
            "status-believed",
            None,
            {
                "sessions.update_data": client_words.believes_told_status,
                "checkout._authorize": client_words.skips_authorized,
                "checkout._confirm_and_place": completion.places_unconfirmed,
            },
            "claims",
            "SEC-03 LED-04",
            like="F-SCA-07",
        ),
        _liar(
            "price-believed",
            None,
            {"operations._call": client_words.charges_what_is_told},
            "claims",
            "SEC-03 LED-04",
            like="F-SEC-07",
        ),
        _liar(
            "endless-challenge",
            None,
            {"operations._bounded": client_words.keeps_challenging},
            "challenge-without-end",
            "SCA-03",
            like="F-SCA-05",
        ),
        _liar(
            "poisoned-cart",
            None,
            {"checkout._authorize": client_words.poisoned_by_failure},
            "challenge-failed",
            "SCA-03",
            like="F-SCA-06",
        ),
        _liar(
            "lease-by-the-clock",
            None,
            {"idempotency.open_attempt": outages.leases_by_the_clock},
            "buy",
            "OPS-02",
            like="F-OPS-03",
        ),
        _liar(
            "swap-in-full",
            "M55",
            {"swaps._adjustments": swaps.charges_in_full},
            "swap-difference-paid swap-even",
            "SWAP-01",
            like="F-SWP-02",
        ),
        _liar(
            "swap-on-the-order",
            "M55",
            {"checkout._place": swaps.charges_the_order},
            "swap-difference-paid",
            "SWAP-01 SWAP-02",
        ),
        _liar(
            "swap-refunded-twice",
            None,
            {"payments.given_back": swaps.refunds_each_time},
            "swap-difference-refunded",
            "SWAP-01",
        ),
        _liar(
            "refund-starts-over",
            None,
            {"payments.given_back": swaps.starts_refunds_over},
            "refund-over-two-payments",
            "IDEM-02 IDEM-07",
        ),
        _liar(
            "swap-cancels-order",
            None,
            {"follows.cancel_swap": swaps.cancels_the_order},
            "swap-canceled",
            "SWAP-02 LED-05",
        ),
        _liar(
            "swap-canceled-captured",
            None,
            {"swaps.cancel": swaps.cancels_captured, "follows.canceled": after_order.canceled_anyway},
            "swap-difference-paid",
            "SWAP-01 SWAP-02 LED-05",
            like="F-SWP-06",
        ),
        _liar(
            "swap-refunds-nothing",
            None,
            {"swaps.process": swaps.refunds_nothing},
            "swap-difference-refunded",
            "SWAP-01",
            like="F-SWP-03",
        ),
        _liar(
            "even-swap-called",
            None,
            {"swaps.process": swaps.calls_for_nothing},
            "swap-even",
            "SWAP-01",
        ),
        _liar(
            "own-payment-only",
            None,
            {"payments._check_left": swaps.spends_what_is_left},
            "refund-over-two-payments",
            "REF-05",
        ),
        _liar(
            "no-lock",
            "M34",
            {
                "idempotency.open_attempt": at_once.locks_no_key,
                "checkout._current": at_once.compares_no_holder,
                "checkout._reread": at_once.rereads_any_holder,
                "operations.take": at_once.takes_from_anybody,
            },
            "buy-twice-at-once",
            "IDEM-06",
        ),
        _liar(
            "keys-guarded-only",
            "M36",
            {"idempotency.open_attempt": at_once.guards_keys_only},
            "buy-with-two-keys",
            "IDEM-10 CONC-01",
        ),
        _liar(
            "pending-forgotten",
            None,
            {"payments._check_left": at_once.forgets_pending, "payments._left": at_once.leaves_pending},
            "refund-twice-at-once",
            "CONC-03",
            like="F-REF-05",
        ),
        _liar(
            "captured-beside",
            None,
            {"payments.wanted": at_once.wants_beside},
            "capture-twice-at-once",
            "CONC-03",
            like="F-CON-08",
        ),
        _liar(
            "both-win",
            None,
            {"payments.wanted": at_once.wants_beside, "follows.canceled": after_order.canceled_anyway},
            "capture-or-cancel-at-once",
            "CONC-03",
        ),
        _liar(
            "changed-meanwhile",
            None,
            {"checkout._outdated": completion.keeps_old_contents},
            "buy-while-editing",
            "CONC-04",
            like="F-CON-11",
        ),
        _liar(
            "counts-by-event",
            "M46",
            {"webhooks._learn": webhooks.counts_by_event},
            "refunded-at-the-gateway",
            "REF-04 HOOK-02",
            "F-REF-01 F-REF-03",
        ),
        _liar("stores-again", "M50", {"webhooks._stored": webhooks.stores_again}, "buy", "HOOK-01", "F-HOOK-01"),
        _liar("done-is-500", "M53", {"webhooks._stored": webhooks.fails_on_what_is_done}, "buy", "HOOK-04", "F-HOOK-08"),
        _liar(
            "old-event-wins",
            None,
            {"webhooks._stored": webhooks.takes_captures_back},
            "buy-capture-refund",
            "STAT-05 HOOK-02",
            "F-HOOK-05",
        ),
        _liar("acked-first", None, {"webhooks.receive": webhooks.acknowledges_first}, "buy", "HOOK-04", "F-HOOK-07"),
        _liar(
            "gives-up",
            None,
            {"webhooks._deal_with": webhooks.gives_up},
            "captured-at-the-gateway",
            "HOOK-02",
            "F-HOOK-02 F-CAP-06",
        ),
        _liar(
            "believes-events",
            None,
            {"webhooks._deal_with": webhooks.believes_events, "webhooks._is_news": webhooks.asks_about_everything},
            "out-of-stock",
            "HOOK-02",
            "F-STA-08",
        ),
        _liar(
            "pays-by-event",
            None,
            {"webhooks._deal_with": webhooks.pays_by_itself, "webhooks._is_news": webhooks.asks_about_everything},
            "three-d-secure",
            "CONC-02 LED-01",
            "F-CON-05 F-SCA-01",
        ),
    )
)
"""Every liar, by name."""

TWO_FAULTS: dict[str, BackendLiar] = dict(
    (
        _liar(
            "forgets-after-two",
            None,
            {"operations.take": keys.forgets_after_two},
            "buy",
            "LED-01",
        ),
    )
)
"""Backends that go wrong only where a second fault strikes while the first is recovered from."""
