"""Text that comes from elsewhere, made harmless; and the small sentences several reports share."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable

from tillproof.history.log import Log
from tillproof.history.log_findings import Finding, Swap
from tillproof.history.log_footer import Overall
from tillproof.history.masking import harmless

LONGEST = 2_000
"""Characters of one text in a report. What a processor calls itself can be as long as it likes."""

TIMES = re.compile(r"x(\*|\d+)$")
"""How often in a row a fault strikes, at the end of its kind."""

VERDICTS: dict[Overall, str] = {
    Overall.SAFE: "SAFE TO RETRY",
    Overall.NOT_SAFE: "NOT SAFE TO RETRY",
    Overall.NO_VERDICT: "NO VERDICT",
}
"""The verdict on a target where something was made to fail, as a heading."""


def is_untried(log: Log) -> bool:
    """Tell whether nothing is wrong in a campaign that made nothing fail: whether to retry is safe, it cannot say."""
    return log.footer.verdict is Overall.SAFE and log.header.choices.depth == "none"


def heading(log: Log) -> str:
    """Return the verdict on a target, as a heading."""
    return "NOTHING WRONG" if is_untried(log) else VERDICTS[log.footer.verdict]


def worst_verdict(verdicts: Iterable[Overall]) -> Overall:
    """Return the worst of several verdicts; needs at least one."""
    order = (Overall.NOT_SAFE, Overall.NO_VERDICT, Overall.SAFE)
    return min(verdicts, key=order.index)


def told(text: str, longest: int = LONGEST) -> str:
    """Return foreign text on one line: control characters written out, cut where it is longer than `longest`."""
    begin = text[: longest + 1]
    safe = begin if begin.isprintable() else harmless(begin)
    return safe if len(safe) <= longest else safe[: longest - 1] + "…"


def counted(count: int, noun: str) -> str:
    """Return a count with its noun: `1 run`, `4,182 runs`."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def method_phrase(finding: Finding) -> str:
    """Return the method a finding is about, or `a purchase` where it is about none."""
    return finding.method or "a purchase"


def trigger(plan: str, schedule: str = "") -> str:
    """Return what sets a finding off, in words: the first fault and where it strikes, or two requests at once."""
    if not plan and schedule:
        return "two requests at once, one interrupted by the other; nothing is made to fail"
    if not plan:
        return "nothing: it happens with nothing made to fail"
    faults = plan.split(" + ")
    point, _, kind = faults[0].partition("=")
    seam, _, rest = point.partition(".")
    name, _, number = rest.partition("#")
    where = {
        "client": f"while the client asks for {name}",
        "processor": f"at {name}",
        "commit": f"at the commit {name}",
        "gateway": f"at the gateway's {name}",
    }.get(seam, f"at {seam}.{name}")
    times = "" if number in {"", "1"} else f" (its {number}. time)"
    more = "" if len(faults) == 1 else f", and {counted(len(faults) - 1, 'more fault')}"
    return f"{TIMES.sub('', kind)} {where}{times}{more}"


def replay_command(finding: Finding, target: str, gateway: str | None) -> str:
    """Return the command that makes a finding's run again, on any machine that has the same target."""
    return replay_of(finding.token, target, gateway)


def replay_of(token: str, target: str, gateway: str | None) -> str:
    """Return the command that makes a token's run again."""
    of = f" --gateway {shlex.quote(gateway)}" if gateway else ""
    return f"tillproof replay {token} --processor {shlex.quote(target)}{of}"


def swap_phrase(swap: Swap) -> str:
    """Return what swapping one party did, in a phrase: `the processor: finding gone`."""
    return f"{swap.party}: {swap.ends}{f' ({swap.reason})' if swap.reason else ''}"
