"""`tillproof explain`: a rule, or the contract, in the words of the code that applies it."""

from __future__ import annotations

import inspect

import click

from tillproof.cli import running
from tillproof.contract import capabilities, outcomes, processor, webhooks
from tillproof.contract.processor import EFFECTS, METHODS, OPTIONAL, PaymentProcessor
from tillproof.rules.registry import BY_ID
from tillproof.rules.rule import Rule
from tillproof.suggestions import unknown
from tillproof_reports.terminal.layout import labelled, paragraph


@click.command(name="explain", help="Explain a rule (by its id), or `contract`: what a payment processor must do.")
@click.argument("what", metavar="RULE|contract")
def command(*, what: str) -> None:  # noqa: D103  (click shows `help`)
    width = running.width()
    if what.lower() == "contract":
        running.show(_contract(width))
        return
    rule = BY_ID.get(what.upper())
    if rule is None:
        raise unknown("rule", what.upper(), [*BY_ID, "contract"], list_with="tillproof list rules")
    running.show(_rule(rule, width))


def _rule(rule: Rule, width: int) -> list[str]:
    lines = [f"{rule.id}   {rule.level.upper()}   {rule.title}", ""]
    lines += _prose(rule.text, width)
    lines.append("")
    for label, text in (
        ("why", rule.why),
        ("mend", rule.mend),
        ("seed", " ".join(rule.seed)),
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
