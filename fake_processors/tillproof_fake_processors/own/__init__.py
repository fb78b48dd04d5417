"""A fake of one's own gateway: a Python class that writes the HTTP face alone, or a TOML file that describes it."""

from __future__ import annotations

from tillproof_fake_processors.own.checking import read_description
from tillproof_fake_processors.own.described import described
from tillproof_fake_processors.own.gateway import FakeGateway, Wanted
from tillproof_fake_processors.own.reading import found, minor_units, whole

__all__ = ["FakeGateway", "Wanted", "described", "found", "minor_units", "read_description", "whole"]
