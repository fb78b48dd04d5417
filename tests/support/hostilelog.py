"""A log in which every text that can come from elsewhere is an attack on whoever reads it."""

from __future__ import annotations

from msgspec.structs import replace
from support import samplelog

from tillproof.history.log import Log
from tillproof.history.log_footer import DialectSafety, Retry
from tillproof.history.log_runs import RunVerdict

SCRIPT = "<script>alert('till')</script>"
MARKS = ("\x1b[2J", "\u202e", "\u2066", "\x00", "\x07", "\r")
"""What drives a terminal, reorders a line, or has no place in XML."""

ATTACK = (
    SCRIPT
    + '"><img src=x onerror=alert(1)>'
    + "</style></title></textarea>]]><![CDATA["
    + "`` ``` **bold** [link](javascript:alert(2)) ![i](http://evil.test/x.png) <b>tag</b> | cell | @everyone #1 "
    + "{{ 7*7 }} {% raw %} ${7*7} =cmd|'/c calc'!A0 "
    + "```\nend\n---\n%%{init: {}}%%\n; Note over client: forged "
    + "".join(MARKS)
    + "https://evil.test www.evil.test"
)
LONG = "n" * 10_000
FORMULA = "=cmd|'/c calc'!A0"


def log() -> Log:
    """Return the sample's log with the attack wherever a processor, a gateway or a hand-made log could put it."""
    told = samplelog.log()
    target = replace(told.header.target, name=ATTACK + LONG, identifier=ATTACK, gateway=ATTACK)
    journeys = tuple(replace(j, title=ATTACK, skipped=j.skipped and ATTACK) for j in told.header.journeys)
    rules = tuple(replace(r, title=ATTACK, text=ATTACK, why=ATTACK, mend=ATTACK) for r in told.header.rules)
    goals = tuple(replace(g, title=ATTACK, skipped=g.skipped and ATTACK) for g in told.header.goals)
    header = replace(told.header, target=target, journeys=journeys, rules=rules, dialects=(ATTACK, "none"), goals=goals)
    findings = tuple(
        replace(
            f,
            sentence=ATTACK,
            why=ATTACK,
            mend=ATTACK,
            guilty=ATTACK,
            swaps=tuple(replace(swap, party=ATTACK, reason=ATTACK) for swap in f.swaps),
            dialects=(ATTACK,),
            run=replace(f.run, plan=f"processor.{ATTACK}#1=answer-lost", journey=ATTACK, schedule=ATTACK),
            timeline=tuple(
                replace(r, what=ATTACK, point=ATTACK, heard=ATTACK, marks=(ATTACK, f"FAULT  {ATTACK}")) for r in f.timeline
            ),
        )
        for f in told.findings
    )
    runs = tuple(
        replace(
            r,
            run=replace(
                r.run,
                journey=FORMULA,
                client=ATTACK,
                plan=r.run.plan and f"client.{ATTACK}#1=answer-lost",
                schedule=r.run.plan and ATTACK,
            ),
        )
        for r in told.runs
    )
    errored = replace(runs[0], verdict=RunVerdict.ERRORED, error=ATTACK)
    under = DialectSafety(dialect=ATTACK, retry=Retry.SAFE, runs=1, evidence=ATTACK)
    methods = tuple(replace(m, evidence=ATTACK, dialects=(under,)) for m in told.footer.methods)
    space = replace(told.footer.space, holes=tuple(replace(h, what=ATTACK, reason=ATTACK) for h in told.footer.space.holes))
    verdicts = tuple(replace(v, reason=v.reason and ATTACK) for v in told.footer.rules)
    footer = replace(told.footer, sentence=ATTACK, not_tried=(ATTACK,), methods=methods, rules=verdicts, space=space)
    return Log(header=header, runs=(errored, *runs[1:]), findings=findings, footer=footer)
