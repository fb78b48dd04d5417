"""Lists, search and `expand[]` (https://docs.stripe.com/api/pagination, /search, /api/expanding_objects)."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.stripebench import START, Account

from tillproof.domain.entities import Data
from tillproof_fake_processors.stripe.search import SEARCH_LAG


def ids(page: Data) -> list[str]:
    return [item["id"] for item in page["data"]]


@settings(max_examples=40, deadline=None)
@given(count=st.integers(min_value=0, max_value=25), limit=st.integers(min_value=1, max_value=10))
def test_page_by_page(count: int, limit: int) -> None:
    """Forwards and backwards every object comes once, newest first, and `has_more` says whether there is another page."""
    account = Account()
    made = [account.post("customers")["id"] for _ in range(count)][::-1]
    seen: list[str] = []
    page = account.get("customers", limit=limit)
    while True:
        assert (page["object"], page["url"]) == ("list", "/v1/customers")
        seen += ids(page)
        if not page["has_more"]:
            break
        page = account.get("customers", limit=str(limit), starting_after=seen[-1])
    assert seen == made
    if made:
        back = account.get("customers", limit=limit, ending_before=made[-1])
        assert ids(back) == made[:-1][-limit:]


@pytest.mark.parametrize(
    ("params", "param"),
    [
        ({"limit": "0"}, "limit"),
        ({"limit": "101"}, "limit"),
        ({"limit": "some"}, "limit"),
        ({"starting_after": "cus_none"}, "starting_after"),
        ({"created": {"after": "1"}}, "after"),
        ({"starting_after": "a", "ending_before": "b"}, "ending_before"),
        ({"page": "2"}, "page"),
    ],
)
def test_a_page_that_cannot_be(params: Data, param: str) -> None:
    """400, naming the parameter."""
    status, error = Account().error("GET", "customers", params)
    assert (status, error["param"]) == (400, param)


@pytest.mark.parametrize(
    ("created", "found"),
    [
        ({"gte": START + 10}, [2, 1]),
        ({"gt": START + 10}, [2]),
        ({"lte": START + 10}, [1, 0]),
        ({"lt": START + 10, "gt": START - 1}, [0]),
        (START + 10, [1]),
    ],
)
def test_by_the_time_of_making(created: float | dict[str, float], found: list[int]) -> None:
    """Bounds, each with or without the moment itself, or one moment."""
    account = Account()
    made: list[str] = []
    for _ in range(3):
        made.append(account.intent()["id"])
        account.time += 10
    asked = {name: int(at) for name, at in created.items()} if isinstance(created, dict) else int(created)
    assert ids(account.get("payment_intents", created=asked)) == [made[n] for n in found]


def test_lists_of_what_belongs_together() -> None:
    """Charges and refunds of one intent, intents and cards of one customer, events of one type."""
    account = Account()
    customer = account.post("customers", {"email": "a@shop.example"})["id"]
    account.post("payment_methods/pm_card_visa/attach", {"customer": customer})
    first, second = account.captured(), account.held(customer=customer)
    account.post("refunds", {"payment_intent": first["id"], "amount": 100})
    assert ids(account.get("charges", payment_intent=second["id"])) == [second["latest_charge"]]
    assert len(account.get("refunds", payment_intent=first["id"])["data"]) == 1
    assert account.get("refunds", charge=second["latest_charge"])["data"] == []
    assert ids(account.get("payment_intents", customer=customer)) == [second["id"]]
    assert len(account.get("payment_methods", customer=customer, type="card")["data"]) == 1
    assert len(account.get(f"customers/{customer}/payment_methods")["data"]) == 1
    assert ids(account.get("customers", email="a@shop.example")) == [customer]
    assert len(account.get("events", type="charge.captured")["data"]) == 1
    account.ask("DELETE", f"customers/{customer}")
    assert account.get("customers")["data"] == []
    assert account.get(f"customers/{customer}") == {"id": customer, "object": "customer", "deleted": True}


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("metadata['reference']:'op_1'", [1]),
        ('metadata["reference"]:"op_1"', [1]),
        ("-metadata['reference']:'op_1'", [2, 0]),
        ("metadata['reference']:null", []),
        ("amount>4901", [2]),
        ("amount:4901 AND currency:'eur'", [1]),
        ("amount:4900 OR amount:4902", [2, 0]),
        ("status:'requires_payment_method' AND amount<=4901", [1, 0]),
        ("customer:null", [2, 1, 0]),
    ],
)
def test_searching(query: str, found: list[int]) -> None:
    """By metadata and fields, joined by AND or by OR."""
    account = Account()
    made = [account.intent(amount=4900 + n, metadata={"reference": f"op_{n}"})["id"] for n in range(3)]
    account.time += SEARCH_LAG
    assert ids(account.get("payment_intents/search", query=query)) == [made[n] for n in found]


@pytest.mark.parametrize(
    "query", ["", "amount", "amount:'many'", "colour:'red'", "amount>1 AND amount<2 OR amount:3", "amount:1 AND", "x' OR 1"]
)
def test_a_query_that_cannot_be_read(query: str) -> None:
    """400."""
    assert Account().error("GET", "payment_intents/search", {"query": query})[0] == 400


def test_searching_for_what_was_just_made() -> None:
    """It is not found yet: search is not for reading one's own writes. Lists are."""
    account = Account()
    account.intent(metadata={"reference": "r"})
    query = "metadata['reference']:'r'"
    assert account.get("payment_intents/search", query=query)["data"] == []
    assert len(account.get("payment_intents")["data"]) == 1
    account.time += SEARCH_LAG
    assert len(account.get("payment_intents/search", query=query)["data"]) == 1


def test_searching_page_by_page() -> None:
    """`next_page` leads on until there is none."""
    account = Account()
    made = [account.intent()["id"] for _ in range(5)][::-1]
    account.time += SEARCH_LAG
    seen: list[str] = []
    page: Data = {"next_page": ""}
    while page["next_page"] is not None:
        page = account.get("payment_intents/search", query="currency:'eur'", limit=2, page=page["next_page"])
        seen += ids(page)
    assert seen == made


def test_expanding() -> None:
    """Ids give way to objects, through lists and several levels deep."""
    account = Account()
    customer = account.post("customers")["id"]
    intent = account.captured()
    account.post(f"payment_intents/{intent['id']}", {"customer": customer})
    refund = account.post("refunds", {"payment_intent": intent["id"], "expand": ["charge", "payment_intent.customer"]})
    assert refund["charge"]["object"] == "charge"
    assert refund["payment_intent"]["customer"]["id"] == customer
    listed = account.get("payment_intents", expand=["data.latest_charge.refunds"])
    assert ids(listed["data"][0]["latest_charge"]["refunds"]) == [refund["id"]]
    assert account.get(f"payment_intents/{intent['id']}")["latest_charge"] == intent["latest_charge"]


@pytest.mark.parametrize("path", ["amount", "nothing", "latest_charge.amount", "a.b.c.d.e"])
def test_what_cannot_be_expanded(path: str) -> None:
    """400."""
    account = Account()
    intent = account.captured()
    assert account.error("GET", f"payment_intents/{intent['id']}", {"expand": [path]})[1]["param"] == "expand"
