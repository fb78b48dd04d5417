"""The server as a program: how it is started, what it refuses to be started with, and how it stops."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path

import httpx
import pytest
from support.servedshop import started

from tillproof.cli import main
from tillproof.exits import Exit

SLOW = str(Path(__file__).parents[1] / "support" / "slow_server.py")


def test_request_in_flight_is_finished_before_it_stops() -> None:
    """Told to stop in the middle of a completion, it answers with the order first."""
    with started([sys.executable, SLOW]) as (process, url), httpx.Client(base_url=url) as client:
        body = {"email": "ada@shop.example", "items": [{"variant_id": "variant_mug", "quantity": 1}]}
        cart = client.post("/store/carts", json=body).json()["cart"]["id"]
        client.post(f"/store/carts/{cart}/payment-sessions")
        timer = threading.Timer(0.2, lambda: process.send_signal(signal.SIGTERM))
        timer.start()
        answer = client.post(f"/store/carts/{cart}/complete")
        timer.join()
        assert (answer.status_code, answer.json()["type"]) == (200, "order")
        process.wait(timeout=10)


REFUSED: dict[str, tuple[list[str], str]] = {
    "unknown-database": (["--database", "mysql://shop"], "error: this names no database that can be used"),
    "no-url": (["--database", "shop.db"], "error: this names no database that can be used"),
    "unreachable-database": (["--database", "sqlite:////nowhere/at/all.db"], "error: cannot use the database"),
    "unknown-processor": (["--processor", "bnk"], "error: no processor called 'bnk'"),
    "liar": (["--processor", "liar:no-key"], "error: no processor called 'liar:no-key'"),
    "short-token": (["--admin-token", "guess"], "error: the admin token is too short"),
    "foreign-host": (["--host", "192.0.2.1"], "error: cannot listen on 192.0.2.1:"),
}


@pytest.mark.parametrize("situation", REFUSED)
def test_what_cannot_be_served_is_told_in_three_lines(situation: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Each mistake is a misuse with what is wrong, what was seen, and what to type."""
    options, wrong = REFUSED[situation]
    assert main(["serve", "reference", "--port", "0", *options]) == Exit.MISUSE
    told = capsys.readouterr().err.splitlines()
    assert (len(told), told[0].startswith(wrong)) == (3, True), told


def test_busy_port_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    """A port somebody listens on is named, and the next one proposed."""
    with socket.create_server(("127.0.0.1", 0)) as busy:
        port = busy.getsockname()[1]
        assert main(["serve", "reference", "--port", str(port)]) == Exit.MISUSE
    assert f"port {port} is busy" in capsys.readouterr().err


def test_missing_extra_is_told(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Without the server's libraries the command says what to install."""
    monkeypatch.delitem(sys.modules, "tillproof.cli.serving", raising=False)
    monkeypatch.delattr(sys.modules["tillproof.cli"], "serving", raising=False)
    monkeypatch.setitem(sys.modules, "sqlalchemy", None)
    assert main(["serve", "reference"]) == Exit.MISUSE
    assert "tillproof[server]" in capsys.readouterr().err


def test_help_and_simulation_load_no_server() -> None:
    """Neither `--help`, nor `serve --help`, nor a world of the simulation imports Litestar or uvicorn."""
    program = (
        "import sys; from tillproof.cli import main; main(['--help']); main(['serve', '--help']); "
        "import tillproof.campaign; sys.exit(any(name in sys.modules for name in ('litestar', 'uvicorn', 'sqlalchemy')))"
    )
    subprocess.run([sys.executable, "-c", program], check=True, capture_output=True)
