"""The rulebook: a reference of all rules, family by family, made of the same declarations that judge the runs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import msgspec

from tillproof.domain.seed import SENTENCES
from tillproof.history.log_header import RuleLine
from tillproof.history.verdicts import Level

FAMILIES: dict[str, str] = {
    "LED": "Ledger",
    "IDEM": "Idempotency",
    "CRASH": "Crash",
    "CONC": "Concurrency",
    "STAT": "Status",
    "SCA": "Customer action",
    "CAP": "Capture",
    "REF": "Refund",
    "VOID": "Cancel",
    "HOOK": "Webhooks",
    "AMT": "Amounts",
    "SESS": "Sessions",
    "SWAP": "Swaps",
    "SEC": "Security",
    "GATE": "Gateway",
    "OPS": "Operations",
    "PROC": "Processor contract",
}
"""What a rule's family is called, by the letters its id begins with."""

_WITNESSES: dict[str, str] = {
    "G": "what the gateway did",
    "C": "the record of the processor's calls",
    "B": "what the shop recorded",
    "H": "what the client heard",
}


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """A rule, told: its paragraphs, the sentences of the architecture it comes from, the witnesses it asks."""

    rule: RuleLine
    paragraphs: tuple[str, ...]
    sentences: tuple[tuple[str, str], ...]
    witnesses: str


class Family(msgspec.Struct, frozen=True, kw_only=True):
    """The rules of one family, in their order."""

    name: str
    rules: tuple[Told, ...]


def told(rule: RuleLine) -> Told:
    """Tell a rule."""
    return Told(
        rule=rule,
        paragraphs=tuple(" ".join(block.split()) for block in rule.text.split("\n\n")),
        sentences=tuple((id_, SENTENCES[id_].replace("`", "")) for id_ in rule.seed if id_ in SENTENCES),
        witnesses=", ".join(_WITNESSES[letter] for letter in rule.witnesses if letter in _WITNESSES),
    )


def families(rules: Iterable[RuleLine]) -> list[Family]:
    """Return the rules by family, both in the order given."""
    by_name: dict[str, list[Told]] = {}
    for rule in rules:
        letters = rule.id.partition("-")[0]
        by_name.setdefault(FAMILIES.get(letters, letters), []).append(told(rule))
    return [Family(name=name, rules=tuple(told)) for name, told in by_name.items()]


def counted_levels(rules: Sequence[RuleLine]) -> str:
    """Return how many rules there are, by level."""
    must = sum(rule.level is Level.MUST for rule in rules)
    return f"{len(rules)} rules: {must} MUST, {len(rules) - must} SHOULD"


def markdown(rules: Sequence[RuleLine]) -> bytes:
    """Return the rulebook in Markdown. The texts are our own: nothing foreign is in them."""
    lines = ["# The rules of tillproof", "", f"{counted_levels(rules)}. {LEVELS}", ""]
    for family in families(rules):
        lines += [f"## {family.name}", ""]
        for told_ in family.rules:
            lines += [*_section(told_), ""]
    return "\n".join(lines).encode()


LEVELS = (
    "MUST: the architecture says it, or money is lost or doubled without it. SHOULD: safe practice beyond that. "
    "A rule that a processor has no capability for is skipped, and never failed."
)
"""What the two levels mean."""


def _section(told_: Told) -> Iterator[str]:
    rule = told_.rule
    yield f"### {rule.id}: {rule.title}"
    yield ""
    yield f"**{rule.level.upper()}**"
    for paragraph in told_.paragraphs:
        yield ""
        yield paragraph
    yield ""
    yield f"- **Why it matters:** {rule.why}"
    yield f"- **How to mend it:** {rule.mend}"
    for id_, sentence in told_.sentences:
        yield f"- **The architecture says** ({id_}): *{sentence}*"
    yield f"- **Comes from failures:** {', '.join(rule.failures)}"
    yield f"- **Asks:** {told_.witnesses}"
    if rule.needs:
        yield f"- **Needs the capabilities:** {', '.join(rule.needs)}"
    yield f"- **Try it alone:** `tillproof run --processor NAME --rule {rule.id}`"
