"""
The kinds of fault, as a table: at which seam each can strike, what it does, and to whom.

A fault prevents an effect or hides an answer; it never asserts what the gateway's ledger contradicts.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec

from tillproof.faults.points import Seam


class Cut(StrEnum):
    """What happens to the call itself: it never takes place, or it takes place and nobody hears, or it takes place twice."""

    BEFORE = "before"
    AFTER = "after"
    TWICE = "twice"


class Told(StrEnum):
    """What the caller is given instead of the answer."""

    SILENCE = "silence"  # the connection ends: nothing is heard
    REFUSAL = "refusal"  # a definite no (true: the effect was prevented)
    ERROR_OBJECT = "error-object"  # the same, as the original's returned object
    EXCEPTION = "exception"
    DEADLINE = "deadline"  # nothing is heard until the caller's own deadline
    NONSENSE = "nonsense"  # a value that fits no contract
    SIXTH_STATUS = "sixth-status"  # a status that does not exist
    DEATH = "death"  # the backend process ends here
    TRUTH = "truth"  # the answer itself


class Kind(msgspec.Struct, frozen=True, kw_only=True):
    """
    One kind of fault.

    `only` limits it to points of these names (empty: every point of its seams). `wired`: it takes two connections at once, so
    it is tried where the shop is a process of its own.
    """

    name: str
    seams: frozenset[Seam]
    cut: Cut
    told: Told
    says: str
    only: frozenset[str] = frozenset()
    wired: bool = False


def _kind(
    name: str, seams: tuple[Seam, ...], cut: Cut, told: Told, says: str, only: tuple[str, ...] = (), *, wired: bool = False
) -> tuple[str, Kind]:
    return name, Kind(name=name, seams=frozenset(seams), cut=cut, told=told, says=says, only=frozenset(only), wired=wired)


_C, _P, _D = Seam.CLIENT, Seam.PROCESSOR, Seam.COMMIT

KINDS: dict[str, Kind] = dict(
    (
        _kind("request-lost", (_C,), Cut.BEFORE, Told.SILENCE, "the request never arrives"),
        _kind("answer-lost", (_C, _P), Cut.AFTER, Told.SILENCE, "it was done; nobody heard"),
        _kind(
            "sent-twice",
            (_C,),
            Cut.TWICE,
            Told.TRUTH,
            "the request arrives twice at once",
            only=("complete", "capture", "cancel"),
            wired=True,
        ),
        _kind("refused", (_P,), Cut.BEFORE, Told.REFUSAL, "refused before any effect"),
        _kind("error-object", (_P,), Cut.BEFORE, Told.ERROR_OBJECT, "refused, as a returned error object"),
        _kind("exception", (_P,), Cut.BEFORE, Told.EXCEPTION, "an exception before any effect"),
        _kind("hang-before", (_P,), Cut.BEFORE, Told.DEADLINE, "no answer until the deadline; nothing was done"),
        _kind("hang-after", (_P,), Cut.AFTER, Told.DEADLINE, "no answer until the deadline; it was done"),
        _kind("nonsense", (_P,), Cut.AFTER, Told.NONSENSE, "it was done; the answer makes no sense"),
        _kind(
            "sixth-status",
            (_P,),
            Cut.AFTER,
            Told.SIXTH_STATUS,
            "it was done; the answer bears a status that does not exist",
            only=("authorize_payment", "get_payment_status"),
        ),
        _kind("commit-fails", (_D,), Cut.BEFORE, Told.EXCEPTION, "the database refuses the commit"),
        _kind("commit-unheard", (_D,), Cut.AFTER, Told.EXCEPTION, "committed; the acknowledgement is lost"),
        _kind("crash-before", (_P, _D), Cut.BEFORE, Told.DEATH, "the shop dies just before"),
        _kind("crash-after", (_P, _D), Cut.AFTER, Told.DEATH, "the shop dies just after"),
    )
)
"""Every kind of fault there is, by name, in the order they are tried."""


def applicable(seam: Seam, name: str) -> tuple[Kind, ...]:
    """Return the kinds of fault that can strike at points of this seam and name in a simulation, in the order tried."""
    return tuple(k for k in KINDS.values() if seam in k.seams and not k.wired and (not k.only or name in k.only))


_WIRE = ("crash-before", "crash-after", "request-lost", "answer-lost", "sent-twice")


def applicable_on_wire(seam: Seam, name: str) -> tuple[Kind, ...]:
    """Return the kinds that a real process, socket and database can suffer at such a point; no processor is made to lie."""
    kinds = (KINDS[kind] for kind in _WIRE)
    return tuple(k for k in kinds if seam in k.seams and (not k.only or name in k.only) and not _told_by_processor(k, seam))


def _told_by_processor(kind: Kind, seam: Seam) -> bool:
    return seam is Seam.PROCESSOR and kind.told is not Told.DEATH
