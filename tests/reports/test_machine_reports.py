"""What machines read: JUnit, SARIF, GitLab's code quality, badges, CSV, and the log itself."""

from __future__ import annotations

import csv
import io
import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from jsonschema_rs import Draft4Validator
from junitparser import JUnitXml
from msgspec.structs import replace
from support import samplelog
from support.logfiles import put

from tillproof.errors import Misuse
from tillproof.history.known import Known, accept
from tillproof.history.log import Log
from tillproof.history.log_footer import Overall
from tillproof.history.log_header import TargetLine
from tillproof.history.verdicts import Level
from tillproof_reports import KINDS, load, write
from tillproof_reports.places import artifact
from tillproof_reports.source import Source, side_by_side, source

SCHEMA = Path(__file__).parent / "sarif-2.1.0.schema.json"
"""The OASIS schema as npm's @microsoft/jest-sarif ships it (MIT), without white space, its pattern of a language mended."""


def made(kind: str, folder: Path, log: Log | None = None, to: str = "out") -> bytes:
    """Return a report of the sample's log, or of another."""
    return load(kind)(source(put(log or samplelog.log(), folder / "log.jsonl")), Path(to))


def no_verdict() -> Log:
    """Return a log of a campaign that proved nothing."""
    log = samplelog.log()
    footer = replace(log.footer, verdict=Overall.NO_VERDICT, sentence="NO VERDICT.  Nothing was exercised.", exit=4)
    return replace(log, findings=(), footer=replace(footer, counts=replace(footer.counts, findings=0)))


def cases(xml: bytes) -> dict[str, Any]:
    """Return the test cases as junitparser reads them back, by name."""
    suites: Any = JUnitXml.fromstring(xml)
    return {case.name: case for suite in suites for case in suite}


def test_junit(tmp_path: Path) -> None:
    """Read back, there is one case for each rule under its bare id; failures tell the story, the rest why there is none."""
    told = cases(made("junit", tmp_path))
    assert list(told) == ["LED-05", "IDEM-07", "CRASH-02", "SESS-03", "CAP-03"]
    assert {case.classname for case in told.values()} == {"tillproof.mypay:MyPay"}
    failure = told["LED-05"].result[0]
    assert failure.message == "the shop's books agree with the gateway"
    assert "F-d08cf2  shop loses money  guilty: the processor" in failure.text
    assert "tillproof replay TP1-" in failure.text
    assert told["CAP-03"].result[0].message == "the processor does not declare partial_capture"
    assert told["SESS-03"].result[0].message.startswith("not exercised")


def other() -> Log:
    """Return the sample's log as that of another target."""
    log = samplelog.log()
    target = replace(log.header.target, name="other:Pay")
    return replace(
        log,
        header=replace(log.header, target=target),
        findings=tuple(replace(finding, id="F-000001") for finding in log.findings),
    )


def both(folder: Path, known: tuple[Known, ...] = (), today: date | None = None) -> Source:
    """Return the sample and the other target side by side."""
    paths = put(samplelog.log(), folder / "one.jsonl"), put(other(), folder / "two.jsonl")
    return side_by_side([source(path, None, known, today) for path in paths])


def test_several_targets(tmp_path: Path) -> None:
    """JUnit has a suite, SARIF a run, GitLab an issue and CSV rows for each target; a badge tells the worst of all."""
    made_from = both(tmp_path)
    suites: Any = JUnitXml.fromstring(load("junit")(made_from, tmp_path))
    assert [suite.name for suite in suites] == ["tillproof.mypay:MyPay", "tillproof.other:Pay"]
    document = json.loads(load("sarif")(made_from, tmp_path))
    Draft4Validator(json.loads(SCHEMA.read_text())).validate(document)
    assert len({run["automationDetails"]["id"] for run in document["runs"]}) == 2
    assert len(json.loads(load("gitlab")(made_from, tmp_path))) == 2
    rows = list(csv.DictReader(io.StringIO(load("csv")(made_from, tmp_path).decode())))
    assert {row["target"] for row in rows} == {"mypay:MyPay", "other:Pay"}
    assert b"not safe: 2 findings" in load("badge")(made_from, tmp_path)


def test_known_failures_for_machines(tmp_path: Path) -> None:
    """What is accepted is skipped in JUnit, suppressed in SARIF, mere information in GitLab; what has lapsed counts."""
    log = samplelog.log()
    known = accept(log, log.findings[0], reason="mended in March", until=date(2027, 3, 1))
    made_from = both(tmp_path, (known,), date(2027, 3, 1))
    document = json.loads(load("sarif")(made_from, tmp_path))
    Draft4Validator(json.loads(SCHEMA.read_text())).validate(document)
    suppressed = [result.get("suppressions", []) for run in document["runs"] for result in run["results"]]
    assert suppressed == [
        [{"kind": "external", "status": "accepted", "justification": "known until 2027-03-01: mended in March"}],
        [],
    ]
    first, second = JUnitXml.fromstring(load("junit")(made_from, tmp_path))
    assert [(suite.failures, suite.skipped) for suite in (first, second)] == [(0, 5), (3, 2)]
    assert [issue["severity"] for issue in json.loads(load("gitlab")(made_from, tmp_path))] == ["info", "blocker"]
    lapsed = both(tmp_path, (known,), date(2027, 3, 2))
    assert [issue["severity"] for issue in json.loads(load("gitlab")(lapsed, tmp_path))] == ["blocker", "blocker"]


def test_junit_without_a_verdict(tmp_path: Path) -> None:
    """Where nothing is proved there is an error, so that no reader takes it for success."""
    told = cases(made("junit", tmp_path, no_verdict()))
    assert told["verdict"].result[0].message == "NO VERDICT.  Nothing was exercised."


def test_sarif(tmp_path: Path) -> None:
    """It is valid by the schema, has help for every rule, and points at the target's file and the method."""
    told = json.loads(made("sarif", tmp_path))
    Draft4Validator(json.loads(SCHEMA.read_text())).validate(told)
    (run,) = told["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == [rule.id for rule in samplelog.HEADER.rules]
    assert all(rule["help"]["text"] for rule in rules)
    (result,) = run["results"]
    assert (result["ruleId"], rules[result["ruleIndex"]]["id"], result["level"]) == ("LED-05", "LED-05", "error")
    (place,) = result["locations"]
    assert place["physicalLocation"]["artifactLocation"]["uri"] == "mypay.py"
    assert place["logicalLocations"][0]["fullyQualifiedName"] == "mypay:MyPay.refund_payment"
    assert result["partialFingerprints"] == {"tillproofFinding/v1": "F-d08cf2"}


@pytest.mark.parametrize(
    ("name", "uri"),
    [
        ("mypay:MyPay", "mypay.py"),
        ("shop.pay:Pay", "shop/pay.py"),
        ("node:./dist/my-pay.js", "dist/my-pay.js"),
        ("stdio:/usr/bin/pay", "usr/bin/pay"),
        ("liar:no-key", "liar%3Ano-key"),
        ("bank", "bank"),
        ("../../etc/passwd x", "..%2F..%2Fetc%2Fpasswd%20x"),
        ("", "target"),
    ],
)
def test_place_of_a_target(name: str, uri: str) -> None:
    """A target's name leads to the file it names, and otherwise to a stable place that is not there."""
    assert artifact(TargetLine(name=name, identifier="x", gateway=None)) == uri


@pytest.mark.parametrize(("level", "severity"), [(Level.MUST, "blocker"), (Level.SHOULD, "minor")])
def test_gitlab(level: Level, severity: str, tmp_path: Path) -> None:
    """There is an issue for each finding, with the fields GitLab asks for."""
    log = samplelog.log()
    log = replace(log, findings=(replace(log.findings[0], level=level),))
    (issue,) = json.loads(made("gitlab", tmp_path, log))
    assert set(issue) == {"description", "check_name", "fingerprint", "severity", "location"}
    assert (issue["severity"], issue["check_name"]) == (severity, "LED-05")
    assert issue["location"] == {"path": "mypay.py", "lines": {"begin": 1}}


def test_badges(tmp_path: Path) -> None:
    """The badge is an SVG, or shields' JSON by its suffix; it says the verdict in words."""
    assert b">not safe: 1 finding</text>" in made("badge", tmp_path)
    assert json.loads(made("badge", tmp_path, to="badge.json")) == {
        "schemaVersion": 1,
        "label": "tillproof",
        "message": "not safe: 1 finding",
        "color": "red",
    }
    assert b">no verdict</text>" in made("badge", tmp_path, no_verdict())


def test_csv_of_the_runs(tmp_path: Path) -> None:
    """There is a row for every run, with its outcome, the rules it broke, and the money in minor units."""
    rows = list(csv.DictReader(io.StringIO(made("csv", tmp_path).decode())))
    assert [row["outcome"] for row in rows] == ["right", "right", "money wrong", "not reached"]
    wrong = rows[2]
    assert (wrong["rules"], wrong["currency"], wrong["difference"]) == ("LED-05 CRASH-02 IDEM-07", "EUR", "2000")


def test_the_log_itself(tmp_path: Path) -> None:
    """The log as a report is the log, byte for byte."""
    assert made("json", tmp_path) == (tmp_path / "log.jsonl").read_bytes()


def test_every_kind_twice(tmp_path: Path) -> None:
    """The same log gives the same bytes in every kind of report."""
    from_log = source(put(samplelog.log(), tmp_path / "log.jsonl"))
    for kind in KINDS:
        assert load(kind)(from_log, Path("x")) == load(kind)(from_log, Path("x"))


def test_a_library_that_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    """A kind whose library is not installed says which, and what to type."""

    def nothing(name: str) -> None:
        raise ModuleNotFoundError(f"No module named {name}", name="jinja2")

    monkeypatch.setattr("importlib.import_module", nothing)
    with pytest.raises(Misuse, match="the html report needs jinja2") as caught:
        load("html")
    assert caught.value.type == "pip install 'tillproof[reports]'"


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    """A report that cannot be written is refused in words, and leaves nothing behind."""
    made_from = source(put(samplelog.log(), tmp_path / "log.jsonl"))
    with pytest.raises(Misuse, match="cannot write a report"):
        write("badge", made_from, tmp_path / "nowhere" / "badge.svg")
    write("badge", made_from, tmp_path / "badge.svg")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["badge.svg", "log.jsonl"]
