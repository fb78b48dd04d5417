"""PayPal, faked with state: Orders v2, Payments v2, signed webhooks; and a processor for it."""

from __future__ import annotations

from tillproof_fake_processors.paypal.gateway import PayPal
from tillproof_fake_processors.paypal.payments import Habits
from tillproof_fake_processors.paypal.tokens import CLIENT_SECRET, TOKEN_MARK

__all__ = ["CLIENT_SECRET", "TOKEN_MARK", "Habits", "PayPal"]
