"""A small report log, made by hand: a refund whose answer is lost is paid out twice."""

from __future__ import annotations

from msgspec.structs import replace

from tillproof.domain.entities import Payment
from tillproof.domain.ledger import Entry, EntryKind
from tillproof.history.coverage import FaultLine, GoalLine
from tillproof.history.events import (
    AnyEvent,
    Asked,
    Called,
    Change,
    Committed,
    Faulted,
    GatewayAnswered,
    GatewayAsked,
    Heard,
    History,
    Ledgered,
    Phase,
    Returned,
    RunKey,
)
from tillproof.history.findings import finding
from tillproof.history.footer import Tally
from tillproof.history.log import Log, LogLine
from tillproof.history.log_findings import Swap, Swapped
from tillproof.history.log_header import FORMAT, Choices, Header, JourneyLine, RuleLine, TargetLine
from tillproof.history.log_runs import RunResult
from tillproof.history.summary import result
from tillproof.history.verdicts import Breach, Column, Level, Money3

PLAN = "processor.refund_payment#1=answer-lost"
SAYS = {"answer-lost": "it was done; nobody heard"}

HEADER = Header(
    format=FORMAT,
    tillproof="0.1.0",
    target=TargetLine(name="mypay:MyPay", identifier="my-pay", gateway="bank", capabilities=("gateway", "void")),
    choices=Choices(),
    rules=(
        RuleLine(
            id="LED-05",
            level=Level.MUST,
            title="the shop's books agree with the gateway",
            text="When quiet, B agrees with G.",
            why="Books that differ from the bank are money nobody looks for.",
            mend="write down what the gateway confirmed, once",
        ),
        RuleLine(
            id="IDEM-07",
            level=Level.SHOULD,
            title="a repeated call carries the same key",
            text="A call of unknown outcome is repeated with the same gateway key.",
            why="A second key is a second payment.",
            mend="pass the key you are given to the gateway, on the first try too",
        ),
        RuleLine(
            id="CRASH-02",
            level=Level.MUST,
            title="a retry finds the effect of a call whose answer was lost",
            text="Cut at P1: the retry finds the effect; G holds one.",
            why="Answers get lost every day.",
            mend="pass the key you are given to the gateway, on the first try too",
        ),
        RuleLine(id="SESS-03", level=Level.SHOULD, title="a failed start blocks nothing", text="...", why="...", mend="..."),
        RuleLine(
            id="CAP-03",
            level=Level.MUST,
            title="the captured sum is the one asked for",
            text="...",
            why="...",
            mend="...",
            needs=("partial_capture",),
            skipped="the processor does not declare partial_capture",
        ),
    ),
    journeys=(
        JourneyLine(name="buy-capture-refund", title="Buy, capture, refund in two parts and then the rest."),
        JourneyLine(name="three-d-secure", title="Buy.", skipped="the processor does not declare requires_more"),
    ),
    dialects=("keep-everything", "none"),
    faults=(
        FaultLine(
            name="answer-lost", says="it was done; nobody heard", cut="after", seams=("client", "processor", "gateway")
        ),
        FaultLine(name="crash-after", says="the shop dies just after", cut="after", seams=("processor", "commit")),
    ),
    goals=(
        GoalLine(name="refund-settled-by-asking", title="A refund of unknown outcome is asked about again, and told done."),
        GoalLine(name="answer-given-again", title="A purchase whose answer was lost is answered with the order."),
        GoalLine(
            name="loser-told-to-wait",
            title="Of two requests at once, one is told 409.",
            skipped="no journey made has several clients at work at once",
        ),
    ),
)

MONEY = Money3(
    currency="eur",
    gateway=Column(captured=4900, refunded=4000),
    shop=Column(captured=4900, refunded=2000),
    heard=Column(captured=4900, refunded=2000),
)

BREACHES = (
    Breach(
        rule="LED-05", step=25, says="refunded 40.00 at the gateway, 20.00 in the shop: client_secret=cs_live_99 was no help"
    ),
    Breach(
        rule="CRASH-02", step=21, says="a retry should find the effect; the gateway now holds two", method="refund_payment"
    ),
    Breach(rule="IDEM-07", step=21, says="the repeated refund carried no key", method="refund_payment"),
)

SWAPS = (
    Swap(party="the processor", ends=Swapped.GONE),
    Swap(party="the backend", ends=Swapped.ALREADY),
    Swap(party="the client", ends=Swapped.IMPOSSIBLE, reason="buy-capture-refund is made with no other"),
)


def key(plan: str = PLAN, *, client: str = "keeps-key", dialect: str = "keep-everything") -> RunKey:
    """Return the sample's run, or the same with another plan."""
    return RunKey(journey="buy-capture-refund", client=client, dialect=dialect, plan=plan, seed=7)


def payment(*, captured_at: float | None = None, refunded: int = 0) -> Payment:
    """Return the sample's payment in some state."""
    return Payment(
        id="pay_01",
        cart_id="cart_01",
        provider_id="my-pay",
        amount=4900,
        currency_code="eur",
        captured_at=captured_at,
        amount_refunded=refunded,
    )


def _entry(kind: EntryKind, id_: str, amount: int, parent: str | None = None) -> Entry:
    return Entry(kind=kind, id=id_, intent="in_01", parent=parent, amount=amount, currency="eur")


def _asked(step: int, at: float, call: str, number: int, amount: int | None = None) -> Asked:
    request = {} if amount is None else {"amount": amount}
    return Asked(
        step=step, at=at, actor="shopper", call=call, number=number, intent=number, key=f"ik_{call}", request=request
    )


def _heard(step: int, at: float, asked: int, call: str, status: int, word: str) -> Heard:
    body = {"type": word, "client_secret": "cs_live_99"}
    return Heard(step=step, at=at, asked=asked, actor="shopper", call=call, intent=1, status=status, body=body, headers={})


def _called(step: int, at: float, method: str, number: int, *, key: str, amount: int, attempt: int = 1) -> Called:
    return Called(
        step=step,
        at=at,
        boot=1,
        provider_id="my-pay",
        method=method,
        number=number,
        key=key,
        reference=key,
        attempt=attempt,
        arguments={"amount": amount, "currency": "eur", "data": {"id": "in_01"}},
    )


def _returned(step: int, at: float, called: int, method: str, outcome: str = "done") -> Returned:
    return Returned(
        step=step, at=at, called=called, method=method, outcome=outcome, data={"client_secret": "cs_live_99"}, injected=False
    )


def _to_gateway(step: int, at: float, number: int) -> tuple[AnyEvent, ...]:
    return (
        GatewayAsked(step=step, at=at, method="POST", path="/intents/{id}/refunds", number=number, key=None, body={}),
        Ledgered(step=step + 1, at=at, entry=_entry(EntryKind.REFUND, f"re_{number}", 2000, "ca_01")),
        GatewayAnswered(step=step + 2, at=at, asked=step, status=200, body={}),
    )


def _committed(step: int, at: float, name: str, row: Payment) -> Committed:
    change = Change("payment", row.id, row)
    return Committed(step=step, at=at, boot=1, name=name, number=1, changes=(change,))


def history(plan: str = PLAN) -> History:
    """Return the run in which the refund is paid out twice."""
    t = 1_767_225_600.0
    events: tuple[AnyEvent, ...] = (
        Phase(step=0, at=t, name="journey"),
        _asked(1, t, "complete_cart", 1),
        _called(2, t, "authorize_payment", 1, key="op_01", amount=4900),
        Ledgered(step=3, at=t, entry=_entry(EntryKind.AUTHORIZE, "au_01", 4900)),
        _returned(4, t, 2, "authorize_payment"),
        _committed(5, t + 0.1, "order-placed", payment()),
        _heard(6, t + 0.1, 1, "complete_cart", 200, "order"),
        _asked(7, t + 5, "capture_order", 1),
        _called(8, t + 5, "capture_payment", 1, key="op_02", amount=4900),
        Ledgered(step=9, at=t + 5, entry=_entry(EntryKind.CAPTURE, "ca_01", 4900, "au_01")),
        _returned(10, t + 5, 8, "capture_payment"),
        _committed(11, t + 5, "capture-recorded", payment(captured_at=t + 5)),
        _heard(12, t + 5, 7, "capture_order", 200, "order"),
        _asked(13, t + 60, "refund_order", 1, 2000),
        _called(14, t + 60, "refund_payment", 1, key="op_03", amount=2000),
        *_to_gateway(15, t + 60, 1),
        Faulted(step=18, at=t + 60, point="processor.refund_payment#1", kind="answer-lost", fault=PLAN),
        _heard(19, t + 90, 13, "refund_order", 409, "not known yet"),
        _asked(20, t + 92, "refund_order", 2, 2000),
        _called(21, t + 92, "refund_payment", 2, key="op_03", amount=2000, attempt=2),
        *_to_gateway(22, t + 92, 2),
        _returned(25, t + 92, 21, "refund_payment"),
        _committed(26, t + 92, "refund-recorded", payment(captured_at=t + 5, refunded=2000)),
        _heard(27, t + 92, 20, "refund_order", 200, "order"),
        Phase(step=28, at=t + 90_000, name="quiet"),
    )
    return History(
        run=key(plan),
        provider_id="my-pay",
        capabilities=frozenset({"gateway", "void"}),
        public=frozenset({"client_secret"}),
        secrets=("MARKER-7",),
        abandoned_after=86_400.0,
        ended=True,
        events=events,
    )


def runs() -> list[RunResult]:
    """Return four judged runs: two undisturbed and right, one wrong, one whose fault never struck."""
    undisturbed = result(history(""), exercised=[0], breaches=(), money=None)
    other = result(history(""), exercised=[0], breaches=(), money=None)
    wrong = result(history(), exercised=[2, 0, 1], breaches=BREACHES, money=MONEY, goals=(0,))
    missed = result(history("commit.order-placed#9=crash-after"), exercised=[0], breaches=(), money=None)
    return [undisturbed, other, wrong, missed]


def log() -> Log:
    """Return the sample's log as it is read back."""
    tally = Tally(HEADER)
    judged = runs()
    for run in judged:
        tally.add(run)
    findings = [replace(finding(HEADER, cause, history(), SAYS), swaps=SWAPS) for cause in tally.causes()]
    return Log(header=HEADER, runs=tuple(judged), findings=tuple(findings), footer=tally.footer(findings))


def lines() -> list[LogLine]:
    """Return the sample's log, line by line."""
    told = log()
    return [told.header, *told.runs, *told.findings, told.footer]
