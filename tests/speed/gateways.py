"""
Measures our Stripe (`tillproof serve stripe`) beside localstripe and stripe-stateful-mock, in one run on one machine.

A story is one payment. stripe-stateful-mock knows no payment intents, so it tells that of a charge, which is one request
shorter. All three run at once, with an empty store and with a full one, and are measured in turn in short rounds, so that a
busy machine disturbs them alike; an answer that is not 200 ends it all.

    python tests/speed/gateways.py [--rivals FOLDER] [--rounds N]     exit 1 where we are behind
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

from tabulate import tabulate

sys.path.insert(0, str(Path(__file__).parents[1]))

from support.connections import measured
from support.rivals import contestants, running

_FULL = 10_000
_STORIES, _SECONDS = 60, 1.0
_CONNECTIONS = (1, 8)


class Point(NamedTuple):
    """What is measured: with how many objects in the store, over how many connections, and whom."""

    objects: int
    connections: int
    name: str


class Figures(NamedTuple):
    """Requests per second (the middle of the rounds), and the 95th percentile of all their times in milliseconds."""

    rate: float
    p95: float


def measure(folder: Path, rounds: int) -> dict[Point, Figures]:
    """Measure everybody at every point, in interleaved rounds; ours comes first."""
    rates: dict[Point, list[float]] = {}
    times: dict[Point, list[float]] = {}
    field = contestants(folder)
    with ExitStack() as open_:
        ports = {(objects, one): open_.enter_context(running(one, objects)) for objects in (0, _FULL) for one in field}
        for _ in range(rounds):
            for connections in _CONNECTIONS:
                for (objects, one), port in ports.items():
                    rate, took = measured(port, one.story, connections=connections, stories=_STORIES, seconds=_SECONDS)
                    point = Point(objects, connections, one.name)
                    rates.setdefault(point, []).append(rate)
                    times.setdefault(point, []).extend(took)
    return {
        point: Figures(statistics.median(rates[point]), statistics.quantiles(times[point], n=20)[-1] * 1e3)
        for point in rates
    }


def told(figures: dict[Point, Figures]) -> tuple[list[str], bool]:
    """Write the table, what a full store costs us, and where we are behind; and whether we are ahead everywhere."""
    ours = next(iter(figures)).name
    rows = sorted((point.objects, point.connections, -found.rate, point.name, found) for point, found in figures.items())
    table = [[name, objects, connections, round(f.rate), f"{f.p95:.2f}"] for objects, connections, _, name, f in rows]
    lines = [tabulate(table, ["server", "objects", "connections", "requests/s", "p95 ms"])]
    for connections in _CONNECTIONS:
        empty, full = (figures[Point(objects, connections, ours)].rate for objects in (0, _FULL))
        lines.append(f"{ours}, {connections} connections: {_FULL} objects cost a factor of {empty / full:.2f}")
    behind = [
        f"behind {point.name}: {point.objects} objects, {point.connections} connections"
        for point, found in figures.items()
        for us in [figures[point._replace(name=ours)]]
        if found.rate > us.rate or found.p95 < us.p95
    ]
    return [*lines, *(behind or ["ahead at every point"])], not behind


def main() -> int:
    """Measure, print, and say whether we are ahead."""
    options = argparse.ArgumentParser(description="Our Stripe beside two others: requests per second and p95.")
    options.add_argument("--rivals", type=Path, help="where the two others are, or are to be, installed")
    options.add_argument("--rounds", type=int, default=7)
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        lines, ahead = told(measure(chosen.rivals or Path(temporary), chosen.rounds))
    sys.stdout.write("\n".join([*lines, ""]))
    return 0 if ahead else 1


if __name__ == "__main__":
    sys.exit(main())
