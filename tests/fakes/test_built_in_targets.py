"""What comes along, by name."""

from __future__ import annotations

import pytest
from support.bankbench import Bench

from tillproof.contract.gateway import Request
from tillproof.domain.ledger import Entry
from tillproof_fake_processors import GATEWAYS, PROCESSORS, build_gateway, build_processor
from tillproof_fake_processors.dialects import DIALECTS
from tillproof_fake_processors.liars import LIARS


def test_the_names() -> None:
    """The bank, cash on delivery, the known gateways, and every liar; the default dialect comes first."""
    assert list(PROCESSORS) == ["bank", "manual", "stripe", "paypal", *(f"liar:{name}" for name in LIARS)]
    assert list(GATEWAYS) == ["bank", "stripe", "paypal"]
    assert GATEWAYS["bank"].dialects == tuple(DIALECTS)
    assert GATEWAYS["bank"].dialects[0] == "keep-everything"


@pytest.mark.parametrize("name", PROCESSORS)
def test_built_by_name(name: str) -> None:
    """Each is built anew on its gateway, under the name it is listed by, with one sentence on what it does."""
    builtin = PROCESSORS[name]
    line = Bench().line if builtin.gateway else None
    built = build_processor(name, line)
    assert type(built) is builtin.loaded()
    assert build_processor(name, line) is not built
    assert builtin.name == name
    assert builtin.says.endswith(".")
    assert "\n" not in builtin.says


@pytest.mark.parametrize("name", GATEWAYS)
def test_a_gateway_that_is_missing(name: str) -> None:
    """A processor that needs a gateway is not built without one."""
    with pytest.raises(TypeError, match=f"{name} needs a gateway"):
        build_processor(name, None)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_gateway_built_by_name(dialect: str) -> None:
    """It writes its ledger to where it is told, speaks the dialect named, and plants the secret it declares."""
    written: list[Entry] = []
    bank = build_gateway("bank", written.append, lambda: 0.0, dialect)
    request = Request(method="POST", path="/intents", body={"amount": 1, "currency": "eur"}, key="k")
    answers = [bank.handle(request) for _ in range(2)]
    assert len(written) == (2 if dialect == "none" else 1)
    assert all(GATEWAYS["bank"].secrets[0] in repr(answer.body) for answer in answers)
