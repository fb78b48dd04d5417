"""A finding as the page tells it: its money, its steps, its rules, and a few plain sentences."""

from __future__ import annotations

import msgspec

from tillproof.domain.money import shown
from tillproof.domain.seed import SENTENCES
from tillproof.history.known import Known
from tillproof.history.log_findings import Finding
from tillproof.history.log_header import RuleLine
from tillproof.history.verdicts import Column, Money3
from tillproof_reports.markdown import issue
from tillproof_reports.money import MoneyTable, money_table
from tillproof_reports.source import Source
from tillproof_reports.steps import FAULT, FIRST_WRONG, WRONG, Step, steps
from tillproof_reports.words import replay_command, trigger


class Mark(msgspec.Struct, frozen=True):
    """A line below a step: `fault`, `first`, `wrong` or `note`, and its text."""

    kind: str
    text: str


class Shown(msgspec.Struct, frozen=True):
    """A step and the marks below it."""

    step: Step
    marks: tuple[Mark, ...]

    @property
    def arrow(self) -> str:
        """The classes that draw it between the lanes: from the left lane to the right one, and which way it points."""
        low, high = sorted((int(self.step.since), int(self.step.to)))
        forward = (self.step.since < self.step.to) != self.step.answers
        return f"s{low} e{high} {'fwd' if forward else 'back'}"

    @property
    def who(self) -> str:
        """Who speaks to whom, in words."""
        ends = (self.step.since, self.step.to)
        first, second = reversed(ends) if self.step.answers else ends
        return f"{first.name.lower()} to {second.name.lower()}"

    @property
    def name(self) -> str:
        """The point without its seam, which the lanes tell; before it whose turn it is, where several are at work."""
        row = self.step.row
        name = row.point.partition(".")[2] or row.point
        return f"{row.actor}: {name}" if row.actor else name


class Told(msgspec.Struct, frozen=True):
    """Everything the page says of a finding."""

    finding: Finding
    money: MoneyTable | None
    plain: tuple[str, ...]
    trigger: str
    steps: tuple[Shown, ...]
    rules: tuple[tuple[RuleLine, tuple[str, ...]], ...]
    command: str
    issue: tuple[str, ...]
    known: Known | None
    lapsed: Known | None


def told_findings(source: Source) -> list[Told]:
    """Return the log's findings, told, in its order: worst first."""
    return [_told(source, finding) for finding in source.log.findings]


def _told(source: Source, finding: Finding) -> Told:
    log = source.log
    target, money = log.header.target, finding.money
    rules = [log.header.rule(id_) for id_ in finding.rules]
    return Told(
        finding=finding,
        money=money_table(money, finding.rules) if money is not None else None,
        plain=tuple(_plain(money, finding)) if money is not None else (),
        trigger=trigger(finding.run.plan, finding.run.schedule),
        steps=tuple(
            Shown(step, tuple(map(_mark, step.row.marks)))
            for step in steps(finding.timeline, money.currency if money else "eur")
        ),
        rules=tuple(
            (rule, tuple(f"{s}: {SENTENCES[s].replace('`', '')}" for s in rule.seed if s in SENTENCES)) for rule in rules
        ),
        command=replay_command(finding, target.name, target.gateway),
        issue=issue(finding, log),
        known=source.known(finding),
        lapsed=source.lapsed(finding),
    )


def _mark(text: str) -> Mark:
    if text.startswith(FIRST_WRONG):
        return Mark("first", " ".join(text.removeprefix(WRONG).split()))
    if text.startswith(WRONG):
        return Mark("wrong", " ".join(text.removeprefix(WRONG).split()))
    word, *rest = text.split("  ")
    return Mark("fault" if word == FAULT else "note", " ".join([word, ": ".join(rest)]).strip())


def _plain(money: Money3, finding: Finding) -> list[str]:
    told = money_table(money, finding.rules)
    if not told.most:
        return ["The gateway, the shop and the client agree on the money."]
    lines = [
        f"The gateway {_did(money.gateway, money.currency)}.",
        f"The shop recorded that it {_did(money.shop, money.currency)}.",
    ]
    what = f": {told.what}" if told.what else ""
    lines.append(f"The difference is {shown(told.most, money.currency)} {told.currency}{what}.")
    if money.shop != money.gateway:
        return [*lines, "The books do not show it, so nobody at the shop will notice."]
    return [*lines, "The books are right; what the client was told is not."]


def _did(column: Column, currency: str) -> str:
    parts = [
        f"{verb} {shown(amount, currency)}"
        for verb, amount in (("holds", column.held), ("took", column.captured), ("gave back", column.refunded))
        if amount
    ]
    return " and ".join(parts) or "moved nothing"
