"""Every fault under every schedule of a race: what is made, and that what is not would have gone on like it."""

from __future__ import annotations

import random
from functools import partial

import pytest
from support.remainders import remainder
from support.runs import NAMED, made

from tillproof.explore.disturbed import Disturbed
from tillproof.explore.schedules import schedules
from tillproof.explore.single import controls, singles
from tillproof.faults.kinds import KINDS
from tillproof.faults.points import Seam
from tillproof.history.events import Faulted, History, Turned
from tillproof.history.story import fold
from tillproof.rules.registry import judge
from tillproof.targets.named import opened


def broken(history: History) -> set[str]:
    return {breach.rule for breach in judge(fold(history)).breaches}


def struck(history: History) -> int:
    """Return the step of the first fault that struck."""
    return next(event.step for event in history.events if isinstance(event, Faulted))


def race(history: History) -> int:
    """Return the step at which several are at work for the first time."""
    return next(event.step for event in history.events if isinstance(event, Turned))


@pytest.mark.parametrize("name", ["refund-twice-at-once", "buy-while-moving"])
def test_what_is_not_made_goes_on_like_what_is(name: str) -> None:
    """Nothing is left out but what goes on event by event like a run that was made, and is judged like it."""
    with opened("bank", None) as target:
        control = next(controls(target, [NAMED[name]], target.dialects[:1], 7))
        history = made(target, control)
        every = [(control, history), *schedules(control, history, partial(made, target), 0)]
        disturbed = Disturbed(control, history, partial(made, target), preemptions=0, keeps=frozenset())
        there = {planned.key: told for planned, told in disturbed}
        wanted = {s.key: (s, undisturbed) for planned, undisturbed in every for s in singles(planned, undisturbed)}
        left_out = [key for key in wanted if key not in there]
        assert there.keys() < wanted.keys()
        assert len(left_out) == disturbed.alike
        for key in random.Random(5).sample(left_out, 30):  # noqa: S311 - a sample
            single, undisturbed = wanted[key]
            ours = made(target, single)
            if struck(ours) < race(ours):
                assert remainder(ours, race(ours)) == remainder(undisturbed, race(undisturbed)), key
            else:
                kind = single.plan.faults[0].kind
                same = [told for made_, told in there.items() if made_.plan.endswith(f"={kind}")]
                assert any(remainder(ours, struck(ours)) == remainder(told, struck(told)) for told in same), key
            assert broken(ours) == set()


def test_one_that_may_remember_is_tried_with_everything() -> None:
    """What was recovered from leaves nothing behind only in a target that forgets."""
    with opened("bank", None) as target:
        control = next(controls(target, [NAMED["capture-twice-at-once"]], target.dialects[:1], 7))

        def left_out(*, keeps: frozenset[str] | None) -> int:
            disturbed = Disturbed(
                control,
                made(target, control),
                partial(made, target),
                preemptions=0,
                keeps=keeps,
                strikes=lambda seam, _name: (KINDS["exception"],) if seam is Seam.PROCESSOR else (),
            )
            return len(list(disturbed)) and disturbed.alike

        assert left_out(keeps=frozenset()) > left_out(keeps=None)
