"""Whether each method of the processor may be called again: four words with evidence, by dialect where they differ."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence

from tillproof.history.log_findings import Finding
from tillproof.history.log_footer import DialectSafety, MethodSafety, Retry
from tillproof.history.log_runs import RunResult, Summed
from tillproof.history.verdicts import Harm

SAFE_EVIDENCE: dict[str, str] = {
    "initiate_payment": "one gateway object in every run",
    "update_payment": "the last amount wins in every run",
    "update_payment_data": "no effect at the gateway in any run",
    "authorize_payment": "one authorization in every run",
    "capture_payment": "one capture in every run",
    "refund_payment": "one refund for each request in every run",
    "cancel_payment": "let go once in every run",
    "delete_payment": "nothing payable left in any run",
    "retrieve_payment": "reads only",
    "get_payment_status": "reads only",
    "read_webhook": "one effect however often it was delivered",
}
"""The methods of a processor, in the order a payment meets them, and what was seen of each that is safe."""


_WEBHOOK, _WEBHOOKS = "read_webhook", "webhooks"


class Calls:
    """What became of each method in the runs of one dialect, or in all runs."""

    def __init__(self) -> None:
        """Begin with no run counted."""
        self.called: Counter[str] = Counter()
        self._disturbed: Counter[str] = Counter()
        self._listed: Counter[str] = Counter()
        self._failed: Counter[str | None] = Counter()

    def add(self, result: RunResult) -> None:
        """Count one run."""
        self.called.update(result.methods)
        self._listed.update(result.listed)
        if result.run.plan:
            self._disturbed.update(result.methods)
        if result.harm is not None and result.harm is not Harm.LEAK:
            self._failed[result.method] += 1

    def add_summed(self, line: Summed) -> None:
        """Count the runs that were summed up in a line."""
        self.called.update(line.methods)
        self._disturbed.update(line.methods)
        self._listed.update(line.listed)
        for worst in line.worst:
            if worst.smallest.harm is not Harm.LEAK:
                self._failed[worst.smallest.method] += worst.runs

    def safety(self, method: str, unsafe: Finding | None) -> tuple[Retry, int, str]:
        """Return the word for a method, in how many runs it was called, and the evidence. `unsafe` is the worst finding."""
        runs, listed = self.called[method], self._listed[method]
        if unsafe is not None:
            return Retry.UNSAFE, runs, f"{unsafe.harm} in {counted_runs(self._failed[method])}"
        if not self._disturbed[method]:
            return Retry.NOT_EXERCISED, runs, "never interrupted" if runs else "never called"
        if listed:
            return Retry.AT_MOST_ONCE, runs, f"{counted_runs(listed)} end{'s' * (listed == 1)} with it listed for a person"
        return Retry.SAFE, runs, SAFE_EVIDENCE[method]


def methods_told(capabilities: Collection[str], calls: Calls) -> tuple[str, ...]:
    """Return the methods to be told of: all, but that for webhooks only if it is declared or was called."""
    return tuple(m for m in SAFE_EVIDENCE if m != _WEBHOOK or _WEBHOOKS in capabilities or calls.called[m])


def method_safety(method: str, whole: Calls, by_dialect: Mapping[str, Calls], findings: Sequence[Finding]) -> MethodSafety:
    """Return what can be said of one method, given all findings."""
    blamed = [finding for finding in findings if finding.method == method]
    unsafe = [finding for finding in blamed if finding.harm is not Harm.LEAK]
    retry, runs, evidence = whole.safety(method, next(iter(unsafe), None))
    if unsafe:
        evidence = f"{unsafe[0].harm} in {counted_runs(unsafe[0].runs)}"
    told = [
        (dialect, *calls.safety(method, next((f for f in unsafe if dialect in f.dialects), None)))
        for dialect, calls in by_dialect.items()
    ]
    differ = len({word for _, word, _, _ in told}) > 1
    return MethodSafety(
        method=method,
        retry=retry,
        runs=runs,
        evidence=evidence,
        findings=tuple(finding.id for finding in blamed),
        dialects=tuple(DialectSafety(dialect=d, retry=w, runs=r, evidence=e) for d, w, r, e in told) if differ else (),
    )


def counted_runs(count: int) -> str:
    """Return a number of runs in words: `1 run`, `4,182 runs`."""
    return f"{count:,} run" if count == 1 else f"{count:,} runs"
