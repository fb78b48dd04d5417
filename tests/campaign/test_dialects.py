"""Runs under several dialects: those that go alike under each are made once, and told as if they had been made."""

from __future__ import annotations

import msgspec
import pytest
from support.runs import made, made_by

from tillproof import campaign
from tillproof.explore.single import controls, singles
from tillproof.history.log import LogLine
from tillproof.history.log_footer import Footer
from tillproof.history.log_runs import RunResult
from tillproof.options import Options
from tillproof.targets.named import opened
from tillproof_scenarios.buy import BUY

_DIALECTS = ("keep-everything", "latest-state", "none")


def conducted(name: str, *dialects: str) -> tuple[list[RunResult], Footer]:
    """Conduct the target's campaign on `buy` under these dialects; return its runs and its footer."""
    lines: list[LogLine] = []
    with opened(name, None) as target:
        options = msgspec.convert({"workers": 1, "journeys": ["buy"], "dialects": dialects}, Options)
        footer = campaign.conduct(target, options, lines.append, lambda _made, _total: None)
    return [line for line in lines if isinstance(line, RunResult)], footer


@pytest.mark.parametrize("name", ["bank", "liar:timeout-is-error"])
def test_a_campaign_under_several_dialects_tells_what_each_would_tell(name: str) -> None:
    """Its runs are those of one campaign for each dialect, whatever was wrong in them."""
    together, footer = conducted(name, *_DIALECTS)
    apart = {told.run: told for dialect in _DIALECTS for told in conducted(name, dialect)[0]}
    assert {told.run: told for told in together} == apart
    assert 0 < footer.counts.repeats == sum(told.repeats for told in together) < len(together)


def test_a_run_in_which_no_key_is_repeated_is_the_same_under_every_dialect() -> None:
    """Its history is, event by event; and where a key is repeated the dialect does make a difference to some run."""
    differ = 0
    with opened("bank", None) as target:
        first, *others = controls(target, [BUY], target.dialects, 7)
        for single in singles(first, made(target, first)):
            history = made_by(target, single.key)
            for other in {lane.key.dialect for lane in others}:
                there = made_by(target, msgspec.structs.replace(single.key, dialect=other))
                same = there.events == history.events
                assert same or history.repeats
                assert there.repeats or not history.repeats
                differ += not same
    assert differ
