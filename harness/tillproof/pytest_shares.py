"""
Who makes which runs: campaigns for the tests of one pytest session, alone or side by side with other xdist workers.

Workers share a folder. Whoever needs a journey that nobody has made takes its lock, makes it, and leaves its log there; who
comes later reads it. A worker that dies lets go of its lock, and another makes the journey.
"""

from __future__ import annotations

import contextlib
import fcntl
from collections.abc import Callable
from pathlib import Path

from msgspec.structs import replace

from tillproof.campaign import Scope, scope_of
from tillproof.conformance import conducted, folder_of, joined, opened_in
from tillproof.errors import TillproofError
from tillproof.history.lanes import lines
from tillproof.history.log import Log
from tillproof.history.logfile import LogWriter, read
from tillproof.options import Options


class Tested:
    """
    A processor under test, opened once, and the logs of its campaign, made when they are first asked for.

    `shared` is the folder in which xdist workers leave theirs; None: nobody else is at work.
    """

    def __init__(self, name: str, gateway: str | None, options: Options, *, root: Path, shared: Path | None) -> None:
        """Open the processor. Raises `Misuse` for what cannot be used."""
        self.name = name
        self._options, self._shared = options, shared
        self._folder = folder_of(name, root)
        self._until_the_end = contextlib.ExitStack()
        self._target = self._until_the_end.enter_context(opened_in(self._folder, name, gateway))
        self._logs: dict[str | None, Log | TillproofError] = {}
        try:
            self.scope: Scope = scope_of(self._target, options)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Let go of the processor."""
        with contextlib.suppress(TillproofError):  # whom it called in vain was told where the runs were made
            self._until_the_end.close()

    def whole(self) -> Log:
        """Return the log of every journey. Raises `NoVerdict` where none makes sense for the processor."""
        return self._kept(None, self._whole)

    def of(self, journey: str) -> Log:
        """Return the log of one journey, which must not be one that is skipped."""
        shared = self._shared
        return self._kept(journey, lambda: read(self._share(shared, journey, wait=True)) if shared else self._made(journey))

    def _kept(self, of: str | None, make: Callable[[], Log]) -> Log:
        if of not in self._logs:
            try:
                self._logs[of] = make()
            except TillproofError as error:  # it would be no other the next time
                self._logs[of] = error
        kept = self._logs[of]
        if isinstance(kept, TillproofError):
            raise kept
        return kept

    def _whole(self) -> Log:
        journeys = [journey.name for journey in self.scope.journeys if journey.name not in self.scope.skipped]
        if self._shared is None or not journeys:
            return conducted(self._target, self._options, self._folder)
        for journey in journeys:  # first what nobody is at, so that every worker is busy with another one
            self._share(self._shared, journey, wait=False)
        return joined(self._target, self._options, [self.of(journey) for journey in journeys])

    def _made(self, journey: str) -> Log:
        return conducted(self._target, replace(self._options, journeys=(journey,), workers=1), self._folder)

    def _share(self, folder: Path, journey: str, *, wait: bool) -> Path:
        """Make a journey and leave its log in the folder, unless it is there, or somebody is at it and we don't wait."""
        path = folder / f"{journey}.jsonl"
        with path.with_suffix(".lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return path
            if not path.exists():
                log = self._made(journey)
                with LogWriter(path) as writer:
                    for line in lines(log):
                        writer.emit(line)
        return path
