"""No process is left behind: not after a campaign, and not when the campaign itself is killed."""

from __future__ import annotations

import os
import select
import subprocess
import sys
from pathlib import Path

import pytest

from tillproof.simulation.clock import START
from tillproof.targets.wire.messages import Open, framed
from tillproof.targets.wire.nursery import Nursery

pytestmark = pytest.mark.e2e

_CONDUCTS = """
import sys
from tillproof.targets.wire.messages import Open, framed
from tillproof.targets.wire.nursery import Nursery
with Nursery("bank", sys.argv[1]) as nursery:
    line = nursery.fork()
    line.sendall(framed(Open(1, "seed", 0.0, ())))
    print(*nursery.pids, flush=True)
    sys.stdin.read()
"""


def _ends(pid: int, seconds: float = 10) -> bool:
    """Wait until the process has ended."""
    try:
        process = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([process], [], [], seconds)[0])
    finally:
        os.close(process)


def test_when_the_campaign_is_killed_its_zygote_and_server_end_by_themselves(tmp_path: Path) -> None:
    """SIGKILL leaves nobody time to clean up; both notice that the other end of their socket is gone."""
    command = [sys.executable, "-c", _CONDUCTS, f"sqlite:///{tmp_path}/till.db"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as campaign:
        assert campaign.stdout is not None
        zygote, server = map(int, campaign.stdout.readline().split())
        campaign.kill()
        assert _ends(zygote)
        assert _ends(server)


def test_leaving_a_nursery_ends_its_server(tmp_path: Path) -> None:
    """A server that was forked and opened is gone after the campaign."""
    with Nursery("manual", f"sqlite:///{tmp_path}/till.db") as nursery, nursery.fork() as line:
        line.sendall(framed(Open(1, "seed", START, ())))
        zygote, server = nursery.pids
    assert _ends(zygote)
    assert server is not None
    assert _ends(server)
