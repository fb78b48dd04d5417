"""The end of the log: counts, a verdict for every rule and every method, what was not tried, and the exit code."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from tillproof.exits import Exit
from tillproof.history.coverage import GoalTally
from tillproof.history.findings import Cause, Grouping, at_or_above
from tillproof.history.harms import difference
from tillproof.history.lanes import Lane
from tillproof.history.log_findings import Finding
from tillproof.history.log_footer import Counts, Footer, MethodSafety, Overall, Retry, RuleVerdict
from tillproof.history.log_header import Header
from tillproof.history.log_runs import Draws, Recalled, RunResult, RunVerdict, Seconds
from tillproof.history.safety import Calls, counted_runs, method_safety, methods_told
from tillproof.history.space import SpaceTally
from tillproof.history.verdicts import Level, Verdict

_AT_ONCE = "two requests at once"
_WEBHOOKS = "webhooks"

_BEYOND: dict[str, tuple[str, ...]] = {
    "none": ("any fault (--depth single)",),
    "single": ("two faults in one run (--depth pairs)",),
    "random": ("every single fault (--depth single)", "what chance did not draw"),
    "pairs": ("three faults in one run", "two faults where two requests are at work at once"),
}
"""What each depth leaves untried."""


class Tally:
    """Counts runs as they come in. Memory grows with rules, methods and causes, not with the runs."""

    def __init__(self, header: Header) -> None:
        """Begin with no run counted."""
        self._header = header
        self._grouping = Grouping()
        self._verdicts: Counter[RunVerdict] = Counter()
        self._controls: Counter[RunVerdict] = Counter()
        self._scheduled = self._repeats = 0
        self._points: dict[tuple[str, str], int] = {}
        self._exercised: Counter[int] = Counter()
        self._broken: Counter[str] = Counter()
        self._calls = Calls()
        self._by_dialect: dict[str, Calls] = {}
        self._goals: Counter[int] = Counter()
        self._space = SpaceTally(header)
        self._pairs = self._alike = self._recovered = self._stories = self._drawn = 0

    def add(self, result: RunResult) -> None:
        """Count one run. One that is not applicable is counted apart and says nothing of rules or methods."""
        self._verdicts[result.verdict] += 1
        self._repeats += result.repeats
        if result.verdict is RunVerdict.NOT_APPLICABLE:
            return
        if result.run.is_control:
            self._controls[result.verdict] += 1
            self._points.setdefault((result.run.journey, result.run.client), result.points)
        elif not result.run.plan:
            self._scheduled += 1
        self._calls.add(result)
        self._by_dialect.setdefault(result.run.dialect, Calls()).add(result)
        self._exercised.update(result.exercised)
        self._goals.update(result.goals)
        self._space.add(result)
        self._broken.update({breach.rule for breach in result.breaches})
        self._grouping.add(result)

    def add_all(self, lanes: Iterable[Lane]) -> None:
        """Count the runs of these lanes."""
        for lane in lanes:
            for result in lane.runs:
                self.add(result)
            for line in lane.seconds:
                self.add_summed(line)

    def add_summed(self, line: Seconds | Draws | Recalled) -> None:
        """Count the runs that were summed up in a line."""
        for verdict in RunVerdict:
            self._verdicts[verdict] += getattr(line, verdict.name.lower())
        self._calls.add_summed(line)
        if isinstance(line, Draws):
            self._stories += line.stories
            self._drawn += line.runs
        elif isinstance(line, Seconds):
            self._pairs += line.runs
            self._alike += line.alike
            self._recovered += line.recovered
            self._by_dialect.setdefault(line.run.dialect, Calls()).add_summed(line)
        self._exercised.update(dict(line.exercised))
        self._goals.update(dict(line.goals))
        self._broken.update(line.broken)
        for worst in line.worst:
            self._grouping.add_worst(worst)

    def causes(self) -> tuple[Cause, ...]:
        """Return what went wrong so far, worst harm first."""
        return self._grouping.causes(self._header, self._calls.called, self._judged())

    def footer(self, findings: Sequence[Finding]) -> Footer:
        """Close the account, given the findings told from `causes()`."""
        rules = tuple(self._rules())
        told = methods_told(self._header.target.capabilities, self._calls)
        methods = tuple(method_safety(method, self._calls, self._by_dialect, findings) for method in told)
        overall = self._overall(findings, rules)
        return Footer(
            counts=self._counts(findings),
            rules=rules,
            methods=methods,
            not_tried=self._not_tried(),
            verdict=overall,
            sentence=self._sentence(overall, methods, findings),
            exit=self._exit(overall, findings),
            space=self._space.space(told),
            goals=tuple(
                GoalTally(goal=goal.name, runs=self._goals[n])
                for n, goal in enumerate(self._header.goals)
                if not goal.skipped or self._goals[n]
            ),
        )

    def _judged(self) -> int:
        return self._verdicts.total() - self._verdicts[RunVerdict.NOT_APPLICABLE]

    def _counts(self, findings: Sequence[Finding]) -> Counts:
        return Counts(
            runs=self._verdicts.total(),
            passed=self._verdicts[RunVerdict.PASSED],
            failed=self._verdicts[RunVerdict.FAILED],
            errored=self._verdicts[RunVerdict.ERRORED],
            not_applicable=self._verdicts[RunVerdict.NOT_APPLICABLE],
            controls=self._controls.total(),
            controls_passed=self._controls[RunVerdict.PASSED],
            scheduled=self._scheduled,
            points=sum(self._points.values()),
            findings=len(findings),
            must=sum(f.level is Level.MUST for f in findings),
            pairs=self._pairs,
            alike=self._alike,
            recovered=self._recovered,
            stories=self._stories,
            drawn=self._drawn,
            repeats=self._repeats,
        )

    def _rules(self) -> list[RuleVerdict]:
        told: list[RuleVerdict] = []
        for index, rule in enumerate(self._header.rules):
            exercised, broken = self._exercised[index], self._broken[rule.id]
            if rule.skipped:
                verdict = Verdict.SKIPPED
            elif broken:
                verdict = Verdict.FAILED
            else:
                verdict = Verdict.PASSED if exercised else Verdict.NOT_EXERCISED
            told.append(RuleVerdict(rule=rule.id, verdict=verdict, exercised=exercised, broken=broken, reason=rule.skipped))
        return told

    def _not_tried(self) -> tuple[str, ...]:
        depth = _BEYOND.get(self._header.choices.depth, ())
        skipped = tuple(f"{j.name} ({j.skipped})" for j in self._header.journeys if j.skipped)
        shard = (f"the other shards (this is {self._header.shard})",) if self._header.shard else ()
        at_once = () if self._scheduled else (_AT_ONCE,)
        hooks = () if self._calls.called["read_webhook"] else (_WEBHOOKS,)
        return depth + shard + at_once + hooks + skipped

    def _overall(self, findings: Sequence[Finding], rules: Sequence[RuleVerdict]) -> Overall:
        if findings:
            return Overall.NOT_SAFE
        exercised = bool(self._calls.called) and any(rule.verdict is Verdict.PASSED for rule in rules)
        return Overall.SAFE if exercised and not self._verdicts[RunVerdict.ERRORED] else Overall.NO_VERDICT

    def _sentence(self, overall: Overall, methods: Sequence[MethodSafety], findings: Sequence[Finding]) -> str:
        if overall is Overall.NO_VERDICT:
            errored = self._verdicts[RunVerdict.ERRORED]
            control = self._controls[RunVerdict.ERRORED]
            if control:
                return f"NO VERDICT.  {counted_runs(control)} could not end although nothing was made to fail."
            if errored:
                return f"NO VERDICT.  {counted_runs(errored)} could not end."
            made = self._judged() and not self._calls.called
            return "NO VERDICT.  No method of the processor was called." if made else "NO VERDICT.  Nothing was exercised."
        if overall is Overall.SAFE:
            if self._header.choices.depth == "none":
                return "NOTHING WRONG in the undisturbed runs. Nothing was made to fail, so retries were not judged."
            return "SAFE TO RETRY as far as this campaign reached."
        unsafe = [m for m in methods if m.retry is Retry.UNSAFE]
        worst = findings[0]
        who = f"{worst.method or 'a purchase'} can {difference(worst.money, worst.rules).value.can}."
        if not unsafe:
            return f"NOT SAFE.  {who[0].upper()}{who[1:]}" if worst.method is None else f"NOT SAFE.  {who}"
        called = sum(m.runs > 0 for m in methods)
        verb = "is" if len(unsafe) == 1 else "are"
        return f"NOT SAFE.  {len(unsafe)} of {called} methods {verb} unsafe to retry: {who}"

    def _exit(self, overall: Overall, findings: Sequence[Finding]) -> int:
        if at_or_above(findings, self._header.choices.fail_on):
            return int(Exit.FINDINGS)
        return int(Exit.NO_VERDICT if overall is Overall.NO_VERDICT else Exit.CONFORMANT)
