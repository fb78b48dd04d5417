"""What the `sql` store promises beyond the contract: rows as they were, one-time things once, failures told as such."""

from __future__ import annotations

import asyncio
import dataclasses
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from msgspec.structs import replace
from sqlalchemy import event
from support.shopbench import Bench
from support.storerows import CART, KEY, ORDER, PAYMENT, REGION, SESSION

from tillproof.domain.entities import Cart, Entity, Order, Variant
from tillproof.domain.requests import Ask
from tillproof.reference.api import boot, serve
from tillproof.reference.ports import StoreError, Transaction
from tillproof.reference.store.engines import UnknownDatabase, engines
from tillproof.reference.store.schema import VERSION, SchemaMismatch
from tillproof.reference.store.sql import SqlStore, open_store


def putting(*rows: Entity) -> Callable[[Transaction], None]:
    def step(tx: Transaction) -> None:
        for row in rows:
            tx.put(row)

    return step


def finding(row: Entity) -> Callable[[Transaction], Entity | None]:
    return lambda tx: tx.find(type(row), row.id)


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/shop.db"


@pytest.fixture
def store(url: str) -> Iterator[SqlStore]:
    with closing(open_store(url)) as opened:
        asyncio.run(opened.atomic(putting(REGION, CART)))
        yield opened


def writing_told(pragma: str, url: str) -> SqlStore:
    """Open the file, whose tables are there already, with a writer that was told this."""
    opened = engines(url)

    def connected(connection: sqlite3.Connection, _record: object) -> None:
        connection.execute(f"PRAGMA {pragma}")

    event.listen(opened.writers, "connect", connected)
    return SqlStore(opened)


ONCE: dict[str, tuple[Entity, Entity]] = {
    "order-of-a-cart": (ORDER, replace(ORDER, id="order_2")),
    "live-payment-of-a-cart": (PAYMENT, replace(PAYMENT, id="pay_2")),
    "selected-session-of-a-cart": (SESSION, replace(SESSION, id="ps_2", provider_id="b")),
    "session-of-a-processor": (SESSION, replace(SESSION, id="ps_2", is_selected=False)),
    "client's-key": (KEY, replace(KEY, id="ikey_2")),
}
OFTEN: dict[str, tuple[Entity, Entity]] = {
    "canceled-payments": (replace(PAYMENT, canceled_at=1.0), replace(PAYMENT, id="pay_2")),
    "sessions-not-selected": (SESSION, replace(SESSION, id="ps_2", provider_id="b", is_selected=False)),
}


@pytest.mark.parametrize(("first", "second"), ONCE.values(), ids=ONCE)
def test_second_of_what_there_is_once(store: SqlStore, first: Entity, second: Entity) -> None:
    """The database itself refuses a second one, and the first stays."""
    asyncio.run(store.atomic(putting(first)))
    with pytest.raises(StoreError):
        asyncio.run(store.atomic(putting(second)))
    assert asyncio.run(store.read(lambda tx: tx.select(type(first)))) == [first]


@pytest.mark.parametrize(("first", "second"), OFTEN.values(), ids=OFTEN)
def test_second_of_what_there_may_be_more(store: SqlStore, first: Entity, second: Entity) -> None:
    """What is over, or not chosen, does not stand in the way."""
    asyncio.run(store.atomic(putting(first, second)))
    assert asyncio.run(store.read(lambda tx: tx.select(type(first)))) == [first, second]


def test_row_that_refers_to_nothing(store: SqlStore) -> None:
    """A cart of a region that is not there is not committed."""
    with pytest.raises(StoreError):
        asyncio.run(store.atomic(putting(replace(CART, id="cart_2", region_id="nowhere"))))


@pytest.mark.parametrize("changes", [{"email": "ada\ud800"}, {"tax_rate": 2**63}], ids=["text", "number"])
def test_value_that_no_column_can_hold(store: SqlStore, changes: dict[str, object]) -> None:
    """Half a character or a number beyond 64 bits is a failure of the store, told without the value."""
    with pytest.raises(StoreError, match="cannot hold") as told:
        asyncio.run(store.atomic(putting(replace(CART, **changes))))
    assert "ada" not in str(told.value)
    assert asyncio.run(store.read(finding(CART))) == CART


def test_broken_constraint_among_others(store: SqlStore) -> None:
    """One step's broken constraint leaves the steps committed at the same time whole."""

    async def scenario() -> list[object]:
        steps = (putting(ORDER), putting(replace(ORDER, id="order_2")), putting(SESSION))
        return await asyncio.gather(*(store.atomic(step) for step in steps), return_exceptions=True)

    outcomes = asyncio.run(scenario())
    assert [type(outcome) for outcome in outcomes] == [type(None), StoreError, type(None)]
    assert asyncio.run(store.read(finding(SESSION))) == SESSION


def test_error_tells_no_stored_value(store: SqlStore) -> None:
    """What went wrong is told in the database's words, without the row it went wrong with."""
    with pytest.raises(StoreError, match="IntegrityError") as told:
        asyncio.run(store.atomic(putting(ORDER, replace(ORDER, id="order_2"))))
    assert "ada@" not in str(told.value) + str(told.value.__cause__)


def test_disk_full(url: str) -> None:
    """A step for which there is no room is not committed; what was there before is read as before."""
    with closing(open_store(url)) as store:
        asyncio.run(store.atomic(putting(REGION, CART)))
    with closing(writing_told("max_page_count = 1", url)) as store:  # which allows what there is, and no more
        with pytest.raises(StoreError, match="full"):
            asyncio.run(store.atomic(putting(replace(REGION, name="Away"), replace(CART, context={"much": "x" * 10**6}))))
        assert asyncio.run(store.read(finding(CART))) == CART
        assert asyncio.run(store.read(finding(REGION))) == REGION


def test_database_that_became_read_only(url: str) -> None:
    """Writing fails, reading goes on."""
    with closing(open_store(url)) as store:
        asyncio.run(store.atomic(putting(REGION)))
    with closing(writing_told("query_only = ON", url)) as store:
        with pytest.raises(StoreError, match="readonly"):
            asyncio.run(store.atomic(putting(CART)))
        assert asyncio.run(store.read(finding(REGION))) == REGION


def test_read_only_file(url: str, tmp_path: Path) -> None:
    """A file that is there only for reading can be opened and read; writing fails."""
    with closing(open_store(url)) as store:
        asyncio.run(store.atomic(putting(REGION)))
    with closing(open_store(f"sqlite:///file:{tmp_path}/shop.db?mode=ro&uri=true")) as store:
        with pytest.raises(StoreError, match="readonly"):
            asyncio.run(store.atomic(putting(CART)))
        assert asyncio.run(store.read(finding(REGION))) == REGION


def test_write_inside_a_read(store: SqlStore) -> None:
    """What is for reading only does not write."""
    with pytest.raises(StoreError, match="readonly"):
        asyncio.run(store.read(putting(ORDER)))
    assert asyncio.run(store.read(finding(ORDER))) is None


def test_another_process_that_writes(url: str, tmp_path: Path) -> None:
    """Its lock is waited for, for a while; meanwhile reading goes on."""
    open_store(url).close()
    with closing(writing_told("busy_timeout = 20", url)) as store:
        asyncio.run(store.atomic(putting(REGION)))
        with closing(sqlite3.connect(tmp_path / "shop.db", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(StoreError, match="locked"):
                asyncio.run(store.atomic(putting(CART)))
            assert asyncio.run(store.read(finding(REGION))) == REGION
        asyncio.run(store.atomic(putting(CART)))


def test_commit_whose_answer_was_lost(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Committed or not, nobody knows: every step that was part of it is told so, even if it wrote nothing."""
    opened = engines(url)
    with closing(open_store(url)):
        store = SqlStore(opened)

    def committed_unheard(connection: sqlite3.Connection) -> None:
        connection.commit()
        raise sqlite3.OperationalError("disk I/O error")

    async def scenario() -> list[object]:
        steps = (putting(REGION), putting(CART), finding(CART))
        return await asyncio.gather(*(store.atomic(step) for step in steps), return_exceptions=True)

    with closing(store), monkeypatch.context() as patched:
        patched.setattr(opened.writers.dialect, "do_commit", committed_unheard)
        outcomes = asyncio.run(scenario())
    assert [str(outcome) for outcome in outcomes] == ["OperationalError: disk I/O error"] * 3
    with closing(open_store(url)) as store:
        assert asyncio.run(store.read(finding(CART))) == CART


def test_two_stores_on_one_file(url: str) -> None:
    """Writers of several processes wait for each other and lose nothing."""

    def one_more(tx: Transaction) -> None:
        row = tx.find(Cart, CART.id)
        assert row is not None
        tx.put(replace(row, tax_rate=row.tax_rate + 1))

    async def scenario(*stores: SqlStore) -> None:
        await stores[0].atomic(putting(REGION, CART))
        await asyncio.gather(*(store.atomic(one_more) for store in stores for _ in range(10)))

    with closing(open_store(url)) as one, closing(open_store(url)) as other:
        asyncio.run(scenario(one, other))
        found = asyncio.run(one.read(lambda tx: tx.find(Cart, CART.id)))
    assert found is not None
    assert found.tax_rate == CART.tax_rate + 20


def test_step_whose_caller_has_gone(store: SqlStore) -> None:
    """A step that has not begun when its caller stops waiting is not run, and the others are."""

    async def scenario() -> None:
        at_work = asyncio.create_task(store.atomic(putting(PAYMENT)))
        gone = asyncio.create_task(store.atomic(putting(ORDER)))
        await asyncio.sleep(0)
        gone.cancel()
        await at_work
        await store.atomic(putting(SESSION))

    asyncio.run(scenario())
    assert asyncio.run(store.read(finding(ORDER))) is None
    assert asyncio.run(store.read(finding(SESSION))) == SESSION


def test_closed_store(url: str) -> None:
    """A store that was closed says so to whoever still writes."""
    store = open_store(url)
    store.close()
    with pytest.raises(StoreError, match="closed"):
        asyncio.run(store.atomic(putting(REGION)))


def test_database_of_another_version(url: str, tmp_path: Path) -> None:
    """Another schema is refused with both versions, and left as it is."""
    open_store(url).close()
    with closing(sqlite3.connect(tmp_path / "shop.db")) as file, file:
        file.execute("UPDATE tillproof_schema SET version = 'older'")
    with pytest.raises(SchemaMismatch) as told:
        open_store(url)
    assert (told.value.found, told.value.expected) == ("schema older", VERSION)


def test_database_of_something_else(url: str, tmp_path: Path) -> None:
    """A database with foreign tables is refused by their names, and no table is added."""
    with closing(sqlite3.connect(tmp_path / "shop.db")) as file, file:
        file.execute("CREATE TABLE diary (day TEXT)")
    with pytest.raises(SchemaMismatch, match="diary"):
        open_store(url)
    with closing(sqlite3.connect(tmp_path / "shop.db")) as file:
        assert file.execute("SELECT name FROM sqlite_master").fetchall() == [("diary",)]


def test_file_that_is_no_database(url: str, tmp_path: Path) -> None:
    """A file of something else is refused."""
    (tmp_path / "shop.db").write_text("dear diary, " * 100)
    with pytest.raises(StoreError, match="not a database"):
        open_store(url)


@pytest.mark.parametrize("wrong", ["shop.db", "mysql://localhost/shop", "sqlite://", "sqlite:///:memory:"])
def test_url_that_cannot_be_used(wrong: str) -> None:
    """What names no file and no PostgreSQL is refused before anything is opened."""
    with pytest.raises(UnknownDatabase):
        open_store(wrong)


def test_careful_settings(url: str, tmp_path: Path) -> None:
    """The file has a write-ahead log; writers are synchronous and check what refers to what."""
    opened = engines(url)
    with closing(open_store(url)), opened.writers.connect() as connection:
        told = [connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in ("synchronous", "foreign_keys")]
        assert told == [2, 1]
        assert (tmp_path / "shop.db-wal").exists()
    opened.dispose()


def test_simultaneous_completions_of_one_cart(store: SqlStore) -> None:
    """However many complete the cart at once, there is one order and one authorization."""
    bench = Bench()
    shop = dataclasses.replace(bench.shop, store=store)
    region = replace(REGION, payment_providers=("scripted",))

    async def scenario() -> list[int]:
        await store.atomic(putting(region, Variant(id="mug", title="Mug", prices={"eur": 3000}, inventory_quantity=5)))
        await boot(shop)
        items = [{"variant_id": "mug", "quantity": 1}]
        ask = Ask(endpoint="create_cart", params={"region_id": "home", "email": "ada@shop.example", "items": items})
        cart_id = (await serve(shop, ask)).body["cart"]["id"]
        await serve(shop, Ask(endpoint="create_payment_sessions", params={"id": cart_id}))
        complete = Ask(endpoint="complete_cart", params={"id": cart_id})
        return [answer.status for answer in await asyncio.gather(*(serve(shop, complete) for _ in range(16)))]

    statuses = asyncio.run(scenario())
    assert 200 in statuses
    assert set(statuses) <= {200, 409}
    assert len(asyncio.run(store.read(lambda tx: tx.select(Order)))) == 1
    assert len(bench.processor.attempts("authorize_payment")) == 1
