"""The tests of the pytest plugin: for each processor one for the campaign itself, and one for each rule."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Generator, Iterable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, cast

import pytest

from tillproof.config import Config, chosen, load_config, several
from tillproof.conformance import Ending, Ruling, overall, ruled
from tillproof.errors import Misuse, TillproofError
from tillproof.history.knownfile import read_known
from tillproof.history.log import Log
from tillproof.options import Options
from tillproof.pytest_shares import Tested
from tillproof.suggestions import unknown

_NODE = "tillproof"
_SHARED = "tillproof_shared"  # the key under which xdist's controller tells its workers where they meet


class Conformance:
    """Adds the tests to a session, and knows which were named on the command line."""

    def __init__(self, config: pytest.Config) -> None:
        """Read what is wanted. Raises `pytest.UsageError`."""
        self._root = config.rootpath
        self._tested: list[Tested] = []
        self._meeting: tempfile.TemporaryDirectory[str] | None = None
        self._wanted = [arg for arg in config.args if arg.startswith(f"{_NODE}::")]
        config.args[:] = [arg for arg in config.args if arg not in self._wanted]
        worker = cast("dict[str, Any]", getattr(config, "workerinput", {}))
        self._shared = Path(worker[_SHARED]) if _SHARED in worker else None
        try:
            settings = load_config(self._root)
            self.processors, self.gateway, self.per, self.options = _choices(config, settings, alone=self._shared is None)
            self.known = read_known(self._root)
        except TillproofError as error:
            raise _usage(error) from None
        self.today = datetime.now(UTC).date()

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:  # noqa: ANN401  (xdist's, which need not be installed)
        """Tell each xdist worker where all of them meet. What cannot be used is told here: a worker could tell nobody."""
        if self._meeting is None:
            self._meeting = tempfile.TemporaryDirectory(prefix="tillproof-")
            try:
                for number, name in enumerate(self.processors, start=1):
                    self.opened(name, number)
            except TillproofError as error:
                raise _usage(error) from None
            self.pytest_sessionfinish()
        node.workerinput[_SHARED] = self._meeting.name

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(self, session: pytest.Session, items: list[pytest.Item]) -> None:
        """Add our tests before `-k`, `--lf` and the like choose among all."""
        try:
            for number, name in enumerate(self.processors, start=1):
                nodeid = f"{_NODE}::{name}"
                added = ProcessorNode.from_parent(session, name=name, nodeid=nodeid, number=number, plugin=self)  # pyright: ignore[reportUnknownMemberType]  (untyped in pytest)
                tests = [item for item in added.collect() if self._is_wanted(item.nodeid)]
                items += tests
                told = pytest.CollectReport(added.nodeid, "passed", None, list(tests))
                session.config.hook.pytest_collectreport(report=told)  # or the terminal would not count them
        except TillproofError as error:
            raise _usage(error) from None

    def pytest_sessionfinish(self) -> None:
        """Let go of the processors."""
        while self._tested:
            self._tested.pop().close()

    def pytest_unconfigure(self) -> None:
        """Remove what the workers shared."""
        if self._meeting is not None:
            self._meeting.cleanup()

    def opened(self, name: str, number: int) -> Tested:
        """Open a processor. Raises `Misuse`."""
        shared = None
        if self._shared is not None:
            shared = self._shared / str(number)
            shared.mkdir(exist_ok=True)
        tested = Tested(name, self.gateway, self.options, root=self._root, shared=shared)
        self._tested.append(tested)
        return tested

    def _is_wanted(self, nodeid: str) -> bool:
        return not self._wanted or any(nodeid == arg or nodeid.startswith(f"{arg}::") for arg in self._wanted)


class ProcessorNode(pytest.Collector):
    """One processor."""

    def __init__(self, *, number: int, plugin: Conformance, **node: Any) -> None:  # noqa: ANN401  (pytest's own arguments)
        """Made by `from_parent`."""
        super().__init__(**node)
        self.number = number
        self.plugin = plugin

    def collect(self) -> list[pytest.Item]:
        """Open the processor and return its tests. Raises `Misuse`."""
        tested = self.plugin.opened(self.name, self.number)
        if self.plugin.per == "rule":
            return list(self._tests("", tested, tested.whole))
        return [test for journey in tested.scope.journeys for test in self._on(journey.name, tested)]

    def _on(self, journey: str, tested: Tested) -> Iterable[pytest.Item]:
        return self._tests(f"{journey}::", tested, lambda: tested.of(journey), tested.scope.skipped.get(journey, ""))

    def _tests(self, prefix: str, tested: Tested, log: Callable[[], Log], skipped: str = "") -> Generator[pytest.Item]:
        plugin = self.plugin

        def test(name: str, title: str, rule: Callable[[Log], Ruling]) -> pytest.Item:
            def ask() -> Ruling:
                return Ruling(Ending.SKIPPED, skipped) if skipped else rule(log())

            nodeid = f"{self.nodeid}::{prefix}{name}"
            return RuleItem.from_parent(self, name=prefix + name, nodeid=nodeid, title=title, ask=ask)  # pyright: ignore[reportUnknownMemberType]  (untyped in pytest)

        # known failures are gone or not for the whole campaign, and no single journey can tell
        known = plugin.known if not prefix else ()
        yield test("verdict", "every run comes to its end", partial(overall, known=known, today=plugin.today))
        for rule in tested.scope.rules:
            ask = partial(ruled, rule=rule.id, known=plugin.known, today=plugin.today)
            yield test(rule.id, rule.title, ask)


class RuleItem(pytest.Item):
    """One test: a rule, or the campaign itself."""

    def __init__(self, *, title: str, ask: Callable[[], Ruling], **node: Any) -> None:  # noqa: ANN401  (pytest's own arguments)
        """Made by `from_parent`. `ask` makes the runs, if nobody has yet."""
        super().__init__(**node)  # pyright: ignore[reportUnknownMemberType]  (untyped in pytest)
        self._title = title
        self._ask = ask

    def runtest(self) -> None:
        """Ask, and end as the ruling says."""
        ruling = self._ask()
        if ruling.ending is Ending.SKIPPED:
            pytest.skip(ruling.says)
        if ruling.ending is Ending.EXPECTED:
            pytest.xfail(ruling.says)
        if ruling.ending is Ending.FAILED:
            pytest.fail(ruling.says, pytrace=False)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:  # noqa: ANN401  (pytest's own signature)
        """Show an error of tillproof's in its three lines."""
        if isinstance(excinfo.value, TillproofError):
            return "\n".join(excinfo.value.lines())
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[str, None, str]:
        """Say what is tested, in one line."""
        return "tillproof", None, f"{self.name}: {self._title}"


def _choices(config: pytest.Config, settings: Config, *, alone: bool) -> tuple[tuple[str, ...], str | None, str, Options]:
    """Return the processors, the gateway, what one test is for, and the options: the command line's, else the file's."""

    def given(name: str) -> Any:  # noqa: ANN401  (pytest's own)
        return config.getoption(f"tillproof_{name}")

    processors = tuple(given("processor")) or several(settings.processor)
    if not processors:
        raise Misuse("nothing to test", seen="--tillproof, and no processor in the configuration", type_=_EXAMPLE)
    per = given("per") or settings.per or "rule"
    if per not in {"rule", "journey"}:
        raise unknown("kind of test", per, ("rule", "journey"), list_with="--tillproof-per rule")
    options = chosen(
        settings,
        journeys=given("journey"),
        rules=given("rule"),
        dialects=given("dialect"),
        depth=given("depth"),
        seed=given("seed"),
        fail_on=given("fail_on"),
        workers=(os.cpu_count() or 1) if alone else 1,
    )
    return processors, given("gateway") or settings.gateway, per, options


_EXAMPLE = "pytest --tillproof-processor module:Class"


def _usage(error: TillproofError) -> pytest.UsageError:
    return pytest.UsageError("\n".join(error.lines()).removeprefix("error: "))
