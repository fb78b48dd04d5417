"""What a server and its watcher say to each other arrives as it was said, however the stream is cut."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tillproof.contract.gateway import Request
from tillproof.contract.processor import Attempt
from tillproof.domain.entities import Entity
from tillproof.simulation.opening import opening
from tillproof.targets.wire.messages import (
    SAID,
    Began,
    Calling,
    Committed,
    Committing,
    Ended,
    Failed,
    Inbox,
    Performed,
    Ready,
    Requested,
    Said,
    Sleeping,
    Unopened,
    framed,
    packed,
    unpacked,
)

_ATTEMPT = Attempt(idempotency_key="k", reference="r", number=2, first_sent_at=1.5, sent_at=2.5)
_ROWS = opening(7, ("bank", "manual")).rows
_SAID: tuple[Said, ...] = (
    Ready(),
    Unopened("no such database"),
    Began(1),
    Ended(1),
    Calling(2, "bank", "authorize_payment", {"amount": 5}, _ATTEMPT, 30.0),
    Calling(3, "bank", "retrieve_payment", {}, None, None),
    Performed(2, outcome={"outcome": "unknown", "reason": "?"}),
    Performed(2, raised=("NoAnswer", "silence")),
    Requested(4, Request(method="POST", path="/holds", body={"a": [1, None]}, key="k")),
    Sleeping(5, 9.0),
    Committing(6, "order-placed", tuple(packed(row.table, row.id, row) for row in _ROWS)),
    Committed(6),
    Failed("backend", "KeyError: 'x'"),
)


@given(st.lists(st.sampled_from(_SAID), max_size=8), st.integers(1, 50))
def test_a_stream_cut_anywhere_gives_the_same_messages(said: list[Said], piece: int) -> None:
    """However many bytes arrive at once, the messages are those that were sent, in order."""
    stream = b"".join(map(framed, said))
    inbox = Inbox(SAID)
    heard = [message for at in range(0, len(stream), piece) for message in inbox.feed(stream[at : at + piece])]
    assert heard == said


@pytest.mark.parametrize("row", [*_ROWS, None], ids=lambda row: row.id if row else "deleted")
def test_a_row_is_unpacked_as_it_was(row: Entity | None) -> None:
    """Rows survive the way; a deleted one stays deleted."""
    assert unpacked(packed("region" if row is None else row.table, "id", row)) == row
