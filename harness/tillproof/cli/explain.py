"""`tillproof explain`: a rule, or the contract, in the words of the code that applies it."""

from __future__ import annotations

import inspect
from pathlib import Path

import click

from tillproof import __version__
from tillproof.campaign.header import rule_line
from tillproof.cli import running
from tillproof.contract import capabilities, outcomes, processor, webhooks
from tillproof.contract.processor import EFFECTS, METHODS, OPTIONAL, PaymentProcessor
from tillproof.domain.seed import SENTENCES
from tillproof.errors import Misuse
from tillproof.history.logfile import check_writable
from tillproof.rules.registry import BY_ID, RULES
from tillproof.rules.rule import Rule
from tillproof.suggestions import unknown
from tillproof_reports import load, rulebook
from tillproof_reports.terminal.layout import labelled, paragraph

_KINDS = ("markdown", "html")


@click.command(
    name="explain",
    help="Explain a rule (by its id), or `contract`: what a payment processor must do; or write all rules into a file.",
)
@click.argument("what", metavar="RULE|contract", required=False)
@click.option("--all", "everything", is_flag=True, help="All rules, family by family: with --to a page, else on the screen.")
@click.option("--to", metavar="KIND=PATH", help=f"With --all: write the reference page; kinds: {', '.join(_KINDS)}.")
def command(*, what: str | None, everything: bool, to: str | None) -> None:  # noqa: D103  (click shows `help`)
    width = running.width()
    if everything == (what is not None) or (to is not None and not everything):
        raise Misuse("what shall be explained?", seen="a rule, `contract`, or --all", type_="tillproof explain LED-05")
    if to is not None:
        _write(to)
    elif what is None:
        running.show([line for rule in RULES for line in (*_rule(rule, width), "")])
    elif what.lower() == "contract":
        running.show(_contract(width))
    elif what.upper() in BY_ID:
        running.show(_rule(BY_ID[what.upper()], width))
    else:
        raise unknown("rule", what.upper(), [*BY_ID, "contract"], list_with="tillproof list rules")


def _write(to: str) -> None:
    """Write the reference page of all rules."""
    kind, _, path = to.partition("=")
    if kind not in _KINDS or not path:
        seen = f"it is written KIND=PATH, and KIND is {' or '.join(_KINDS)}"
        raise Misuse(f"not a reference page: {to!r}", seen=seen, type_="tillproof explain --all --to html=rules.html")
    check_writable(Path(path))
    lines = [rule_line(rule) for rule in RULES]
    if kind == "markdown":
        content = rulebook.markdown(lines)
    else:
        load("html")
        from tillproof_reports import html  # noqa: PLC0415  (an extra, and slow to import)

        content = html.rulebook(lines, __version__)
    Path(path).write_bytes(content)
    running.show([f"wrote   {kind}   {path}"])


def _rule(rule: Rule, width: int) -> list[str]:
    lines = [f"{rule.id}   {rule.level.upper()}   {rule.title}", ""]
    lines += _prose(rule.text, width)
    lines.append("")
    for label, text in (
        ("why", rule.why),
        ("mend", rule.mend),
        *((id_, f'the architecture says: "{SENTENCES[id_]}"') for id_ in rule.seed),
        ("from", " ".join(rule.failures)),
        ("asks", rule.witnesses),
        ("needs", " ".join(rule.needs)),
        ("next", f"tillproof run --processor NAME --rule {rule.id}"),
    ):
        if text:
            lines += labelled(label, text, indent=2, column=10, width=width)
    return lines


def _contract(width: int) -> list[str]:
    lines = ["THE PAYMENT PROCESSOR CONTRACT", "", *_prose(inspect.getdoc(processor) or "", width)]
    lines += ["", *_prose(inspect.getdoc(PaymentProcessor) or "", width)]
    lines += ["", "WHAT A CALL MAY ANSWER", "", *_prose(inspect.getdoc(outcomes) or "", width)]
    for outcome in (outcomes.Done, outcomes.Refused, outcomes.Unknown):
        fields = ", ".join(outcome.__struct_fields__)
        lines += [
            "",
            f"  {outcome.__name__}({fields})",
            *paragraph(_joined(inspect.getdoc(outcome) or ""), indent=6, width=width),
        ]
    lines += ["", "THE METHODS", "", "  identifier   the processor's name, as sessions and payments store it"]
    for name in (*METHODS, *OPTIONAL):
        method = getattr(PaymentProcessor, name)
        parameters = ", ".join(inspect.signature(method).parameters)
        effect = "acts on the gateway" if name in EFFECTS else "no effect at the gateway"
        lines += ["", *paragraph(f"async {name}({parameters})", indent=2, width=width)]
        lines += paragraph(f"{_joined(inspect.getdoc(method) or '')} ({effect})", indent=6, width=width)
    lines += ["", "WHAT A GATEWAY TELLS OF ITSELF", "", *_prose(inspect.getdoc(webhooks) or "", width)]
    for shape in (webhooks.Delivery, webhooks.Notice, webhooks.Rejected, webhooks.Standing, webhooks.GivenBack):
        fields = ", ".join(shape.__struct_fields__)
        lines += ["", *paragraph(f"{shape.__name__}({fields})", indent=2, width=width)]
        lines += paragraph(_joined(inspect.getdoc(shape) or ""), indent=6, width=width)
    lines += ["", "WHAT YOU DECLARE", "", *_prose(inspect.getdoc(capabilities.Capabilities) or "", width)]
    lines += ["", "next  tillproof run --processor module:Class    tillproof list rules"]
    return lines


def _joined(text: str) -> str:
    return " ".join(text.split())


def _prose(text: str, width: int) -> list[str]:
    """Return a docstring's paragraphs, wrapped anew."""
    lines: list[str] = []
    for block in text.split("\n\n"):
        lines += ([""] if lines else []) + paragraph(_joined(block), indent=2, width=width)
    return lines
