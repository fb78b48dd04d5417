"""Stripe: a fake of its API for the payment flows, and a processor for it on the official SDK (`stripe.processor`)."""

from __future__ import annotations

from tillproof_fake_processors.stripe.face import HOST, gateway_request, http_face
from tillproof_fake_processors.stripe.gateway import Stripe
from tillproof_fake_processors.stripe.shapes import SECRET
from tillproof_fake_processors.stripe.webhooks import BadSignature, Delivery, Endpoint, Outbox, verify

__all__ = [
    "HOST",
    "SECRET",
    "BadSignature",
    "Delivery",
    "Endpoint",
    "Outbox",
    "Stripe",
    "gateway_request",
    "http_face",
    "verify",
]
