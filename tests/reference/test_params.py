"""Parameters of a request: what is taken, what stands in for what is left out, and what is refused."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tillproof.domain.requests import Ask
from tillproof.reference.params import id_of, maybe, page, quantities, text, whole
from tillproof.reference.refusals import InvalidData


def _ask(**params: object) -> Ask:
    return Ask(endpoint="list_orders", params=params)


@pytest.mark.parametrize(
    ("params", "taken"),
    [
        ({}, (50, 0)),
        ({"limit": 0}, (0, 0)),
        ({"limit": 1}, (1, 0)),
        ({"limit": 99}, (99, 0)),
        ({"limit": 100}, (100, 0)),
        ({"offset": 0}, (50, 0)),
        ({"offset": 1}, (50, 1)),
        ({"limit": 3, "offset": 1000}, (3, 1000)),
    ],
)
def test_a_page_is_of_a_hundred_at_most_and_of_fifty_unless_told(params: dict[str, object], taken: tuple[int, int]) -> None:
    """From none to a hundred are listed, after leaving out any number."""
    assert page(_ask(**params)) == taken


@pytest.mark.parametrize(
    "params",
    [{"limit": -1}, {"limit": 101}, {"limit": 1000}, {"offset": -1}, {"limit": True}, {"limit": "3"}, {"offset": 1.0}],
)
def test_a_page_that_cannot_be_is_refused(params: dict[str, object]) -> None:
    """Fewer than none, more than a hundred, from before the first, or what is no whole number."""
    with pytest.raises(InvalidData):
        page(_ask(**params))


def test_what_is_there_and_of_its_kind_is_returned() -> None:
    """A text, none, a whole number, and a list of how many of what."""
    ask = _ask(id="cart_1", none=None, many=0, items=[{"of": "mug", "quantity": 2}, {"of": "pen", "quantity": -1}])
    assert id_of(ask) == text(ask.params, "id") == maybe(ask.params, "id") == "cart_1"
    assert maybe(ask.params, "none") is maybe(ask.params, "absent") is None
    assert whole(ask.params, "many") == 0
    assert quantities(ask.params, "items", "of") == [("mug", 2), ("pen", -1)]
    assert quantities(ask.params, "absent", "of") == []


@pytest.mark.parametrize(
    "read",
    [
        lambda: text({}, "id"),
        lambda: text({"id": ""}, "id"),
        lambda: text({"id": 7}, "id"),
        lambda: maybe({"id": ""}, "id"),
        lambda: whole({}, "many"),
        lambda: whole({"many": True}, "many"),
        lambda: whole({"many": 1.5}, "many"),
        lambda: quantities({"items": {"of": "mug", "quantity": 1}}, "items", "of"),
        lambda: quantities({"items": ["mug"]}, "items", "of"),
        lambda: quantities({"items": [{"of": "mug", "quantity": 1}, "mug"]}, "items", "of"),
        lambda: quantities({"items": [{"of": "mug"}]}, "items", "of"),
        lambda: quantities({"items": [{"quantity": 1}]}, "items", "of"),
    ],
)
def test_what_is_of_another_kind_is_refused_by_its_name(read: Callable[[], object]) -> None:
    """An empty or missing text, a yes or no for a number, a list of anything but objects."""
    with pytest.raises(InvalidData, match="must be"):
        read()
