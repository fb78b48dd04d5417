"""From judged runs to findings: one cause, one finding, the same id tomorrow."""

from __future__ import annotations

import msgspec
import pytest
from msgspec.structs import replace
from support import samplelog

from tillproof.history.events import Called, Faulted, GatewayAsked
from tillproof.history.evidence import keys_at_the_gateway
from tillproof.history.findings import Cause, Grouping, identity
from tillproof.history.harms import Difference, difference, harm, sentence
from tillproof.history.log_runs import RunResult, RunVerdict
from tillproof.history.summary import result
from tillproof.history.verdicts import Breach, Column, Harm, Money3


def failed(plan: str, *, rules: str, harm_: Harm, method: str | None, events: int = 50, dialect: str = "none") -> RunResult:
    """Return a failed run that broke these rules."""
    return RunResult(
        run=samplelog.key(plan, dialect=dialect),
        verdict=RunVerdict.FAILED,
        points=9,
        events=events,
        method=method,
        harm=harm_,
        breaches=tuple(Breach(rule=rule, step=1, says="...") for rule in rules.split()),
    )


def causes(*runs: RunResult) -> tuple[Cause, ...]:
    """Group the runs."""
    grouping = Grouping()
    for run in runs:
        grouping.add(run)
    return grouping.causes(samplelog.HEADER, {"refund_payment": 40}, 100)


REFUND = "refund_payment"


def test_runs_with_one_harm_at_one_method_are_one_cause() -> None:
    """Repeats merge; their rules and dialects are united, in the header's order."""
    (cause,) = causes(
        failed("p.a#1=x", rules="CRASH-02 LED-05", harm_=Harm.SHOP_LOSES, method=REFUND),
        failed("p.b#1=x", rules="IDEM-07", harm_=Harm.SHOP_LOSES, method=REFUND, dialect="keep-everything"),
    )
    assert (cause.runs, cause.of) == (2, 40)
    assert cause.rules == ("LED-05", "IDEM-07", "CRASH-02")
    assert cause.dialects == ("keep-everything", "none")


def test_smallest_run() -> None:
    """The undisturbed run is smallest, then the fewest faults, then the fewest events, then the first seen."""
    by_size = [
        failed(plan, rules="LED-05", harm_=Harm.SHOP_LOSES, method=REFUND, events=events)
        for plan, events in (("", 90), ("p.a#1=x", 20), ("p.c#1=x", 30), ("p.a#1=x + p.b#1=x", 10))
    ]
    for n, smallest in enumerate(by_size):
        (cause,) = causes(*reversed(by_size[n:]))
        assert cause.smallest == smallest
    equal = failed("p.b#1=x", rules="LED-05", harm_=Harm.SHOP_LOSES, method=REFUND, events=20)
    (cause,) = causes(by_size[1], equal)
    assert cause.smallest == by_size[1]


def test_lesser_harm_of_the_same_cause_is_taken_in() -> None:
    """A lesser harm at the same method that breaks no further rule is the same cause seen from further away."""
    worse = failed("p.a#1=x", rules="CRASH-02 IDEM-07", harm_=Harm.SHOP_LOSES, method=REFUND)
    (cause,) = causes(failed("", rules="IDEM-07", harm_=Harm.UNSAFE, method=REFUND), worse)
    assert (cause.harm, cause.runs, cause.smallest) == (Harm.SHOP_LOSES, 2, worse)


def test_unsafe_practice_beside_a_worse_harm() -> None:
    """Unsafe practice that shares a rule with a worse harm at the same method adds its rules to it; without one it stays."""
    worse = failed("p.a#1=x", rules="CRASH-02 IDEM-07", harm_=Harm.SHOP_LOSES, method=REFUND)
    (cause,) = causes(failed("", rules="IDEM-07 LED-05", harm_=Harm.UNSAFE, method=REFUND), worse)
    assert (cause.rules, cause.runs) == (("LED-05", "IDEM-07", "CRASH-02"), 2)
    told = causes(failed("", rules="IDEM-07 LED-05", harm_=Harm.STUCK, method=REFUND), worse)
    assert [cause.harm for cause in told] == [Harm.SHOP_LOSES, Harm.STUCK]


@pytest.mark.parametrize(("rules", "method"), [("SESS-03", REFUND), ("IDEM-07", "capture_payment")])
def test_another_cause_stays_another(rules: str, method: str) -> None:
    """A lesser harm that breaks only other rules, or at another method, is a finding of its own."""
    worse = failed("p.a#1=x", rules="CRASH-02 IDEM-07", harm_=Harm.SHOP_LOSES, method=REFUND)
    told = causes(failed("", rules=rules, harm_=Harm.UNSAFE, method=method), worse)
    assert [(cause.harm, cause.method) for cause in told] == [(Harm.SHOP_LOSES, REFUND), (Harm.UNSAFE, method)]


def test_worst_first() -> None:
    """Causes come worst harm first, whatever the order of the runs."""
    harms = [Harm.UNSAFE, Harm.CUSTOMER_LOSES, Harm.LEAK, Harm.HELD]
    told = causes(*(failed("p.a#1=x", rules="LED-05", harm_=h, method=f"m{n}") for n, h in enumerate(harms)))
    assert [cause.harm for cause in told] == [Harm.CUSTOMER_LOSES, Harm.HELD, Harm.LEAK, Harm.UNSAFE]


def test_identity_leaves_the_plan_out() -> None:
    """The id depends on target, harm and method alone, and is the same for ever."""
    assert identity("mypay:MyPay", Harm.SHOP_LOSES, REFUND) == "F-d08cf2"
    assert identity("mypay:MyPay", Harm.HELD, REFUND) != "F-d08cf2"
    assert identity("mypay:MyPay", Harm.SHOP_LOSES, None) != "F-d08cf2"
    assert identity("other:Pay", Harm.SHOP_LOSES, REFUND) != "F-d08cf2"


def test_the_finding_told() -> None:
    """The sample's finding tells the harm, the guilty, the sentence, the evidence and the mend."""
    (finding,) = samplelog.log().findings
    assert finding.id == "F-d08cf2"
    assert finding.harm is Harm.SHOP_LOSES
    assert finding.guilty == "the processor"
    assert finding.sentence == "A refund whose answer is lost is paid out again on the retry."
    assert finding.why == "both calls carried the backend's key op_03; no request to the gateway carried any key"
    assert finding.mend == "pass the key you are given to the gateway, on the first try too"
    assert (finding.rules, finding.runs, finding.of) == (("LED-05", "IDEM-07", "CRASH-02"), 1, 3)


NOTHING = Column()


def money(gateway: Column, shop: Column, heard: Column = NOTHING) -> Money3:
    """Return three columns in euro."""
    return Money3(currency="eur", gateway=gateway, shop=shop, heard=heard)


PAID = Column(captured=49)

HARMS = [
    (money(Column(captured=98), PAID), "", Difference.TAKEN_MORE, Harm.CUSTOMER_LOSES),
    (money(PAID, NOTHING), "", Difference.TAKEN_MORE, Harm.CUSTOMER_LOSES),
    (money(PAID, Column(captured=49, refunded=20)), "", Difference.PAID_BACK_LESS, Harm.CUSTOMER_LOSES),
    (
        money(Column(captured=49, refunded=40), Column(captured=49, refunded=20)),
        "",
        Difference.PAID_BACK_MORE,
        Harm.SHOP_LOSES,
    ),
    (money(NOTHING, PAID), "", Difference.TAKEN_LESS, Harm.SHOP_LOSES),
    (money(NOTHING, Column(held=49)), "", Difference.HELD_LESS, Harm.SHOP_LOSES),
    (money(Column(held=98), Column(held=49)), "LED-05", Difference.HELD_MORE, Harm.HELD),
    (money(PAID, PAID, Column(captured=20)), "", Difference.TAKEN_MORE, Harm.CUSTOMER_LOSES),
    (money(PAID, PAID, NOTHING), "LED-05", Difference.BOOKS, Harm.BOOKS),
    (money(PAID, PAID, PAID), "SEC-01 IDEM-07", Difference.LEAKS, Harm.LEAK),
    (money(PAID, PAID, PAID), "IDEM-09", Difference.STUCK, Harm.STUCK),
    (money(PAID, PAID, PAID), "IDEM-07", Difference.UNSAFE, Harm.UNSAFE),
    (None, "", Difference.UNSAFE, Harm.UNSAFE),
]


@pytest.mark.parametrize(("columns", "rules", "what", "whose"), HARMS)
def test_harm(columns: Money3 | None, rules: str, what: Difference, whose: Harm) -> None:
    """Money decides first: gateway against shop, then against the client; where it agrees, the rules do."""
    assert difference(columns, rules.split()) is what
    assert harm(columns, rules.split()) is whose


@pytest.mark.parametrize(
    ("method", "what", "plan", "told"),
    [
        (
            REFUND,
            Difference.PAID_BACK_MORE,
            "processor.refund_payment#1=answer-lostx2",
            "A refund whose answer is lost is paid out again on the retry.",
        ),
        (
            "capture_payment",
            Difference.TAKEN_MORE,
            "",
            "A capture takes more than the shop records, with nothing made to fail.",
        ),
        (
            "authorize_payment",
            Difference.HELD_MORE,
            "commit.order-placed#1=crash-after",
            "An authorization leaves money held that no order needs when the shop dies just after a commit.",
        ),
        (
            REFUND,
            Difference.BOOKS,
            "processor.capture_payment#1=exception + x.y#1=z",
            "A refund leaves the books wrong when capture_payment meets exception.",
        ),
        (None, Difference.STUCK, "client.complete#1=request-lostx*", "A purchase leaves a checkout nobody can finish when "),
    ],
)
def test_sentences(method: str | None, what: Difference, plan: str, told: str) -> None:
    """A finding is one plain sentence: what is called, how it is disturbed, what that leads to."""
    assert sentence(method, what, plan).startswith(told)


def test_blame_falls_where_the_fault_struck_or_on_the_last_call() -> None:
    """Without a rule's own word, the method struck by the fault is meant; without one, that called before the breach."""
    late, early = Breach(rule="LED-05", step=12, says="..."), Breach(rule="LED-05", step=1, says="...")
    struck = samplelog.history()
    undisturbed = replace(struck, events=tuple(e for e in struck.events if not isinstance(e, Faulted)))
    assert result(struck, exercised=[], breaches=[late], money=None).method == "refund_payment"
    assert result(undisturbed, exercised=[], breaches=[late], money=None).method == "capture_payment"
    assert result(undisturbed, exercised=[], breaches=[early], money=None).method is None


def test_verdicts_of_runs() -> None:
    """A run passes, fails, does not apply where its fault never struck, or errs where it cannot end and no rule says why."""
    history = samplelog.history()
    endless = msgspec.structs.replace(history, ended=False)
    missed = samplelog.history("client.complete#9=request-lost")
    assert result(history, exercised=[], breaches=(), money=None).verdict is RunVerdict.PASSED
    assert result(missed, exercised=[], breaches=(), money=None).verdict is RunVerdict.NOT_APPLICABLE
    errored = result(endless, exercised=[], breaches=(), money=None)
    assert (errored.verdict, errored.error) == (RunVerdict.ERRORED, "the journey did not come to its end")
    breaches = [Breach(rule="LED-05", step=1, says="...")]
    assert result(endless, exercised=[], breaches=breaches, money=None).verdict is RunVerdict.FAILED


def test_evidence_from_keys() -> None:
    """Repeated calls that reached the gateway without a key, or with several, are told; one key kept is no evidence."""
    events = samplelog.history().events
    assert "no request to the gateway carried any key" in keys_at_the_gateway(events, REFUND)
    keyed = [msgspec.structs.replace(e, key=f"k{e.number}") if isinstance(e, GatewayAsked) else e for e in events]
    assert "the gateway saw 2 different keys" in keys_at_the_gateway(keyed, REFUND)
    kept = [msgspec.structs.replace(e, key="k") if isinstance(e, GatewayAsked) else e for e in events]
    assert keys_at_the_gateway(kept, REFUND) == ""
    once = [e for e in events if not (isinstance(e, Called) and e.attempt > 1)]
    assert keys_at_the_gateway(once, REFUND) == ""
