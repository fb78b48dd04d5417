"""The HTML page in headless Chromium, opened from disk. Needs chromium and its driver, and npm for axe-core."""

from __future__ import annotations

import base64
import re
import shutil
import subprocess
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from selenium.webdriver import Chrome, ChromeOptions
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import Select
from support import hostilelog, samplelog
from support.logfiles import put

from tillproof.campaign.header import rule_line
from tillproof.history.known import accept
from tillproof.history.log import Log
from tillproof.rules.registry import RULES
from tillproof_reports import write
from tillproof_reports.html import rulebook
from tillproof_reports.source import side_by_side, source

pytestmark = pytest.mark.e2e

WIDE, NARROW, PAPER = (1280, 900), (390, 844), (718, 1047)  # paper: A4 less its margins, in CSS pixels
TODAY = date(2026, 11, 25)


@pytest.fixture(scope="module")
def browser() -> Iterator[Chrome]:
    """A browser that keeps its console's messages."""
    chromium, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if chromium is None or driver is None:
        pytest.skip("no chromium here: apt install chromium chromium-driver")
    options = ChromeOptions()
    options.binary_location = chromium
    for argument in ("--headless=new", "--no-sandbox", "--disable-gpu"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    chrome = Chrome(options=options, service=Service(driver))
    yield chrome
    chrome.quit()


@pytest.fixture(scope="module")
def axe(tmp_path_factory: pytest.TempPathFactory) -> str:
    """axe-core, from npm."""
    here = tmp_path_factory.mktemp("axe")
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("no npm here, and axe-core comes from it")
    subprocess.run(
        [npm, "install", "--no-audit", "--no-fund", "--ignore-scripts", "axe-core@4"],
        cwd=here,
        check=True,
        capture_output=True,
    )
    return (here / "node_modules" / "axe-core" / "axe.min.js").read_text()


def other() -> Log:
    """Return the sample's log as that of another target."""
    log = samplelog.log()
    header = replace(log.header, target=replace(log.header.target, name="other:Pay"))
    methods = tuple(replace(m, findings=tuple("F-000001" for _ in m.findings)) for m in log.footer.methods)
    findings = tuple(replace(finding, id="F-000001") for finding in log.findings)
    return replace(log, header=header, findings=findings, footer=replace(log.footer, methods=methods))


@pytest.fixture
def opened(browser: Chrome, tmp_path: Path) -> Iterator[Chrome]:
    """The sample's page, opened from disk in a wide window; afterwards the console must be empty."""
    show(browser, tmp_path, samplelog.log())
    yield browser
    assert errors(browser) == []


def show(
    browser: Chrome,
    folder: Path,
    log: Log,
    size: tuple[int, int] = WIDE,
    *,
    beside: Log | None = None,
    until: date | None = None,
) -> None:
    """Write a log's page and open it: side by side with another's, its first finding accepted until a day."""
    logs = (log,) if beside is None else (log, beside)
    known = [accept(log, log.findings[0], reason="mended in March", until=until)] if until is not None else []
    paths = [put(one, folder / f"log-{n}.jsonl", receipt=True) for n, one in enumerate(logs)]
    made_from = side_by_side([source(path, None, known, TODAY) for path in paths])
    write("html", made_from, folder / "page.html")
    resize(browser, size)
    browser.get((folder / "page.html").as_uri())


def resize(browser: Chrome, size: tuple[int, int]) -> None:
    """Make the window this wide and high."""
    told(browser, "Emulation.setDeviceMetricsOverride", width=size[0], height=size[1], deviceScaleFactor=1, mobile=False)


def _untyped(browser: Chrome) -> Any:  # noqa: ANN401 - half of selenium's own methods have no types
    return browser


def told(browser: Chrome, command: str, **arguments: object) -> None:
    """Tell the browser's developer protocol something."""
    _untyped(browser).execute_cdp_cmd(command, arguments)


def errors(browser: Chrome) -> list[Any]:
    """Return what the console has complained of since it was last asked."""
    return list(_untyped(browser).get_log("browser"))


def asked(browser: Chrome, script: str) -> Any:  # noqa: ANN401 - whatever the script returns
    """Return what a script returns."""
    return _untyped(browser).execute_script(f"return {script}")


def texts(browser: Chrome, selector: str) -> list[str]:
    """Return the texts of what is in sight."""
    return [e.text for e in browser.find_elements(By.CSS_SELECTOR, selector) if e.is_displayed()]


def test_a_cell_opens_its_runs(opened: Chrome) -> None:
    """A press on a cell lists its runs, worst first, moves the focus there, and closing gives it back."""
    cell = opened.find_element(By.CSS_SELECTOR, "td.wrong button")
    cell.send_keys(Keys.ENTER)
    assert texts(opened, "#runs-title") == ["Runs: refund_payment, answer-lost"]
    assert asked(opened, "document.activeElement.id") == "runs-title"
    assert texts(opened, ".runs tbody th") == ["✗ money wrong"]
    assert "tillproof replay TP1-" in texts(opened, ".runs tbody td:last-child")[0]
    opened.find_element(By.ID, "runs-close").click()
    assert texts(opened, "#runs") == []
    assert asked(opened, "document.activeElement.dataset.moment") == "refund_payment"


def test_the_undisturbed_runs_of_a_method(opened: Chrome) -> None:
    """The first column lists the runs in which nothing was made to fail and the method was called."""
    opened.find_element(By.CSS_SELECTOR, "[data-moment=capture_payment][data-fault=none]").click()
    assert texts(opened, ".runs tbody th") == ["✓ right", "✓ right"]


def test_runs_are_filtered(opened: Chrome) -> None:
    """The list of runs can be cut down to one outcome."""
    opened.find_element(By.CSS_SELECTOR, ".of-finding").click()
    picker = Select(opened.find_element(By.ID, "runs-filter"))
    assert [option.text for option in picker.options] == ["every outcome (1)", "✗ money wrong (1)"]
    picker.select_by_index(1)
    assert texts(opened, "#runs-count") == ["1 of 1 runs"]


def test_rules_are_filtered(opened: Chrome) -> None:
    """Rules are sifted by verdict and by word."""
    Select(opened.find_element(By.ID, "rules-filter")).select_by_value("failed")
    assert texts(opened, ".rules tbody th") == ["LED-05", "IDEM-07", "CRASH-02"]
    opened.find_element(By.ID, "rules-find").send_keys("same key")
    assert texts(opened, ".rules tbody th") == ["IDEM-07"]
    assert texts(opened, "#rules-count") == ["1 of 5 rules"]


def test_the_wrong_moment(opened: Chrome) -> None:
    """The timeline marks fault and first wrong moment; the keys lead there, and along the steps in sight."""
    body = opened.find_element(By.TAG_NAME, "body")
    asked(opened, "document.querySelector('.finding').scrollIntoView()")
    body.send_keys("w")
    assert asked(opened, "document.activeElement.textContent").strip().startswith("✗ FIRST WRONG MOMENT")
    opened.switch_to.active_element.send_keys("k")
    assert "refund_payment#2" in asked(opened, "document.activeElement.textContent")
    opened.switch_to.active_element.send_keys("f")
    assert "FAULT answer-lost: it was done; nobody heard" in asked(opened, "document.activeElement.textContent")
    few = len(texts(opened, ".steps tbody tr"))
    opened.find_element(By.CSS_SELECTOR, ".all").click()
    assert len(texts(opened, ".steps tbody tr")) > few


def test_the_command_is_copied(opened: Chrome) -> None:
    """The button copies the replay command, or says that it is not permitted to and selects it."""
    assert "tillproof replay TP1-" in copied(opened, ".copy[data-select='.command']")


def test_a_finding_is_copied_as_an_issue_and_as_a_link(opened: Chrome) -> None:
    """As Markdown for an issue, with the money and the plan; and as a link that leads to it."""
    issue = copied(opened, ".copy[data-select='.issue']")
    assert issue.startswith("### `F-d08cf2` A refund whose answer is lost")
    assert "| difference" in issue.replace("**", "")
    copied(opened, ".link")
    assert asked(opened, "location.hash") == "#F-d08cf2"


def copied(browser: Chrome, selector: str) -> str:
    """Press a button that copies, and return what it copied, or selected where it was not permitted to copy."""
    _untyped(browser).execute_script(
        "window.was = null; navigator.clipboard.writeText = async (text) => { window.was = text; }"
    )
    browser.find_element(By.CSS_SELECTOR, selector).click()
    _untyped(browser).execute_async_script("setTimeout(arguments[0], 50)")
    return str(asked(browser, "window.was || getSelection().toString()"))


def test_what_the_swaps_did(opened: Chrome) -> None:
    """The finding names the guilty party, and below it what swapping each party did, with the reason."""
    rows = [" ".join(text.split()) for text in texts(opened, ".finding .swaps tr")]
    assert rows == [
        "the processor finding gone",
        "the backend it was the reference already",
        "the client not possible buy-capture-refund is made with no other",
    ]


def test_an_accepted_finding_is_told_apart(browser: Chrome, tmp_path: Path) -> None:
    """One that is accepted says until when and why, and opens the gate; the day after, it has lapsed and counts again."""
    show(browser, tmp_path, samplelog.log(), until=TODAY)
    assert texts(browser, ".gate") == ["Gate: passes: 1 finding known"]
    assert "known accepted until 2026-11-25: mended in March" in texts(browser, ".findings .known .meta")
    show(browser, tmp_path, samplelog.log(), until=date(2026, 11, 24))
    assert texts(browser, ".gate") == ["Gate: BLOCKED by 1 finding not accepted"]
    assert any("lapsed was accepted until 2026-11-24" in text for text in texts(browser, ".findings .meta"))
    assert errors(browser) == []


def test_side_by_side(browser: Chrome, tmp_path: Path) -> None:
    """Two targets have a column each; a cell opens the runs of its own target, a finding leads to its own page."""
    show(browser, tmp_path, samplelog.log(), beside=other())
    assert texts(browser, ".beside thead th") == ["mypay:MyPay", "other:Pay"]
    assert texts(browser, ".beside a[href='#F-000001']") == ["F-000001"]
    first, second = browser.find_elements(By.CSS_SELECTOR, ".target")
    assert first.get_attribute("id") == "target"
    second.find_element(By.CSS_SELECTOR, ".of-finding").click()
    assert texts(browser, "#runs-title") == ["Runs of F-000001"]
    assert texts(browser, ".runs tbody th") == ["✗ money wrong"]
    Select(browser.find_element(By.ID, "rules-filter")).select_by_value("failed")
    assert texts(browser, ".rules tbody tr:first-child td.retry") == ["✗ failed", "✗ failed"]
    assert errors(browser) == []


def test_printed(browser: Chrome, tmp_path: Path) -> None:
    """On paper the first screen, the matrix and every finding begin a page, and no column is cut off."""
    show(browser, tmp_path, samplelog.log())
    printed = _untyped(browser).execute_cdp_cmd("Page.printToPDF", {"paperWidth": 8.27, "paperHeight": 11.69})
    assert len(re.findall(rb"/Type\s*/Page\b", base64.b64decode(printed["data"]))) >= 4
    told(browser, "Emulation.setEmulatedMedia", media="print")
    try:
        resize(browser, PAPER)
        parts = "[...document.querySelectorAll('.matrices,.finding,.all-rules')]"
        begins = asked(browser, f"{parts}.map(part => getComputedStyle(part).breakBefore)")
        assert set(begins) == {"page"}
        wide = "[...document.querySelectorAll('table')].map(t => t.scrollWidth - t.closest('section,article').clientWidth)"
        assert max(asked(browser, wide)) <= 1
        assert texts(browser, "button") == texts(browser, ".matrix button")
        assert "tillproof replay TP1-" in texts(browser, ".command")[0]
    finally:
        told(browser, "Emulation.setEmulatedMedia", media="")


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["1280", "390"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_everybody_can_read_it(browser: Chrome, axe: str, tmp_path: Path, size: tuple[int, int], scheme: str) -> None:
    """axe-core finds nothing serious, wide and narrow, light and dark, with a cell opened; nothing sticks out sideways."""
    told(browser, "Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
    show(browser, tmp_path, samplelog.log(), size)
    cell = "td.wrong button" if size is WIDE else ".cells button"
    browser.find_element(By.CSS_SELECTOR, cell).click()
    assert texts(browser, "#runs-title") == ["Runs: refund_payment, answer-lost"]
    assert asked(browser, "document.documentElement.scrollWidth") <= size[0]
    assert serious(browser, axe) == []
    assert errors(browser) == []


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["1280", "390"])
def test_everybody_can_read_it_side_by_side(browser: Chrome, axe: str, tmp_path: Path, size: tuple[int, int]) -> None:
    """The same of a page of two targets with an accepted finding, and of the reference of all rules."""
    show(browser, tmp_path, samplelog.log(), size, beside=other(), until=TODAY)
    assert asked(browser, "document.documentElement.scrollWidth") <= size[0]
    assert serious(browser, axe) == []
    (tmp_path / "rules.html").write_bytes(rulebook([rule_line(rule) for rule in RULES], "0.1.0"))
    browser.get((tmp_path / "rules.html").as_uri())
    assert asked(browser, "document.documentElement.scrollWidth") <= size[0]
    assert serious(browser, axe) == []
    assert errors(browser) == []


def serious(browser: Chrome, axe: str) -> list[Any]:
    """Return what axe-core finds that keeps somebody from reading the page."""
    _untyped(browser).execute_script(axe)
    found = _untyped(browser).execute_async_script(
        "axe.run().then(done => arguments[0](done.violations.map(v => [v.impact, v.id, v.nodes[0].html])))"
    )
    return [v for v in found if v[0] in {"serious", "critical"}]


def test_hostile_text_in_a_browser(browser: Chrome, tmp_path: Path) -> None:
    """No script of the attack runs, nothing is asked of the network, and the console stays empty."""
    show(browser, tmp_path, hostilelog.log())
    assert asked(browser, "document.images.length") == 0
    assert asked(browser, "performance.getEntriesByType('resource').length") == 0
    assert errors(browser) == []


def test_many_runs_do_not_freeze_it(browser: Chrome, tmp_path: Path) -> None:
    """With 100,000 runs a cell opens at once, a page of runs at a time."""
    log = samplelog.log()
    runs = log.runs * 25_000
    footer = replace(log.footer, counts=replace(log.footer.counts, runs=len(runs)))
    show(browser, tmp_path, Log(header=log.header, runs=runs, findings=log.findings, footer=footer))
    browser.find_element(By.CSS_SELECTOR, "td.wrong button").click()
    took = asked(
        browser,
        "(() => { const began = performance.now(); document.querySelector('td.right button').click();"
        " return performance.now() - began; })()",
    )
    assert took < 1_000
    assert texts(browser, "#runs-count") == ["50 of 50000 runs"]
    browser.find_element(By.ID, "runs-more").click()
    assert texts(browser, "#runs-count") == ["100 of 50000 runs"]


def test_without_javascript(browser: Chrome, tmp_path: Path) -> None:
    """Everything but the lists of runs can be read, and nothing is offered that would do nothing."""
    told(browser, "Emulation.setScriptExecutionDisabled", value=True)
    try:
        show(browser, tmp_path, samplelog.log())
        assert texts(browser, "h1") == ["✗ NOT SAFE TO RETRY"]
        assert any("FIRST WRONG MOMENT" in text for text in texts(browser, ".mark"))
        assert texts(browser, ".js") == []
    finally:
        told(browser, "Emulation.setScriptExecutionDisabled", value=False)
