"""Reading a gateway's description, strictly: whatever could not be meant is told with its line."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import msgspec

from tillproof.errors import Misuse
from tillproof_fake_processors.dialects import DIALECTS
from tillproof_fake_processors.own.description import Description, Places, Route
from tillproof_fake_processors.own.templates import names

Flaw = tuple[str, str]
"""Where something is wrong, as `$.route[1].does`, and what."""

_HEADER = re.compile(r"\s*(\[\[?)\s*(\w+)")
_EXAMPLE = "tillproof init gateway example --toml    (a file that works, to compare with)"

ANSWERED = frozenset(
    {
        "id",
        "status",
        "amount",
        "currency",
        "CURRENCY",
        "held",
        "captured",
        "refunded",
        "resource",
        "reference",
        "effect_id",
        "code",
        "challenge_url",
    }
)
"""What an answer's template may speak of."""

_ERROR = frozenset({"code", "message"})
_ITEM = frozenset({"id", "effect_id", "kind", "amount", "currency", "CURRENCY", "reference"})
_LIST = frozenset({"items", "reference"})
_HOST = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+")
_CALL = re.compile(r"(GET|POST|PUT|PATCH|DELETE) (/[^\s?#]*)")
_PLACE = re.compile(r"(header|body|query|path|fixed) (\S+)")
_STATUSES = frozenset(
    {
        "requires_authorization",
        "processing",
        "requires_action",
        "authorized",
        "captured",
        "declined",
        "canceled",
        "lapsed",
    }
)


def read_description(path: Path) -> Description:
    """Read a file. Raises `Misuse` with the file, the line and the key that is wrong."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise Misuse(f"{path} cannot be read", seen=str(why), type_="tillproof init gateway NAME --toml") from None
    try:
        described = msgspec.convert(tomllib.loads(text), Description)
    except tomllib.TOMLDecodeError as error:
        raise Misuse(f"{path} is not TOML: {error}", seen="nothing was run", type_=_EXAMPLE) from None
    except msgspec.ValidationError as error:
        says, _, at = str(error).partition(" - at `")
        raise _wrong(path, text, at.rstrip("`"), says) from None
    for at, says in _flaws(described):
        raise _wrong(path, text, at, says)
    return described


def _flaws(described: Description) -> Iterator[Flaw]:
    """Yield what a type cannot say is wrong."""
    if not described.hosts or not described.route:
        yield ("$.route" if described.hosts else "$.hosts"), "at least one is needed"
    for number, host in enumerate(described.hosts):
        if not _HOST.fullmatch(host):
            yield f"$.hosts[{number}]", f"{host!r} is no host name (no scheme, no port)"
    if described.dialect not in DIALECTS:
        yield "$.dialect", f"{described.dialect!r} is none of {', '.join(DIALECTS)}"
    for name, place in msgspec.structs.asdict(described.read).items():
        yield from _in_place(f"$.read.{name}", place)
    for word in sorted(described.words.keys() - _STATUSES):
        yield f"$.words.{word}", f"{word!r} is none of {', '.join(sorted(_STATUSES))}"
    for number, route in enumerate(described.route):
        yield from _in_route(f"$.route[{number}]", route)
    for name, known in (("answer", ANSWERED), ("error", _ERROR), ("item", _ITEM), ("listed", _LIST)):
        yield from _in_template(f"$.{name}", getattr(described, name), known)


def _in_route(at: str, route: Route) -> Iterator[Flaw]:
    called = _CALL.fullmatch(route.call)
    if called is None:
        yield f"{at}.call", f"{route.call!r} is not written METHOD /path"
    elif route.does not in {"open", "charge", "list", "nothing"} and "{id}" not in called[2]:
        yield f"{at}.call", f"{route.does} needs an {{id}} in the path"
    for name, place in route.read.items():
        if name not in Places.__struct_fields__ or name == "key":
            yield f"{at}.read", f"{name!r} is none of amount, currency, reference, resource"
        yield from _in_place(f"{at}.read", place)
    yield from _in_template(f"{at}.answer", route.answer, ANSWERED)


def _in_place(at: str, place: str) -> Iterator[Flaw]:
    if not _PLACE.fullmatch(place):
        yield at, f"{place!r} is not written body a.b, header NAME, query NAME, path NAME or fixed VALUE"


def _in_template(at: str, template: object, known: frozenset[str]) -> Iterator[Flaw]:
    for name in names(template):
        if name not in known:
            yield at, f"{{{name}}} is none of {', '.join(sorted(known))}"


def _wrong(path: Path, text: str, at: str, says: str) -> Misuse:
    key = at.removeprefix("$.") or "the file"
    return Misuse(f"{path}, line {_line(text, key)}: {key} cannot be used", seen=says, type_=_EXAMPLE)


def _line(text: str, key: str) -> int:
    """Return the line where a key like `route[1].does` is, or that of the table it should be in."""
    found = re.fullmatch(r"(\w+)(?:\[(\d+)\])?(?:\.(\w+))?.*", key)
    if found is None:
        return 1
    name, index, inner = found[1], int(found[2] or 0), found[3]
    line, table, seen = 1, "", -1
    for number, written in enumerate(text.splitlines(), start=1):
        header = _HEADER.match(written)
        if header is not None:
            table = header[2]
            seen += table == name and header[1] == "[["
            ours = table == name and (header[1] == "[" or seen == index)
            line, table = (number, table) if ours else (line, "elsewhere")
        wanted, where = (name, "") if inner is None else (inner, name)
        if table == where and re.match(rf"\s*{wanted}\s*[=.]", written):
            return number
        if table == "" and re.match(rf"\s*{name}\s*=", written):
            line = number  # written inline: where it begins
    return line
