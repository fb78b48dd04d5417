"""Replay tokens: one run as text that survives being copied by hand."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tillproof.errors import Misuse
from tillproof.history.events import RunKey
from tillproof.history.tokens import looks_like_token, read_token, token

RUN = RunKey(
    journey="buy-capture-refund",
    client="keeps-key",
    dialect="keep-everything",
    plan="processor.refund_payment#1=answer-lost",
    seed=7,
)
TOKEN = "TP1-SF274-SB6EN-Q687X-F3YS1-Z04BJ-6H1YD-RZNKH-FG"  # noqa: S105  (it opens nothing)

_fields = st.text(st.characters(exclude_characters="\x1f", exclude_categories=["Cs"]), max_size=60)


@given(journey=_fields, client=_fields, dialect=_fields, plan=_fields, seed=st.integers(), schedule=_fields)
def test_round_trip(journey: str, client: str, dialect: str, plan: str, seed: int, schedule: str) -> None:
    """Whatever the run, its token gives it back."""
    run = RunKey(journey=journey, client=client, dialect=dialect, plan=plan, seed=seed, schedule=schedule)
    assert read_token(token(run)) == run


def test_the_same_tomorrow() -> None:
    """The words of TP1 are frozen: this token means this run for ever."""
    assert token(RUN) == TOKEN
    assert read_token(TOKEN) == RUN


@pytest.mark.parametrize(
    "typed", [TOKEN.lower(), TOKEN.replace("-", "").replace("TP1", "TP1-"), f"  {TOKEN}\n", TOKEN.replace("0", "O")]
)
def test_forgiving(typed: str) -> None:
    """Case, dashes, blanks around it, and O for 0 are forgiven."""
    assert read_token(typed) == RUN


@pytest.mark.parametrize(
    ("typed", "seen"),
    [
        ("", "a token starts with TP1-"),
        ("TP2-SF274", "a token starts with TP1-"),
        ("TP1-", "its checksum does not fit"),
        ("TP1-0", "its checksum does not fit"),
        (TOKEN[:-1], "its checksum does not fit"),
        (TOKEN.replace("SF274", "SF275"), "its checksum does not fit"),
        (TOKEN.replace("SF274", "SF2U4"), "'U' is not a letter of tokens"),
        (TOKEN.replace("SF274", "SF2\x1b4"), "is not a letter of tokens"),
        ("TP1-" + "A" * 10_000, "it has 10000 characters"),
    ],
)
def test_malformed(typed: str, seen: str) -> None:
    """A token that is cut, mistyped or foreign is a misuse that says what is wrong with it."""
    with pytest.raises(Misuse) as refused:
        read_token(typed)
    assert seen in refused.value.seen
    assert len(refused.value.lines()) == 3


@given(st.text(max_size=80))
def test_any_text_at_all(typed: str) -> None:
    """No text makes the reader fail in any other way."""
    with pytest.raises(Misuse):
        read_token("TP1-" + typed)


def test_tokens_and_finding_ids_are_told_apart() -> None:
    """What claims to be a token is not taken for a finding's id."""
    assert looks_like_token(TOKEN.lower())
    assert not looks_like_token("F-3b9c2e")
