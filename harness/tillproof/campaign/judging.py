"""Making one run of a target and judging it by the rules."""

from __future__ import annotations

from tillproof.campaign.carried import carried
from tillproof.campaign.scope import journey_of
from tillproof.explore.blame import Parts, blamed
from tillproof.faults.kinds import KINDS
from tillproof.faults.plans import Plan, parse
from tillproof.history.events import History, RunKey
from tillproof.history.findings import Cause, finding
from tillproof.history.goals import reached
from tillproof.history.log_findings import Finding
from tillproof.history.log_header import Header
from tillproof.history.log_runs import RunResult
from tillproof.history.story import fold, money
from tillproof.history.summary import result
from tillproof.rules.registry import RULES, Judgement, judge
from tillproof.simulation.front import Furnish
from tillproof.simulation.target import Target
from tillproof.simulation.world import run
from tillproof.targets.honest import honest

_SAYS = {kind.name: kind.says for kind in KINDS.values()}


def replay(target: Target, key: RunKey) -> tuple[History, Judgement]:
    """Make one run again and judge it by every rule. Raises `Misuse` for a journey or plan that does not exist."""
    history = run(target, journey_of(key.journey), key, parse(key.plan))
    return history, judge(fold(history), RULES)


class Judge:
    """Makes runs of one target and judges them by the rules of one header, which says how deep to go as well."""

    def __init__(self, target: Target, head: Header, furnish: Furnish) -> None:
        """Judge by the header's rules that are not skipped, on shops furnished that way unless a run says otherwise."""
        self._furnish = furnish
        self.target = target
        self.depth = head.choices.depth
        self._head = head
        ids = [line.id for line in head.rules]
        self._index = {id_: n for n, id_ in enumerate(ids)}
        wanted = {line.id for line in head.rules if not line.skipped}
        self._rules = tuple(rule for rule in RULES if rule.id in wanted)

    def made(self, key: RunKey, plan: Plan, furnish: Furnish | None = None) -> History:
        """Make the run."""
        return run(self.target, journey_of(key.journey), key, plan, furnish or self._furnish)

    def judged(self, history: History) -> RunResult:
        """Fold the run, ask every rule, and sum it up; one in which nothing is made to fail must carry its journey."""
        story = fold(history)
        judgement = judge(story, self._rules)
        summed = result(
            history,
            exercised=(self._index[id_] for id_ in judgement.exercised),
            breaches=judgement.breaches,
            money=money(story) if judgement.breaches else None,
            goals=reached(story),
        )
        journey = journey_of(history.run.journey)
        return summed if history.run.plan or journey.is_drawn else carried(journey, history, summed)

    def told(self, cause: Cause) -> Finding:
        """Make the smallest run of a cause again, tell it as a finding, and find out whose fault it is."""
        key, target = cause.smallest.run, self.target
        history, journey = self.made(key, parse(key.plan)), journey_of(key.journey)
        parts = Parts(target=target, honest=honest(target), journey=journey, furnish=self._furnish)
        found = finding(self._head, cause, history, _SAYS)
        return blamed(found, (breach.rule for breach in cause.smallest.breaches), history, parts, self._tried)

    def _tried(self, target: Target, key: RunKey, furnish: Furnish) -> RunResult:
        return self.judged(run(target, journey_of(key.journey), key, parse(key.plan), furnish))
