"""A worker that blocks, dies or babbles is named and replaced, never waited for."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest
from support.processorbench import Bench

from tillproof.contract.outcomes import Done
from tillproof.targets.foreign import STRIKES, ForeignTarget
from tillproof.targets.mishaps import Blocked, Ended

PATIENCE = 0.5


def _children() -> list[Path]:
    """Our child processes, zombies included; not the one multiprocessing keeps once a campaign had several workers."""
    ours = (process for process in Path("/proc").glob("[0-9]*") if _parent(process) == str(os.getpid()))
    return [process for process in ours if b"multiprocessing.resource_tracker" not in (process / "cmdline").read_bytes()]


def _parent(process: Path) -> str:
    try:
        return (process / "stat").read_text().rpartition(")")[2].split()[1]
    except (FileNotFoundError, ProcessLookupError):
        return ""


@pytest.mark.parametrize(
    "body",
    [
        "while True: pass",
        "time.sleep(60)",
        'import re; re.match("(a+)+$", "a" * 40 + "b")',
        "input_ = os.read(os.pipe()[0], 1)",
    ],
)
def test_a_call_that_blocks(body: str, bench: Bench) -> None:
    """A busy loop or a blocking call is named by the user's own line; the next call gets a new worker."""
    processor = bench.processor(PATIENCE, retrieve_payment=body)
    with pytest.raises(Blocked) as caught:
        bench.call(processor.retrieve_payment({}))
    line = (bench.folder / "mypay.py").read_text().splitlines().index("        " + body) + 1
    assert caught.value.where == f"mypay.py:{line} in retrieve_payment"
    assert bench.call(processor.get_payment_status({"n": 1})) == Done({"n": 1})


def test_a_method_that_always_blocks(bench: Bench) -> None:
    """After three times it is not waited for any more: a campaign of thousands of calls ends. Other methods are served."""
    body = 'await httpx.AsyncClient().get("https://bank.test/x"); time.sleep(60)'
    processor = bench.processor(0.2, retrieve_payment=body)
    for _ in range(20):
        with pytest.raises(Blocked, match="in retrieve_payment"):
            bench.call(processor.retrieve_payment({}))
    assert len(bench.gateway.asked) == STRIKES
    assert bench.call(processor.get_payment_status({"n": 1})) == Done({"n": 1})


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ("os._exit(3)", "exit code 3"),
        ("sys.exit(4)", "exit code 4"),
        ("os.kill(os.getpid(), 9)", "signal SIGKILL"),
        ("os.kill(os.getpid(), 11)", "signal SIGSEGV"),
        ("raise KeyboardInterrupt", "exit code 130|signal SIGINT|exit code 1"),
        ("os.closerange(3, 64); await asyncio.sleep(0); return Done(data)", "exit code 1|it closed its pipes"),
    ],
)
def test_a_worker_that_ends(body: str, why: str, bench: Bench) -> None:
    """The death of the processor's process is told with how it died; the next call gets a new worker."""
    processor = bench.processor(retrieve_payment=body)
    with pytest.raises(Ended, match=why):
        bench.call(processor.retrieve_payment({}))
    assert bench.call(processor.get_payment_status({"n": 1})) == Done({"n": 1})


FIND_THE_PIPE = """
    import fcntl

    def is_the_pipe(fd):
        try:
            pipe = os.readlink(f"/proc/self/fd/{fd}").startswith("pipe:")
            return pipe and not os.get_inheritable(fd) and fcntl.fcntl(fd, fcntl.F_GETFL) & os.O_ACCMODE == os.O_WRONLY
        except OSError:
            return False
"""


@pytest.mark.parametrize("written", ["no json", "x" * 80, '["a list"]', '{"id": "not a number"}'])
def test_a_worker_that_babbles(written: str, bench: Bench) -> None:
    """Whoever writes into the pipe itself is cut off."""
    babble = f"""
        os.write(next(fd for fd in range(3, 64) if is_the_pipe(fd)), {written!r}.encode() + b"\\n")
        return Done(data)
    """
    processor = bench.processor(head=FIND_THE_PIPE, retrieve_payment=babble)
    with pytest.raises(Ended, match="no JSON-RPC message"):
        bench.call(processor.retrieve_payment({}))


def test_a_module_that_blocks(bench: Bench) -> None:
    """A module that never ends importing is named too."""
    spec = bench.write(head="time.sleep(60)")
    with pytest.raises(Blocked, match=r"mypay\.py:4 in <module>"):
        ForeignTarget(spec, bench.folder, loading_patience=0.5)
    assert _children() == []


def test_a_module_that_ends_the_process(bench: Bench) -> None:
    """A module that ends its process is an ended worker, not a broken harness."""
    spec = bench.write(head="os._exit(7)")
    with pytest.raises(Ended, match="exit code 7"):
        ForeignTarget(spec, bench.folder)


def test_a_harness_that_is_killed(bench: Bench) -> None:
    """The worker ends with its harness, however busy it is: its end of the error stream is closed."""
    spec = bench.write(retrieve_payment='print("busy", flush=True)\nwhile True: pass')
    harness = f"""
        from pathlib import Path
        from tillproof.targets.foreign import ForeignTarget
        target = ForeignTarget({spec!r}, Path({str(bench.folder)!r}), patience=60)
        target.construct(None, idle=None, seed="1").retrieve_payment({{}}).send(None)
    """
    with subprocess.Popen([sys.executable, "-c", dedent(harness)], stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        assert process.stderr.readline() == "busy\n"
        process.kill()
        assert process.stderr.read() == ""


def test_nothing_is_left_behind(bench: Bench) -> None:
    """After `close`, and after a death, there is neither a process nor a zombie; closing twice is harmless."""
    with bench.target(bench.write(retrieve_payment="os._exit(3)")) as target:
        processor = bench.construct(target)
        with pytest.raises(Ended):
            bench.call(processor.retrieve_payment({}))
        assert _children() == []
        bench.call(processor.get_payment_status({}))
        assert len(_children()) == 1
    assert _children() == []
    target.close()
