"""`tillproof demo`: two honest processors pass, a liar fails, and the next commands to type are printed."""

from __future__ import annotations

import click

from tillproof.cli import running
from tillproof.errors import HarnessFault
from tillproof.exits import Exit
from tillproof.history.log import Log, Overall
from tillproof.options import Options

_HONEST = ("bank", "manual")
_LIAR = "liar:no-key"

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
    for number, (name, expected) in enumerate(
        [(_LIAR, Overall.NOT_SAFE), *((name, Overall.SAFE) for name in _HONEST)], start=1
    ):
        done = running.conduct(name, None, Options(workers=running.workers()), running.last_path(number))
        running.show(_line(name, done.log))
        if done.log.footer.verdict is not expected:
            wrong.append(name)
        worst = worst or next((finding.id for finding in done.log.findings), "")
    running.forget_older(1 + len(_HONEST))
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
    lines = [f"{name:<12} {_WORDS[log.footer.verdict]:<14} {counts.runs:>7,} runs  {found}"]
    return lines + [f"{'':<13}{finding.harm}: {finding.sentence}" for finding in log.findings[:1]]


def _next(worst: str) -> list[str]:
    return [
        f"see it       tillproof replay {worst}",
        f"all of it    tillproof run --processor {_LIAR}",
        "yours        tillproof run --processor module:Class    (a class in the current folder)",
        "what it must do: tillproof explain contract",
    ]
