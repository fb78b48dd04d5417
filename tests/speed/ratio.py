"""
Measures what judging costs.

Every run of the bank's default campaign is made bare and judged in turn, goals and coverage included, so that a noisy
machine disturbs both alike. A measurement, not a test: nothing asserts on time.

    python tests/speed/ratio.py [every n-th run]
"""

from __future__ import annotations

import sys
from time import process_time

from tillproof.explore.single import controls, singles
from tillproof.history.goals import reached
from tillproof.history.moments import moments
from tillproof.history.story import fold
from tillproof.rules.registry import RULES, judge
from tillproof.simulation.world import run
from tillproof.targets.named import opened
from tillproof_scenarios import JOURNEYS


def measure(stride: int) -> str:
    """Make and judge every `stride`-th run, and tell the figures in one line."""
    bare = judged = 0.0
    with opened("bank", None) as bank:
        planned = [
            single
            for control in controls(bank, JOURNEYS, bank.dialects[:1], 7)
            for single in singles(control, run(bank, control.journey, control.key, control.plan))
        ][::stride]
        for one in planned:
            begun = process_time()
            run(bank, one.journey, one.key, one.plan)
            between = process_time()
            history = run(bank, one.journey, one.key, one.plan)
            story = fold(history)
            judge(story)
            reached(story)
            moments(history)
            bare += between - begun
            judged += process_time() - between
    runs = len(planned)
    return (
        f"{runs} runs, {len(RULES)} rules: bare {bare / runs * 1e6:.0f} us, judged {judged / runs * 1e6:.0f} us, "
        f"ratio {judged / bare:.2f}, {runs / judged:,.0f} judged runs per second and core"
    )


if __name__ == "__main__":
    sys.stdout.write(measure(int(sys.argv[1]) if len(sys.argv) > 1 else 3) + "\n")
