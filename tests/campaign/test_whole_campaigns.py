"""Whole campaigns: what the main command promises, on the built-in processors."""

from __future__ import annotations

import os
import subprocess
import sys
from functools import partial
from pathlib import Path

import msgspec
import pytest
from support.runs import made

from tillproof import campaign
from tillproof.campaign import workers
from tillproof.contract.outcomes import Outcome, Refused
from tillproof.contract.processor import EFFECTS, Attempt
from tillproof.domain.entities import Data
from tillproof.domain.money import Money
from tillproof.explore.schedules import schedules
from tillproof.explore.single import controls
from tillproof.faults.kinds import KINDS
from tillproof.faults.plans import UNDISTURBED
from tillproof.history.events import Announced, Asked, Called, Committed, Event, GatewayAsked, Phase, RunKey
from tillproof.history.findings import identity
from tillproof.history.log import LogLine
from tillproof.history.log_findings import Finding
from tillproof.history.log_footer import Footer, Overall
from tillproof.history.log_runs import RunResult, RunVerdict
from tillproof.history.verdicts import Verdict
from tillproof.options import Options
from tillproof.rules.registry import RULES
from tillproof.simulation.target import Target
from tillproof.simulation.world import run
from tillproof.targets.named import opened
from tillproof_fake_processors import PROCESSORS, Builtin
from tillproof_fake_processors.bank import BankProcessor
from tillproof_scenarios import JOURNEYS
from tillproof_scenarios.capture_twice_at_once import CAPTURE_TWICE_AT_ONCE


def unapplied(lines: list[LogLine]) -> set[str]:
    """Return the kinds of fault that did not strike in runs made to show them."""
    runs = (line for line in lines if isinstance(line, RunResult) and line.verdict is RunVerdict.NOT_APPLICABLE)
    return {run.run.plan.partition("=")[2] for run in runs}


def conducted(name: str, **choices: object) -> tuple[list[LogLine], Footer]:
    """Conduct a campaign and return its log and footer."""
    lines: list[LogLine] = []
    with opened(name, None) as target:
        options = msgspec.convert({"workers": 1, **choices}, Options)
        return lines, campaign.conduct(target, options, lines.append, lambda _made, _total: None)


def test_honest_bank_has_no_finding() -> None:
    """
    The honest processor breaks no rule in any run and exercises every one.

    This is the one campaign that is made here as it is by default; `tillproof selftest` tries all dialects.
    """
    lines, footer = conducted("bank", workers=2)
    assert (footer.counts.failed, footer.counts.errored) == (0, 0)
    assert unapplied(lines) == {"shuffled"}  # an event that no other follows
    assert {row.verdict for row in footer.rules} == {Verdict.PASSED}
    assert footer.verdict is Overall.SAFE
    assert footer.space.open == footer.space.exercised > 1_000
    assert [goal.goal for goal in footer.goals if not goal.runs] == []


def test_honest_bank_without_keys_has_no_finding() -> None:
    """At a gateway that keeps no key the processor has to look first, and breaks no rule either."""
    _, footer = conducted("bank", dialects=["none"], journeys=["buy", "buy-capture-refund", "three-d-secure"])
    assert (footer.counts.failed, footer.counts.errored) == (0, 0)
    assert footer.verdict is Overall.SAFE


def test_honest_cash_on_delivery_has_no_finding() -> None:
    """Without a gateway the rules that need one are skipped with that reason, and none is broken."""
    _, footer = conducted("manual", journeys=["buy", "buy-capture-refund", "cash-on-delivery", "swap-*"])
    assert (footer.counts.failed, footer.counts.errored, footer.counts.not_applicable) == (0, 0, 0)
    assert {row.verdict for row in footer.rules} <= {Verdict.PASSED, Verdict.SKIPPED, Verdict.NOT_EXERCISED}
    assert all(row.reason for row in footer.rules if row.verdict is Verdict.SKIPPED)


def applicable_at(event: Event) -> int:
    """Count the kinds of fault at a crossing, from the table of kinds alone."""
    match event:
        case Asked():
            seam, name = "client", ""
        case Called(method=method):
            return _at("processor", method) + (_at("clock", method) if method in EFFECTS else 0)
        case Committed(boot=boot, name=point) if boot > 0:
            seam, name = "commit", point
        case Announced(name=point):
            seam, name = "webhook", point
        case GatewayAsked(method=method):
            return 17 if method == "GET" else 24
        case _:
            return 0
    return _at(seam, name)


def _at(seam: str, name: str) -> int:
    return sum(seam in kind.seams and not kind.wired and (not kind.only or name in kind.only) for kind in KINDS.values())


def test_number_of_runs_is_the_sum_over_points_of_applicable_faults() -> None:
    """Every single fault at every point of every undisturbed run is tried, and nothing else."""
    expected = 0
    with opened("bank", None) as target:
        for journey in JOURNEYS:
            if journey.name in {"buy", "three-d-secure"}:
                for client in journey.clients:
                    for dialect in ("keep-everything", "none"):
                        key = RunKey(journey=journey.name, client=client, dialect=dialect, plan="", seed=7)
                        events = run(target, journey, key, UNDISTURBED).events
                        off = next(e.step for e in events if isinstance(e, Phase) and e.name == "faults-off")
                        expected += 1 + sum(applicable_at(event) for event in events[:off])
    _, footer = conducted("bank", journeys=["buy", "three-d-secure"], dialects=["keep-everything", "none"])
    assert footer.counts.runs == expected


def test_log_does_not_depend_on_the_number_of_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    """One worker and two write the same lines in the same order."""
    monkeypatch.setattr(workers, "FEW", 0)
    choices = {"journeys": ["buy", "three-d-secure"], "rules": ["LED-*", "IDEM-07"]}
    alone, _ = conducted("liar:no-key", workers=1, **choices)
    together, _ = conducted("liar:no-key", workers=2, **choices)
    assert alone == together


def test_log_does_not_depend_on_the_hash_seed(tmp_path: Path) -> None:
    """The same seed gives the same bytes, whatever PYTHONHASHSEED; another seed gives others."""
    logs: list[bytes] = []
    for hash_seed, seed in (("1", "7"), ("2", "7"), ("2", "8")):
        folder = tmp_path / f"{hash_seed}-{seed}"
        folder.mkdir()
        command = [sys.executable, "-m", "tillproof", "run", "--processor", "liar:no-key", "-q", "--seed", seed]
        environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
        subprocess.run([*command, "--journey", "buy*"], cwd=folder, env=environment, check=False, capture_output=True)
        logs.append((folder / ".tillproof" / "last.jsonl").read_bytes())
    assert logs[0] == logs[1]
    assert logs[1] != logs[2]


def test_each_finding_is_reproduced_by_its_smallest_run() -> None:
    """A finding's run, made again, breaks a rule the finding lists; its id is the same every time."""
    lines, _ = conducted("liar:times-hundred", journeys=["buy*", "change-region"])
    findings = [line for line in lines if isinstance(line, Finding)]
    assert findings
    with opened("liar:times-hundred", None) as target:
        for finding in findings:
            _, judgement = campaign.replay(target, finding.run)
            assert {breach.rule for breach in judgement.breaches} & set(finding.rules)
            assert finding.id == identity("liar:times-hundred", finding.harm, finding.method)


class _RefusesCaptures(BankProcessor):
    async def capture_payment(self, data: Data, amount: Money, attempt: Attempt) -> Outcome:
        del data, amount, attempt
        return Refused("no_key", "apiKey is required")


def test_processor_that_refuses_without_reason_gets_no_verdict(monkeypatch: pytest.MonkeyPatch) -> None:
    """A target that does not carry the undisturbed journey is errored, not safe."""
    bank = PROCESSORS["bank"]
    refuser = Builtin(
        name="refuser",
        says="",
        processor=_RefusesCaptures,
        make=lambda port: _RefusesCaptures(port) if port is not None else bank.make(port),
        gateway="bank",
    )
    monkeypatch.setitem(PROCESSORS, "refuser", refuser)
    lines, footer = conducted("refuser", journeys=["buy-capture-refund"])
    runs = [line for line in lines if isinstance(line, RunResult)]
    assert (footer.verdict, footer.exit) == (Overall.NO_VERDICT, 4)
    assert "apiKey is required" in runs[0].error


def test_every_rule_says_what_it_needs_and_none_is_skipped_for_the_bank() -> None:
    """The bank declares every capability a rule asks for."""
    with opened("bank", None) as target:
        assert _lacking(target) == []


def _lacking(target: Target) -> list[str]:
    return [rule.id for rule in RULES if set(rule.needs) - target.capabilities]


@pytest.mark.parametrize(("preemptions", "more"), [(0, False), (1, False), (0, True)])
def test_a_race_is_run_in_every_order(preemptions: int, more: bool) -> None:  # noqa: FBT001 - told by the table
    """Every schedule up to the bound follows the faults of its lane, and a sample beyond it if one was asked for."""
    choices = {"journeys": ["capture-twice-at-once"], "preemptions": preemptions, "schedules": 3 if more else 0}
    lines, footer = conducted("bank", **choices)
    runs = [line.run for line in lines if isinstance(line, RunResult)]
    scheduled = [key for key in runs if key.schedule]
    with opened("bank", None) as target:
        every = [
            planned.key
            for control in controls(target, [CAPTURE_TWICE_AT_ONCE], target.dialects[:1], 7)
            for planned, _ in schedules(control, made(target, control), partial(made, target), preemptions)
        ]
    assert [key for key in scheduled if key in every] == every
    assert len(scheduled) == len(every) + (3 * len(CAPTURE_TWICE_AT_ONCE.clients) if more else 0) == footer.counts.scheduled
    assert not any(key.plan for key in scheduled)
    assert footer.counts.failed == footer.counts.errored == footer.counts.not_applicable == 0
    assert "two requests at once" not in footer.not_tried


def test_without_a_race_two_requests_at_once_were_not_tried() -> None:
    """A campaign says so."""
    _, footer = conducted("bank", journeys=["buy"], depth="none")
    assert "two requests at once" in footer.not_tried
