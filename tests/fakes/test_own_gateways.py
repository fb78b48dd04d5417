"""A gateway of one's own: the base a Python class stands on, and a TOML file that describes one."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from tillproof.contract.gateway import Breakable, Request, Response
from tillproof.contract.http import HttpRequest, HttpResponse
from tillproof.domain.entities import Data
from tillproof.domain.ledger import Entry
from tillproof.errors import Misuse
from tillproof.starter.gateway import EXAMPLE, as_toml
from tillproof_fake_processors.own import FakeGateway, Wanted, described, found, minor_units, read_description, whole

TOML = """
hosts = ["api.acme.test", "sandbox.acme.test"]
dialect = "{dialect}"
amounts = "decimal"
declined = 402
answer = {{ id = "{{id}}", is = "{{status}}", sum = {{ of = "{{amount}}", in = "{{CURRENCY}}" }}, re = "r-{{reference}}" }}
error = {{ title = "{{code}}", detail = "no: {{message}}" }}
listed = {{ data = "{{items}}" }}

[read]
key = "header x-request-id"
amount = "body total.value"
currency = "body total.currency"
reference = "query ref"

[words]
authorized = "HELD"

[[route]]
call = "POST /token"
does = "nothing"
answer = {{ access_token = "t" }}

[[route]]
call = "POST /payments"
does = "open"
status = 201
read = {{ reference = "header x-ref" }}

[[route]]
call = "PUT /payments/{{id}}/hold"
does = "authorize"

[[route]]
call = "PUT /payments/{{id}}/take"
does = "capture"

[[route]]
call = "POST /takings/{{id}}/refunds"
does = "refund"
answer = {{ id = "{{effect_id}}", left = "{{captured}}" }}

[[route]]
call = "GET /payments/{{id}}"
does = "show"

[[route]]
call = "GET /effects"
does = "list"
"""


class Acme:
    """The described gateway, and a way to speak to it over HTTP."""

    def __init__(self, folder: Path, dialect: str = "keep-everything", text: str = TOML) -> None:
        path = folder / "acme.toml"
        path.write_text(text.format(dialect=dialect))
        cls = described(read_description(path))
        self.face, self.ledger = cls.face(), list[Entry]()
        self.fake: FakeGateway = cls(self.ledger.append, lambda: 0.0)

    def send(self, method: str, target: str, body: bytes = b"", **headers: str) -> tuple[int, Data]:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        asked = self.face.read(HttpRequest(method=method, target=target, body=body, headers=named))
        answer = asked if isinstance(asked, HttpResponse) else self.face.write(asked, self.fake.handle(asked))
        return answer.status, msgspec.json.decode(answer.body)


SUM = b'{"total": {"value": "49.00", "currency": "EUR"}}'


def test_a_payment_in_the_gateway_s_own_words(tmp_path: Path) -> None:
    """Routes, places, words, templates and decimal sums are those of the file; ids of captures serve like the payment's."""
    acme = Acme(tmp_path)
    assert acme.face.hosts == ("api.acme.test", "sandbox.acme.test")
    assert acme.send("POST", "/token") == (200, {"access_token": "t"})
    shown = {"id": "in_1", "is": "requires_authorization", "sum": {"of": "49.00", "in": "EUR"}, "re": "r-R"}
    assert acme.send("POST", "/payments", SUM, x_ref="R", x_request_id="k") == (201, shown)
    assert acme.send("PUT", "/payments/in_1/hold?ref=H", SUM)[1]["is"] == "HELD"
    acme.send("PUT", "/payments/in_1/take?ref=T", b"{}")
    capture = acme.ledger[-1]
    assert acme.send("POST", f"/takings/{capture.id}/refunds", b'{"total": {"value": "9.5", "currency": "EUR"}}') == (
        200,
        {"id": acme.ledger[-1].id, "left": "49.00"},
    )
    assert [(str(line.kind), line.amount, line.key, line.reference) for line in acme.ledger] == [
        ("intent", 4900, "k", "R"),
        ("authorize", 4900, None, "H"),
        ("capture", 4900, None, "T"),
        ("refund", 950, None, None),
    ]
    assert acme.send("GET", "/effects?ref=T")[1] == {
        "data": [{"id": "in_1", "kind": "capture", "amount": "49.00", "reference": "T"}]
    }


REFUSED = {
    "no such route": (("DELETE", "/payments", b""), 404, "not_found"),
    "no such payment": (("GET", "/payments/in_9", b""), 404, "not_found"),
    "no JSON": (("POST", "/payments", b"<html>"), 400, "invalid_request"),
    "no amount": (("POST", "/payments", b"{}"), 400, "invalid_amount"),
    "not decimal": (("POST", "/payments", b'{"total": {"value": 49, "currency": "EUR"}}'), 400, "invalid_amount"),
    "too precise": (("POST", "/payments", b'{"total": {"value": "1.001", "currency": "EUR"}}'), 400, "invalid_amount"),
    "no currency": (("POST", "/payments", b'{"total": {"value": "1.00", "currency": "EU"}}'), 400, "invalid_currency"),
    "another currency": (("PUT", "/payments/in_1/hold", SUM.replace(b"EUR", b"USD")), 400, "invalid_currency"),
    "another amount": (("PUT", "/payments/in_1/hold", SUM.replace(b"49", b"48")), 400, "amount_mismatch"),
    "nothing held": (("PUT", "/payments/in_1/take", SUM), 400, "nothing_held"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_it_refuses(case: str, tmp_path: Path) -> None:
    """Each in the shape of its own errors, and nothing is done."""
    acme = Acme(tmp_path)
    acme.send("POST", "/payments", SUM)
    (method, target, body), status, code = REFUSED[case]
    told_status, told = acme.send(method, target, body)
    assert (told_status, told["title"]) == (status, code)
    assert len(acme.ledger) == 1


def test_the_shopper(tmp_path: Path) -> None:
    """A declined card is the error the file says; a challenge must be passed, and one that is failed is a decline."""
    acme = Acme(tmp_path)
    acme.send("POST", "/payments", SUM)
    hold = ("PUT", "/payments/in_1/hold", SUM)
    acme.fake.enter_card("declined")
    assert acme.send(*hold) == (402, {"title": "card_declined", "detail": "no: the payment was declined"})
    acme.fake.enter_card("challenge")
    assert acme.send(*hold)[1]["is"] == "requires_action"
    acme.fake.answer_challenge(passed=False)
    assert acme.send(*hold)[1]["title"] == "authentication_failed"
    assert acme.send(*hold)[1]["is"] == "requires_action"
    acme.fake.answer_challenge(passed=True)
    assert acme.send(*hold)[1]["is"] == "HELD"


@pytest.mark.parametrize(("dialect", "again"), [("keep-everything", "requires_authorization"), ("latest-state", "HELD")])
def test_a_repeated_key(dialect: str, again: str, tmp_path: Path) -> None:
    """What becomes of it is the dialect's business, and there is one payment in any case."""
    acme = Acme(tmp_path, dialect)
    acme.send("POST", "/payments", SUM, x_request_id="k")
    acme.send("PUT", "/payments/in_1/hold", SUM)
    assert acme.send("POST", "/payments", SUM, x_request_id="k")[1]["is"] == again
    assert [str(line.kind) for line in acme.ledger] == ["intent", "authorize"]


@pytest.mark.parametrize(
    ("after", "dialect", "lines"), [(True, "latest-state", 1), (False, "latest-state", 1), (False, "none", 1)]
)
def test_it_breaks_like_the_others(after: bool, dialect: str, lines: int, tmp_path: Path) -> None:  # noqa: FBT001 - a column
    """A 500 before or after the effect; asked again, there is one effect."""
    acme = Acme(tmp_path, dialect)
    assert isinstance(acme.fake, Breakable)
    with acme.fake.breaking(after_effect=after):
        assert acme.send("POST", "/payments", SUM, x_request_id="k") == (
            500,
            {"title": "internal", "detail": "no: Internal error."},
        )
    assert acme.send("POST", "/payments", SUM, x_request_id="k")[0] in {200, 201}
    assert len(acme.ledger) == lines


def test_a_form_with_its_key_in_the_body(tmp_path: Path) -> None:
    """Nested names are read as what they are nested in, and digits as an amount."""
    text = as_toml(EXAMPLE, "Acme").replace("dialect =", 'body = "form"\ndialect =')
    text = text.replace("body amount", "body sum.amount").replace("header idempotency-key", "body once")
    acme = Acme(tmp_path, text=text.replace("{", "{{").replace("}", "}}"))
    status, shown = acme.send("POST", "/intents", b"sum[amount]=4900&currency=eur&once=k&reference=r")
    assert (status, shown["amount"]) == (200, 4900)
    assert (acme.ledger[0].key, acme.ledger[0].reference) == ("k", "r")


WRONG = {
    "no host": ('hosts = ["api.acme.test", "sandbox.acme.test"]', "hosts = []", "line 2: hosts", "at least one"),
    "a scheme": ('"api.acme.test"', '"https://api.acme.test"', "line 2: hosts[0]", "no host name"),
    "no such dialect": ('"{dialect}"', '"strickt"', "line 3: dialect", "keep-everything"),
    "another type": ("declined = 402", 'declined = "402"', "line 5: declined", "Expected `int`"),
    "unknown key": ("declined = 402", "refused = 402", "line 1: the file", "unknown field `refused`"),
    "unknown name": ("{{status}}", "{{state}}", "line 6: answer", "{state} is none of"),
    "unknown error name": ("no: {{message}}", "no: {{text}}", "line 7: error", "{text} is none of code, message"),
    "unknown place": ("query ref", "cookie ref", "line 14: read.reference", "'cookie ref' is not written"),
    "unknown status": ("authorized =", "held =", "line 17: words.held", "'held' is none of"),
    "unknown verb": ('does = "authorize"', 'does = "hold"', "line 32: route[2].does", "Invalid enum value 'hold'"),
    "no call": ("PUT /payments/{{id}}/hold", "payments/hold", "line 31: route[2].call", "METHOD /path"),
    "no id": ("PUT /payments/{{id}}/hold", "PUT /payments/hold", "line 31: route[2].call", "authorize needs an {id}"),
    "unknown field of a route": (
        '{{ reference = "header x-ref" }}',
        '{{ key = "header a" }}',
        "line 28: route[1].read",
        "'key'",
    ),
    "no TOML": ("[read]", "[read", "is not TOML", "line 10"),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_file_that_cannot_be_used(case: str, tmp_path: Path) -> None:
    """Three lines at most, with the line and the key that are wrong."""
    right, wrong, where, says = WRONG[case]
    assert right in TOML
    with pytest.raises(Misuse) as caught:
        Acme(tmp_path, text=TOML.replace(right, wrong, 1))
    lines = caught.value.lines()
    assert len(lines) <= 3
    assert where in lines[0]
    assert says in lines[0] + lines[1]


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    """It is told by its name."""
    with pytest.raises(Misuse, match=r"nowhere\.toml cannot be read"):
        read_description(tmp_path / "nowhere.toml")


@pytest.mark.parametrize(
    ("told", "currency", "units"),
    [
        ("49.00", "eur", 4900),
        ("49", "jpy", 49),
        ("1.5", "kwd", 1500),
        ("1.50", "jpy", -1),
        (None, "eur", None),
        ("x", "eur", -1),
    ],
)
def test_decimal_text(told: object, currency: str, units: int | None) -> None:
    """Read by the currency's own decimals; what is none is no amount."""
    assert minor_units(told, currency) == units


def test_the_base_alone_answers_nothing() -> None:
    """A class without a face says so; what it shows and lists by itself is plain."""
    fake = FakeGateway(print, lambda: 0.0)
    with pytest.raises(NotImplementedError):
        fake.answer(Request(method="GET", path="/"))
    assert fake.listed("r", []) == Response(status=200, body={"reference": "r", "effects": []})
    assert fake.error(400, "c", "m").body == {"error": {"code": "c", "message": "m"}}


class Forms(FakeGateway):
    """A gateway in Python that reads forms, with its key in a header of its own."""

    hosts = ("api.forms.test",)
    dialect = "keep-everything"
    body = "form"
    key_at = "header X-Once"

    def answer(self, request: Request) -> Response:
        sum_, currency = found(request.body, "sum.of"), found(request.body, "sum.in")
        wanted = Wanted(key=request.key, amount=whole(sum_), currency=currency, reference=request.body.get("ref"))
        match (request.method, *request.path.strip("/").split("/")):
            case ("POST", "payments"):
                return self.do("open", wanted)
            case ("POST", "payments", id_, "hold"):
                return self.do("authorize", wanted, id_)
            case _:
                return self.error(404, "not_found", "there is nothing here")


def _sent(fake: FakeGateway, target: str, body: bytes, **headers: str) -> tuple[int, Data]:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    asked = fake.face().read(HttpRequest(method="POST", target=target, body=body, headers=named))
    assert isinstance(asked, Request)
    answer = fake.face().write(asked, fake.handle(asked))
    return answer.status, msgspec.json.decode(answer.body)


def test_a_gateway_in_python_reads_forms() -> None:
    """Nested names and digits are read, the key is where the class says, and a key repeated is answered from memory."""
    ledger: list[Entry] = []
    fake = Forms(ledger.append, lambda: 0.0)
    form = b"sum[of]=4900&sum[in]=eur&ref=R"
    made = _sent(fake, "/payments", form, x_once="k")
    assert made == (
        200,
        {"id": "in_1", "status": "requires_authorization", "amount": 4900, "currency": "eur", "reference": "R"},
    )
    assert _sent(fake, "/payments", form, x_once="k") == made
    assert _sent(fake, "/payments", b"sum[of]=4901&sum[in]=eur", x_once="k")[0] == 400
    assert _sent(fake, "/payments", b"sum[of]=49.00&sum[in]=eur", x_once="l") == (
        400,
        {"error": {"code": "invalid_amount", "message": "amount must be whole minor units above zero"}},
    )
    assert _sent(fake, "/payments/in_1/hold", b"", x_once="m")[1]["status"] == "authorized"
    assert [(str(line.kind), line.amount, line.key) for line in ledger] == [("intent", 4900, "k"), ("authorize", 4900, "m")]


@pytest.mark.parametrize(
    ("told", "read"),
    [("4900", 4900), ("", ""), ("-1", "-1"), ("4.9", "4.9"), ("\u0664", "\u0664"), (None, None), ("9" * 16, "9" * 16)],
)
def test_digits_of_a_form(told: object, read: object) -> None:
    """Up to 15 plain digits are a whole number; anything else stays what it was, so that the ledger refuses it."""
    assert whole(told) == read
