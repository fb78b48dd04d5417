"""Whose fault a finding is: the parts of its smallest run are swapped one at a time, and judged."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
import pytest
from msgspec.structs import replace

from tillproof import campaign
from tillproof.contract.gateway import Gateway, Request
from tillproof.contract.outcomes import Outcome, Unknown
from tillproof.contract.processor import Attempt, PaymentProcessor
from tillproof.domain.entities import Data, Operation
from tillproof.domain.statuses import OperationKind
from tillproof.explore.blame import BACKEND, BOTH, CLIENT, CONTRACT, EITHER, PROCESSOR, Make, Parts, blamed
from tillproof.faults.plans import parse
from tillproof.history.events import RunKey
from tillproof.history.findings import Grouping
from tillproof.history.log import LogLine
from tillproof.history.log_findings import Finding, Swap, Swapped
from tillproof.history.log_header import Header
from tillproof.history.log_runs import RunResult, RunVerdict
from tillproof.history.verdicts import Breach
from tillproof.options import Options
from tillproof.reference.shop import Shop
from tillproof.selftest.backend_liars import LIARS
from tillproof.selftest.backend_liars.lying_backend import LyingBackend
from tillproof.selftest.backend_liars.patching import Honest
from tillproof.simulation.front import Furnish
from tillproof.simulation.shopfront import Shopfront
from tillproof.simulation.target import Crossing, Target
from tillproof.simulation.world import run
from tillproof.targets.honest import honest
from tillproof.targets.named import opened
from tillproof_fake_processors.bank import BankProcessor
from tillproof_fake_processors.faulty import FaultyProcessor
from tillproof_fake_processors.manual import ManualProcessor
from tillproof_scenarios.buy_capture_refund import BUY_CAPTURE_REFUND

REFUND_UNHEARD = "processor.refund_payment#1=answer-lost"
AUTHORIZE_UNHEARD = "processor.authorize_payment#1=answer-lost"


def target(name: str, backend: Mapping[str, Honest] | None = None) -> Target:
    """Return a built-in target, with a lying backend if one is given."""
    with opened(name, None) as built:
        return built if backend is None else replace(built, backend=LyingBackend(backend))


def with_processor(processor: type[BankProcessor], backend: Mapping[str, Honest]) -> Target:
    """Return the bank with another processor and a lying backend."""

    def make(gateway: Gateway | None, crossing: Crossing, _seed: str) -> Mapping[str, PaymentProcessor]:
        assert gateway is not None
        return {p.identifier: FaultyProcessor(p, crossing) for p in (processor(gateway), ManualProcessor())}

    return replace(target("bank", backend), name="mypay:MyPay", make_processors=make)


def told(tested: Target, plan: str, *, client: str = "keeps-key", dialect: str = "keep-everything") -> Finding:
    """Make one run that must fail and return it as a finding."""
    lines: list[LogLine] = []
    options = Options(journeys=(BUY_CAPTURE_REFUND.name,), depth="none", dialects=(dialect,))
    campaign.conduct(tested, options, lines.append, lambda _made, _total: None)
    header = lines[0]
    assert isinstance(header, Header)
    judge = campaign.Judge(tested, header, Shopfront)
    key = RunKey(journey=BUY_CAPTURE_REFUND.name, client=client, dialect=dialect, plan=plan, seed=7)
    grouping = Grouping()
    grouping.add(judge.judged(judge.made(key, parse(plan))))
    (cause,) = grouping.causes(header, {}, 1)
    return judge.told(cause)


class KeepsQuiet(BankProcessor):
    """Sends no key, and looks up from the second try on: right while the backend counts its tries."""

    def _key(self, attempt: Attempt) -> str | None:
        del attempt
        return None

    async def _act(self, kind: OperationKind, path: str, body: Data, attempt: Attempt, data: Data) -> Outcome:
        named = {**body, "reference": attempt.reference}
        answer = await self._send(Request(method="POST", path=path, body=named, key=self._key(attempt)))
        return answer if isinstance(answer, Unknown) else self._judge(kind, answer, attempt, data)


class MadeForNoKey(KeepsQuiet):
    """Passes a key on where it is handed one."""

    def _key(self, attempt: Attempt) -> str | None:
        return attempt.idempotency_key or None


def counts_no_tries(honest: Honest, shop: Shop, operation: Operation) -> Attempt:
    """Every try goes out as the first."""
    attempt: Attempt = honest(shop, operation)
    return replace(attempt, number=1)


def hands_refunds_no_key(honest: Honest, shop: Shop, operation: Operation) -> Attempt:
    """A refund is called as if the contract had no place for a key."""
    attempt: Attempt = honest(shop, operation)
    if operation.kind is not OperationKind.REFUND:
        return attempt
    return replace(attempt, idempotency_key="", number=1)


COUNTS_NO_TRIES: Mapping[str, Honest] = {"operations._attempt": counts_no_tries}
NO_KEY_FOR_REFUNDS: Mapping[str, Honest] = {"operations._attempt": hands_refunds_no_key}


def ends(finding: Finding) -> dict[str, Swapped]:
    """Return what each swap did."""
    return {swap.party: swap.ends for swap in finding.swaps}


@pytest.mark.parametrize(("liar", "plan"), [("no-refund-key", REFUND_UNHEARD), ("no-key", AUTHORIZE_UNHEARD)])
def test_a_lying_processor_is_guilty(liar: str, plan: str) -> None:
    """With the honest processor in its place the finding is gone; all else was the reference."""
    finding = told(target(f"liar:{liar}"), plan)
    assert finding.guilty == PROCESSOR
    assert ends(finding) == {PROCESSOR: Swapped.GONE, BACKEND: Swapped.ALREADY, CLIENT: Swapped.ALREADY}


@pytest.mark.parametrize(
    ("liar", "plan"), [("new-keys", AUTHORIZE_UNHEARD), ("booked-twice", ""), ("one-key", ""), ("refunded-ahead", "")]
)
def test_a_lying_backend_is_guilty(liar: str, plan: str) -> None:
    """With the reference in its place the finding is gone; the processor was the honest one."""
    plan = plan or "processor.refund_payment#1=refused"
    finding = told(target("bank", LIARS[liar].patches), plan)
    assert finding.guilty == BACKEND
    assert ends(finding) == {PROCESSOR: Swapped.ALREADY, BACKEND: Swapped.GONE, CLIENT: Swapped.ALREADY}


def test_two_are_needed() -> None:
    """A processor that relies on counted tries and a backend that counts none are wrong only together."""
    finding = told(with_processor(KeepsQuiet, COUNTS_NO_TRIES), AUTHORIZE_UNHEARD)
    assert finding.guilty == BOTH
    assert ends(finding)[PROCESSOR] is Swapped.GONE
    assert ends(finding)[BACKEND] is Swapped.GONE


def test_either_is_enough() -> None:
    """Where processor and backend are each wrong by themselves, neither swap helps, and both are named."""
    finding = told(target("liar:no-key", LIARS["new-keys"].patches), AUTHORIZE_UNHEARD)
    assert finding.guilty == EITHER


def test_the_contract_is_guilty() -> None:
    """Where no call of the method was handed a key, the contract is guilty; the call record is the evidence."""
    finding = told(with_processor(MadeForNoKey, NO_KEY_FOR_REFUNDS), REFUND_UNHEARD)
    assert finding.guilty == CONTRACT
    assert finding.why == "all 4 calls of refund_payment were handed no key to tell them apart by"
    assert finding.mend.startswith("keep a counter")


def test_blame_is_the_same_every_time() -> None:
    """Swaps are made under the finding's seed: told twice, the finding is the same byte for byte."""
    first, second = (msgspec.json.encode(told(target("liar:no-refund-key"), REFUND_UNHEARD)) for _ in range(2))
    assert first == second


def judged(verdict: RunVerdict, *rules: str, error: str = "") -> RunResult:
    """Return a run that ended like this."""
    breaches = tuple(Breach(rule=rule, step=1, says="...") for rule in rules)
    key = RunKey(journey="buy", client="keeps-key", dialect="none", plan="", seed=7)
    return RunResult(run=key, verdict=verdict, points=1, events=1, breaches=breaches, error=error)


def always(result: RunResult) -> Make:
    """Return what makes every run end like this one."""

    def make(_target: Target, _key: RunKey, _furnish: Furnish) -> RunResult:
        return result

    return make


@pytest.mark.parametrize(
    ("result", "swap"),
    [
        (judged(RunVerdict.PASSED), Swap(party=CLIENT, ends=Swapped.GONE)),
        (judged(RunVerdict.FAILED, "LED-05"), Swap(party=CLIENT, ends=Swapped.STAYS)),
        (
            judged(RunVerdict.FAILED, "CAP-01"),
            Swap(party=CLIENT, ends=Swapped.GONE, reason="it breaks CAP-01 instead"),
        ),
        (
            judged(RunVerdict.NOT_APPLICABLE),
            Swap(party=CLIENT, ends=Swapped.GONE, reason="the run never comes to where the fault strikes"),
        ),
        (
            judged(RunVerdict.ERRORED, error="shop: boom"),
            Swap(party=CLIENT, ends=Swapped.IMPOSSIBLE, reason="the run does not end: shop: boom"),
        ),
    ],
)
def test_what_a_swap_tells(result: RunResult, swap: Swap) -> None:
    """A swapped run shows the finding or does not; one that does not end tells nothing; the client is guilty last."""
    finding = told(target("liar:no-refund-key"), REFUND_UNHEARD, client="no-key")
    bank = target("bank")
    parts = Parts(target=bank, honest=bank, journey=BUY_CAPTURE_REFUND, furnish=Shopfront)
    history = run(bank, BUY_CAPTURE_REFUND, finding.run, parse(finding.run.plan))
    again = blamed(replace(finding, guilty="nobody"), ["LED-05"], history, parts, always(result))
    assert again.swaps[2] == swap
    assert again.guilty == (CLIENT if swap.ends is Swapped.GONE else "nobody")


def test_what_cannot_be_swapped() -> None:
    """No honest processor for the gateway, a journey without that client: the reason stands there, and what was tested."""
    finding = told(target("liar:no-refund-key"), REFUND_UNHEARD, client="no-key")
    liar = target("liar:no-refund-key")
    journey = replace(BUY_CAPTURE_REFUND, clients=(BUY_CAPTURE_REFUND.clients[1],))
    parts = Parts(target=liar, honest="no honest processor is known for it", journey=journey, furnish=Shopfront)
    history = run(liar, BUY_CAPTURE_REFUND, finding.run, parse(finding.run.plan))
    again = blamed(finding, ["LED-05"], history, parts, always(judged(RunVerdict.PASSED)))
    assert ends(again) == {PROCESSOR: Swapped.IMPOSSIBLE, BACKEND: Swapped.ALREADY, CLIENT: Swapped.IMPOSSIBLE}
    assert again.swaps[0].reason == "no honest processor is known for it"
    assert again.guilty == finding.guilty == PROCESSOR


@pytest.mark.parametrize(
    ("name", "gateway", "known"),
    [
        ("liar:no-key", "bank", "bank"),
        ("manual", None, "manual"),
        ("mypay:MyPay", "mygate:MyGate", "no honest processor is known for the gateway mygate:MyGate"),
    ],
)
def test_who_is_known_to_be_honest(name: str, gateway: str | None, known: str) -> None:
    """The built-in processor of the same gateway; of a gateway of one's own none is known."""
    found = honest(replace(target("bank"), name=name, gateway=gateway))
    assert (found if isinstance(found, str) else found.name) == known
