"""Webhooks on the wire: the raw body and the headers reach the processor as they were sent, and no more than may be."""

from __future__ import annotations

import httpx
import pytest
from support.httpbench import Wire, wired

BODY = b'{ "b": 1,\n  "a": "\xe9\xff" }'


@pytest.mark.parametrize("path", ["/slow/hooks", "/hooks/slow"])
@pytest.mark.parametrize(("signature", "status"), [(None, 200), ("another", 400)])
def test_the_body_is_given_as_it_was_sent(path: str, signature: str | None, status: int) -> None:
    """Byte for byte, whatever its type: only that can be verified. What is not verified is refused."""

    async def story(wire: Wire) -> httpx.Response:
        signed = {} if signature is None else {"signature": signature}
        return await wire.client.post(path, content=BODY, headers={"content-type": "text/plain", **signed})

    answer = wired(story)
    assert answer.status_code == status
    assert (answer.json() == {"received": True}) is (status == 200)


@pytest.mark.parametrize(("path", "size", "status"), [("/manual/hooks", 10, 404), ("/slow/hooks", 200_000, 413)])
def test_what_is_not_for_us_or_too_large_is_not_read(path: str, size: int, status: int) -> None:
    """There is no address for a processor that takes none, and a body has a bound."""

    async def story(wire: Wire) -> httpx.Response:
        return await wire.client.post(path, content=b"x" * size)

    assert wired(story).status_code == status
