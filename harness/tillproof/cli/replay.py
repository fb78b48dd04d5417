"""`tillproof replay`: one run made again, step by step: FIXED, STILL THERE, or CHANGED."""

from __future__ import annotations

from pathlib import Path

import click
import msgspec

from tillproof.campaign.scope import journey_of
from tillproof.cli import running
from tillproof.conformance import replayed
from tillproof.errors import Misuse
from tillproof.faults.kinds import KINDS
from tillproof.faults.plans import parse
from tillproof.history.events import RunKey
from tillproof.history.tokens import looks_like_token, read_token
from tillproof.starter.reproduction import reproduction
from tillproof.targets.named import opened
from tillproof_reports.terminal import Replayed, replay_screen


@click.command(name="replay", help="See a finding's run, or a token's, again. Ends FIXED 0, STILL THERE 1, CHANGED 4.")
@click.argument("handle", metavar="FINDING|TOKEN")
@click.option("--full", is_flag=True, help="Every step.")
@click.option("--no-fault", is_flag=True, help="The same run with nothing made to fail.")
@click.option("--processor", metavar="NAME|MODULE:CLASS", help="What to test, if not the last run's.")
@click.option("--gateway", metavar="NAME|MODULE:CLASS", help="The fake it speaks to, if not its own.")
@click.option("--write-test", type=click.Path(), metavar="FILE", help="Write a test file that makes this run again.")
def command(  # noqa: D103  (click shows `help`)
    *, handle: str, full: bool, no_fault: bool, processor: str | None, gateway: str | None, write_test: str | None
) -> int:
    run, name, of = _meant(handle, processor, gateway)
    if no_fault:
        run = msgspec.structs.replace(run, plan="", schedule="")
    with opened(name, of) as target:
        told = replayed(target, run, handle)
    running.show(replay_screen(told, full=full, width=running.width()))
    if write_test is not None:
        _write_test(Path(write_test), told)
    return told.outcome.exit


def _write_test(path: Path, told: Replayed) -> None:
    """Write a test file that makes the run again. Raises `Misuse` for one that exists."""
    plan = parse(told.run.plan)
    of = told.gateway if told.gateway and ":" in told.gateway else None
    text = reproduction(
        told.run,
        processor=told.target,
        gateway=of,
        title=running.find_finding(told.handle)[1].sentence if told.handle.upper().startswith("F-") else "",
        story=journey_of(told.run.journey).title,
        meaning="; ".join(KINDS[fault.kind].says for fault in plan.faults),
    )
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise Misuse(f"{path} exists, and is not overwritten", type_="--write-test with another name") from None
    except OSError as error:
        raise Misuse(f"cannot write {path}", seen=str(error.strerror), type_="--write-test with another name") from None
    running.show([f"wrote {path}    python -m pytest {path}"])


def _meant(handle: str, processor: str | None, gateway: str | None) -> tuple[RunKey, str, str | None]:
    """Return the run a person means, and what to make it on: what they say, else what the last log was made on."""
    if looks_like_token(handle):
        run = read_token(handle)
        last = None if processor is not None else next(running.last_logs())
    elif handle.upper().startswith("F-"):
        last, finding = running.find_finding(handle)
        run = finding.run
    else:
        raise Misuse(
            f"neither a finding nor a token: {handle!r}",
            seen="findings are written F-3b9c2e, tokens TP1-...",
            type_="tillproof replay F-...    (ids are in the last report)",
        )
    if processor is not None or last is None:
        return run, processor or "", gateway
    return run, last.header.target.name, gateway or last.header.target.gateway
