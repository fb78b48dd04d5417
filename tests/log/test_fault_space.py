"""The fault space and the words for each dialect: counted from run lines, made by hand and by a campaign."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from msgspec.structs import replace
from support import samplelog

from tillproof import campaign
from tillproof.history.coverage import CUT_OF, NO_KEY, FaultLine, Moment, kind_of
from tillproof.history.footer import Tally
from tillproof.history.log import LogLine
from tillproof.history.log_footer import Footer, Retry
from tillproof.history.log_header import Choices, Header
from tillproof.history.log_runs import RunResult, RunVerdict
from tillproof.history.safety import SAFE_EVIDENCE
from tillproof.history.space import CLIENTS, KEYS
from tillproof.history.verdicts import Harm
from tillproof.options import Options
from tillproof.targets.named import opened

FAULTS = (
    FaultLine(name="answer-lost", says="...", cut="after", seams=("client", "processor", "gateway")),
    FaultLine(name="sixth-status", says="...", cut="after", seams=("processor",), only=("authorize_payment",)),
    FaultLine(name="commit-fails", says="...", cut="before", seams=("commit",)),
)
CAPTURE = "capture_payment"


def run(plan: str, *moments: Moment, client: str = "keeps-key", dialect: str = "keep-everything") -> RunResult:
    """Return a run that passed, and crossed or was struck in these moments."""
    key = samplelog.key(plan, client=client, dialect=dialect)
    return RunResult(run=key, verdict=RunVerdict.PASSED, points=5, events=9, methods=(CAPTURE,), moments=moments)


def footer(runs: Sequence[RunResult], **choices: str) -> Footer:
    """Count the runs of a campaign with these faults."""
    tally = Tally(replace(samplelog.HEADER, faults=FAULTS, choices=Choices(**choices)))  # type: ignore[arg-type]
    for one in runs:
        tally.add(one)
    return tally.footer(())


AT_CALL = Moment(seam="processor", method=CAPTURE, key="finished")
AT_COMMIT = Moment(seam="commit", method=CAPTURE, key="finished")
CONTROL = run("", AT_CALL, AT_COMMIT)
UNHEARD = run("processor.capture_payment#1=answer-lostx2", AT_CALL)


def test_what_is_open_and_what_was_tried() -> None:
    """An undisturbed run opens the cells of the moments it crossed; each other run exercises one."""
    space = footer([CONTROL, UNHEARD, UNHEARD]).space
    assert (space.open, space.exercised) == (2, 1)
    (line, other) = space.lines
    assert (line.method, line.cut, line.open, line.exercised, line.runs) == (CAPTURE, "P1", 1, 1, 2)
    assert (line.faults, line.clients, line.keys) == ({"processor:answer-lost": 2}, {"keeps-key": 2}, {"finished": 2})
    assert (other.cut, other.open, other.exercised) == ("P2", 1, 0)


@pytest.mark.parametrize(
    ("choices", "reason"), [({}, "the fault never struck"), ({"depth": "none"}, "nothing was made to fail")]
)
def test_open_cells_that_nobody_tried(choices: dict[str, str], reason: str) -> None:
    """What was open and not tried is told with its reason, apart from what could not be."""
    missed = [hole for hole in footer([CONTROL], **choices).space.holes if not hole.closed]
    assert [(hole.what, hole.cells, hole.reason) for hole in missed] == [
        ("capture_payment cut at P1", 1, reason),
        ("capture_payment cut at P2", 1, reason),
    ]


def test_why_cells_could_not_be() -> None:
    """Every closed cell has one reason: never called, nothing there, not its fault, no such client, not with that key."""
    reasons = {hole.what: hole.reason for hole in footer([CONTROL]).space.holes if hole.closed}
    assert reasons["refund_payment"] == "no journey that was made calls it"
    assert reasons["capture_payment, faults at the gateway"] == "it sends nothing to the gateway there"
    assert reasons["capture_payment, sixth-status"] == "strikes only at authorize_payment"
    assert reasons["capture_payment with a client that walks away"].startswith("no journey that calls it")
    assert reasons["capture_payment at other times"] == "it is called with the key at: finished"


@pytest.mark.parametrize(("acts", "opened"), [(True, 2), (False, 1)])
def test_what_strikes_only_acts_opens_nothing_where_the_gateway_is_read(*, acts: bool, opened: int) -> None:
    """A fault that strikes only requests that act is open where one was sent; elsewhere it is told as what could not be."""
    faults = (*FAULTS[:1], FaultLine(name="stored-500", says="...", cut="before", seams=("gateway",), acts=True))
    tally = Tally(replace(samplelog.HEADER, faults=faults))
    tally.add(run("", Moment(seam="gateway", method=CAPTURE, key="finished", acts=acts)))
    space = tally.footer(()).space
    assert space.open == opened
    told = {hole.what: hole.reason for hole in space.holes if hole.closed}
    assert told.get("capture_payment, stored-500") == (None if acts else "it only reads the gateway")


def test_the_space_adds_up() -> None:
    """Open and closed cells are the whole product of the axes, in a hand-made log and in a real campaign's."""
    faults = sum(len(fault.seams) for fault in FAULTS)
    methods = len(SAFE_EVIDENCE) - 1  # webhooks are not declared
    space = footer([CONTROL]).space
    assert space.open + space.closed == methods * faults * len(CLIENTS) * len(KEYS)
    lines: list[LogLine] = []
    with opened("manual", None) as manual:
        told = campaign.conduct(manual, Options(journeys=("buy",)), lines.append, lambda _made, _total: None)
    assert told.space.open == told.space.exercised > 0
    header = campaign_header(lines)
    cuts = sum((seam, fault.cut) in CUT_OF for fault in header for seam in fault.seams)
    assert told.space.open + told.space.closed == methods * cuts * len(CLIENTS) * len(KEYS)
    assert all(tally.goal != "refund-settled-by-asking" for tally in told.goals)


def campaign_header(lines: Sequence[LogLine]) -> Sequence[FaultLine]:
    """Return the faults that a log's header tells of."""
    header = lines[0]
    assert isinstance(header, Header)
    return header.faults


def test_keys_and_clients_are_all_there() -> None:
    """The axes have a place for a cart without a key and for each recovery point, and for each kind of client."""
    assert KEYS == (NO_KEY, "started", "authorized", "payment_created", "releasing", "finished")
    assert list(CLIENTS) == ["keeps-key", "no-key", "walks-away"]


@pytest.mark.parametrize(
    ("plan", "kind"),
    [
        ("", ""),
        ("processor.refund_payment#1=hang-afterx*", "hang-after"),
        ("client.complete#1=request-lost + commit.order-placed#1=crash-after", "request-lost"),
    ],
)
def test_the_kind_of_a_plan(plan: str, kind: str) -> None:
    """The first fault's kind, however often it strikes."""
    assert kind_of(plan) == kind


def test_safety_for_each_dialect() -> None:
    """A method that is safe at one gateway and not at another is told of under each; where they agree, once."""
    unheard = run("client.capture#1=answer-lost")
    wrong = replace(
        run("client.capture#1=answer-lost", dialect="none"),
        verdict=RunVerdict.FAILED,
        harm=Harm.SHOP_LOSES,
        method=CAPTURE,
    )
    finding = replace(samplelog.log().findings[0], method=CAPTURE, dialects=("none",), runs=1)
    tally = Tally(samplelog.HEADER)
    for one in (run(""), run("", dialect="none"), unheard, wrong):
        tally.add(one)
    (capture,) = [m for m in tally.footer((finding,)).methods if m.method == CAPTURE]
    assert (capture.retry, capture.evidence) == (Retry.UNSAFE, "shop loses money in 1 run")
    assert [(d.dialect, d.retry, d.runs, d.evidence) for d in capture.dialects] == [
        ("keep-everything", Retry.SAFE, 2, "one capture in every run"),
        ("none", Retry.UNSAFE, 2, "shop loses money in 1 run"),
    ]
    (capture,) = [m for m in footer([CONTROL, UNHEARD]).methods if m.method == CAPTURE]
    assert (capture.retry, capture.dialects) == (Retry.SAFE, ())
