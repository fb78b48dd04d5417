"""
The harness's side of a worker process: start it, speak with it, and never wait for it longer than agreed.

No asyncio here: the driver steps plain coroutines, and a message takes microseconds. The wait is real time; it decides no
history, only when a processor is called blocked.
"""

from __future__ import annotations

import os
import re
import select
import signal
import subprocess
import sys
import weakref
from pathlib import Path

from tillproof.domain.entities import Data
from tillproof.targets.channel import Garbled, LineReader, Message, encode
from tillproof.targets.loading import own, place
from tillproof.targets.mishaps import Blocked, Ended

_FRAME = re.compile(r'File "(?P<file>[^"]+)", line (?P<line>\d+) in (?P<name>.+)')
_TRACE_WAIT = 1.0
_TRACE_PAUSE = 0.2  # a trace comes in many small pieces and has no end mark
_DUMP = 64 * 1024


class WorkerProcess:
    """A running worker. Whatever ends it, it is reaped: by `close`, or with this object, or when the interpreter exits."""

    def __init__(self, folder: Path, patience: float) -> None:
        """Start it. `folder` is where the user's module lies; `patience` the real seconds to wait for a message."""
        self.folder = folder
        self.patience = patience
        self._trace, trace = os.pipe()
        self._process = subprocess.Popen(  # noqa: S603 - our own interpreter, our own module
            # -P: the user's folder joins the path only after our own imports, so that a json.py there harms nobody
            [sys.executable, "-P", "-m", "tillproof.targets.worker", str(folder), str(trace)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            bufsize=0,
            pass_fds=[trace],
            cwd=folder,
            env={**os.environ, "PYTHONHASHSEED": "0"},
            start_new_session=True,  # an interrupt from the keyboard is the harness's to handle
        )
        os.close(trace)
        self._end = weakref.finalize(self, _end, self._process, self._trace)
        if self._process.stdin is None or self._process.stdout is None:
            raise AssertionError
        self._in = self._process.stdin.fileno()
        os.set_blocking(self._in, False)
        self._reader = LineReader(self._process.stdout.fileno())
        self._readable, self._writable = select.poll(), select.poll()
        self._readable.register(self._reader.fd, select.POLLIN)
        self._writable.register(self._in, select.POLLOUT)

    @property
    def alive(self) -> bool:
        """Whether it can still be spoken to."""
        return self._end.alive

    def close(self) -> None:
        """Kill it, if it still runs, and reap it. May be called again."""
        self._end()

    def send(self, message: Data) -> None:
        """Write one message. Raises `Blocked` or `Ended`."""
        rest = memoryview(encode(message))
        while rest:
            if not self._writable.poll(self.patience * 1000):
                raise self._blocked()
            try:
                rest = rest[os.write(self._in, rest) :]
            except BrokenPipeError:
                raise self._ended() from None

    def receive(self) -> Message:
        """Wait for one message. Raises `Blocked` once patience is at an end, `Ended` when none can come any more."""
        try:
            while (message := self._reader.ready()) is None:
                if not self._readable.poll(self.patience * 1000):
                    raise self._blocked()
                if not self._reader.fill():
                    raise self._ended()
        except Garbled as error:
            self.close()
            raise Ended(str(error)) from error
        return message

    def _ended(self) -> Ended:
        try:
            status = self._process.wait(_TRACE_WAIT)
        except subprocess.TimeoutExpired:
            why = "it closed its pipes"
        else:
            why = f"exit code {status}" if status >= 0 else f"signal {signal.Signals(-status).name}"
        self.close()
        return Ended(why)

    def _blocked(self) -> Blocked:
        self._process.send_signal(signal.SIGUSR1)
        trace = select.poll()
        trace.register(self._trace, select.POLLIN)
        dump, wait = b"", _TRACE_WAIT
        while trace.poll(wait * 1000) and (piece := os.read(self._trace, _DUMP)):
            dump, wait = dump + piece, _TRACE_PAUSE
        self.close()
        return Blocked(_innermost(dump.decode(errors="replace"), self.folder), self.patience)


def _innermost(dump: str, folder: Path) -> str:
    """Return the innermost line of the user's own in a faulthandler dump (which has the innermost frame first)."""
    frames = list(_FRAME.finditer(dump))
    chosen = next((frame for frame in frames if own(frame["file"], folder)), frames[0] if frames else None)
    return (
        f"{place(chosen['file'], folder)}:{chosen['line']} in {chosen['name']}" if chosen else "a place that left no trace"
    )


def _end(process: subprocess.Popen[bytes], trace: int) -> None:
    process.kill()
    process.wait()
    os.close(trace)
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            pipe.close()
