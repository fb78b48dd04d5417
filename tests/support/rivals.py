"""Three fakes of Stripe as processes, ours, localstripe and stripe-stateful-mock, and the payment each can tell of."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from support.connections import Story, measured

_STARTS_WITHIN = 60.0

_LOCALSTRIPE = """
import sys
from aiohttp import web
from localstripe import resources, server

port, state, objects = int(sys.argv[1]), sys.argv[2], int(sys.argv[3])
resources.open = lambda path, mode: open(state, mode)
write = resources.Store.dump_to_disk
resources.Store.dump_to_disk = lambda store: None
for _ in range(objects):
    resources.PaymentIntent(amount=4900, currency="eur")
resources.Store.dump_to_disk = write
web.run_app(server.app, host="127.0.0.1", port=port, access_log=None, print=None)
"""
"""localstripe on loopback, its state file in our folder, filled before it serves: by its API it would take half an hour."""


class Contestant(NamedTuple):
    """
    A fake of Stripe. `command` is made of a port, a folder for its files and how many objects it begins with.

    `story` is a payment, `filling` makes one object; None: it begins with them by itself.
    """

    name: str
    command: Callable[[int, str, int], list[str]]
    story: Callable[[], Story]
    filling: Callable[[], Story] | None


def payment() -> Story:
    """One payment by payment intent: create, confirm, retrieve, capture, refund."""
    told = {"amount": "4900", "currency": "eur", "capture_method": "manual", "payment_method": "pm_card_visa"}
    made = yield "POST", "/v1/payment_intents", told
    at = f"/v1/payment_intents/{made['id']}"
    yield "POST", f"{at}/confirm", {}
    yield "GET", at, {}
    yield "POST", f"{at}/capture", {}
    yield "POST", "/v1/refunds", {"payment_intent": str(made["id"]), "amount": "1000"}


def charge() -> Story:
    """One payment by charge: create (which holds), retrieve, capture, refund."""
    made = yield "POST", "/v1/charges", {"amount": "4900", "currency": "eur", "source": "tok_visa", "capture": "false"}
    yield "GET", f"/v1/charges/{made['id']}", {}
    yield "POST", f"/v1/charges/{made['id']}/capture", {}
    yield "POST", "/v1/refunds", {"charge": str(made["id"]), "amount": "1000"}


def _one_intent() -> Story:
    yield "POST", "/v1/payment_intents", {"amount": "4900", "currency": "eur"}


def _one_charge() -> Story:
    yield "POST", "/v1/charges", {"amount": "4900", "currency": "eur", "source": "tok_visa"}


def contestants(folder: Path) -> list[Contestant]:
    """Ours first, and the two that are in that folder; they are installed if they are not there yet."""
    python = str(folder / "venv" / "bin" / "python")
    if not (folder / "venv" / "bin" / "localstripe").exists():
        subprocess.run([sys.executable, "-m", "venv", str(folder / "venv")], check=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", "localstripe==1.15.10"], check=True)
    mock = folder / "node_modules" / "stripe-stateful-mock" / "dist" / "cli.js"
    if not mock.exists():
        npm = ["npm", "install", "--ignore-scripts", "--no-audit", "--no-fund", "--prefix", str(folder)]
        subprocess.run([*npm, "stripe-stateful-mock@0.0.16"], check=True)

    def ours(port: int, _: str, __: int) -> list[str]:
        return [sys.executable, "-m", "tillproof", "serve", "stripe", "--port", str(port), "--control-port", "0"]

    def localstripe(port: int, files: str, objects: int) -> list[str]:
        return [python, "-c", _LOCALSTRIPE, str(port), f"{files}/state", str(objects)]

    def stateful_mock(_: int, __: str, ___: int) -> list[str]:
        return ["node", str(mock)]  # the port is in its environment

    return [
        Contestant("tillproof", ours, payment, _one_intent),
        Contestant("localstripe", localstripe, payment, None),
        Contestant("stripe-stateful-mock", stateful_mock, charge, _one_charge),
    ]


@contextmanager
def running(one: Contestant, objects: int) -> Generator[int]:
    """Start a contestant with so many objects in its store, and yield its port."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    with tempfile.TemporaryDirectory() as files:
        environment = {**os.environ, "PORT": str(port), "LOG_LEVEL": "silent", "NODE_ENV": "production"}
        command = one.command(port, files, objects)
        with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
            try:
                _wait_for(one.name, port, process)
                if objects and one.filling is not None:
                    measured(port, one.filling, connections=8, stories=objects, seconds=600)
                measured(port, one.story, connections=8, stories=200, seconds=3)  # warm
                yield port
            finally:
                process.kill()


def _wait_for(name: str, port: int, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + _STARTS_WITHIN
    while process.poll() is None and time.monotonic() < until:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except OSError:
            time.sleep(0.05)
            continue
        return
    raise SystemExit(f"error: {name} did not start")
