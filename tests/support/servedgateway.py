"""`tillproof serve stripe|paypal|bank` as a process of its own, started as a person would, and steered over HTTP."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

import httpx

from tillproof.domain.entities import Data

STRIPE = {"authorization": "Bearer sk_test_1"}


class ServedGateway:
    """A gateway and its control API, by their addresses."""

    def __init__(self, url: str, control: str) -> None:
        self.url = url
        self.control = control
        self.patience = 5.0

    def steer(self, method: str, path: str, body: object = None) -> Data:
        """Ask the control API, which must say yes."""
        answer = httpx.request(method, f"{self.control}{path}", json=body, trust_env=False)
        assert answer.status_code == 200, answer.text
        told: Data = answer.json()
        return told

    def plan(self, text: str) -> None:
        """Put a plan in force."""
        self.steer("PUT", "/faults", {"plan": text})

    def entries(self, *kinds: str) -> list[tuple[str, int]]:
        """Kind and amount of the ledger's entries of these kinds."""
        return [(one["kind"], one["amount"]) for one in self.steer("GET", "/ledger")["entries"] if one["kind"] in kinds]

    def post(self, path: str, **params: Any) -> httpx.Response:  # noqa: ANN401 - form values
        """Send a form to Stripe."""
        return httpx.post(f"{self.url}{path}", data=params, headers=STRIPE, timeout=self.patience, trust_env=False)


@contextmanager
def served_gateway(name: str, *options: str) -> Generator[ServedGateway]:
    """Serve a gateway on free ports until the block ends."""
    command = [sys.executable, "-m", "tillproof", "serve", name, "--port", "0", *options]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stdout is not None
        try:
            urls = [next(word for word in process.stdout.readline().split() if word.startswith("http")) for _ in range(2)]
            yield ServedGateway(*urls)
        finally:
            process.send_signal(signal.SIGTERM)
