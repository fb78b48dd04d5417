"""What the plugin and `tillproof.testing` say of a log."""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path

import msgspec
import pytest
from support import samplelog

from tillproof.conformance import Ending, conducted, folder_of, joined, opened_in, overall, ruled, unjudged
from tillproof.history.known import Known, accept
from tillproof.history.log import Log
from tillproof.history.log_footer import Overall
from tillproof.history.log_runs import RunVerdict
from tillproof.history.verdicts import Verdict
from tillproof.options import Options

TODAY = date(2026, 11, 23)
LOG = samplelog.log()


def known(until: date = TODAY) -> Known:
    """Return the sample's finding, accepted."""
    return accept(LOG, LOG.findings[0], reason="being mended", until=until)


def passing(*, verdict: Overall) -> Log:
    """Return the sample's log with every rule that failed passed instead."""
    rules = tuple(msgspec.structs.replace(r, verdict=Verdict.PASSED) if r.broken else r for r in LOG.footer.rules)
    return msgspec.structs.replace(LOG, footer=msgspec.structs.replace(LOG.footer, rules=rules, verdict=verdict))


@pytest.mark.parametrize(
    ("log", "rule", "entries", "ending", "says"),
    [
        (LOG, "LED-05", (), Ending.FAILED, "paid out again on the retry"),
        (LOG, "LED-05", (known(),), Ending.EXPECTED, "is known until 2026-11-23: being mended"),
        (LOG, "LED-05", (known(date(2026, 11, 22)),), Ending.FAILED, "was accepted until 2026-11-22"),
        (LOG, "SESS-03", (), Ending.SKIPPED, "no run of this campaign"),
        (LOG, "CAP-03", (), Ending.SKIPPED, "does not declare partial_capture"),
        (passing(verdict=Overall.SAFE), "LED-05", (), Ending.PASSED, ""),
        (passing(verdict=Overall.NO_VERDICT), "LED-05", (), Ending.SKIPPED, ""),
    ],
)
def test_a_rule(log: Log, rule: str, entries: tuple[Known, ...], ending: Ending, says: str) -> None:
    """Only a rule that was exercised, in a campaign with a verdict, and never broken passes."""
    ruling = ruled(log, rule, entries, TODAY)
    assert ruling.ending is ending
    assert says in ruling.says


def test_the_campaign_itself() -> None:
    """It fails where a run could not end, and where a known failure is no longer seen."""
    assert overall(LOG, (), TODAY).ending is Ending.PASSED
    errored = msgspec.structs.replace(LOG.runs[0], verdict=RunVerdict.ERRORED, error="it hangs\x1b[2J")
    counts = msgspec.structs.replace(LOG.footer.counts, errored=5)
    stuck = msgspec.structs.replace(LOG, runs=(errored,) * 5, footer=msgspec.structs.replace(LOG.footer, counts=counts))
    assert unjudged(stuck)[0] == "buy-capture-refund, client keeps-key, nothing made to fail: it hangs\\x1b[2J"
    assert unjudged(stuck)[-1] == "and 2 more runs"
    assert overall(stuck, (), TODAY).ending is Ending.FAILED
    gone = msgspec.structs.replace(known(), id="F-000000")
    assert "F-000000 is no longer seen" in overall(LOG, (gone,), TODAY).says


def test_shares_make_the_whole() -> None:
    """The logs of single journeys, joined, are the log that all of them together would have given."""
    options = Options(journeys=("buy", "buy-c*"), depth="none", seed=3)
    here = Path.cwd()
    with opened_in(here, "liar:sixth-status", None) as target:
        whole = conducted(target, options, here)
        names = [journey.name for journey in whole.header.journeys]
        shares = [conducted(target, msgspec.structs.replace(options, journeys=(name,)), here) for name in names]
        assert len(names) == 3
        assert whole.findings
        assert joined(target, options, shares) == whole


def test_where_a_module_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A module is imported from the project's folder, or from where Python finds it; a package from the folder around it."""
    src = tmp_path / "src"
    (src / "myshop").mkdir(parents=True)
    (src / "myshop" / "__init__.py").touch()
    (tmp_path / "mypay.py").touch()
    monkeypatch.setattr(sys, "path", [str(src), *sys.path])
    assert folder_of("mypay:MyPay", tmp_path) == tmp_path
    assert folder_of("myshop.pay:MyPay", tmp_path) == src
    assert folder_of("nowhere:MyPay", tmp_path) == tmp_path
    assert folder_of("bank", tmp_path) == tmp_path
