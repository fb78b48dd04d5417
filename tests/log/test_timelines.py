"""A run told row by row, with the money of each witness after it."""

from __future__ import annotations

import msgspec
from support import samplelog

from tillproof.domain.ledger import Entry, EntryKind
from tillproof.history.events import AnyEvent, Booted, Committed, Died, Erred, GaveUp, Ledgered, Returned, Unheard
from tillproof.history.log_findings import Row
from tillproof.history.timeline import currency_of, timeline
from tillproof.history.verdicts import Column


def told(*events: AnyEvent) -> tuple[Row, ...]:
    """Tell the sample's history, or one of these events."""
    history = samplelog.history()
    if events:
        history = msgspec.structs.replace(history, events=(history.events[1], *events))
    return timeline(history, () if events else samplelog.BREACHES, samplelog.SAYS)


def row(rows: tuple[Row, ...], step: int) -> Row:
    """Return the row of a step."""
    return next(r for r in rows if r.step == step)


def test_the_call_that_moved_money_shows_it() -> None:
    """The gateway's column changes in the row of the processor call, the shop's in that of the commit."""
    rows = told()
    assert row(rows, 1).gateway is None
    assert row(rows, 2).gateway == Column(held=4900)
    assert row(rows, 2).shop is None
    assert row(rows, 5).shop == Column(held=4900)
    assert row(rows, 14).gateway == Column(captured=4900, refunded=2000)
    assert row(rows, 26).shop == Column(captured=4900, refunded=2000)
    assert (row(rows, 13).heard, row(rows, 19).heard) == ("...", "409")


def test_marks() -> None:
    """Faults, phases and breaches stand below the row they belong to; the first breach by step is the first wrong moment."""
    rows = told()
    assert row(rows, 17).marks == ("FAULT  answer-lost  it was done; nobody heard",)
    assert row(rows, 21).marks == (
        "<< FIRST WRONG MOMENT  CRASH-02: a retry should find the effect; the gateway now holds two",
        "<< IDEM-07: the repeated refund carried no key",
    )
    assert rows[-1].marks == ("quiet",)


def test_keys_and_amounts_are_told() -> None:
    """A call says its amount in the run's currency and whether it comes with the key of an earlier try."""
    rows = told()
    assert row(rows, 13).what == "20.00, key ik_refund_order"
    assert row(rows, 20).what == "20.00, same key ik_refund_order"
    assert row(rows, 21).what == "20.00, same key op_03"


def test_secrets_are_masked() -> None:
    """What stood under a secret's name is masked wherever it turns up, planted markers too."""
    (_, spoken) = told(
        Returned(step=2, at=0, called=1, method="m", outcome="nonsense", data={"token": "tok_123456"}, message="tok_123456"),
    )
    assert spoken.what == "nonsense: ***"
    (asked,) = told(Erred(step=2, at=0, where="shop", error="MARKER-7 leaked"))
    assert asked.marks == ("ERROR  shop: *** leaked",)


def test_other_moments() -> None:
    """Silence, giving up, death and restart are told in plain words."""
    rows = told(
        Unheard(step=2, at=0, asked=1, actor="shopper", call="complete_cart", intent=1, lost="shop-died"),
        Died(step=3, at=0, boot=1),
        Booted(step=4, at=0, boot=2),
        GaveUp(step=5, at=0, actor="shopper", call="complete_cart", intent=1),
    )
    assert [r.what for r in rows[1:]] == ["no answer (shop-died)", "gives up, not knowing how it ended"]
    assert rows[1].marks == ("the shop dies", "the shop starts again, on what was committed")


def entry(kind: EntryKind, id_: str, amount: int, parent: str | None = None) -> Ledgered:
    """Return a ledger line."""
    line = Entry(kind=kind, id=id_, intent="in", parent=parent, amount=amount, currency="jpy")
    return Ledgered(step=2, at=0, entry=line)


def test_holds_are_let_go_of() -> None:
    """A void or a lapse ends what is held, a partial void a part; a void of an intent that held nothing moves nothing."""
    (first,) = told(
        entry(EntryKind.AUTHORIZE, "au_1", 500),
        entry(EntryKind.AUTHORIZE, "au_2", 300),
        entry(EntryKind.VOID, "vo_1", 200, "au_1"),
        entry(EntryKind.LAPSE, "la_1", 0, "au_2"),
        entry(EntryKind.VOID, "vo_2", 0, "in_9"),
        entry(EntryKind.INTENT, "in_2", 700),
    )
    assert first.gateway == Column(held=300)


def test_currency() -> None:
    """The currency is the gateway's, else the shop's, else the euro where no money moved."""
    history = samplelog.history()
    commits = tuple(e for e in history.events if isinstance(e, Committed))
    assert currency_of(msgspec.structs.replace(history, events=(entry(EntryKind.REFUND, "re", 1),))) == "jpy"
    assert currency_of(msgspec.structs.replace(history, events=commits)) == "eur"
    assert currency_of(msgspec.structs.replace(history, events=())) == "eur"
