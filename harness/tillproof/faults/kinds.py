"""
The kinds of fault, as a table: at which seam each can strike, what it does, and to whom.

A fault prevents an effect or hides an answer; it never asserts what the gateway's ledger contradicts.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec

from tillproof.faults.points import Seam


class Cut(StrEnum):
    """What happens to the call itself: it never takes place, or takes place and nobody hears, or takes place twice."""

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
    REPLY = "reply"  # another reply in its place, as a gateway or a proxy before it would give
    HALF = "half"  # the first half of the answer
    UNREACHABLE = "unreachable"  # the connection is refused: nothing went out
    LATE = "late"  # the answer itself, seconds later
    STALE = "stale"  # the answer before this one, once more
    MISLABELLED = "mislabelled"  # the answer itself, as another type of content
    BROKEN = "broken"  # a 500 of the gateway's own, which its dialect may keep under the key


class Words(msgspec.Struct, frozen=True):
    """An error that the gateway words itself, in the shape its errors have."""

    code: str
    message: str


REFUSING = frozenset({Told.REFUSAL, Told.ERROR_OBJECT})
"""What says that nothing was done. It is told only of an effect that was never tried, or the ledger might contradict it."""


class Reply(msgspec.Struct, frozen=True):
    """
    What comes in place of a gateway's answer: an HTTP status, and an error in its words, a JSON object or a text.

    `headers` go along, by lower-case name.
    """

    status: int
    body: Words | dict[str, object] | str
    headers: dict[str, str] = {}


class Kind(msgspec.Struct, frozen=True, kw_only=True):
    """
    One kind of fault.

    `only` limits it to points of these names (empty: every point of its seams). `wired`: it takes two connections at once,
    so it is tried where the shop is a process of its own. `reply` is there exactly where `told` is a reply. `skew`: by how
    many seconds the shop's clock is set wrong, until the faults go off.
    """

    name: str
    seams: frozenset[Seam]
    cut: Cut
    told: Told
    says: str
    only: frozenset[str] = frozenset()
    wired: bool = False
    reply: Reply | None = None
    skew: float = 0.0


def _kind(
    name: str, seams: tuple[Seam, ...], cut: Cut, told: Told, says: str, only: tuple[str, ...] = (), *, wired: bool = False
) -> tuple[str, Kind]:
    return name, Kind(name=name, seams=frozenset(seams), cut=cut, told=told, says=says, only=frozenset(only), wired=wired)


def _reply(
    name: str, cut: Cut, status: int, body: Words | dict[str, object] | str, says: str, **headers: str
) -> tuple[str, Kind]:
    reply = Reply(status, body, {header.replace("_", "-"): value for header, value in headers.items()})
    return name, Kind(name=name, seams=frozenset({_G}), cut=cut, told=Told.REPLY, says=says, reply=reply)


def _clock(name: str, told: Told, hours: int, says: str) -> tuple[str, Kind]:
    skew = hours * 3600.0
    return name, Kind(name=name, seams=frozenset({Seam.CLOCK}), cut=Cut.AFTER, told=told, says=says, skew=skew)


_C, _P, _D, _G, _W = Seam.CLIENT, Seam.PROCESSOR, Seam.COMMIT, Seam.GATEWAY, Seam.WEBHOOK

_PAGE = "<html><head><title>502 Bad Gateway</title></head><body><center><h1>502 Bad Gateway</h1></center></body></html>"


_BROKEN = Words("internal", "Internal error.")
_JSON = "application/json"

KINDS: dict[str, Kind] = dict(
    (
        _kind("request-lost", (_C, _G, _W), Cut.BEFORE, Told.SILENCE, "the request never arrives"),
        _kind("answer-lost", (_C, _P, _G, _W), Cut.AFTER, Told.SILENCE, "it was done; nobody heard"),
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
        _kind("connection-refused", (_G,), Cut.BEFORE, Told.UNREACHABLE, "the gateway cannot be reached; nothing was sent"),
        _kind("timeout-before", (_G,), Cut.BEFORE, Told.DEADLINE, "no answer in time; nothing was done"),
        _kind("timeout-after", (_G,), Cut.AFTER, Told.DEADLINE, "no answer in time; it was done"),
        _kind("slow", (_G,), Cut.AFTER, Told.LATE, "it was done; the answer takes 8 seconds"),
        _reply(
            "busy-429",
            Cut.BEFORE,
            429,
            Words("rate_limited", "Too many requests."),
            "the gateway is busy: 429",
            retry_after="1",
        ),
        _reply("in-progress-409", Cut.BEFORE, 409, Words("in_progress", "Try again later."), "told to wait: 409"),
        _reply("error-500-before", Cut.BEFORE, 500, _BROKEN, "a 500; nothing was done"),
        _reply("error-500-after", Cut.AFTER, 500, _BROKEN, "a 500, although it was done"),
        _kind("stored-500-before", (_G,), Cut.BEFORE, Told.BROKEN, "a 500 the gateway may keep; nothing was done"),
        _kind("stored-500-after", (_G,), Cut.AFTER, Told.BROKEN, "a 500 the gateway may keep, although it was done"),
        _reply("unavailable-503", Cut.BEFORE, 503, "", "a 503 without a body; nothing was done", retry_after="1"),
        _reply("html-502-before", Cut.BEFORE, 502, _PAGE, "a proxy's page, 502; nothing was done"),
        _reply("html-502-after", Cut.AFTER, 502, _PAGE, "a proxy's page, 502, although it was done"),
        _reply("html-200", Cut.BEFORE, 200, _PAGE, "a page in place of an answer, 200; nothing was done"),
        _reply("empty-200", Cut.BEFORE, 200, "", "an empty 200; nothing was done", content_type=_JSON),
        _reply("object-200", Cut.BEFORE, 200, {}, "an empty object, 200; nothing was done"),
        _reply(
            "malformed-200", Cut.BEFORE, 200, "{'status': ok,", "a 200 that is no JSON; nothing was done", content_type=_JSON
        ),
        _reply(
            "no-200",
            Cut.BEFORE,
            200,
            Words("declined", "The payment was declined."),
            "a 200 that says no; nothing was done",
        ),
        _reply("redirect-307", Cut.BEFORE, 307, "", "sent elsewhere: 307; nothing was done"),
        _kind("cut-200", (_G,), Cut.AFTER, Told.HALF, "it was done; the answer is cut in the middle"),
        _kind("wrong-type", (_G,), Cut.AFTER, Told.MISLABELLED, "it was done; the answer calls itself plain text"),
        _kind("stale-answer", (_G,), Cut.AFTER, Told.STALE, "it was done; the answer before is given once more"),
        *(
            _kind(name, (_W,), Cut.AFTER, Told.TRUTH, says)
            for name, says in (
                ("early", "the event comes before the answer to the call that caused it"),
                ("late", "the event comes a quarter of an hour late"),
                ("shuffled", "the event comes after the one that followed it"),
                ("doubled", "the event comes twice"),
                ("endless-retry", "the event is sent again and again, although it was acknowledged"),
                ("forged", "a copy signed by somebody else comes first"),
                ("altered", "a copy with another body comes first"),
                ("stale", "a copy signed a day ago comes first"),
                ("future-dated", "a copy dated a day ahead comes first"),
                ("unknown-event", "an event of an unknown type comes first"),
            )
        ),
        _kind("commit-fails", (_D,), Cut.BEFORE, Told.EXCEPTION, "the database refuses the commit"),
        _kind("commit-unheard", (_D,), Cut.AFTER, Told.EXCEPTION, "committed; the acknowledgement is lost"),
        _kind("crash-before", (_P, _D), Cut.BEFORE, Told.DEATH, "the shop dies just before"),
        _kind("crash-after", (_P, _D), Cut.AFTER, Told.DEATH, "the shop dies just after"),
        _clock("ahead", Told.TRUTH, 2, "meanwhile the shop's clock is set two hours ahead"),
        _clock("behind", Told.TRUTH, -2, "meanwhile the shop's clock is set two hours back"),
        _clock("unheard-ahead", Told.SILENCE, 2, "it was done; nobody heard, and the clock is set two hours ahead"),
        _clock("unheard-behind", Told.SILENCE, -2, "it was done; nobody heard, and the clock is set two hours back"),
        _clock("restart-ahead", Told.DEATH, 2, "the shop dies just after, and comes up with its clock two hours ahead"),
        _clock("restart-behind", Told.DEATH, -2, "the shop dies just after, and comes up with its clock two hours behind"),
    )
)
"""Every kind of fault there is, by name, in the order they are tried."""


ALSO: dict[tuple[Seam, str], str] = {
    (Seam.GATEWAY, "reset-before"): "request-lost",
    (Seam.GATEWAY, "reset-after"): "answer-lost",
}
"""Other names that plans may use at a seam, and those they are written with."""

_READS = ("GET:", "HEAD:")
_NO_NEWS = frozenset({Told.SILENCE, Told.DEADLINE, Told.REPLY})


def applicable(seam: Seam, name: str) -> tuple[Kind, ...]:
    """
    Return the kinds of fault that can strike at points of this seam and name in a simulation, in the order tried.

    Where a gateway is only read, whether it was done before the answer was lost makes no difference, so that is tried once;
    there is no key under which it could keep a failure; and an old answer would be a lie about how things stand.
    """
    reads = seam is Seam.GATEWAY and name.startswith(_READS)
    return tuple(
        k
        for k in KINDS.values()
        if seam in k.seams and not k.wired and (not k.only or name in k.only) and not (reads and _same_for_reads(k))
    )


def _same_for_reads(kind: Kind) -> bool:
    return kind.told in {Told.BROKEN, Told.STALE} or (kind.cut is Cut.AFTER and kind.told in _NO_NEWS)


_WIRE = ("crash-before", "crash-after", "request-lost", "answer-lost", "sent-twice")


def applicable_on_wire(seam: Seam, name: str) -> tuple[Kind, ...]:
    """Return the kinds that a real process, socket and database can suffer at such a point; no processor is made to lie."""
    kinds = (KINDS[kind] for kind in _WIRE)
    return tuple(k for k in kinds if seam in k.seams and (not k.only or name in k.only) and not _told_by_processor(k, seam))


def _told_by_processor(kind: Kind, seam: Seam) -> bool:
    """Whether it would take a processor or a gateway that does not tell the truth, which on the wire there is none of."""
    return seam is Seam.GATEWAY or (seam is Seam.PROCESSOR and kind.told is not Told.DEATH)
