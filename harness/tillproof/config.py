"""The configuration file: `tillproof.toml`, or `[tool.tillproof]` in `pyproject.toml`. The command line wins over it."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import msgspec

from tillproof.durations import seconds
from tillproof.errors import Misuse
from tillproof.history.verdicts import Level
from tillproof.options import Options
from tillproof.suggestions import unknown

DEPTHS = ("none", "single", "pairs", "random")
"""
How much is made to fail: nothing; every single fault; every second one as well while the first is recovered from; or
whatever is drawn, in stories that are drawn.
"""

_MOST_STORIES = 10_000_000


class Config(msgspec.Struct, frozen=True, kw_only=True, rename="kebab", forbid_unknown_fields=True):
    """
    What a file may set: the long options of `tillproof run`, by the same names. None: not set.

    `processor`, `journey`, `rule`, `dialect` and `report` take one text or a list of them. `per` is for the pytest plugin
    alone: one test for each `rule`, or for each rule on each `journey`.
    """

    processor: str | tuple[str, ...] | None = None
    gateway: str | None = None
    journey: str | tuple[str, ...] | None = None
    rule: str | tuple[str, ...] | None = None
    level: Level | None = None
    dialect: str | tuple[str, ...] | None = None
    depth: str | None = None
    runs: int | None = None
    time: str | None = None
    memory: str | None = None
    seed: int | None = None
    preemptions: int | None = None
    schedules: int | None = None
    fail_on: Level | None = None
    report: str | tuple[str, ...] | None = None
    baseline: str | None = None
    per: Literal["rule", "journey"] | None = None


_KEYS = tuple(field.encode_name for field in msgspec.structs.fields(Config))


def load_config(folder: Path) -> Config:
    """
    Return the folder's configuration; `tillproof.toml` wins over `pyproject.toml`; without either nothing is set.

    Raises `Misuse` for a file that is no TOML, an unknown key (with the one that was probably meant), or a wrong type.
    """
    own = folder / "tillproof.toml"
    if own.is_file():
        return _checked(own.name, _parsed(own))
    shared = folder / "pyproject.toml"
    if shared.is_file():
        section: object = _parsed(shared).get("tool", {}).get("tillproof", {})
        return _checked(f"[tool.tillproof] of {shared.name}", section)
    return Config()


def _parsed(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Misuse(f"{path.name} is not TOML", seen=str(error), type_=f"mend {path.name}") from None
    except OSError as error:
        raise Misuse(f"cannot read {path.name}", seen=str(error.strerror), type_=f"mend {path.name}") from None


def _checked(where: str, section: object) -> Config:
    if not isinstance(section, dict):
        raise Misuse(f"{where} is not a table", type_='write it like this: processor = "bank"')
    names: list[str] = [str(name) for name in section]  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]  (TOML keys are text)
    for name in names:
        if name not in _KEYS:
            raise unknown(f"setting in {where}", name, _KEYS, list_with="tillproof run --help")
    try:
        return msgspec.convert(section, Config)
    except msgspec.ValidationError as error:
        raise Misuse(f"{where} holds a value that cannot be used", seen=str(error), type_="tillproof run --help") from None


def several(value: str | tuple[str, ...] | None) -> tuple[str, ...]:
    """Return a setting that takes one text or a list of them as a tuple."""
    return (value,) if isinstance(value, str) else value or ()


def chosen(
    settings: Config,
    *,
    journeys: Sequence[str] = (),
    rules: Sequence[str] = (),
    level: str | None = None,
    dialects: Sequence[str] = (),
    depth: str | None = None,
    seed: int | str | None = None,
    fail_on: str | None = None,
    preemptions: int | None = None,
    schedules: int | None = None,
    runs: int | None = None,
    time: str | None = None,
    workers: int = 1,
) -> Options:
    """Return the choices: what is given, else the file's, else the defaults. Raises `Misuse` for a value that is none."""
    given = {
        "journeys": tuple(journeys) or several(settings.journey),
        "rules": tuple(rules) or several(settings.rule),
        "level": level or settings.level,
        "dialects": tuple(dialects) or several(settings.dialect),
        "depth": depth or settings.depth,
        "seed": settings.seed if seed is None else seed,
        "fail_on": fail_on or settings.fail_on,
        "preemptions": settings.preemptions if preemptions is None else preemptions,
        "schedules": settings.schedules if schedules is None else schedules,
        "runs": settings.runs if runs is None else runs,
        "time": None if (span := time or settings.time) is None else seconds(span),
    }
    set_ = {name: value for name, value in given.items() if value is not None and value != ()}
    if set_.get("depth", "none") not in DEPTHS:
        raise unknown("depth", str(set_["depth"]), DEPTHS, list_with="tillproof run --help")
    _check_random(set_)
    try:
        return msgspec.convert({**set_, "workers": workers}, Options, strict=False)
    except msgspec.ValidationError as error:
        raise Misuse("an option has a value that cannot be used", seen=str(error), type_="tillproof run --help") from None


def _check_random(given: dict[str, Any]) -> None:
    """Refuse what only a random search has, elsewhere, and both ways of ending one."""
    ends = [name for name in ("runs", "time") if name in given]
    if ends and given.get("depth") != "random":
        seen = f"--depth {given.get('depth', 'single')}"
        raise Misuse(f"--{ends[0]} is for a random search", seen=seen, type_=f"--depth random --{ends[0]} ...")
    if len(ends) > 1:
        raise Misuse("--runs and --time cannot both end a search", seen="both were given", type_="--depth random --time 2m")
    if not 0 < int(given.get("runs", 1)) <= _MOST_STORIES:
        raise Misuse("not a number of stories", seen=f"--runs {given['runs']}", type_="--depth random --runs 1000")
