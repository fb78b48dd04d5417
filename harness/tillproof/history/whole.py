"""Files that are whole or not there: written beside their place and moved into it, whoever else writes there meanwhile."""

from __future__ import annotations

import secrets
from pathlib import Path


def beside(path: Path) -> Path:
    """Return a path beside this one, in its folder, that nobody else writes to."""
    return path.with_name(f"{path.name}.{secrets.token_hex(4)}.part")


def put(path: Path, raw: bytes) -> None:
    """Put these bytes at the path, in the place of what is there. Raises `OSError`."""
    part = beside(path)
    try:
        part.write_bytes(raw)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
