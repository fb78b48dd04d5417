"""From the names a person types to a target: built-in processors in this process, somebody else's in a worker."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import cast

import msgspec
from msgspec.structs import replace

from tillproof.contract.capabilities import Capabilities
from tillproof.contract.gateway import Gateway, GatewayFake, NoAnswer, Request, Response
from tillproof.contract.http import Face
from tillproof.contract.processor import PaymentProcessor
from tillproof.errors import Misuse
from tillproof.simulation.driver import Until, park
from tillproof.simulation.target import NO_GATEWAY, Crossing, Now, Record, Target
from tillproof.suggestions import unknown
from tillproof.targets.foreign import ForeignTarget
from tillproof.targets.loading import load_gateway
from tillproof_fake_processors import GATEWAYS, PROCESSORS, Builtin
from tillproof_fake_processors.bank.face import FACE as BANK_FACE
from tillproof_fake_processors.faulty import FaultyProcessor
from tillproof_fake_processors.http import json_face
from tillproof_fake_processors.ledger import Knobs
from tillproof_fake_processors.manual import ManualProcessor
from tillproof_fake_processors.own import FakeGateway, described, read_description

DEFAULT_GATEWAY = "bank"
"""The fake a processor of somebody else's speaks to where none is named."""

_NEVER = Until(float("inf"))


@contextmanager
def opened(name: str, gateway: str | None) -> Generator[Target]:
    """
    Open a target by what was typed: `bank`, `manual`, `liar:...`, or `module:Class` in the current folder.

    `gateway` is a fake's name or `module:Class`; None means its own. Raises `Misuse` for names that cannot be used.
    """
    if name in PROCESSORS:
        yield _built_in(PROCESSORS[name], gateway)
        return
    if ":" not in name or name.startswith("liar:"):
        raise unknown("processor", name, PROCESSORS, list_with="tillproof list processors")
    fake = _fake(gateway or DEFAULT_GATEWAY)
    with ForeignTarget(name, Path.cwd(), face=fake.face) as foreign:
        target = _foreign(foreign, gateway or DEFAULT_GATEWAY, fake)
        yield target
        target.check()


class _Fake(msgspec.Struct, frozen=True, kw_only=True):
    """A gateway fake as a target needs it: how to make one for a run, what it speaks, what must never leave it."""

    make: Callable[[Record, Now, str], GatewayFake]
    dialects: tuple[str, ...]
    face: Face
    secrets: tuple[str, ...] = ()


def _built_in(built: Builtin, gateway: str | None) -> Target:
    if gateway not in {None, built.gateway}:
        raise Misuse(
            f"{built.name} speaks to {built.gateway or 'no gateway'} and to no other",
            seen=f"--gateway {gateway}",
            type_=f"tillproof run --processor {built.name}",
        )

    def make_processors(port: Gateway | None, crossing: Crossing, _seed: str) -> Mapping[str, PaymentProcessor]:
        return _beside(built.make(port), crossing)

    processor = built.loaded()
    fake = None if built.gateway is None else _fake(built.gateway)
    target = _target(built.name, built.gateway, fake, processor.identifier, processor.capabilities, make_processors)
    return target if built.is_believed else replace(target, keeps=None)


def _foreign(foreign: ForeignTarget, gateway: str, fake: _Fake) -> Target:
    async def idle() -> None:
        await park(_NEVER)

    def make_processors(port: Gateway | None, crossing: Crossing, seed: str) -> Mapping[str, PaymentProcessor]:
        return _beside(foreign.construct(port or _NoGateway(), idle=idle, seed=seed), crossing)

    def check() -> None:
        if foreign.strangers:
            raise foreign.strangers[0]

    there = foreign.capabilities.gateway
    target = _target(
        foreign.spec,
        gateway if there else None,
        fake if there else None,
        foreign.identifier,
        foreign.capabilities,
        make_processors,
    )
    return replace(target, check=check, whole_calls=True)


def _target(
    name: str,
    gateway: str | None,
    fake: _Fake | None,
    identifier: str,
    declared: Capabilities,
    make_processors: Callable[[Gateway | None, Crossing, str], Mapping[str, PaymentProcessor]],
) -> Target:
    return Target(
        name=name,
        gateway=gateway,
        provider_id=identifier,
        other=_other(identifier).identifier,
        capabilities=declared.names(),
        currencies=declared.currencies,
        public=declared.public,
        keeps=declared.keeps,
        secrets=fake.secrets if fake else (),
        dialects=fake.dialects if fake else (NO_GATEWAY,),
        make_gateway=fake.make if fake else None,
        make_processors=make_processors,
    )


def _beside(tested: PaymentProcessor, crossing: Crossing) -> Mapping[str, PaymentProcessor]:
    """Put the second, honest processor beside the one under test, and let the calls of both cross."""
    both = (tested, _other(tested.identifier))
    return {processor.identifier: FaultyProcessor(processor, crossing) for processor in both}


class _AlsoManual(ManualProcessor):
    """Cash on delivery under another name: the second method where cash on delivery itself is under test."""

    identifier = "on-account"


def _other(identifier: str) -> PaymentProcessor:
    return _AlsoManual() if identifier == ManualProcessor.identifier else ManualProcessor()


class _NoGateway:
    """The gateway of a processor that declared it has none."""

    async def request(self, request: Request) -> Response:
        """Answer nothing."""
        raise NoAnswer(f"{request.path}: the processor declares that it has no gateway")


_AS_IT_IS = Knobs()
_KNOBS = {"bank": Knobs(authorization_life=7 * 86_400.0)}  # the life that cards' authorizations commonly have


def _fake(name: str) -> _Fake:
    built = GATEWAYS.get(name)
    if built is not None:
        return _Fake(
            make=lambda record, now, dialect: built.make(record, now, dialect, _KNOBS.get(name, _AS_IT_IS)),
            dialects=built.dialects,
            face=built.face,
            secrets=built.secrets,
        )
    if name.endswith(".toml"):
        cls: type = described(read_description(Path(name)))
    elif ":" in name:
        cls = load_gateway(name, Path.cwd())
    else:
        raise unknown("gateway", name, GATEWAYS, list_with="tillproof list processors")
    if not issubclass(cls, FakeGateway):  # a fake without the base that ours have in common
        plain = cast("Callable[[Record, Now], GatewayFake]", cls)
        face, make_plain = json_face(*_hosts(plain)), plain
        return _Fake(make=lambda record, now, _dialect: make_plain(record, now), dialects=("own",), face=face)
    own = cls
    return _Fake(make=lambda record, now, _dialect: own(record, now), dialects=(own.dialect,), face=own.face())


def _hosts(cls: object) -> tuple[str, ...]:
    """Return the hosts a fake says it stands for; the bank's where it says nothing."""
    return tuple(getattr(cls, "hosts", BANK_FACE.hosts))
