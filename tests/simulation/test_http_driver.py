"""Every journey speaks HTTP without knowing it: what is found over ASGI is what is found without HTTP."""

from __future__ import annotations

import pytest
from msgspec.structs import replace
from support.wirebench import found, made, sample, target

from tillproof.domain.requests import Answer, Ask
from tillproof.explore.single import controls
from tillproof.faults.kinds import applicable
from tillproof.history.events import Heard
from tillproof.targets.wire.asgi import OverAsgi
from tillproof.targets.wire.asking import ADMIN, answer_of, request_of
from tillproof_scenarios import JOURNEYS


def test_every_journey_hears_the_same_statuses_over_http() -> None:
    """Undisturbed, each journey has the same events and hears the same statuses as without HTTP."""
    with target("bank") as bank:
        over_http = replace(bank, backend=OverAsgi())
        for control in list(controls(bank, JOURNEYS, bank.dialects[:1], 7))[::3]:
            plain, wired = made(bank, control), made(over_http, control)
            assert [type(event) for event in wired.events] == [type(event) for event in plain.events], control.key
            heard = [[e.status for e in history.events if isinstance(e, Heard)] for history in (plain, wired)]
            assert heard[0] == heard[1], control.key


@pytest.mark.parametrize("name", ["bank", "liar:no-key", "liar:timeout-is-error"])
def test_the_findings_over_http_are_those_without(name: str) -> None:
    """A sample of single faults breaks the same rules, by the same methods, for an honest processor and for liars."""
    with target(name) as tried:
        over_http = replace(tried, backend=OverAsgi())
        for planned in sample(tried, applicable, 5, 531, 8):
            assert found(made(over_http, planned)) == found(made(tried, planned)), planned.key


def test_an_ask_becomes_a_request_whose_path_body_and_headers_say_all_of_it() -> None:
    """Parameters named in the path go there and the others into the body; the key and the admin's token are headers."""
    request = request_of(Ask(endpoint="refund_order", params={"id": "order_1", "amount": 5, "note": None}, key="k"))
    assert (request.method, request.url.path) == ("POST", "/admin/orders/order_1/refund")
    assert request.content == b'{"amount":5,"note":null}'
    assert request.headers["idempotency-key"] == "k"
    assert request.headers["x-medusa-access-token"] == ADMIN.token


def test_an_answer_keeps_what_a_person_hears_and_no_date() -> None:
    """Headers of the transport are left out; a body that is no object is kept as text."""
    answer = answer_of(401, [(b"Date", b"today"), (b"Idempotency-Key", b"k")], b"Unauthorized")
    assert answer == Answer(status=401, body={"text": "Unauthorized"}, headers={"idempotency-key": "k"})
