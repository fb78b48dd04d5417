"""The laws of the ledger, searched for a way around them, and the knobs that bend them."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tillproof.domain.ledger import Entry, EntryKind
from tillproof_fake_processors.ledger import AgainstTheLaw, Caller, Intent, Knobs, Ledger

NOBODY = Caller()
HELD = 100

VERBS: dict[str, Callable[[Ledger, Intent, int], object]] = {
    "update": lambda ledger, intent, amount: ledger.update(intent, amount, "eur", NOBODY),
    "challenge": lambda ledger, intent, _: ledger.challenge(intent, NOBODY),
    "decline": lambda ledger, intent, _: ledger.decline(intent, "card_declined", NOBODY),
    "authorize": lambda ledger, intent, _: ledger.authorize(intent, NOBODY),
    "capture": lambda ledger, intent, amount: ledger.capture(intent, amount, NOBODY),
    "refund": lambda ledger, intent, amount: ledger.refund(intent, amount, NOBODY),
    "void": lambda ledger, intent, _: ledger.void(intent, NOBODY),
}

KNOBS = st.builds(
    Knobs,
    over_capture=st.booleans(),
    release_remainder=st.booleans(),
    authorization_life=st.sampled_from([None, 10.0]),
    void_after_capture=st.sampled_from(["refused", "refunded"]),
    settling=st.sampled_from([0.0, 3.0]),
)
ACTIONS = st.lists(
    st.tuples(st.sampled_from([*VERBS, "wait"]), st.integers(-5, 2 * HELD)), max_size=25
)  # times 0 to 200 seconds: long enough for anything to lapse and land


class Books:
    """A ledger with one intent, and what it wrote."""

    def __init__(self, knobs: Knobs | None = None) -> None:
        self.time = 0.0
        self.written: list[Entry] = []
        self.ledger = Ledger(self.written.append, lambda: self.time, knobs or Knobs())
        opened = self.ledger.open(HELD, "eur", "cart_1", Caller("key", "op"))
        self.intent = self.ledger.intents[opened.intent]

    def wait(self, seconds: float) -> None:
        self.time += seconds
        self.ledger.catch_up()

    def kinds(self) -> list[str]:
        return [str(entry.kind) for entry in self.written]


def total(entries: Iterable[Entry], kind: EntryKind, parent: str | None = None) -> int:
    return sum(e.amount for e in entries if e.kind is kind and parent in {None, e.parent})


@given(KNOBS, ACTIONS)
def test_the_laws_hold_whatever_is_asked(knobs: Knobs, actions: list[tuple[str, int]]) -> None:
    """No sequence of verbs captures more than is held, refunds more than is captured, or acts on what is gone."""
    books = Books(knobs)
    for verb, amount in actions:
        before = len(books.written)
        try:
            if verb == "wait":
                books.wait(max(amount, 0))
            else:
                VERBS[verb](books.ledger, books.intent, amount)
        except AgainstTheLaw:
            assert len(books.written) == before
    books.wait(1000)
    ended: set[str | None] = set()
    for at, entry in enumerate(books.written):
        so_far = books.written[: at + 1]
        assert entry.amount >= 0
        assert entry.parent not in ended
        if entry.kind is EntryKind.CAPTURE and not knobs.over_capture:
            held = next(e for e in so_far if e.id == entry.parent)
            assert total(so_far, EntryKind.CAPTURE, held.id) <= held.amount
        if entry.kind is EntryKind.REFUND:
            taken = next(e for e in so_far if e.id == entry.parent)
            assert total(so_far, EntryKind.REFUND, taken.id) <= taken.amount
        if entry.kind in {EntryKind.VOID, EntryKind.LAPSE}:
            ended.add(entry.parent)
    assert books.intent.captured == total(books.written, EntryKind.CAPTURE)
    assert books.intent.refunded == total(books.written, EntryKind.REFUND)


@given(st.lists(st.integers(1, HELD), min_size=1, max_size=20))
def test_everything_captured_can_be_refunded_in_parts(parts: list[int]) -> None:
    """Parts are given back until nothing is left; the one that would be too much is refused."""
    books = Books()
    books.ledger.authorize(books.intent, NOBODY)
    books.ledger.capture(books.intent, HELD, NOBODY)
    for part in parts:
        left = HELD - books.intent.refunded
        if part > left:
            with pytest.raises(AgainstTheLaw, match="more than what is left"):
                books.ledger.refund(books.intent, part, NOBODY)
        else:
            books.ledger.refund(books.intent, part, NOBODY)
    left = HELD - books.intent.refunded
    if left:
        books.ledger.refund(books.intent, left, NOBODY)
    assert books.intent.refunded == HELD


@pytest.mark.parametrize(
    ("story", "verb", "code"),
    [
        ("", "capture", "nothing_held"),
        ("", "refund", "nothing_captured"),
        ("authorize", "refund", "nothing_captured"),
        ("authorize", "update", "authorized"),
        ("authorize capture", "capture", "nothing_held"),
        ("authorize capture", "void", "captured"),
        ("authorize void", "capture", "canceled"),
        ("void", "authorize", "canceled"),
        ("void", "challenge", "canceled"),
        ("void", "decline", "canceled"),
        ("void", "update", "canceled"),
        ("void", "void", "canceled"),
    ],
)
def test_what_is_against_the_law(story: str, verb: str, code: str) -> None:
    """Each verb out of place is refused with its own code, and nothing is written."""
    books = Books()
    for step in story.split():
        VERBS[step](books.ledger, books.intent, HELD)
    before = list(books.written)
    with pytest.raises(AgainstTheLaw) as refused:
        VERBS[verb](books.ledger, books.intent, HELD)
    assert refused.value.code == code
    assert books.written == before


@pytest.mark.parametrize("verb", ["capture", "refund"])
@pytest.mark.parametrize("amount", [0, -1])
def test_nothing_is_no_sum(verb: str, amount: int) -> None:
    """Zero and negative sums are refused."""
    books = Books()
    books.ledger.authorize(books.intent, NOBODY)
    with pytest.raises(AgainstTheLaw) as refused:
        VERBS[verb](books.ledger, books.intent, amount)
    assert refused.value.code == "invalid_amount"


def test_every_entry_names_its_caller_and_its_parent() -> None:
    """An entry bears the caller's key, reference and resource, and what it acts on; ids follow from a counter."""
    books = Books()
    books.ledger.authorize(books.intent, Caller("k1", "r1"))
    books.ledger.capture(books.intent, 60, Caller("k2", "r2"))
    books.ledger.refund(books.intent, 20, Caller("k3", "r3"))
    told = [(e.id, e.parent, e.amount, e.key, e.reference, e.resource) for e in books.written]
    assert told == [
        ("in_1", None, 100, "key", "op", "cart_1"),
        ("au_2", "in_1", 100, "k1", "r1", "cart_1"),
        ("ca_3", "au_2", 60, "k2", "r2", "cart_1"),
        ("re_4", "ca_3", 20, "k3", "r3", "cart_1"),
    ]
    assert books.ledger.effects("r2") == books.written[2:3]
    assert books.ledger.effects("unknown") == []


def test_a_second_authorization_holds_twice() -> None:
    """The ledger does not protect a careless caller: authorized twice is held twice, and a void lets go of both."""
    books = Books()
    books.ledger.authorize(books.intent, NOBODY)
    books.ledger.authorize(books.intent, NOBODY)
    assert books.intent.held == 2 * HELD
    assert [entry.parent for entry in books.ledger.void(books.intent, NOBODY)] == ["au_2", "au_3"]
    assert books.intent.held == 0


def test_a_void_of_what_holds_nothing() -> None:
    """An intent without a hold becomes unpayable; the entry's parent is the intent itself."""
    books = Books()
    (entry,) = books.ledger.void(books.intent, NOBODY)
    assert (entry.parent, entry.amount) == ("in_1", 0)


def test_over_capture() -> None:
    """Where it is allowed, more can be captured than is held, and all of it refunded."""
    books = Books(Knobs(over_capture=True))
    books.ledger.authorize(books.intent, NOBODY)
    books.ledger.capture(books.intent, HELD + 1, NOBODY)
    books.ledger.refund(books.intent, HELD + 1, NOBODY)
    assert (books.intent.captured, books.intent.refunded, books.intent.held) == (101, 101, 0)


@pytest.mark.parametrize(("released", "held"), [(True, 0), (False, 40)])
def test_the_remainder_of_a_partial_capture(released: bool, held: int) -> None:  # noqa: FBT001 - a column of the table
    """The rest of a hold is let go of, or stays held and can be captured or voided."""
    books = Books(Knobs(release_remainder=released))
    books.ledger.authorize(books.intent, NOBODY)
    books.ledger.capture(books.intent, 60, NOBODY)
    assert books.intent.held == held
    if held:
        (entry,) = books.ledger.void(books.intent, NOBODY)
        assert (entry.kind, entry.amount) == (EntryKind.VOID, 40)


def test_a_void_after_capture_that_refunds() -> None:
    """Where a void of captured money is a refund, the books say refund."""
    books = Books(Knobs(void_after_capture="refunded"))
    books.ledger.authorize(books.intent, NOBODY)
    books.ledger.capture(books.intent, HELD, NOBODY)
    books.ledger.refund(books.intent, 30, NOBODY)
    (entry,) = books.ledger.void(books.intent, NOBODY)
    assert (entry.kind, entry.parent, entry.amount) == (EntryKind.REFUND, "ca_3", 70)


def test_an_authorization_lapses() -> None:
    """A hold lasts as long as the knob says; then it is written off, once, and nothing can be captured."""
    books = Books(Knobs(authorization_life=60.0))
    books.ledger.authorize(books.intent, NOBODY)
    books.wait(59)
    assert books.intent.held == HELD
    books.wait(1)
    books.wait(1)
    assert books.kinds() == ["intent", "authorize", "lapse"]
    with pytest.raises(AgainstTheLaw) as refused:
        books.ledger.capture(books.intent, HELD, NOBODY)
    assert refused.value.code == "lapsed"


def test_an_effect_that_lands_late() -> None:
    """A late effect is not listed and has not happened until it lands."""
    books = Books(Knobs(settling=30.0))
    assert books.ledger.authorize(books.intent, Caller("k", "r")) == []
    books.wait(29)
    assert (books.ledger.effects("r"), books.intent.held) == ([], 0)
    books.wait(1)
    assert ([e.kind for e in books.ledger.effects("r")], books.intent.held) == ([EntryKind.AUTHORIZE], HELD)


@pytest.mark.parametrize("meanwhile", ["update", "void"])
def test_a_late_effect_that_has_become_impossible(meanwhile: str) -> None:
    """What lands after the intent was changed or voided does nothing."""
    books = Books(Knobs(settling=30.0))
    VERBS[meanwhile](books.ledger, books.intent, 50)
    books.wait(0)
    books.ledger.authorize(books.intent, NOBODY)
    if meanwhile == "update":
        books.ledger.update(books.intent, 60, "eur", NOBODY)
    books.wait(30)
    assert "authorize" not in books.kinds()
    assert books.intent.held == 0
