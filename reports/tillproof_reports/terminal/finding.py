"""One finding on a terminal: the harm, the money, the smallest way there, why, and what to do."""

from __future__ import annotations

from tillproof.history.log_findings import Finding
from tillproof.history.verdicts import Money3
from tillproof_reports.money import money_table
from tillproof_reports.terminal.layout import counted, labelled, paragraph
from tillproof_reports.words import swap_phrase

_VERBS: dict[str | None, str] = {
    "initiate_payment": " that start a payment",
    "update_payment": " that update a payment",
    "update_payment_data": " that update session data",
    "authorize_payment": " that authorize",
    "capture_payment": " that capture",
    "refund_payment": " that refund",
    "cancel_payment": " that cancel",
    "delete_payment": " that remove a session",
    "retrieve_payment": " that look a payment up",
    "get_payment_status": " that ask for the status",
}


def finding_block(finding: Finding, *, dialects: int, width: int, swaps: bool = False) -> list[str]:
    """Return the finding as it is printed; `dialects` is how many the campaign ran under, `swaps` adds what each did."""
    head = f"{finding.id}   {finding.harm}   {finding.level.upper()}   guilty: {finding.guilty}"
    lines = [head, *paragraph(finding.sentence, indent=2, width=width), ""]
    if finding.money is not None:
        lines += [*_money(finding.money, finding.rules), ""]
    disturbed = f"{'fault: ' if finding.run.plan else ''}{finding.run.disturbed_by}"
    swapped = "; ".join(map(swap_phrase, finding.swaps)) if swaps else ""
    for label, text in (
        ("smallest plan", f"{finding.run.journey}, client {finding.run.client}, {disturbed}"),
        ("why", finding.why),
        ("mend", finding.mend),
        ("swapped", swapped),
        ("breaks", f"{'  '.join(finding.rules)}      in {_extent(finding, dialects)}"),
        ("see it", f"tillproof replay {finding.id}"),
    ):
        if text:
            lines += labelled(label, text, indent=2, column=18, width=width)
    return lines


def _extent(finding: Finding, dialects: int) -> str:
    if len(finding.dialects) == dialects:
        under = "under every dialect tried" if dialects > 1 else f"under {finding.dialects[0]}"
    else:
        under = f"under {', '.join(finding.dialects)}"
    return f"{finding.runs:,} of {counted(finding.of, 'run')}{_VERBS.get(finding.method, '')}, {under}"


def _money(money: Money3, rules: tuple[str, ...]) -> list[str]:
    """Return the three money columns and the difference that matters."""
    told = money_table(money, rules)
    if not told.most:
        return ["  money           the gateway, the shop and the client agree on it"]
    *first, net = told.headers
    lines = [" " * 18 + "".join(f"{title:>12}" for title in first) + f"{net:>16}"]
    notes = (told.currency, "", "")
    lines += [_row(name, cells, note) for (name, cells), note in zip(told.rows, notes, strict=True)]
    return [*lines, _row("difference", told.gaps, told.what)]


def _row(name: str, cells: tuple[str, ...], note: str) -> str:
    *first, net = cells
    return f"  {name:<16}{''.join(f'{cell:>12}' for cell in first)}{net:>16}  {note}".rstrip()
