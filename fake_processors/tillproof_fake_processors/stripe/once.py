"""How the processor for Stripe asks: an effect at most once, and an error read for what it says."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import stripe

from tillproof.contract.outcomes import Outcome, Refused
from tillproof.contract.processor import Attempt
from tillproof_fake_processors.stripe.understanding import NotUnderstood, failed, must_look, no_success

KEY_LIFE = 86_400.0
"""Seconds for which Stripe surely remembers a key (https://docs.stripe.com/api/idempotent_requests)."""

_FAILED = Refused("failed", "Stripe failed to do this, and keeps to it.")

Look = Callable[[], Awaitable[Outcome | None]]


async def once(attempt: Attempt, act: Callable[[], Awaitable[Outcome]], look: Look, *, may_decline: bool = False) -> Outcome:
    """Bring an effect about at most once, however often it is asked for with the same key and reference."""
    if attempt.sent_at - attempt.first_sent_at >= KEY_LIFE:
        found = await looked(look)
        return Refused("expired", "This was never done, and it is too late to try it again.") if found is None else found
    try:
        return await act()
    except (stripe.StripeError, NotUnderstood) as raised:
        error = raised if may_decline else _no_decline(raised)
    told = no_success(error)
    if not must_look(error):
        return told
    absent = _FAILED if attempt.number > 1 and failed(error) else told
    return await looked(look) or absent


async def looked(look: Look) -> Outcome | None:
    """Look; a look that fails is no answer, save that what is not at Stripe has no effect there either."""
    try:
        return await look()
    except (stripe.StripeError, NotUnderstood) as error:
        return no_success(_no_decline(error))


async def heard(reading: Awaitable[Outcome]) -> Outcome:
    """Wait for what is read; an error is no success, and never a decline."""
    try:
        return await reading
    except (stripe.StripeError, NotUnderstood) as error:
        return no_success(_no_decline(error))


def _no_decline(error: stripe.StripeError | NotUnderstood) -> stripe.StripeError | NotUnderstood:
    """Return the error, unless it is a decline, which only a confirmation can meet: that answers another request."""
    return NotUnderstood("a decline of something else") if isinstance(error, stripe.CardError) else error
