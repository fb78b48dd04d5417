"""Plans: the faults of one run, as text. Parsing what was written gives the same plan back."""

from __future__ import annotations

import re

import msgspec

from tillproof.errors import Misuse
from tillproof.faults.kinds import ALSO, KINDS
from tillproof.faults.points import Point, Seam

_FAULT = re.compile(
    r"(?P<seam>[a-z]+)\.(?P<name>[A-Za-z][\w:/{}.-]*)#(?P<number>[1-9]\d{0,5})(?:@(?P<actor>[\w-]+))?"
    r"=(?P<kind>[a-z0-9-]+?)(?:x(?P<times>\*|[1-9]\d{0,3}))?"
)


class Fault(msgspec.Struct, frozen=True, order=True):
    """
    What goes wrong at one point.

    `times`: for how many crossings in a row, from that one on; 0 means until the faults are turned off (`x*`).
    """

    point: Point
    kind: str
    times: int = 1

    def __str__(self) -> str:
        """Write the fault as plans do."""
        times = "" if self.times == 1 else "x*" if self.times == 0 else f"x{self.times}"
        return f"{self.point}={self.kind}{times}"


class Plan(msgspec.Struct, frozen=True):
    """The faults of one run. The empty plan is the undisturbed run."""

    faults: tuple[Fault, ...] = ()

    def __str__(self) -> str:
        """Write the plan so that `parse` gives it back."""
        return " + ".join(str(fault) for fault in self.faults)


UNDISTURBED = Plan()


def parse(text: str) -> Plan:
    """
    Read a plan from its text; the empty text is the undisturbed run.

    Raises `Misuse` naming the part that is not a fault, or the kind that cannot strike at that seam.
    """
    if not text.strip():
        return UNDISTURBED
    return Plan(tuple(_fault(part.strip()) for part in text.split("+")))


def _fault(text: str) -> Fault:
    found = _FAULT.fullmatch(text)
    if found is None or found["seam"] not in Seam.__members__.values():
        raise Misuse(
            f"not a fault: {text!r}",
            seen="a fault is written seam.name#n=kind, seams are " + ", ".join(Seam),
            type_="for example: processor.refund_payment#1=answer-lost",
        )
    seam, name = Seam(found["seam"]), found["name"]
    kind = KINDS.get(ALSO.get((seam, found["kind"]), found["kind"]))
    if kind is None or seam not in kind.seams or (kind.only and name not in kind.only):
        possible = ", ".join(k.name for k in KINDS.values() if seam in k.seams and (not k.only or name in k.only))
        raise Misuse(
            f"no fault {found['kind']!r} at {seam}.{name}",
            seen=f"possible there: {possible or 'nothing yet'}",
            type_="tillproof list faults",
        )
    times = {None: 1, "*": 0}.get(found["times"])
    point = Point(seam, name, int(found["number"]), found["actor"])
    return Fault(point, kind.name, int(found["times"]) if times is None else times)
