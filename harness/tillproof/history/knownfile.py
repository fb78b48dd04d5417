"""The file of known failures, `tillproof-known.toml`: one table a finding, made to be read and edited by people."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterable
from pathlib import Path

import msgspec

from tillproof.errors import Misuse
from tillproof.history.known import Known

KNOWN = "tillproof-known.toml"
"""Its name, in the folder the command is typed in."""

_HEAD = """\
# Findings that are known and accepted, each until a day. `tillproof run` counts them apart, and fails again when the day has
# passed or when a finding is no longer seen. Written by `tillproof accept`; edit the reasons and days as you like.
"""


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    known: tuple[Known, ...] = ()


def read_known(folder: Path) -> tuple[Known, ...]:
    """Return the folder's known failures; none where there is no file. Raises `Misuse` for a file that cannot be used."""
    path = folder / KNOWN
    if not path.exists():
        return ()
    try:
        return msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), _File).known
    except OSError as error:
        seen = str(error.strerror)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, msgspec.ValidationError) as error:
        seen = str(error)
    raise Misuse(f"{KNOWN} cannot be used, so nothing was taken as known", seen=seen, type_=f"mend {KNOWN}")


def write_known(folder: Path, entries: Iterable[Known]) -> None:
    """Write the file anew, ordered by target and id. Raises `Misuse` if it cannot be written."""
    text = _HEAD + "".join(_table(entry) for entry in sorted(entries, key=lambda e: (e.target, e.id)))
    path = folder / KNOWN
    part = path.with_name(path.name + ".part")
    try:
        part.write_text(text, encoding="utf-8")
        part.replace(path)
    except OSError as error:
        raise Misuse(f"cannot write {KNOWN}", seen=str(error.strerror), type_="run it in a folder you may write") from None


def _table(entry: Known) -> str:
    fields = ("id", "target", "sentence", "reason", "journey", "dialect", "plan", "schedule")
    rows = [f"{name} = {_text(getattr(entry, name))}" for name in fields if getattr(entry, name)]
    return "\n[[known]]\n" + "\n".join([*rows[:4], f"until = {entry.until.isoformat()}", *rows[4:]]) + "\n"


def _text(value: str) -> str:
    """Write a TOML string: JSON's escapes are TOML's, save that TOML wants the delete character escaped as well."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
