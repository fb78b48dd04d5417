"""The reference shop as a process of its own, started as a person would start it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager

TOKEN = "test-token-0123456789"  # noqa: S105 - made up


@contextmanager
def started(command: list[str]) -> Generator[tuple[subprocess.Popen[str], str]]:
    """Start a program that says where it listens in its first line; yield it and the URL, and end it by SIGTERM."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        try:
            assert process.stdout is not None
            yield process, next(word for word in process.stdout.readline().split() if word.startswith("http"))
        finally:
            process.send_signal(signal.SIGTERM)


@contextmanager
def served() -> Generator[str]:
    """Serve the seeded shop on a free port and yield its URL; the administrator's token is `TOKEN`."""
    command = [sys.executable, "-m", "tillproof", "serve", "reference", "--port", "0", "--seed-shop", "--admin-token", TOKEN]
    with started(command) as (_, url):
        yield url
