"""One finding on a terminal: the harm, the money, the smallest way there, why, and what to do."""

from __future__ import annotations

from collections.abc import Callable

from tillproof.domain.money import shown
from tillproof.history.harms import difference
from tillproof.history.log import Finding
from tillproof.history.verdicts import Column, Money3
from tillproof_reports.terminal.layout import counted, labelled, paragraph

_COLUMNS: tuple[tuple[str, Callable[[Column], int]], ...] = (
    ("held", lambda column: column.held),
    ("captured", lambda column: column.captured),
    ("refunded", lambda column: column.refunded),
    ("customer's net", lambda column: column.captured - column.refunded),
)

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


def finding_block(finding: Finding, *, dialects: int, width: int) -> list[str]:
    """Return the finding as it is printed; `dialects` is how many the campaign ran under."""
    head = f"{finding.id}   {finding.harm}   {finding.level.upper()}   guilty: {finding.guilty}"
    lines = [head, *paragraph(finding.sentence, indent=2, width=width), ""]
    if finding.money is not None:
        lines += [*_money(finding.money, finding.rules), ""]
    disturbed = f"fault: {finding.run.plan}" if finding.run.plan else "nothing made to fail"
    for label, text in (
        ("smallest plan", f"{finding.run.journey}, client {finding.run.client}, {disturbed}"),
        ("why", finding.why),
        ("mend", finding.mend),
        ("breaks", f"{'  '.join(finding.rules)}      in {_extent(finding, dialects)}"),
        ("see it", f"tillproof replay {finding.id}"),
    ):
        lines += labelled(label, text, indent=2, column=18, width=width)
    return lines


def _extent(finding: Finding, dialects: int) -> str:
    if len(finding.dialects) == dialects:
        under = "under every dialect tried" if dialects > 1 else f"under {finding.dialects[0]}"
    else:
        under = f"under {', '.join(finding.dialects)}"
    return f"{finding.runs:,} of {counted(finding.of, 'run')}{_VERBS.get(finding.method, '')}, {under}"


def _money(money: Money3, rules: tuple[str, ...]) -> list[str]:
    """Return the three money columns and the difference that matters: gateway against shop, else against the client."""
    witnesses = (("gateway did", money.gateway), ("shop recorded", money.shop), ("client heard", money.heard))
    shown_columns = [(t, of) for t, of in _COLUMNS if t != "held" or any(of(column) for _, column in witnesses)]
    against = money.shop if money.shop != money.gateway else money.heard
    gaps = [abs(of(money.gateway) - of(against)) for _, of in shown_columns]
    if not any(gaps):
        return ["  money           the gateway, the shop and the client agree on it"]
    lines = [
        " " * 18 + "".join(f"{title:>12}" if title != "customer's net" else f"{title:>16}" for title, _ in shown_columns)
    ]
    for name, column in witnesses:
        cells = [shown(of(column), money.currency) for _, of in shown_columns]
        lines.append(_row(name, cells, money.currency.upper() if name == "gateway did" else ""))
    what = difference(money, rules).value.short
    lines.append(_row("difference", [shown(gap, money.currency) if gap else "-" for gap in gaps], what))
    return lines


def _row(name: str, cells: list[str], note: str) -> str:
    *first, net = cells
    return f"  {name:<16}{''.join(f'{cell:>12}' for cell in first)}{net:>16}  {note}".rstrip()
