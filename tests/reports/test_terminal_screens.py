"""The terminal's screens, whole: what a person sees, character by character."""

from __future__ import annotations

import io

import msgspec
import pytest
from support import samplelog

from tillproof.history.log import Log
from tillproof.history.log_footer import Counts, Overall
from tillproof.history.log_runs import RunResult, RunVerdict
from tillproof.history.receipt import Receipt
from tillproof.history.verdicts import Column, Money3
from tillproof_reports.terminal import (
    Detail,
    Outcome,
    Replayed,
    campaign_screen,
    print_lines,
    progress,
    replay_screen,
    stages,
)

NORMAL = """\
tillproof 0.1.0   mypay:MyPay (identifier "my-pay")   gateway bank   seed 7
undisturbed   2 of 2 runs pass: 1 journey under 2 dialects
one fault     2 runs, 13 points; all go alike under every dialect

NOT SAFE.  1 of 3 methods is unsafe to retry: refund_payment can pay money back twice.

method               retry            runs  evidence
-------------------  -------------  ------  --------------------------------------
initiate_payment     not exercised       0  never called
update_payment       not exercised       0  never called
update_payment_data  not exercised       0  never called
authorize_payment    safe                3  one authorization in every run
capture_payment      safe                3  one capture in every run
refund_payment       UNSAFE              3  shop loses money in 1 run  -> F-d08cf2
cancel_payment       not exercised       0  never called
delete_payment       not exercised       0  never called
retrieve_payment     not exercised       0  never called
get_payment_status   not exercised       0  never called
not tried: two faults in one run (--depth pairs); two requests at once; webhooks; three-d-secure
           (the processor does not declare requires_more)

F-d08cf2   shop loses money   MUST   guilty: the processor
  A refund whose answer is lost is paid out again on the retry.

                      captured    refunded  customer's net
  gateway did            49.00       40.00            9.00  EUR
  shop recorded          49.00       20.00           29.00
  client heard           49.00       20.00           29.00
  difference                 -       20.00           20.00  too much paid back

  smallest plan   buy-capture-refund, client keeps-key, fault:
                  processor.refund_payment#1=answer-lost
  why             both calls carried the backend's key op_03; no request to the gateway carried any
                  key
  mend            pass the key you are given to the gateway, on the first try too
  breaks          LED-05  IDEM-07  CRASH-02      in 1 of 3 runs that refund, under keep-everything
  see it          tillproof replay F-d08cf2

rules   0 passed, 3 failed, 1 not exercised, 1 skipped
runs    2 passed, 1 failed, 0 errored, 1 not applicable (the fault never struck)
space   1 of 13 cells exercised, 887 could not be (method, cut, fault, client, key)
goals   1 of 2 reached; MISSED: answer-given-again
saved   .tillproof/last.jsonl
next    tillproof replay F-d08cf2    tillproof explain LED-05
exit 1  (1 finding: 1 MUST, 0 SHOULD)"""

RULES = """\
rule      level    verdict          runs    broken  what it asks
--------  -------  -------------  ------  --------  -----------------------------------------------
LED-05    MUST     failed              3         1  the shop's books agree with the gateway
IDEM-07   SHOULD   failed              1         1  a repeated call carries the same key
CRASH-02  MUST     failed              1         1  a retry finds the effect of a call whose answer
                                                    was lost
SESS-03   SHOULD   not-exercised       0         0  a failed start blocks nothing
CAP-03    MUST     skipped             0         0  the processor does not declare partial_capture"""

REPLAY = """\
buy-capture-refund   client keeps-key   dialect keep-everything   seed 7   mypay:MyPay with bank
plan  processor.refund_payment#1=answer-lost                EUR, captured - refunded; * changed here

  #  at       point                          what                          gateway   shop      heard
  1  00:00.0  client.complete_cart#1         key ik_complete_cart          -         -         ...
  2  00:00.0  processor.authorize_payment#1  49.00, key op_01              held 49*  -         ...
  5  00:00.1  commit.order-placed#1          payment                       held 49   held 49*  ...
  6  00:00.1  client.complete_cart#1         200, order                    held 49   held 49   200*
  7  00:05.0  client.capture_order#1         key ik_capture_order          held 49   held 49   ...
  8  00:05.0  processor.capture_payment#1    49.00, key op_02              49 - 0*   held 49   ...
 11  00:05.0  commit.capture-recorded#1      payment                       49 - 0    49 - 0*   ...
 12  00:05.0  client.capture_order#1         200, order                    49 - 0    49 - 0    200*
 13  01:00.0  client.refund_order#1          20.00, key ik_refund_order    49 - 0    49 - 0    ...
 14  01:00.0  processor.refund_payment#1     20.00, key op_03              49 - 20*  49 - 0    ...
     FAULT  answer-lost  it was done; nobody heard
 19  01:30.0  client.refund_order#1          409, not known yet            49 - 20   49 - 0    409*
 20  01:32.0  client.refund_order#2          20.00, same key ik_refund_..  49 - 20   49 - 0    ...
 21  01:32.0  processor.refund_payment#2     20.00, same key op_03         49 - 40*  49 - 0    ...
  << FIRST WRONG MOMENT  CRASH-02: a retry should find the effect; the gateway now holds two
  << IDEM-07: the repeated refund carried no key
  << LED-05: refunded 40.00 at the gateway, 20.00 in the shop: client_secret=*** was no help
 26  01:32.0  commit.refund-recorded#1       payment                       49 - 40   49 - 20*  ...
 27  01:32.0  client.refund_order#2          200, order                    49 - 40   49 - 20   200*
     quiet

STILL THERE   exit 1
more  tillproof replay F-d08cf2 --full   every step
more  tillproof replay F-d08cf2 --no-fault   undisturbed"""


def sample_replay(outcome: Outcome = Outcome.STILL_THERE, *, plan: str | None = None) -> Replayed:
    """Return the sample's finding, played again."""
    finding = samplelog.log().findings[0]
    return Replayed(
        handle=finding.id,
        target="mypay:MyPay",
        gateway="bank",
        run=finding.run if plan is None else samplelog.key(plan),
        currency="eur",
        rows=finding.timeline,
        outcome=outcome,
    )


def clean() -> Log:
    """Return a log without findings."""
    log = samplelog.log()
    footer = msgspec.structs.replace(
        log.footer,
        verdict=Overall.SAFE,
        sentence="SAFE TO RETRY as far as this campaign reached.",
        exit=0,
        counts=Counts(runs=3, passed=3, controls=2, controls_passed=2, points=11),
    )
    return msgspec.structs.replace(log, findings=(), footer=footer)


def test_one_unsafe_method() -> None:
    """Verdict, methods, the finding with its money and the way there, what was not tried, what to type next, the exit."""
    assert "\n".join(campaign_screen(samplelog.log(), saved=".tillproof/last.jsonl")) == NORMAL


def test_quiet() -> None:
    """With -q the verdict line and the exit line, and nothing else."""
    assert campaign_screen(samplelog.log(), detail=Detail.QUIET) == [
        "NOT SAFE.  1 of 3 methods is unsafe to retry: refund_payment can pay money back twice.",
        "exit 1  (1 finding: 1 MUST, 0 SHOULD)",
    ]


SPACE = """\
cells tried        P0    P1    P2    P3
-----------------  ----  ----  ----  ----
authorize_payment  -     0/2   -     0/2
capture_payment    -     0/2   -     0/2
refund_payment     -     1/3   -     0/2

missed  A purchase whose answer was lost is answered with the order."""

SWAPS = """\
  swapped         the processor: finding gone; the backend: it was the reference already; the
                  client: not possible (buy-capture-refund is made with no other)
"""


def test_verbose() -> None:
    """With -v the same screen, what each swap did, a row for every rule, the cells tried, and what was missed."""
    lines = campaign_screen(samplelog.log(), detail=Detail.VERBOSE, saved=".tillproof/last.jsonl")
    assert "\n".join(lines).replace(f"{RULES}\n\n{SPACE}\n\n", "").replace(SWAPS, "") == NORMAL


def test_a_clean_run_is_short() -> None:
    """Without findings: header, verdict, table, not tried, saved, next, exit."""
    lines = campaign_screen(clean(), saved=".tillproof/last.jsonl")
    assert "SAFE TO RETRY as far as this campaign reached." in lines
    assert lines[-2:] == ["next    tillproof run --processor mypay:MyPay --dialect all", "exit 0  (0 findings)"]
    assert len(lines) <= 28


def test_findings_below_the_bar() -> None:
    """Findings that do not fail the command say from which level on it fails."""
    log = clean()
    counts = Counts(runs=3, passed=2, failed=1, controls=2, controls_passed=2, findings=1)
    log = msgspec.structs.replace(log, footer=msgspec.structs.replace(log.footer, counts=counts))
    assert campaign_screen(log)[-1] == "exit 0  (1 finding: 0 MUST, 1 SHOULD; fails on MUST)"


def test_the_receipt_adds_the_time() -> None:
    """What belongs to the machine is shown only when the receipt is at hand."""
    receipt = Receipt(
        tillproof="0.1.0",
        python="3",
        date="2026-01-01",
        duration=3.14,
        host="till",
        workers=1,
        runs=4,
        runs_per_second=1234.5,
        sha256="ab",
    )
    assert "took          3.1 s, 1,234 judged runs per second" in campaign_screen(samplelog.log(), receipt=receipt)


def test_errored_runs_are_named() -> None:
    """Runs that could not be judged are told with their error, the first few of them."""
    errored = RunResult(
        run=samplelog.key("client.complete#1=request-lost"),
        verdict=RunVerdict.ERRORED,
        points=1,
        events=1,
        error="shop: KeyError('x')",
    )
    counted = msgspec.structs.replace(clean().footer, counts=Counts(runs=5, errored=5))
    log = msgspec.structs.replace(clean(), runs=(errored,) * 5, footer=counted)
    lines = campaign_screen(log)
    assert sum(line.startswith("errored") for line in lines) == 3
    assert "         and 2 more runs" in lines


@pytest.mark.parametrize(("width", "longest"), [(80, 80), (100, 100), (200, 100)])
def test_width(width: int, longest: int) -> None:
    """No line is longer than the terminal, nor ever than 100 columns."""
    screens = [
        *campaign_screen(samplelog.log(), detail=Detail.VERBOSE, width=width),
        *replay_screen(sample_replay(), width=width),
        *replay_screen(sample_replay(), full=True, width=width),
    ]
    assert max(map(len, screens)) <= longest


def test_replay() -> None:
    """A run again: every act, every change of money with a mark, the fault, the first wrong moment, the verdict."""
    assert "\n".join(replay_screen(sample_replay())) == REPLAY


def test_replay_in_full() -> None:
    """With --full every step is there, the gateway's requests too."""
    lines = replay_screen(sample_replay(), full=True)
    assert sum("gateway.POST" in line for line in lines) == 4
    assert not any(line.startswith("     14:") for line in lines)
    assert not any("--full" in line for line in lines)


@pytest.mark.parametrize(
    ("outcome", "line"),
    [
        (Outcome.STILL_THERE, "STILL THERE   exit 1"),
        (Outcome.FIXED, "FIXED   the run passes all its rules   exit 0"),
        (Outcome.CHANGED, "CHANGED   the fault or turn of the recording is never reached   exit 4"),
        (Outcome.NO_END, "CHANGED   the run does not come to its end any more   exit 4"),
    ],
)
def test_how_a_replay_ends(outcome: Outcome, line: str) -> None:
    """Fixed, still there, or changed; a run that cannot be played any more never counts as fixed."""
    assert line in replay_screen(sample_replay(outcome))


def test_undisturbed_replay() -> None:
    """Without a fault the plan says so, and no further undisturbed run is offered."""
    lines = replay_screen(sample_replay(Outcome.FIXED, plan=""))
    assert any(line.startswith("plan  nothing made to fail") for line in lines)
    assert not any("--no-fault" in line for line in lines)


def test_control_characters_are_harmless() -> None:
    """What a target says cannot drive the terminal, forge a line or reorder one."""
    log = samplelog.log()
    evil = "\x1b]0;gotcha\x07\nexit 0  (0 findings)\u202e"
    finding = msgspec.structs.replace(log.findings[0], why=evil, sentence=evil, mend=evil)
    rows = tuple(msgspec.structs.replace(row, what=evil, point=evil, marks=(evil,)) for row in finding.timeline)
    screens = [
        *campaign_screen(msgspec.structs.replace(log, findings=(finding,))),
        *replay_screen(msgspec.structs.replace(sample_replay(), rows=rows), full=True),
    ]
    assert all(line.isprintable() for line in screens)
    assert [line for line in screens if line.startswith("exit")] == ["exit 1  (1 finding: 1 MUST, 0 SHOULD)"]


def test_money_held() -> None:
    """Held money gets its column where there is any, and yen have no decimals."""
    log = samplelog.log()
    money = Money3(currency="jpy", gateway=Column(held=9800), shop=Column(held=4900), heard=Column())
    finding = msgspec.structs.replace(log.findings[0], money=money)
    lines = campaign_screen(msgspec.structs.replace(log, findings=(finding,)))
    assert "                          held    captured    refunded  customer's net" in lines
    assert "  gateway did             9800           0           0               0  JPY" in lines
    assert "  difference              4900           -           -               -  left held" in lines


def test_money_that_agrees() -> None:
    """Where all three columns say the same, one line says so."""
    log = samplelog.log()
    paid = Column(captured=4900)
    finding = msgspec.structs.replace(log.findings[0], money=Money3(currency="eur", gateway=paid, shop=paid, heard=paid))
    lines = campaign_screen(msgspec.structs.replace(log, findings=(finding,)))
    assert "  money           the gateway, the shop and the client agree on it" in lines


def test_a_pipe_gets_plain_text() -> None:
    """In a pipe: no colour, no progress line, the same text."""
    pipe = io.StringIO()
    print_lines(["NOT SAFE.  one", "two"], pipe)
    with progress("runs", pipe) as advance:
        advance(1, 2)
    assert pipe.getvalue() == "NOT SAFE.  one\ntwo\n"


def test_stages_in_a_pipe_are_a_line_each() -> None:
    """A command of many minutes says in a log which of its stages have ended, how much each did, and at once what is off."""
    pipe = io.StringIO()
    with stages(pipe) as show:
        for done in (0, 1, 2):
            show("liars", done, 2)
        show("bank", 1000, 2000)
        show.say("off: an honest one is accused")
        show("bank", 2000, 2000)
    assert pipe.getvalue() == "liars: 2 done\noff: an honest one is accused\nbank: 2,000 done\n"


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        """Say so."""
        return True


def test_a_terminal_gets_colour_and_progress(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a terminal words are coloured, nothing is added or lost, and a bar shows how far the runs are."""
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    screen = Terminal()
    print_lines(["NOT SAFE.  [bold]one[/bold]"], screen)
    assert "\x1b[" in screen.getvalue()
    assert "[bold]one[/bold]" in screen.getvalue()
    bar = Terminal()
    with progress("bank", bar) as advance:
        advance(1, 2)
    assert "bank" in bar.getvalue()
    bars = Terminal()
    with stages(bars) as show:
        show("liars", 1, 2)
        show("bank", 1, 2)
        show.say("off: an [honest] one")
    assert "liars" in bars.getvalue()
    assert "off: an [honest] one" in bars.getvalue()
    assert "bank" in bars.getvalue()
