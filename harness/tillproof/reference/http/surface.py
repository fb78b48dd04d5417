"""
What only the wire has of each endpoint: the forms of what goes in and out, and a sentence for the OpenAPI document.

Where the reference does otherwise than Medusa v1, the sentence says so: the payment architecture comes first.
"""

from __future__ import annotations

import msgspec

from tillproof.reference.http import bodies, envelopes
from tillproof.reference.http.bodies import Form
from tillproof.reference.http.shapes import Shape


class Surface(msgspec.Struct, frozen=True, kw_only=True):
    """An endpoint as a client sees it. `answers` has one shape, or two told apart by `type`."""

    says: str
    answers: tuple[type[Shape], ...]
    body: type[Form] | None = None
    query: type[Form] | None = None
    keyed: bool = False
    """Whether an `Idempotency-Key` is honoured."""
    raw: bool = False
    """Whether the endpoint is given headers and body as they arrived."""


_KEYED = "Repeated with its Idempotency-Key it has one effect; the original honours no key here."
_KEYED_TOO = "The original honours its Idempotency-Key here too."

SURFACES: dict[str, Surface] = {
    "create_cart": Surface(
        says="Make a cart. Unlike the original it may bear an e-mail address from the start; without a region, the first.",
        body=bodies.NewCart,
        answers=(envelopes.TheCart,),
    ),
    "get_cart": Surface(says="Read a cart.", answers=(envelopes.TheCart,)),
    "update_cart": Surface(
        says="Change a cart; its payment sessions follow, also when the region changes (the original then lets go of "
        "none at the gateway). A completed cart does not change.",
        body=bodies.CartChanges,
        answers=(envelopes.TheCart,),
    ),
    "add_line_item": Surface(
        says="Put something in the cart; the payment sessions follow.", body=bodies.Wanted, answers=(envelopes.TheCart,)
    ),
    "update_line_item": Surface(
        says="Change how many a line holds; the payment sessions follow.",
        body=bodies.LineQuantity,
        answers=(envelopes.TheCart,),
    ),
    "delete_line_item": Surface(says="Remove a line; the payment sessions follow.", answers=(envelopes.TheCart,)),
    "add_shipping_method": Surface(
        says="Choose how the goods travel; the payment sessions follow.",
        body=bodies.ShippingChoice,
        answers=(envelopes.TheCart,),
    ),
    "create_payment_sessions": Surface(
        says="Make a session for each processor of the cart's region; a single one is chosen at once.",
        answers=(envelopes.TheCart,),
    ),
    "select_payment_session": Surface(
        says="Choose a processor; the gateway object of the one chosen before is made unpayable.",
        body=bodies.ProcessorChoice,
        answers=(envelopes.TheCart,),
    ),
    "update_payment_session": Surface(
        says="Tell the processor something. Unlike the original this does not choose the processor.",
        body=bodies.SessionData,
        answers=(envelopes.TheCart,),
    ),
    "refresh_payment_session": Surface(
        says="Replace a session by a fresh one, which stays chosen if it was (in the original it does not).",
        answers=(envelopes.TheCart,),
    ),
    "delete_payment_session": Surface(
        says="Remove a session; its gateway object is made unpayable first. The original answers 200 for a session that "
        "is not there; this answers 404.",
        answers=(envelopes.TheCart,),
    ),
    "complete_cart": Surface(
        says="Complete the cart. Every answer bears the attempt's Idempotency-Key; only a placed order, or a confirmed "
        "swap, is final, and a retry resumes where the last try was interrupted. The original replays `requires_more` and "
        "out-of-stock answers for ever, ignores a key it does not know, and lets one cart's key complete another; this does "
        "not. An outcome that is not known is a 409: retry with the same key.",
        answers=(envelopes.Placed, envelopes.Awaited, envelopes.Swapped),
        keyed=True,
    ),
    "get_placed_order": Surface(says="Read an order.", answers=(envelopes.TheOrder,)),
    "get_order_by_cart": Surface(says="Read the order made from a cart.", answers=(envelopes.TheOrder,)),
    "create_swap": Surface(
        says="Return goods of an order for others. The swap has a cart of its own, to be completed like any other. Asked "
        "for again it is the same swap, with the key or without, as long as it is open. Its order must be captured; unlike "
        "in the original it need not be fulfilled, no more of a line can be returned than was bought, and no more credited "
        "than is left of what was paid. " + _KEYED_TOO,
        body=bodies.NewSwap,
        answers=(envelopes.TheSwap,),
        keyed=True,
    ),
    "get_swap": Surface(says="Read the swap that a cart is for.", answers=(envelopes.TheSwap,)),
    "list_regions": Surface(says="List the regions.", query=bodies.Page, answers=(envelopes.Regions,)),
    "get_region": Surface(says="Read a region.", answers=(envelopes.TheRegion,)),
    "list_products": Surface(
        says="List the products. Each has one variant, which has its id.",
        query=bodies.PageInRegion,
        answers=(envelopes.Products,),
    ),
    "get_product": Surface(says="Read a product.", answers=(envelopes.TheProduct,)),
    "list_shipping_options": Surface(
        says="List the ways for goods to travel.", query=bodies.InRegion, answers=(envelopes.ShippingOptions,)
    ),
    "list_cart_shipping_options": Surface(
        says="List the ways for a cart's goods to travel.", answers=(envelopes.ShippingOptions,)
    ),
    "list_orders": Surface(says="List the orders, newest first.", query=bodies.Page, answers=(envelopes.Orders,)),
    "get_order": Surface(says="Read an order.", answers=(envelopes.TheOrder,)),
    "create_order_swap": Surface(
        says="Return goods of an order for others, as the store's `create_swap` does. " + _KEYED_TOO,
        body=bodies.SwapOf,
        answers=(envelopes.TheOrder,),
        keyed=True,
    ),
    "process_swap": Surface(
        says="Bring a confirmed swap's difference home: capture the swap's own payment, or refund what is owed from the "
        "order's payments. What fails is an error; the original answers 200. " + _KEYED,
        answers=(envelopes.TheOrder,),
        keyed=True,
    ),
    "cancel_swap": Surface(
        says="Cancel a swap once the gateway has let go of what is held for it. One that was captured or refunded is not "
        "canceled; the original tries if it was captured. " + _KEYED,
        answers=(envelopes.TheOrder,),
        keyed=True,
    ),
    "capture_order": Surface(
        says="Capture what is not captured yet of the order's payments. A capture that fails is an error; the original "
        "answers 200. " + _KEYED,
        answers=(envelopes.TheOrder,),
        keyed=True,
    ),
    "refund_order": Surface(
        says="Refund so much of the order's captured payments, the latest first. The original takes sums of 0 and below; "
        "this does not. What is refunded or may be (outcome unknown) is never refunded again. " + _KEYED,
        body=bodies.RefundOf,
        answers=(envelopes.TheOrder,),
        keyed=True,
    ),
    "cancel_order": Surface(
        says="Cancel the order once the gateway has let go. A captured payment is refunded, not canceled; the original "
        "tries. " + _KEYED,
        answers=(envelopes.TheOrder,),
        keyed=True,
    ),
    "get_payment": Surface(
        says="Read a payment. Its data is not served; the original's are.", answers=(envelopes.ThePayment,)
    ),
    "capture_payment": Surface(
        says="Capture one payment; its order's payment_status follows (in the original it does not). " + _KEYED,
        answers=(envelopes.ThePayment,),
        keyed=True,
    ),
    "refund_payment": Surface(
        says="Refund so much of one payment; its order's payment_status follows (in the original it does not). " + _KEYED,
        body=bodies.RefundOf,
        answers=(envelopes.TheRefund,),
        keyed=True,
    ),
    "list_payment_providers": Surface(
        says="List every processor the shop has known. One that is not installed cannot be used (the original looks at "
        "this flag nowhere).",
        answers=(envelopes.Processors,),
    ),
    "list_admin_regions": Surface(says="List the regions.", query=bodies.Page, answers=(envelopes.Regions,)),
    "get_admin_region": Surface(says="Read a region.", answers=(envelopes.TheRegion,)),
    "add_region_provider": Surface(
        says="Let shoppers of the region pay with a processor.",
        body=bodies.ProcessorChoice,
        answers=(envelopes.TheRegion,),
    ),
    "remove_region_provider": Surface(
        says="Stop offering a processor in the region. Checkouts that chose it can no longer be completed with it (in the "
        "original they can).",
        answers=(envelopes.TheRegion,),
    ),
    "receive_webhook": Surface(
        says="Take an event that a gateway sends, signed, body as it is. 200 once it is durably dealt with, now or before; "
        "a 409 asks the gateway to send it again. Nothing in it is believed: the gateway is asked. The original's plugins "
        "answer 200 before anything is done.",
        answers=(envelopes.Received,),
        raw=True,
    ),
    "set_inventory": Surface(
        says="Say how many of a variant are left. The original has this under the product.",
        body=bodies.Stock,
        answers=(envelopes.TheVariant,),
    ),
}
"""The surface of every endpoint, by its name in `api.ENDPOINTS`."""
