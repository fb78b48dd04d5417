"""The processor that is known to be right at a gateway, to be put in the place of one under test."""

from __future__ import annotations

from tillproof.errors import Misuse
from tillproof.simulation.target import Target
from tillproof.targets.named import opened
from tillproof_fake_processors import PROCESSORS
from tillproof_fake_processors.manual import ManualProcessor


def honest(target: Target) -> Target | str:
    """Return the built-in processor for the target's gateway, or a phrase that says why there is none."""
    name = target.gateway or ManualProcessor.identifier
    built = PROCESSORS.get(name)
    if built is None or built.gateway != target.gateway:
        return f"no honest processor is known for the gateway {name}"
    try:
        with opened(name, None) as known:  # built in: nothing is let go of here
            return known
    except Misuse as missing:
        return str(missing)
