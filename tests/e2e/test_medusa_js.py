"""The official Medusa v1 client against the reference, unchanged. Needs node, npm and the npm registry."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from shutil import copytree

import pytest
from support.servedshop import TOKEN, served

pytestmark = pytest.mark.e2e

PROGRAM = Path(__file__).parent / "medusa_js"


def test_official_client_completes_a_checkout_and_what_follows(tmp_path: Path) -> None:
    """Its calls, with its retries on, go through: checkout, capture, refunds, cancel, swaps, processors, sign-in, errors."""
    here = copytree(PROGRAM, tmp_path / "client")
    install = ["npm", "install", "--legacy-peer-deps", "--ignore-scripts", "--no-audit", "--no-fund"]
    subprocess.run(install, cwd=here, check=True, capture_output=True)
    with served() as url:
        done = subprocess.run(
            ["node", "checkout.js", url, TOKEN, TOKEN],  # noqa: S607 - whichever node is there
            cwd=here,
            check=False,
            capture_output=True,
            text=True,
        )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["providers"] == ["manual", "bank"]
    assert told["type"] == "order"
    assert told["key"] == told["cartKey"]
    assert len(set(told["ids"])) == 1
    assert told["listed"] == told["ids"][:1]
    assert told["city"] == "London"
    assert told["total"] == 2 * 1490 + 490 + 566 + 93
    assert told["paymentStatus"] == "partially_refunded"
    assert told["refund"] == {"amount": 50, "reason": "return"}
    assert told["amountRefunded"] == 150
    assert told["installed"] == [{"id": "manual", "is_installed": True}, {"id": "bank", "is_installed": True}]
    assert told["region"] == ["bank", "manual"]
    assert told["user"] == "admin@shop.example"
    assert told["canceled"] == "canceled"
    difference = 2900 + 551 - (1490 + 283)
    assert told["swapped"] == ["swap", True, difference, "awaiting"]
    assert told["processed"] == ["captured", [2 * 1490 + 566, difference]]
    assert told["dropped"] == ["captured", "canceled"]
    assert told["unauthorized"] == [401, "Unauthorized"]
    assert told["missing"] == [404, {"type": "not_found", "message": "Cart with cart_missing was not found"}]
