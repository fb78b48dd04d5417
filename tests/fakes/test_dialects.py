"""The dialects: what a gateway makes of a repeated key, row by row."""

from __future__ import annotations

import pytest

from tillproof.contract.gateway import Request, Response
from tillproof_fake_processors.dialects import DIALECTS, InFlight, KeyMemory

ALL = tuple(DIALECTS)


class Memory:
    """A key memory over a gateway that answers with how often it has acted."""

    def __init__(self, dialect: str, statuses: tuple[int, ...] = (200,)) -> None:
        self.time = 0.0
        self.acted = 0
        self._statuses = statuses
        self._memory = KeyMemory(DIALECTS[dialect], lambda: self.time)

    def ask(self, key: str | None = "k", path: str = "/x", **body: object) -> tuple[int, dict[str, object]]:
        request = Request(method="POST", path=path, body=body, key=key)
        answer = self._memory.answer(request, self._act, self._present, _refuse)
        assert not isinstance(answer.body, str)
        return answer.status, answer.body

    def _act(self, _: Request) -> Response:
        self.acted += 1
        return Response(status=self._statuses[min(self.acted, len(self._statuses)) - 1], body={"acted": self.acted})

    def _present(self, _: Request, answer: Response) -> Response:
        return Response(status=200, body={"present": self.acted, "was": answer.status})


def _refuse(status: int, code: str, message: str) -> Response:
    del message
    return Response(status=status, body={"code": code})


def test_the_seven_dialects() -> None:
    """There are seven rows, each under its own name."""
    assert ALL == ("keep-everything", "keep-success", "latest-state", "first-wins-blind", "strict", "draft", "none")
    assert all(row.name == name for name, row in DIALECTS.items())


@pytest.mark.parametrize(
    ("dialect", "again"),
    [
        ("keep-everything", (200, {"acted": 1})),
        ("keep-success", (200, {"acted": 1})),
        ("latest-state", (200, {"present": 1, "was": 200})),
        ("first-wins-blind", (200, {"acted": 1})),
        ("strict", (200, {"acted": 1, "replayed": True})),
        ("draft", (200, {"acted": 1})),
        ("none", (200, {"acted": 2})),
    ],
)
def test_a_key_repeated_after_success(dialect: str, again: tuple[int, dict[str, object]]) -> None:
    """After a success the same request is answered from memory, save where nothing is remembered."""
    memory = Memory(dialect)
    assert memory.ask(amount=1) == (200, {"acted": 1})
    assert memory.ask(amount=1) == again


@pytest.mark.parametrize(
    ("dialect", "refused", "failed"),
    [
        ("keep-everything", (400, {"acted": 1}), (500, {"acted": 1})),
        ("keep-success", (200, {"acted": 2}), (200, {"acted": 2})),
        ("latest-state", (200, {"present": 1, "was": 400}), (200, {"present": 1, "was": 500})),
        ("first-wins-blind", (200, {"acted": 2}), (200, {"acted": 2})),
        ("strict", (400, {"acted": 1, "replayed": True}), (200, {"acted": 2})),
        ("draft", (400, {"acted": 1}), (200, {"acted": 2})),
        ("none", (200, {"acted": 2}), (200, {"acted": 2})),
    ],
)
def test_a_key_repeated_after_failure(
    dialect: str, refused: tuple[int, dict[str, object]], failed: tuple[int, dict[str, object]]
) -> None:
    """After a 4xx and after a 5xx each dialect replays, shows the object, or runs again, as its row says."""
    for first, again in ((400, refused), (500, failed)):
        memory = Memory(dialect, (first, 200))
        assert memory.ask()[0] == first
        assert memory.ask() == again


@pytest.mark.parametrize(
    ("dialect", "status", "acted"),
    [
        ("keep-everything", 400, 1),
        ("keep-success", 422, 1),
        ("latest-state", 200, 1),
        ("first-wins-blind", 200, 1),
        ("strict", 422, 1),
        ("draft", 422, 1),
        ("none", 200, 2),
    ],
)
@pytest.mark.parametrize(("path", "amount"), [("/x", 2), ("/y", 1)], ids=["other-body", "other-path"])
def test_a_key_repeated_with_other_contents(dialect: str, status: int, acted: int, path: str, amount: int) -> None:
    """Other contents under a known key are refused, taken for a repetition, or a second effect."""
    memory = Memory(dialect)
    memory.ask(amount=1)
    told, body = memory.ask(path=path, amount=amount)
    assert (told, memory.acted) == (status, acted)
    assert status == 200 or body == {"code": "key_reused"}


@pytest.mark.parametrize("dialect", [name for name in ALL if name != "none"])
def test_a_key_at_the_end_of_its_life(dialect: str) -> None:
    """A key is known until its life is over, and then means nothing."""
    memory = Memory(dialect)
    memory.ask()
    memory.time = DIALECTS[dialect].key_life - 1
    memory.ask()
    assert memory.acted == 1
    memory.time = DIALECTS[dialect].key_life
    memory.ask()
    assert memory.acted == 2


@pytest.mark.parametrize("dialect", ALL)
def test_no_key_and_other_keys(dialect: str) -> None:
    """Without a key, or under another one, a request is always a new one."""
    memory = Memory(dialect)
    for key in (None, None, "k", "l"):
        memory.ask(key=key)
    assert memory.acted == 4


def test_what_is_declared_of_requests_in_flight() -> None:
    """Five dialects answer 409 while the first request runs, one waits, one acts twice."""
    declared = {name: row.in_flight for name, row in DIALECTS.items()}
    assert declared.pop("first-wins-blind") is InFlight.WAITS
    assert declared.pop("none") is InFlight.RUNS
    assert list(declared.values()) == [InFlight.CONFLICT] * 5


def test_a_replay_of_a_garbled_answer_is_not_marked() -> None:
    """What is no JSON object is replayed as it was."""
    memory = KeyMemory(DIALECTS["strict"], lambda: 0.0)
    request = Request(method="POST", path="/x", key="k")
    garbled = Response(status=200, body="<html>")
    for _ in range(2):
        assert memory.answer(request, lambda _: garbled, lambda _, r: r, _refuse) == garbled
