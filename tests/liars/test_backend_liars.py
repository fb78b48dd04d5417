"""The wrong backends: each says what it does wrong, lies wherever the reference keeps the function, and leaves no trace."""

from __future__ import annotations

import sys
from typing import cast

import pytest

from tillproof.reference import api, checkout, follows
from tillproof.selftest.backend_liars import LIARS, lying


def test_nothing_of_a_liar_is_left() -> None:
    """After a liar, also after one that failed, every place that keeps a function of the reference keeps the honest one."""
    before = _reference()
    assert api.__name__ in before  # it imports all the others, so that none comes in with a liar
    for liar in LIARS.values():
        with lying(liar.patches):
            assert _reference() != before
        with pytest.raises(ZeroDivisionError), lying(liar.patches):
            raise ZeroDivisionError
        assert _reference() == before


def test_a_lie_reaches_tables_and_importers() -> None:
    """A patched stage is patched in its table, a patched function in the modules that imported it."""
    stages, kinds = dict(checkout.STAGES), dict(follows.FOLLOWS)
    with lying(LIARS["error-moves-on"].patches):
        assert [point for point in stages if checkout.STAGES[point] is not stages[point]] == ["payment_created"]
        assert [kind for kind in kinds if follows.FOLLOWS[kind] is not kinds[kind]] == ["authorize"]
    with lying(LIARS["revives-canceled"].patches):
        assert vars(sys.modules["tillproof.reference.sessions"])["renewed"] is follows.renewed


def test_a_misspelt_patch_is_an_error_and_patches_nothing() -> None:
    """A liar whose function is gone from the reference fails loudly instead of telling the truth."""
    before = _reference()
    with pytest.raises(AttributeError), lying({"follows.captured": lambda *_: None, "follows.gone": lambda *_: None}):
        pass
    assert _reference() == before


def _reference() -> dict[str, dict[str, object]]:
    """Return the names of the reference's modules with what they stand for, the rows of tables included."""
    modules = {name: vars(module) for name, module in sys.modules.items() if name.startswith("tillproof.reference")}
    return {
        name: {key: _copied(value) for key, value in names.items() if key[:2] != "__"} for name, names in modules.items()
    }


def _copied(value: object) -> object:
    return dict(cast("dict[object, object]", value)) if isinstance(value, dict) else value
