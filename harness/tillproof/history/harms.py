"""
Who loses what in a run, and how to say it in one sentence.

Money decides first: the gateway's column against the shop's, then against what the client heard. Where all three agree,
the rules broken decide, by a table.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import Enum

import msgspec

from tillproof.history.verdicts import Column, Harm, Money3


class Phrase(msgspec.Struct, frozen=True, kw_only=True):
    """One thing gone wrong: `again` on a retry after a fault, `ever` with no fault, what a method `can` do, in `short`."""

    again: str
    ever: str
    can: str
    short: str = ""


class Difference(Enum):
    """How the gateway's money differs from what is believed of it, or, where it does not, what else is wrong."""

    TAKEN_MORE = Phrase(
        again="is taken again on the retry",
        ever="takes more than the shop records",
        can="take money twice",
        short="too much taken",
    )
    PAID_BACK_LESS = Phrase(
        again="is booked but never paid out",
        ever="pays back less than the shop records",
        can="book money it never paid back",
        short="never paid back",
    )
    PAID_BACK_MORE = Phrase(
        again="is paid out again on the retry",
        ever="pays back more than the shop records",
        can="pay money back twice",
        short="too much paid back",
    )
    TAKEN_LESS = Phrase(
        again="is booked but never taken",
        ever="takes less than the shop records",
        can="book money it never took",
        short="never taken",
    )
    HELD_LESS = Phrase(
        again="counts as paid though the gateway holds too little",
        ever="counts as paid though the gateway holds too little",
        can="claim money nobody holds",
        short="not held",
    )
    HELD_MORE = Phrase(
        again="leaves money held that no order needs",
        ever="leaves money held that no order needs",
        can="leave money held",
        short="left held",
    )
    LEAKS = Phrase(
        again="shows the storefront a secret", ever="shows the storefront a secret", can="show the storefront a secret"
    )
    STUCK = Phrase(
        again="leaves a checkout nobody can finish",
        ever="leaves a checkout nobody can finish",
        can="leave a checkout stuck",
    )
    BOOKS = Phrase(again="leaves the books wrong", ever="leaves the books wrong", can="leave the books wrong")
    UNSAFE = Phrase(
        again="breaks a rule of safe practice, though no money went wrong",
        ever="breaks a rule of safe practice, though no money went wrong",
        can="break a rule of safe practice",
    )


_HARM: dict[Difference, Harm] = {
    Difference.TAKEN_MORE: Harm.CUSTOMER_LOSES,
    Difference.PAID_BACK_LESS: Harm.CUSTOMER_LOSES,
    Difference.PAID_BACK_MORE: Harm.SHOP_LOSES,
    Difference.TAKEN_LESS: Harm.SHOP_LOSES,
    Difference.HELD_LESS: Harm.SHOP_LOSES,
    Difference.HELD_MORE: Harm.HELD,
    Difference.LEAKS: Harm.LEAK,
    Difference.STUCK: Harm.STUCK,
    Difference.BOOKS: Harm.BOOKS,
    Difference.UNSAFE: Harm.UNSAFE,
}

_OF_RULES: dict[str, Difference] = {
    "LED-03": Difference.HELD_MORE,
    "LED-05": Difference.BOOKS,
    "IDEM-09": Difference.STUCK,
    "CRASH-03": Difference.BOOKS,
    "CONC-01": Difference.BOOKS,
    "CONC-03": Difference.BOOKS,
    "CONC-04": Difference.HELD_MORE,
    "STAT-05": Difference.BOOKS,
    "SCA-02": Difference.STUCK,
    "SCA-03": Difference.STUCK,
    "CAP-01": Difference.BOOKS,
    "REF-01": Difference.BOOKS,
    "REF-04": Difference.BOOKS,
    "REF-05": Difference.STUCK,
    "VOID-01": Difference.BOOKS,
    "VOID-03": Difference.HELD_MORE,
    "AMT-02": Difference.BOOKS,
    "SESS-03": Difference.STUCK,
    "SESS-04": Difference.STUCK,
    "SWAP-01": Difference.BOOKS,
    "SWAP-02": Difference.BOOKS,
    "PROC-01": Difference.STUCK,
    "SEC-01": Difference.LEAKS,
    "SEC-02": Difference.LEAKS,
}
"""What a broken rule means where the money agrees. A rule that is not here is unsafe practice."""

_WORST_FIRST = tuple(Difference)
_TIMES = re.compile(r"x(\*|\d+)$")


def _against(gateway: Column, believed: Column) -> Difference | None:
    """Compare what the gateway did with what somebody believes of it; the customer's net outlay comes first."""
    outlay = (gateway.captured - gateway.refunded) - (believed.captured - believed.refunded)
    if outlay > 0:
        return Difference.TAKEN_MORE if gateway.captured > believed.captured else Difference.PAID_BACK_LESS
    if outlay < 0:
        return Difference.PAID_BACK_MORE if gateway.refunded > believed.refunded else Difference.TAKEN_LESS
    if gateway.held != believed.held:
        return Difference.HELD_MORE if gateway.held > believed.held else Difference.HELD_LESS
    return None


def difference(money: Money3 | None, rules: Iterable[str]) -> Difference:
    """
    Return what is wrong in a run that broke these rules and ended with this money.

    What the client heard counts only where the client heard of money at all: one who walked away heard nothing, and that
    is no harm by itself.
    """
    if money is not None:
        found = _against(money.gateway, money.shop)
        if found is None and money.heard != Column():
            outlay = money.gateway.captured - money.gateway.refunded - (money.heard.captured - money.heard.refunded)
            found = _against(money.gateway, money.heard) if outlay > 0 else None
        if found is not None:
            return found
    meant = [_OF_RULES.get(rule, Difference.UNSAFE) for rule in rules]
    return min(meant, key=_WORST_FIRST.index, default=Difference.UNSAFE)


def harm(money: Money3 | None, rules: Iterable[str]) -> Harm:
    """Return who loses what in a run that broke these rules and ended with this money."""
    return _HARM[difference(money, rules)]


_SUBJECT: dict[str | None, str] = {
    "initiate_payment": "A payment's start",
    "update_payment": "A payment's update",
    "update_payment_data": "An update of session data",
    "authorize_payment": "An authorization",
    "capture_payment": "A capture",
    "refund_payment": "A refund",
    "cancel_payment": "A cancellation",
    "delete_payment": "A session's removal",
    "retrieve_payment": "A look at a payment",
    "get_payment_status": "A question for the status",
}

_CALL: dict[str, str] = {
    "answer-lost": "whose answer is lost",
    "refused": "that is refused",
    "error-object": "that is refused with an error object",
    "exception": "that ends in an exception",
    "hang-before": "that hangs before anything is done",
    "hang-after": "that is done but hangs",
    "nonsense": "whose answer makes no sense",
    "sixth-status": "answered with a status that does not exist",
    "crash-before": "before which the shop dies",
    "crash-after": "after which the shop dies",
}
"""A fault at the very call that goes wrong, as a clause about it."""

_MOMENT: dict[str, str] = {
    "request-lost": "the client's request is lost",
    "answer-lost": "the answer to the client is lost",
    "commit-fails": "the database refuses a commit",
    "commit-unheard": "a commit's acknowledgement is lost",
    "crash-before": "the shop dies just before a commit",
    "crash-after": "the shop dies just after a commit",
}
"""A fault somewhere else, as the moment at which it struck."""


def sentence(method: str | None, what: Difference, plan: str, schedule: str = "") -> str:
    """Return the finding in one plain sentence: what is called, what goes wrong there, and what that leads to."""
    subject, phrase = _SUBJECT.get(method, "A purchase"), what.value
    if not plan and schedule:
        return f"{subject} {phrase.ever} when two requests are at work at once, with nothing made to fail."
    if not plan:
        return f"{subject} {phrase.ever}, with nothing made to fail."
    point, _, kind = plan.split(" + ", maxsplit=1)[0].partition("=")
    seam, _, rest = point.partition(".")
    name, kind = rest.partition("#")[0], _TIMES.sub("", kind)
    if seam == "processor" and name == method:
        return f"{subject} {_CALL.get(kind, f'struck by {kind}')} {phrase.again}."
    if seam == "processor":
        return f"{subject} {phrase.again} when {name} meets {kind}."
    return f"{subject} {phrase.again} when {_MOMENT.get(kind, f'{kind} strikes')}."
