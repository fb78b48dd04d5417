"""`tillproof init gateway`: a fake to start from, by what the processor calls."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tillproof.cli import main
from tillproof.exits import Exit

README = (Path(__file__).parents[2] / "README.md").read_text()
MYPAY = README.partition("# mypay.py\n")[2].partition("```")[0]
ELSEWHERE = """
import httpx
from mypay import MyPay


class Acme(MyPay):
    identifier = "acme"
    base = "https://api.acme.example"
"""
SILENT = """
    async def ask(self, data, method, path, **content):
        raise RuntimeError("apiKey is required")
"""
FORMS = """
import requests
from mypay import MyPay


class Forms(MyPay):
    async def initiate_payment(self, context, attempt):
        sum_ = {"amount[value]": "47.11", "amount[currency]": "EUR", "order": context.resource_id}
        requests.post("https://api.forms.example/pay", data=sum_, headers={"X-Once": attempt.idempotency_key}, timeout=3)
        raise RuntimeError("and then it fails")
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project that holds processors."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mypay.py").write_text(MYPAY)
    (tmp_path / "acme.py").write_text(ELSEWHERE)
    (tmp_path / "forms.py").write_text(FORMS)
    (tmp_path / "silent.py").write_text(ELSEWHERE + SILENT)
    return tmp_path


@pytest.mark.parametrize("toml", [False, True])
def test_it_starts_from_the_calls_the_processor_makes(toml: bool, capsys: pytest.CaptureFixture[str]) -> None:  # noqa: FBT001 - a table of two
    """Routes, verbs, host and places are those that were seen, and what is written runs as it is."""
    assert main(["init", "gateway", "acme", "--processor", "acme:Acme", *(["--toml"] if toml else [])]) == Exit.CONFORMANT
    lines = capsys.readouterr().out.splitlines()
    name = "acme.toml" if toml else "acme_gateway:AcmeGateway"
    assert lines[-1] == f"next  check its routes and words, then: tillproof run --processor acme:Acme --gateway {name}"
    assert [line.split() for line in lines[1:-2]] == [
        ["POST", "/intents", "open"],
        ["POST", "/intents/{id}", "update"],
        ["POST", "/intents/{id}/authorize", "authorize"],
        ["POST", "/intents/{id}/capture", "capture"],
        ["POST", "/intents/{id}/refunds", "refund"],
        ["POST", "/intents/{id}/cancel", "void"],
        ["GET", "/intents/{id}", "show"],
    ]
    text = Path("acme.toml" if toml else "acme_gateway.py").read_text()
    assert '"api.acme.example"' in text
    command = ["run", "--processor", "acme:Acme", "--gateway", name, "--depth", "none", "--journey", "buy*", "-q"]
    ran = subprocess.run([sys.executable, "-m", "tillproof", *command], capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stderr) == (0, "")


SENT_FORMS = {
    "forms.toml": [
        'body = "form"',
        'amounts = "decimal"',
        'key = "header x-once"',
        'amount = "body amount.value"',
        "POST /pay",
    ],
    "forms_gateway.py": [
        'body = "form"',
        'key_at = "header x-once"',
        "key=request.key",
        'amount=minor_units(found(body, "amount.value"), str(found(body, "amount.currency")).lower())',
        'case ("POST", "pay"):',
    ],
}


@pytest.mark.parametrize("file", SENT_FORMS)
def test_a_processor_that_sends_forms(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Either has the nested places, the decimal sums and the header that bears the key."""
    asked = ["init", "gateway", "forms", "--processor", "forms:Forms", *(["--toml"] if file.endswith(".toml") else [])]
    assert main(asked) == Exit.CONFORMANT
    assert f"wrote {file}" in capsys.readouterr().out
    text = Path(file).read_text()
    assert [line for line in SENT_FORMS[file] if line not in text] == []


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        (["--processor", "bank"], "bank is no class of yours"),
        (["--processor", "nowhere:Pay"], "there is no module nowhere"),
        (["--processor", "silent:Acme"], "silent:Acme sent nothing to any gateway"),
    ],
)
def test_what_it_cannot_start_from(typed: list[str], says: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Three lines at most, and nothing is written."""
    assert main(["init", "gateway", "acme", *typed]) == Exit.MISUSE
    told = capsys.readouterr().err
    assert says in told
    assert len(told.splitlines()) <= 3
    assert not Path("acme.toml").exists()
    assert not Path("acme_gateway.py").exists()
