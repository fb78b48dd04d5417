"""Whatever the OpenAPI document permits, and much that it does not, thrown at the served reference."""

from __future__ import annotations

import re
import subprocess
import sysconfig
from pathlib import Path

import pytest
from support.servedshop import TOKEN, served

pytestmark = pytest.mark.e2e


def test_no_request_is_answered_otherwise_than_documented(tmp_path: Path) -> None:
    """Every default check that can hold holds: no 5xx, no undocumented answer, closed forms closed, sign-in asked for."""
    with served() as url:
        done = subprocess.run(
            [
                str(Path(sysconfig.get_path("scripts")) / "schemathesis"),
                "--config-file",
                str(Path(__file__).with_name("schemathesis.toml")),
                "run",
                f"{url}/schema/openapi.json",
                "--header",
                f"x-medusa-access-token: {TOKEN}",
                "--max-examples=15",
                "--seed=1",
                "--no-color",
            ],
            cwd=tmp_path,
            check=False,
            capture_output=True,
            text=True,
        )
    assert done.returncode == 0, done.stdout[-5_000:]
    tried = re.search(r"(\d+) generated, (\d+) passed", done.stdout)
    assert tried is not None, done.stdout[-5_000:]
    assert int(tried[1]) == int(tried[2]) > 1_000
