"""A server process on a real database, killed with SIGKILL at its calls and commits: the money stays right."""

from __future__ import annotations

import time
from functools import partial

import pytest
from support.wirebench import found, made, sample, target

from tillproof.faults.kinds import applicable_on_wire
from tillproof.history.events import Died, Erred, Faulted
from tillproof.targets.wire.front import WireFront
from tillproof.targets.wire.nursery import Nursery

pytestmark = pytest.mark.e2e


def test_a_sample_of_kills_and_cut_connections_breaks_no_rule(database: str) -> None:
    """One in 26 single faults of all journeys: each strikes, kills what it says, and every rule holds afterwards."""
    kills = 0
    began = time.perf_counter()
    with target("bank") as bank, Nursery("bank", database) as nursery:
        runs = sample(bank, applicable_on_wire, 3, 26, 100)
        for planned in runs:
            history = made(bank, planned, partial(WireFront, nursery))
            died = sum(isinstance(event, Died) for event in history.events)
            kills += died
            assert any(isinstance(event, Faulted) for event in history.events), planned.key
            assert died == planned.key.plan.count("=crash-"), planned.key
            assert not [event for event in history.events if isinstance(event, Erred)], planned.key
            assert history.ended, planned.key
            assert found(history) == (), planned.key
    seconds = time.perf_counter() - began
    print(f"{len(runs)} runs, {kills} kills in {seconds:.1f} s: {kills / seconds:.1f} kills per second")  # noqa: T201


@pytest.mark.parametrize("name", ["bank", "liar:no-key", "liar:timeout-is-error"])
def test_the_findings_on_a_socket_are_those_in_process(name: str, database: str) -> None:
    """The same faults break the same rules, whether they are simulated or real; a liar is caught either way."""
    with target(name) as tried, Nursery(name, database) as nursery:
        for planned in sample(tried, applicable_on_wire, 11, 211, 12):
            if "sent-twice" not in planned.key.plan:  # in process the second follows the first
                assert found(made(tried, planned, partial(WireFront, nursery))) == found(made(tried, planned)), planned.key


def test_the_same_run_twice_is_the_same_history(database: str) -> None:
    """Two processes and a socket do not make a run less repeatable: every event is the same, byte for byte."""
    with target("bank") as bank, Nursery("bank", database) as nursery:
        for planned in sample(bank, applicable_on_wire, 7, 597, 4):
            once, again = (made(bank, planned, partial(WireFront, nursery)) for _ in range(2))
            assert once == again, planned.key
