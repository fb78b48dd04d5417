"""A whole run of somebody else's processor, from the command line."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from support.processorbench import Bench

KEEPS_NO_ORDER = """
    async with httpx.AsyncClient(base_url="https://bank.test") as bank:
        body = {"amount": context.amount.amount, "currency": context.amount.currency, "resource": context.resource_id}
        answer = await bank.post("/intents", json=body, headers={"Idempotency-Key": str(uuid.uuid4())})
    return Done({"id": answer.json()["id"], "note": "".join({"a", "b", "c", "d"})})
"""


def _log(folder: Path, hash_seed: str) -> bytes:
    subprocess.run(
        [
            sys.executable,
            "-m",
            "tillproof",
            "run",
            "--processor",
            "mypay:MyPay",
            "--journey",
            "buy",
            "--depth",
            "single",
            "-q",
        ],
        cwd=folder,
        env={**os.environ, "PYTHONHASHSEED": hash_seed},
        check=False,
        capture_output=True,
    )
    return (folder / ".tillproof" / "last.jsonl").read_bytes()


def test_the_same_log_twice(bench: Bench) -> None:
    """A processor with random keys and sets in no order still gives the same log, byte for byte, whatever the hash seed."""
    bench.write(head="import uuid", initiate_payment=KEEPS_NO_ORDER)
    assert _log(bench.folder, "1") == _log(bench.folder, "2")
