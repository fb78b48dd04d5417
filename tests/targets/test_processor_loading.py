"""From `module:Class` to a processor class, or three lines."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tillproof.contract.capabilities import Capabilities
from tillproof.errors import Misuse
from tillproof.targets.loading import load, load_gateway

HEAD = """from tillproof.contract.capabilities import Capabilities
from tillproof.contract.outcomes import Done
"""

METHODS = """
    async def initiate_payment(self, context, attempt): ...
    async def update_payment(self, data, context, attempt): ...
    async def update_payment_data(self, session_id, data, changes): ...
    async def authorize_payment(self, data, context, attempt): ...
    async def capture_payment(self, data, amount, attempt): ...
    async def refund_payment(self, data, amount, attempt): ...
    async def cancel_payment(self, data, attempt): ...
    async def delete_payment(self, data, attempt): ...
    async def retrieve_payment(self, data): ...
    async def get_payment_status(self, data): ...
"""

GOOD = HEAD + 'class MyPay:\n    identifier = "my-pay"\n' + METHODS


@pytest.fixture(autouse=True)
def _no_traces() -> Iterator[None]:
    """Loading changes the import path and the modules, as it may in a worker process; here it is put back."""
    path, modules = list(sys.path), set(sys.modules)
    yield
    sys.path[:] = path
    for name in set(sys.modules) - modules:
        del sys.modules[name]


def _lines(spec: str, folder: Path) -> list[str]:
    with pytest.raises(Misuse) as caught:
        load(spec, folder)
    assert len(caught.value.lines()) == 3
    assert not any("\n" in line for line in caught.value.lines())
    return caught.value.lines()


def test_a_class_with_the_ten_methods(tmp_path: Path) -> None:
    """It need not inherit from anything of ours; what it does not declare has the default."""
    (tmp_path / "mypay.py").write_text(GOOD)
    loaded = load("mypay:MyPay", tmp_path)
    assert (loaded.identifier, loaded.file, loaded.takes_gateway) == ("my-pay", "mypay.py", False)
    assert loaded.capabilities == Capabilities()


def test_a_subclass_in_a_package(tmp_path: Path) -> None:
    """A subclass of the contract's class, in a package, that takes a gateway and declares what it can."""
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "__init__.py").touch()
    (tmp_path / "shop" / "pay.py").write_text(
        "from tillproof.contract.processor import PaymentProcessor\n" + HEAD + "class MyPay(PaymentProcessor):\n"
        '    identifier = "my-pay"\n    capabilities = Capabilities(look_up=True, keeps={"POST:/v1/token"})\n'
        "    def __init__(self, gateway, timeout=3): ...\n" + METHODS
    )
    loaded = load("shop.pay:MyPay", tmp_path)
    assert loaded.takes_gateway
    assert loaded.capabilities == Capabilities(look_up=True, keeps=frozenset({"POST:/v1/token"}))
    assert loaded.file == "shop/pay.py"


@pytest.mark.parametrize("spec", ["mypay", "mypay:", ":MyPay", "my pay:MyPay", "mypay.py:MyPay()", "../x:Y"])
def test_a_malformed_name(spec: str, tmp_path: Path) -> None:
    """What is not written module:Class is told how it is written."""
    assert _lines(spec, tmp_path)[1] == "  seen: it is written module:Class"


def test_a_misspelt_module(tmp_path: Path) -> None:
    """A module that is not there: what is there, and which was meant."""
    (tmp_path / "mypay.py").write_text(GOOD)
    assert _lines("mypya:MyPay", tmp_path) == [
        "error: there is no module mypya",
        "  seen: in the current folder: mypay",
        "  try: did you mean mypay?",
    ]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("x = 1\nimport stripe_of_old\n", "ModuleNotFoundError: No module named 'stripe_of_old' (broken.py:2)"),
        ("x = 1\n1 / 0\n", "ZeroDivisionError: division by zero (broken.py:2)"),
        ("x = 1\n\nclass (:\n", "SyntaxError: invalid syntax (broken.py:3)"),
        ("import sys\nsys.exit(3)\n", "SystemExit: 3 (broken.py:2)"),
        ("raise ValueError('a\\nb')\n", "ValueError: a (broken.py:1)"),
    ],
)
def test_a_module_that_does_not_import(text: str, told: str, tmp_path: Path) -> None:
    """The module's own error comes first, with its file and line."""
    (tmp_path / "broken.py").write_text(text)
    assert _lines("broken:MyPay", tmp_path)[0] == f"error: broken could not be imported: {told}"


def test_a_misspelt_class(tmp_path: Path) -> None:
    """A class that is not there: the module's own classes, and which was meant."""
    (tmp_path / "mypay.py").write_text(GOOD)
    assert _lines("mypay:MyPya", tmp_path) == [
        "error: mypay has no class MyPya",
        "  seen: classes there: MyPay",
        "  try: did you mean mypay:MyPay?",
    ]


def test_something_that_is_no_class(tmp_path: Path) -> None:
    """A name for something else is told apart from no name at all."""
    (tmp_path / "mypay.py").write_text(GOOD + "processor = MyPay()\n")
    assert _lines("mypay:processor", tmp_path)[0] == "error: mypay:processor is no class"


def test_lacking_methods(tmp_path: Path) -> None:
    """A class without some of the methods is told which, and what else is not right."""
    text = GOOD.replace("    async def cancel_payment(self, data, attempt): ...\n", "")
    text = text.replace("    async def get_payment_status(self, data): ...\n", "")
    (tmp_path / "mypay.py").write_text(
        text.replace("refund_payment(self, data, amount, attempt)", "refund_payment(self, data, amount)")
    )
    assert _lines("mypay:MyPay", tmp_path) == [
        "error: mypay:MyPay is not a payment processor: it lacks cancel_payment and get_payment_status",
        "  seen: 8 of 10 methods; refund_payment takes no attempt (the idempotency key)",
        "  try: tillproof explain contract    (what you don't support is declared, not left out)",
    ]


def test_abstract_methods_are_lacking(tmp_path: Path) -> None:
    """A subclass that leaves a method out lacks it."""
    text = "from tillproof.contract.processor import PaymentProcessor\n" + GOOD.replace(
        "class MyPay:", "class MyPay(PaymentProcessor):"
    )
    (tmp_path / "mypay.py").write_text(text.replace("    async def delete_payment(self, data, attempt): ...\n", ""))
    assert _lines("mypay:MyPay", tmp_path)[0].endswith("it lacks delete_payment")


@pytest.mark.parametrize(
    ("old", "new", "wrong", "seen"),
    [
        (
            "capture_payment(self, data, amount, attempt)",
            "capture_payment(self, data, amount)",
            "capture_payment takes no attempt (the idempotency key)",
            "capture_payment(self, data, amount, attempt) is the contract's",
        ),
        (
            "retrieve_payment(self, data)",
            "retrieve_payment(self)",
            "retrieve_payment takes other parameters",
            "retrieve_payment(self, data) is the contract's",
        ),
        (
            "async def delete_payment",
            "def delete_payment",
            "delete_payment is not async",
            "delete_payment(self, data, attempt) is the contract's",
        ),
    ],
)
def test_methods_of_another_shape(old: str, new: str, wrong: str, seen: str, tmp_path: Path) -> None:
    """A method that cannot be called as the contract does, or is not async, is named with how it should look."""
    (tmp_path / "mypay.py").write_text(GOOD.replace(old, new))
    told = _lines("mypay:MyPay", tmp_path)
    assert told[0] == f"error: mypay:MyPay is not a payment processor: {wrong}"
    assert told[1] == f"  seen: {seen}"


@pytest.mark.parametrize("identifier", ["", '    identifier = ""', "    identifier = 5", '    identifier = "a b"'])
def test_no_identifier(identifier: str, tmp_path: Path) -> None:
    """Without a usable identifier a processor cannot be enabled in a region."""
    (tmp_path / "mypay.py").write_text(GOOD.replace('    identifier = "my-pay"', identifier))
    assert _lines("mypay:MyPay", tmp_path)[0].endswith("it has no usable identifier")


@pytest.mark.parametrize(
    ("declared", "wrong"),
    [
        ('capabilities = {"void": True}', "declares its capabilities in a way that is not understood"),
        ('capabilities = Capabilities(currencies="eur")', "declares its capabilities in a way that is not understood"),
        ("capabilities = Capabilities(keeps=True)", "declares its capabilities in a way that is not understood"),
        ("capabilities = Capabilities(look_up=True)", "declares look_up and has no find_effect"),
        ("def __init__(self, gateway, options): ...", "cannot be made: its __init__ wants options"),
    ],
)
def test_declarations_that_do_not_hold(declared: str, wrong: str, tmp_path: Path) -> None:
    """Capabilities are a `Capabilities`, a promised method is there, and `__init__` wants nothing but a gateway."""
    (tmp_path / "mypay.py").write_text(GOOD + f"    {declared}\n")
    assert _lines("mypay:MyPay", tmp_path)[0] == f"error: mypay:MyPay {wrong}"


def test_a_gateway_fake_of_one_s_own(tmp_path: Path) -> None:
    """A fake is any class with the three methods of a fake; one that lacks some is told which."""
    (tmp_path / "mygateway.py").write_text(
        "class Fake:\n    def handle(self, request): ...\n    def enter_card(self, card): ...\n"
        "class Whole(Fake):\n    def __init__(self, record, now): ...\n    def answer_challenge(self, *, passed): ...\n"
    )
    assert load_gateway("mygateway:Whole", tmp_path).__name__ == "Whole"
    with pytest.raises(Misuse, match="mygateway:Fake is not a gateway fake: it lacks answer_challenge"):
        load_gateway("mygateway:Fake", tmp_path)
    with pytest.raises(Misuse, match="mygateway has no class Half"):
        load_gateway("mygateway:Half", tmp_path)
