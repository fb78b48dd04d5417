"""What a cart costs: whole minor units at every step, tax rounded once per line, half up as Medusa v1 does."""

from __future__ import annotations

import hashlib

import msgspec

from tillproof.domain.entities import Cart

_WHOLE = 10_000  # a tax rate is in hundredths of a percent


def _tax(amount: int, rate: int) -> int:
    return (amount * rate * 2 + _WHOLE) // (2 * _WHOLE)


def subtotal(cart: Cart) -> int:
    """Return the sum of the lines, before shipping and tax."""
    return sum(item.unit_price * item.quantity for item in cart.items)


def shipping_total(cart: Cart) -> int:
    """Return what the shipping methods cost, before tax."""
    return sum(method.price for method in cart.shipping_methods)


def tax_total(cart: Cart) -> int:
    """Return the tax on lines and shipping, each rounded by itself."""
    lines = sum(_tax(item.unit_price * item.quantity, cart.tax_rate) for item in cart.items)
    return lines + sum(_tax(method.price, cart.tax_rate) for method in cart.shipping_methods)


def total(cart: Cart) -> int:
    """Return what the shopper has to pay, in minor units of the cart's currency."""
    return subtotal(cart) + shipping_total(cart) + tax_total(cart)


def contents(cart: Cart) -> str:
    """
    Return a fingerprint of what is being paid for: lines, total and currency (rules.md, IDEM-05).

    Address, e-mail and choice of processor are left out: changing them does not make another purchase.
    """
    lines = [(item.variant_id, item.unit_price, item.quantity) for item in cart.items]
    text = msgspec.json.encode((lines, total(cart), cart.currency_code))
    return hashlib.blake2b(text, digest_size=8).hexdigest()
