"""What the reference does beside the main road: regions, lines, limits, and what is left as it was."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import pytest
from msgspec.structs import replace
from support.shopbench import Answering, Bench, done
from support.swapbench import SwapBench

from tillproof.contract.outcomes import Done, Outcome, Refused, Unknown
from tillproof.domain.entities import Cart, Order, Payment, PaymentProvider, PaymentSession, Refund, Region, Variant
from tillproof.domain.statuses import SessionStatus
from tillproof.reference.settling import settle

LOST = Unknown("lost")


def _says(outcome: Outcome) -> Answering:
    return lambda: outcome


def _sessions(bench: Bench) -> list[PaymentSession]:
    return done(bench.store.read(lambda tx: tx.select(PaymentSession)))


def test_a_processor_is_enabled_in_a_region_and_disabled_again() -> None:
    """Once, however often that is asked for; only one that the shop knows, and only in a region there is."""
    bench = Bench()
    bench.store.tables[PaymentProvider.table]["other"] = PaymentProvider(id="other", is_installed=True)

    def enabled() -> list[str]:
        region = bench.ask("get_admin_region", id="home").body["region"]
        return [provider["id"] for provider in region["payment_providers"]]

    for _ in range(2):
        assert bench.ask("add_region_provider", id="home", provider_id="other").status == 200
        assert enabled() == ["scripted", "other"]
    assert bench.ask("add_region_provider", id="home", provider_id="unknown").status == 404
    assert bench.ask("add_region_provider", id="away", provider_id="other").status == 404
    for _ in range(2):
        assert bench.ask("remove_region_provider", id="home", provider_id="scripted").status == 200
        assert enabled() == ["other"]
    assert bench.ask("remove_region_provider", id="home", provider_id="other").status == 200
    assert enabled() == []


def test_a_started_session_is_refreshed_or_removed_by_one_deletion() -> None:
    """Its gateway object is made unpayable first; refreshed there is a fresh row, started; removed there is none."""
    bench = Bench()
    cart = bench.cart()
    (before,) = _sessions(bench)
    assert bench.ask("refresh_payment_session", id=cart, provider_id="scripted").status == 200
    (fresh,) = _sessions(bench)
    assert (fresh.id != before.id, fresh.is_selected, fresh.is_initiated) == (True, True, True)
    assert bench.ask("delete_payment_session", id=cart, provider_id="scripted").status == 200
    assert _sessions(bench) == []
    assert len(bench.processor.attempts("delete_payment")) == 2
    assert len(bench.processor.attempts("initiate_payment")) == 2


@pytest.mark.parametrize("name", ["away", "zone"])
def test_a_cart_moves_to_another_region_with_all_that_hangs_on_it(name: str) -> None:
    """Currency, price and tax follow, and its session is made anew there; asked for where it is, nothing changes."""
    bench = Bench()
    there = Region(id=name, name="Away", currency_code="usd", tax_rate=1000, payment_providers=("scripted",))
    bench.store.tables[Region.table][name] = there
    mug = bench.store.tables[Variant.table]["mug"]
    assert isinstance(mug, Variant)
    bench.store.tables[Variant.table]["mug"] = replace(mug, prices={"eur": 3000, "usd": 4000})
    cart = bench.cart()
    (before,) = _sessions(bench)
    bench.ask("update_cart", id=cart, region_id="home")
    assert _sessions(bench) == [before]
    moved = bench.ask("update_cart", id=cart, region_id=name).body["cart"]
    assert (moved["region_id"], moved["currency_code"], moved["total"]) == (name, "usd", 4400)
    (after,) = _sessions(bench)
    assert (after.id != before.id, after.amount, after.currency_code) == (True, 4400, "usd")


def _lines(bench: Bench, cart: str) -> list[tuple[str, int]]:
    return [(item["id"], item["quantity"]) for item in bench.ask("get_cart", id=cart).body["cart"]["items"]]


@pytest.mark.parametrize("which", [0, 1, 2])
@pytest.mark.parametrize("quantity", [0, 1, 3])
def test_one_line_of_a_cart_is_changed_and_no_other(which: int, quantity: int) -> None:
    """The first, the last, or one between; with nothing left of it, it is gone."""
    bench = Bench()
    cart = bench.cart()
    for _ in range(2):
        bench.ask("add_line_item", id=cart, variant_id="mug", quantity=2)
    before = _lines(bench, cart)
    name = before[which][0]
    assert bench.ask("update_line_item", id=cart, line_id=name, quantity=quantity).status == 200
    after = [(id_, quantity if id_ == name else count) for id_, count in before]
    assert _lines(bench, cart) == [line for line in after if line[1]]
    assert bench.ask("update_line_item", id=cart, line_id="item_x", quantity=1).status == 404


@pytest.mark.parametrize(("quantity", "status"), [(-1, 400), (0, 400), (1, 200), (10_000, 200), (10_001, 400)])
def test_a_line_holds_from_one_to_ten_thousand(quantity: int, status: int) -> None:
    """Nothing is no line, and nobody buys more."""
    bench = Bench()
    assert bench.ask("add_line_item", id=bench.cart(), variant_id="mug", quantity=quantity).status == status


def test_each_change_of_a_cart_updates_its_session() -> None:
    """One update after the other on the same gateway object; it is not made anew."""
    bench = Bench()
    cart = bench.cart()
    (before,) = _sessions(bench)
    for _ in range(2):
        assert bench.ask("add_line_item", id=cart, variant_id="mug", quantity=1).status == 200
    assert [(row.id, row.amount) for row in _sessions(bench)] == [(before.id, 9000)]
    assert [len(bench.processor.attempts(m)) for m in ("update_payment", "delete_payment")] == [2, 0]


def test_a_session_whose_update_was_refused_is_made_anew() -> None:
    """The next try deletes it, and starts another over the new sum."""
    bench = Bench()
    cart = bench.cart()
    (before,) = _sessions(bench)
    bench.processor.script["update_payment"] = [_says(Refused("no", "No."))]
    assert bench.ask("add_line_item", id=cart, variant_id="mug", quantity=1).status == 400
    assert bench.ask("create_payment_sessions", id=cart).status == 200
    (after,) = _sessions(bench)
    assert (after.id != before.id, after.amount, after.is_initiated) == (True, 6000, True)
    assert [len(bench.processor.attempts(m)) for m in ("update_payment", "delete_payment")] == [1, 1]


@pytest.mark.parametrize("found", [Refused("none", "Nothing."), Done({}, SessionStatus.AUTHORIZED)])
def test_a_session_whose_authorization_was_looked_for_is_made_anew(found: Outcome) -> None:
    """Found or not: what was lost may still arrive, so nothing else is asked of that gateway object but to be deleted."""
    bench = Bench()
    cart = bench.cart()
    (before,) = _sessions(bench)
    bench.processor.script["authorize_payment"] = [_says(LOST)]
    bench.processor.script["find_effect"] = [_says(found)]
    assert bench.ask("complete_cart", id=cart).status == 409
    assert bench.ask("add_line_item", id=cart, variant_id="mug", quantity=1).status == 200
    (after,) = _sessions(bench)
    assert (after.id != before.id, after.amount) == (True, 6000)
    assert [len(bench.processor.attempts(m)) for m in ("find_effect", "update_payment", "delete_payment")] == [1, 0, 1]


def _ready_to(bench: Bench, method: str) -> Callable[[], int]:
    """Bring a purchase to where this method is called next, and return what then calls it and tells the status."""
    if method == "initiate_payment":
        items = [{"variant_id": "mug", "quantity": 1}]
        made = bench.ask("create_cart", region_id="home", email="ada@shop.example", items=items).body["cart"]["id"]
        return lambda: bench.ask("create_payment_sessions", id=made).status
    if method in ("update_payment", "delete_payment"):
        cart = bench.cart()
        if method == "update_payment":
            return lambda: bench.ask("add_line_item", id=cart, variant_id="mug", quantity=1).status
        return lambda: bench.ask("delete_payment_session", id=cart, provider_id="scripted").status
    order = bench.order()
    if method == "refund_payment":
        bench.ask("capture_order", id=order)
        return lambda: bench.ask("refund_order", id=order, amount=100).status
    return lambda: bench.ask("capture_order" if method == "capture_payment" else "cancel_order", id=order).status


METHODS = ("initiate_payment", "update_payment", "delete_payment", "capture_payment", "refund_payment", "cancel_payment")


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(("outcome", "status"), [(Refused("no", "No."), 400), (LOST, 409)])
def test_what_is_not_done_changes_no_session_payment_or_order(method: str, outcome: Outcome, status: int) -> None:
    """Refused is told as that, unknown as a conflict; the rows are as they were, and what was unknown is done by a retry."""
    bench = Bench()
    ask = _ready_to(bench, method)

    def rows() -> dict[str, object]:
        kept = (PaymentSession, Payment, Order, Refund)
        return {entity.table: dict(bench.store.tables[entity.table]) for entity in kept}

    before = rows()
    bench.processor.script[method] = [_says(outcome)]
    assert ask() == status
    if method != "initiate_payment":
        assert rows() == before
    else:
        assert [(session.is_initiated, session.data) for session in _sessions(bench)] == [(False, {})]
    if status == 409:
        assert ask() == 200
        assert rows() != before
        first, again, *_ = bench.processor.attempts(method)
        assert first.idempotency_key == again.idempotency_key


def _size(data: dict[str, object]) -> int:
    return len(msgspec.json.encode(data))


@pytest.mark.parametrize(("over", "kept"), [(-1, True), (0, True), (1, False)])
def test_data_of_up_to_64_kib_are_kept(over: int, kept: bool) -> None:  # noqa: FBT001
    """What a processor hands back that is larger makes no sense to the shop: the outcome is unknown."""
    bench = Bench()
    cart = bench.cart()
    data: dict[str, object] = {"page": "x" * (65_536 + over - _size({"page": ""}))}
    assert _size(data) == 65_536 + over
    bench.processor.script["authorize_payment"] = [_says(Done(data, SessionStatus.AUTHORIZED))]
    assert bench.ask("complete_cart", id=cart).status == (200 if kept else 409)


@pytest.mark.parametrize(
    ("endpoint", "said"),
    [
        ("refund_order", "A canceled order cannot be refunded"),
        ("capture_order", "A canceled order cannot capture payment"),
    ],
)
def test_what_is_canceled_is_neither_captured_nor_refunded(endpoint: str, said: str) -> None:
    """Each is refused, and told why; no processor is asked."""
    bench = Bench()
    order = bench.order()
    bench.ask("cancel_order", id=order)
    calls = len(bench.processor.calls)
    answer = bench.ask(endpoint, None, id=order, **({"amount": 1} if endpoint == "refund_order" else {}))
    assert (answer.status, answer.body["message"]) == (400, said)
    assert len(bench.processor.calls) == calls


def _stock(bench: Bench, variant: str) -> int:
    row = bench.store.tables[Variant.table][variant]
    assert isinstance(row, Variant)
    return row.inventory_quantity


def test_canceling_puts_back_only_what_was_taken_out_of_stock() -> None:
    """A swap that was never confirmed took nothing; one that was, its goods; an order, its own."""
    bench = SwapBench()
    order_id = bench.bought(2)
    assert _stock(bench, "mug") == 18
    bench.cancel(bench.swap(order_id, shirt=1).body["swap"])
    assert _stock(bench, "shirt") == 20
    swap = bench.confirmed(order_id, 1, shirt=2)
    assert _stock(bench, "shirt") == 18
    bench.cancel(swap)
    assert (_stock(bench, "shirt"), _stock(bench, "mug")) == (20, 18)
    other = bench.bought(3, captured=False)
    assert _stock(bench, "mug") == 15
    bench.ask("cancel_order", id=other)
    assert _stock(bench, "mug") == 18


@pytest.mark.parametrize(("script", "has_payment"), [("retrieve_payment", False), ("get_payment_status", True)])
def test_a_release_touches_the_cart_only_where_it_had_a_payment(script: str, has_payment: bool) -> None:  # noqa: FBT001
    """When a cart was changed last says how long it is abandoned: letting go of what it never knew is no change."""
    bench = Bench()
    cart = bench.cart()
    bench.processor.script[script] = [_says(LOST)]
    assert bench.ask("complete_cart", id=cart).status == 409

    def row() -> Cart:
        found = bench.store.tables[Cart.table][cart]
        assert isinstance(found, Cart)
        return found

    before = row()
    assert (before.payment_id is not None) is has_payment
    bench.ask("remove_region_provider", id="home", provider_id="scripted")
    bench.clock.time += 10
    done(settle(bench.shop))
    assert (row().payment_id, row().updated_at - before.updated_at) == (None, 10 if has_payment else 0)
    assert all(session.status is SessionStatus.CANCELED for session in _sessions(bench))


@pytest.mark.parametrize(
    ("script", "method"), [("retrieve_payment", "delete_payment"), ("get_payment_status", "cancel_payment")]
)
def test_a_release_of_unknown_outcome_is_asked_about_under_its_own_key(script: str, method: str) -> None:
    """Whether it deletes the session or cancels the Payment; once it is done it is not asked for again."""
    bench = Bench()
    cart = bench.cart()
    bench.processor.script[script] = [_says(LOST)]
    assert bench.ask("complete_cart", id=cart).status == 409
    bench.ask("remove_region_provider", id="home", provider_id="scripted")
    bench.processor.script[method] = [_says(LOST)]
    assert [bench.ask("complete_cart", id=cart).status for _ in range(3)] == [409, 400, 400]
    first, second = bench.processor.attempts(method)
    assert (first.idempotency_key, first.number, second.number) == (second.idempotency_key, 1, 2)


@pytest.mark.parametrize("ask", ["create_payment_sessions", "complete_cart"])
def test_prices_of_today_are_those_of_the_cart(ask: str) -> None:
    """A price that changes later changes no line that is in the cart already."""
    bench = Bench()
    cart = bench.cart()
    mug = bench.store.tables[Variant.table]["mug"]
    assert isinstance(mug, Variant)
    bench.store.tables[Variant.table]["mug"] = replace(mug, prices={"eur": 1})
    answer = bench.ask(ask, id=cart).body
    shown = answer["data"] if ask == "complete_cart" else answer["cart"]
    assert shown["total"] == 3000


ASKED: list[tuple[str, Callable[[Bench, str], dict[str, object]]]] = [
    ("get_cart", lambda _bench, _cart: {"id": "cart_x"}),
    ("get_order", lambda _bench, _cart: {"id": "order_x"}),
    ("get_payment", lambda _bench, _cart: {"id": "pay_x"}),
    ("get_product", lambda _bench, _cart: {"id": "cup"}),
    ("get_region", lambda _bench, _cart: {"id": "away"}),
    ("get_swap", lambda _bench, cart: {"cart_id": cart}),
    ("get_order_by_cart", lambda _bench, cart: {"cart_id": cart}),
    ("capture_payment", lambda _bench, _cart: {"id": "pay_x"}),
    ("refund_payment", lambda _bench, _cart: {"id": "pay_x", "amount": 1}),
    ("capture_order", lambda _bench, _cart: {"id": "order_x"}),
    ("cancel_order", lambda _bench, _cart: {"id": "order_x"}),
    ("process_swap", lambda bench, _cart: {"id": bench.order(), "swap_id": "swap_x"}),
    ("add_line_item", lambda _bench, cart: {"id": cart, "variant_id": "cup", "quantity": 1}),
    ("add_shipping_method", lambda _bench, cart: {"id": cart, "option_id": "air"}),
    ("create_payment_sessions", lambda _bench, _cart: {"id": "cart_x"}),
    ("complete_cart", lambda _bench, _cart: {"id": "cart_x"}),
]


@pytest.mark.parametrize(("endpoint", "params"), ASKED, ids=[name for name, _ in ASKED])
def test_what_is_not_there_is_not_found(endpoint: str, params: Callable[[Bench, str], dict[str, object]]) -> None:
    """Each answers 404, and says what it looked for."""
    bench = Bench()
    answer = bench.ask(endpoint, None, **params(bench, bench.cart()))
    assert (answer.status, answer.body["type"]) == (404, "not_found")
