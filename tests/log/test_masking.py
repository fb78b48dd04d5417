"""Secrets never reach a log or a screen, and nothing printed drives a terminal."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tillproof.history.masking import harmless, masked, masked_text, secret_values


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("client_secret=cs_123 was sent", "client_secret=*** was sent"),
        ('{"access_token": "abc def"}', '{"access_token": ***}'),
        ("card 4242 4242 4242 4242 declined", "card *** declined"),
        ("card 4242-4242-4242-4242", "card ***"),
        ("order 4242 4242 4242 4243 is no card", "order 4242 4242 4242 4243 is no card"),
        ("both calls carried key op_03", "both calls carried key op_03"),
        ("refunded 40.00 of 49.00", "refunded 40.00 of 49.00"),
        ("planted MARKER here", "planted *** here"),
    ],
)
def test_texts(text: str, told: str) -> None:
    """Values named as secrets, card numbers and planted markers are masked; keys and amounts are not."""
    assert masked_text(text, ["MARKER"]) == told


def test_values_at_any_depth() -> None:
    """Masking goes by name at any depth, and leaves shape, ids and amounts."""
    data = {"id": "in_1", "amount": 4900, "next": [{"client_secret": "cs_1", "cvc": 123, "note": "has cs_9"}], "token": None}
    assert masked(data, ["cs_9"]) == {
        "id": "in_1",
        "amount": 4900,
        "next": [{"client_secret": "***", "cvc": "***", "note": "has ***"}],
        "token": None,
    }


def test_absurdly_deep_values_are_cut() -> None:
    """A value nested without end neither crashes the masking nor shows what is inside."""
    deep: object = {"client_secret": "cs_123456"}
    for _ in range(5_000):
        deep = {"a": deep, "b": [deep]}
    assert "cs_123456" not in str(masked(deep))
    assert list(secret_values({"a": [{"api_key": "sk_123456"}], "id": "in_1"})) == ["sk_123456"]


@given(st.text())
def test_nothing_drives_a_terminal(text: str) -> None:
    """Whatever the text, what is printed is printable and stays on one line."""
    assert harmless(text).isprintable()


def test_controls_are_written_out() -> None:
    """Escape sequences, line ends and reordering marks are shown as what they are."""
    assert harmless("\x1b[31mred\nnext\u202eevil") == "\\x1b[31mred\\x0anext\\u202eevil"
