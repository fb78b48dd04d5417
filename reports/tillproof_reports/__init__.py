"""
Reports: they read the report log, the receipt beside it, and know nothing else.

Each kind is a package of its own with a function `render(source)`, imported when it is asked for. Some need the extra
`tillproof[reports]`.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from pathlib import Path

from tillproof.errors import Misuse
from tillproof_reports.source import Source

KINDS: dict[str, str] = {
    "json": "the report log itself",
    "html": "one page for people, opens from disk",
    "markdown": "a pull-request comment or job summary",
    "junit": "one test case for each rule",
    "sarif": "SARIF 2.1.0, for code scanning",
    "gitlab": "GitLab's code quality JSON",
    "badge": "SVG, or shields' JSON where the path ends in .json",
    "csv": "a row for every run",
}
"""Every kind of report that is a file, by the name `--report KIND=PATH` takes, with what it is."""


ONE_TARGET = frozenset({"json"})
"""Kinds of report that hold one target each."""


def load(kind: str) -> Callable[[Source, Path], bytes]:
    """
    Return what renders a kind of report: from a source, and the path it is meant for, to the file's whole content.

    Raises `Misuse` where the library it needs is not installed. Asked before hours of work, not after.
    """
    try:
        module = importlib.import_module(f"tillproof_reports.{kind}")
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("tillproof"):
            raise
        raise Misuse(
            f"the {kind} report needs {error.name}", seen="it is not installed", type_="pip install 'tillproof[reports]'"
        ) from None
    render: Callable[[Source, Path], bytes] = module.render
    return render


def write(kind: str, source: Source, to: Path) -> None:
    """Write a report; an older file at that place is replaced only when the new one is whole."""
    content = load(kind)(source, to)
    part = to.with_name(to.name + ".part")
    try:
        part.write_bytes(content)
        part.replace(to)
    except OSError as error:
        raise Misuse(f"cannot write a report to {to}", seen=str(error.strerror), type_="name a file you may write") from None
    finally:
        part.unlink(missing_ok=True)
