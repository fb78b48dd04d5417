"""What a cart costs: whole minor units at every step, tax rounded once per line, half up as Medusa v1 does."""

from __future__ import annotations

import hashlib

import msgspec

from tillproof.domain.entities import Cart, LineItem

_WHOLE = 10_000  # a tax rate is in hundredths of a percent


def _tax(amount: int, rate: int) -> int:
    return (amount * rate * 2 + _WHOLE) // (2 * _WHOLE)


def subtotal(cart: Cart) -> int:
    """Return the sum of the lines, before shipping and tax."""
    return sum(item.unit_price * item.quantity for item in cart.items)


def shipping_total(cart: Cart) -> int:
    """Return what the shipping methods cost, before tax."""
    return sum(method.price for method in cart.shipping_methods)


def _payable(cart: Cart) -> list[int]:
    """List what is taxed: each line by itself, then each shipping method."""
    amounts = [item.unit_price * item.quantity for item in cart.items]
    amounts += [method.price for method in cart.shipping_methods]
    return amounts


def tax_total(cart: Cart) -> int:
    """Return the tax on lines and shipping, each rounded by itself."""
    rate = cart.tax_rate
    return sum([_tax(amount, rate) for amount in _payable(cart)])


def adjustment_total(cart: Cart) -> int:
    """Return what the goods returned in a swap cost, tax included, as a sum of zero or less."""
    return sum(adjustment.amount for adjustment in cart.adjustments)


def total(cart: Cart) -> int:
    """
    Return what the shopper has to pay, in minor units of the cart's currency.

    Below zero, where a swap returns more than it buys, it is what the shopper is owed.
    """
    return sum(_payable(cart)) + tax_total(cart) + adjustment_total(cart)


def paid_for(item: LineItem, quantity: int, rate: int) -> int:
    """Return what so many of a line cost, tax included; of all of them, that is what the line cost."""
    amount = item.unit_price * quantity
    return amount + _tax(amount, rate)


def contents(cart: Cart) -> str:
    """
    Return a fingerprint of what is being paid for: lines, total and currency (rule IDEM-05).

    Address, e-mail and choice of processor are left out: changing them does not make another purchase.
    """
    lines = [(item.variant_id, item.unit_price, item.quantity) for item in cart.items]
    text = msgspec.json.encode((lines, total(cart), cart.currency_code))
    return hashlib.blake2b(text, digest_size=8).hexdigest()
