"""Processors wrong on purpose, one change each, kept to prove that a rule can fail."""

from __future__ import annotations

import inspect

import msgspec

from tillproof_fake_processors.bank.processor import BankProcessor
from tillproof_fake_processors.dialects import DEFAULT_DIALECT
from tillproof_fake_processors.liars.hooks import AnyAge, FutureIsFresh, HeaderIsEnough, OwnClockOnly
from tillproof_fake_processors.liars.keys import NoKey, NoRefundKey, OneKey, OneRefundKey, RandomKey
from tillproof_fake_processors.liars.memory import Forgetful, HugeData, NotJson, RawReply, RefundDropsData
from tillproof_fake_processors.liars.replies import (
    AnyPageIsSuccess,
    BusyIsDecline,
    FollowsRedirect,
    NoDeadline,
    TimeoutIsAuthorized,
    TimeoutIsError,
)
from tillproof_fake_processors.liars.statuses import (
    CaptureUnasked,
    ChallengeAuthorized,
    DeclinedIsSuccess,
    DeclinePending,
    NewIntentAfterChallenge,
    SixthStatus,
    VoidsNothing,
)
from tillproof_fake_processors.liars.sums import (
    AlwaysEuro,
    CapturesLess,
    ChargesAnew,
    FirstSum,
    FloatTruncated,
    RefundsWholeUnits,
    TakesNamedPayment,
    TimesHundred,
)

__all__ = ["LIARS", "Liar"]


class Liar(msgspec.Struct, frozen=True, kw_only=True):
    """
    One wrong processor.

    `mutant`: its number in the table of mutants, if it has one; `failures`: those of the catalogue it rebuilds.
    `caught_by`: the rules that must each catch it. `journeys`: the fewest that show it. `dialects`: those under which it
    shows.
    """

    name: str
    processor: type[BankProcessor]
    mutant: str | None = None
    failures: tuple[str, ...] = ()
    caught_by: tuple[str, ...]
    journeys: tuple[str, ...] = ("buy",)
    dialects: tuple[str, ...] = (DEFAULT_DIALECT,)

    @property
    def says(self) -> str:
        """Say in one sentence what it does wrong: its class's docstring."""
        return inspect.getdoc(self.processor) or ""


def _liar(
    name: str,
    processor: type[BankProcessor],
    mutant: str | None,
    *caught_by: str,
    on: str = "buy",
    like: str = "",
) -> tuple[str, Liar]:
    journeys, failures = tuple(on.split()), tuple(like.split())
    return name, Liar(
        name=name, processor=processor, mutant=mutant, failures=failures, caught_by=caught_by, journeys=journeys
    )


LIARS: dict[str, Liar] = dict(
    (
        _liar("no-key", NoKey, "M01", "IDEM-07", "CRASH-02", like="F-GW-08"),
        _liar("random-key", RandomKey, "M02", "IDEM-07", "CRASH-02", like="F-IDM-03"),
        _liar("one-key", OneKey, "M03", "IDEM-08", on="three-d-secure", like="F-IDM-10"),
        _liar("one-refund-key", OneRefundKey, "M04", "IDEM-08", "REF-05", on="buy-capture-refund"),
        _liar("no-refund-key", NoRefundKey, None, "IDEM-07", "CRASH-02", on="buy-capture-refund"),
        _liar("timeout-is-error", TimeoutIsError, "M06", "STAT-04", "CRASH-02", on="change-region", like="F-INT-12 F-GW-05"),
        _liar("timeout-is-authorized", TimeoutIsAuthorized, "M07", "STAT-02", "LED-04"),
        _liar("any-page-is-success", AnyPageIsSuccess, "M12", "GATE-01", like="F-GW-01 F-GW-02"),
        _liar("busy-is-decline", BusyIsDecline, "M14", "GATE-02", "STAT-04", like="F-GW-03"),
        _liar("follows-redirect", FollowsRedirect, "M24", "GATE-03", like="F-GW-09"),
        _liar("no-deadline", NoDeadline, "M24", "GATE-03", like="F-GW-07"),
        _liar("decline-pending", DeclinePending, "M09", "STAT-03", on="decline-then-other-method", like="F-STA-04"),
        _liar("header-is-enough", HeaderIsEnough, "M23", "HOOK-03", like="F-SEC-04 F-SEC-05"),
        _liar("any-age", AnyAge, "M23", "HOOK-03"),
        _liar("future-is-fresh", FutureIsFresh, "M23", "HOOK-03", like="F-SEC-08"),
        _liar("own-clock-only", OwnClockOnly, None, "OPS-02", on="buy-capture-refund", like="F-OPS-03"),
        _liar("sixth-status", SixthStatus, "M10", "STAT-01", like="F-STA-05"),
        _liar(
            "declined-is-success",
            DeclinedIsSuccess,
            "M11",
            "GATE-01",
            "STAT-02",
            on="decline-then-other-method",
            like="F-STA-06",
        ),
        _liar("challenge-authorized", ChallengeAuthorized, None, "STAT-02", on="three-d-secure", like="F-STA-01"),
        _liar(
            "new-intent-after-challenge",
            NewIntentAfterChallenge,
            "M61",
            "SCA-01",
            "SCA-02",
            on="three-d-secure",
            like="F-SCA-03",
        ),
        _liar("charges-anew", ChargesAnew, "M16", "CAP-02", "LED-01", on="refund-limits", like="F-CAP-01"),
        _liar("times-hundred", TimesHundred, "M17", "AMT-01", on="buy-capture-refund", like="F-AMT-01 F-AMT-02"),
        _liar("float-truncated", FloatTruncated, "M18", "AMT-02", on="buy-capture-refund", like="F-AMT-04"),
        _liar("always-euro", AlwaysEuro, None, "AMT-03", on="buy-capture-refund", like="F-AMT-08"),
        _liar("captures-less", CapturesLess, None, "CAP-03", on="buy-capture-refund", like="F-CAP-07"),
        _liar("capture-unasked", CaptureUnasked, None, "CAP-01", "LED-05", on="buy-capture-refund"),
        _liar("refunds-whole-units", RefundsWholeUnits, None, "REF-01", "LED-05", on="buy-capture-refund", like="F-REF-10"),
        _liar("first-sum", FirstSum, None, "AMT-01", "LED-04", on="edit-then-buy", like="F-AMT-07"),
        _liar("takes-named-payment", TakesNamedPayment, None, "SEC-03", "LED-04", on="claims", like="F-SEC-06"),
        _liar(
            "voids-nothing",
            VoidsNothing,
            "M20",
            "VOID-01",
            "SESS-01",
            on="buy-cancel edit-then-buy change-region",
            like="F-VOID-08 F-SES-05",
        ),
        _liar("raw-reply", RawReply, "M22", "SEC-01", like="F-SEC-03"),
        _liar("forgetful", Forgetful, None, "PROC-01"),
        _liar("refund-drops-data", RefundDropsData, None, "SESS-04", on="buy-capture-refund", like="F-REF-14"),
        _liar("not-json", NotJson, None, "PROC-02"),
        _liar("huge-data", HugeData, None, "PROC-02"),
    )
)
"""Every liar, by name."""
