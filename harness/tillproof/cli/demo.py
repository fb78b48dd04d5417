"""`tillproof demo`: two honest processors pass, a liar fails, and the next commands to type are printed."""

from __future__ import annotations

import click

from tillproof.cli import running
from tillproof.errors import HarnessFault
from tillproof.exits import Exit
from tillproof.history.log import Log
from tillproof.history.log_footer import Overall
from tillproof.options import Options

_SHOWN: tuple[tuple[str, Overall, int], ...] = (
    ("bank", Overall.SAFE, 2),
    ("manual", Overall.SAFE, 3),
    ("liar:no-refund-key", Overall.NOT_SAFE, 1),
)
"""What is shown, how it must end, and the number its log is kept under: the liar's is the one to replay from."""

_JOURNEYS = ("buy", "three-d-secure", "buy-capture-refund", "buy-cancel")
"""Enough to see what it is about in seconds; `tillproof run` makes them all."""

_WORDS: dict[Overall, str] = {
    Overall.SAFE: "SAFE TO RETRY",
    Overall.NOT_SAFE: "NOT SAFE",
    Overall.NO_VERDICT: "NO VERDICT",
}


@click.command(name="demo", help="See it work: two honest processors and a liar.")
def command() -> int:  # noqa: D103  (click shows `help`)
    running.make_folder()
    running.show(["Losing every answer, killing the shop at every step, repeating every request, counting the money:", ""])
    wrong: list[str] = []
    worst = ""
    for name, expected, number in _SHOWN:
        options = Options(workers=running.workers(), journeys=_JOURNEYS)
        done = running.conduct(name, None, options, running.last_path(number))
        running.show(_line(name, done.log))
        if done.log.footer.verdict is not expected:
            wrong.append(name)
        worst = worst or next((finding.id for finding in done.log.findings), "")
    running.forget_older(len(_SHOWN))
    if wrong:
        raise HarnessFault(
            f"the demo did not end as it should: {', '.join(wrong)}",
            seen="the honest ones must pass and the liar must fail",
            type_=f"tillproof run --processor {wrong[0]}",
        )
    running.show(["", *_next(worst)])
    return Exit.CONFORMANT


def _line(name: str, log: Log) -> list[str]:
    counts = log.footer.counts
    found = "1 finding" if counts.findings == 1 else f"{counts.findings} findings"
    lines = [f"{name:<19} {_WORDS[log.footer.verdict]:<14} {counts.runs:>7,} runs  {found}"]
    return lines + [f"{'':<20}{finding.harm}: {finding.sentence}" for finding in log.findings[:1]]


def _next(worst: str) -> list[str]:
    return [
        f"see it      tillproof replay {worst}",
        f"all of it   tillproof run --processor {_SHOWN[-1][0]}",
        "contract    tillproof explain contract",
        "yours       tillproof run --processor module:Class    (a class in the current folder)",
    ]
