"""`tillproof replay`: one run made again, step by step: FIXED, STILL THERE, or CHANGED."""

from __future__ import annotations

import click
import msgspec

from tillproof.cli import running
from tillproof.errors import Misuse
from tillproof.faults.kinds import KINDS
from tillproof.history.events import Faulted, History, RunKey
from tillproof.history.timeline import currency_of, timeline
from tillproof.history.tokens import looks_like_token, read_token
from tillproof.history.verdicts import Breach
from tillproof.simulation.journey import ClientKind
from tillproof.suggestions import unknown
from tillproof_reports.terminal import Outcome, Replayed, replay_screen

_SAYS = {kind.name: kind.says for kind in KINDS.values()}


@click.command(name="replay", help="See a finding's run, or a token's, again. Ends FIXED 0, STILL THERE 1, CHANGED 4.")
@click.argument("handle", metavar="FINDING|TOKEN")
@click.option("--full", is_flag=True, help="Every step.")
@click.option("--no-fault", is_flag=True, help="The same run with nothing made to fail.")
@click.option("--processor", metavar="NAME|MODULE:CLASS", help="What to test, if not the last run's.")
@click.option("--gateway", metavar="NAME|MODULE:CLASS", help="The fake it speaks to, if not its own.")
def command(*, handle: str, full: bool, no_fault: bool, processor: str | None, gateway: str | None) -> int:  # noqa: D103  (click shows `help`)
    run, name, of = _meant(handle, processor, gateway)
    if run.client not in list(ClientKind):
        raise unknown("client", run.client, list(ClientKind), list_with="copy the whole token from the report")
    if no_fault:
        run = msgspec.structs.replace(run, plan="")
    history, breaches = running.replay(name, of, run)
    replayed = Replayed(
        handle=handle,
        target=name,
        gateway=of,
        run=run,
        currency=currency_of(history),
        rows=timeline(history, breaches, _SAYS),
        outcome=_outcome(history, breaches),
    )
    running.show(replay_screen(replayed, full=full, width=running.width()))
    return replayed.outcome.exit


def _meant(handle: str, processor: str | None, gateway: str | None) -> tuple[RunKey, str, str | None]:
    """Return the run a person means, and what to make it on: what they say, else what the last log was made on."""
    if looks_like_token(handle):
        run = read_token(handle).run
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


def _outcome(history: History, breaches: tuple[Breach, ...]) -> Outcome:
    if breaches:
        return Outcome.STILL_THERE
    planned = history.run.plan.split(" + ") if history.run.plan else []
    if not {e.fault for e in history.events if isinstance(e, Faulted)}.issuperset(planned):
        return Outcome.CHANGED
    return Outcome.FIXED if history.ended else Outcome.NO_END
