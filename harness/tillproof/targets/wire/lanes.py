"""Several servers at once, each with a zygote and a database of its own."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from functools import partial

from sqlalchemy import create_engine, make_url, text

from tillproof.errors import Misuse
from tillproof.simulation.front import Furnish
from tillproof.targets.wire.front import WireFront
from tillproof.targets.wire.nursery import Nursery
from tillproof_fake_processors import PROCESSORS

_GATEWAYS = ("bank", None)  # the others are reached by HTTP of the processor's own, which a server has no fake for


@contextmanager
def served(processor: str, database: str, servers: int) -> Generator[tuple[Furnish, ...]]:
    """
    Yield so many ways to furnish shops that are processes of their own, on databases beside the one at this URL.

    The first uses the database itself, which loses what is in it. Raises `Misuse` for a processor of somebody else's, or a
    database that cannot be used.
    """
    if processor not in PROCESSORS or PROCESSORS[processor].gateway not in _GATEWAYS:
        raise Misuse(
            f"{processor} cannot be tried on the wire",
            seen="a server process takes cash, and processors of the bank that come along",
            type_="tillproof run --backend reference --wire --processor bank --database sqlite:///till.db",
        )
    with ExitStack() as open_:
        nurseries = [Nursery(processor, beside(database, number)) for number in range(1, servers + 1)]
        for nursery in nurseries:
            open_.enter_context(nursery)
        yield tuple(partial(WireFront, nursery) for nursery in nurseries)


def beside(database: str, number: int) -> str:
    """Return the URL of the number-th database: the one given, then files or schemas named after it, made if need be."""
    if number == 1:
        return database
    url = make_url(database)
    if url.get_backend_name() == "sqlite":
        return url.set(database=f"{url.database}.{number}").render_as_string(hide_password=False)
    schema = f"tillproof_{number}"
    engine = create_engine(url.set(drivername="postgresql+psycopg"))
    with engine.begin() as connection:
        connection.execute(text(f"CREATE SCHEMA IF NOT EXISTS {schema}"))
    engine.dispose()
    options = f"{url.query.get('options', '')} -csearch_path={schema}".strip()
    return url.update_query_dict({"options": options}).render_as_string(hide_password=False)
