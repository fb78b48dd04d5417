"""A bench for swaps: goods of several prices, and words to ask for swaps and to look at what became of them."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace
from support.shopbench import Bench

from tillproof.contract.outcomes import Refused, Unknown
from tillproof.domain.entities import Entity, Order, Refund, Region, Variant
from tillproof.domain.requests import Answer

Data = dict[str, Any]
UNKNOWN = lambda: Unknown("lost")  # noqa: E731 - a row of a script
REFUSED = lambda: Refused("no_funds", "No.")  # noqa: E731 - a row of a script


class SwapBench(Bench):
    """The bench with a shirt (70.00) and a pen (9.99), all taxed at 19 %, and words for swaps."""

    def __init__(self, tax: int = 1900) -> None:
        super().__init__()
        home = self.store.tables[Region.table]["home"]
        assert isinstance(home, Region)
        self.store.tables[Region.table]["home"] = replace(home, tax_rate=tax)
        for name, price in (("mug", 3000), ("shirt", 7000), ("pen", 999)):
            self.store.tables[Variant.table][name] = Variant(
                id=name, title=name, prices={"eur": price}, inventory_quantity=20
            )

    def rows(self, entity: type[Entity]) -> list[Any]:
        return list(self.store.tables[entity.table].values())

    def bought(self, quantity: int = 2, *, captured: bool = True) -> str:
        """Buy so many mugs, have them captured, and return the order's id."""
        order_id: str = self.ask("complete_cart", id=self.cart(quantity)).body["data"]["id"]
        if captured:
            assert self.ask("capture_order", id=order_id).status == 200
        return order_id

    def swap(self, order_id: str, back: int = 1, key: str | None = None, /, **new: int) -> Answer:
        """Ask to return so many of the order's mugs for these."""
        (order,) = [row for row in self.rows(Order) if row.id == order_id]
        items = [{"item_id": order.items[0].id, "quantity": back}]
        wanted = [{"variant_id": name, "quantity": quantity} for name, quantity in new.items()]
        return self.ask("create_swap", key, order_id=order_id, return_items=items, additional_items=wanted)

    def confirmed(self, order_id: str, back: int = 1, **new: int) -> Data:
        """Make a swap, pay what there is to pay, and return it as completed."""
        cart_id = self.swap(order_id, back, None, **new).body["swap"]["cart_id"]
        self.ask("create_payment_sessions", id=cart_id)
        answer = self.ask("complete_cart", id=cart_id)
        assert answer.body["type"] == "swap", answer
        data: Data = answer.body["data"]
        return data

    def process(self, swap: Data, key: str | None = None) -> Answer:
        return self.ask("process_swap", key, id=swap["order_id"], swap_id=swap["id"])

    def cancel(self, swap: Data, key: str | None = None) -> Answer:
        return self.ask("cancel_swap", key, id=swap["order_id"], swap_id=swap["id"])

    def refunds(self) -> list[int]:
        return [row.amount for row in self.rows(Refund)]
