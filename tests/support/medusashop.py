"""The real Medusa v1 with its own Stripe and PayPal plugins from npm, in a temporary folder, on a PostgreSQL of our own."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Generator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, TypeVar

import httpx
import psycopg
import pytest
from support.postgres import Postgres
from support.servedgateway import ServedGateway

from tillproof.domain.entities import Data

PROGRAM = Path(__file__).parents[1] / "e2e" / "medusa"
WEBHOOK_SECRET = "whsec_of_the_medusa_shop"  # noqa: S105 - made up

_EMAIL, _PASSWORD = "admin@shop.example", "known-to-everybody"
T = TypeVar("T")

_PATIENCE = 60.0  # seconds for a webhook to have its effect


class MedusaShop:
    """The shop, seeded: a region in euro with both processors, and goods in stock."""

    def __init__(self, url: str) -> None:
        self._client = httpx.Client(base_url=url, timeout=30, trust_env=False)
        token = self.ask("POST", "/admin/auth/token", {"email": _EMAIL, "password": _PASSWORD})["access_token"]
        self._admin = {"authorization": f"Bearer {token}"}
        self._carts: list[str] = []

    def close(self) -> None:
        """End the connections."""
        self._client.close()

    def ask(self, method: str, path: str, body: object = None) -> Data:
        """Ask the shop, as the administrator where that is needed; it must say yes."""
        headers = self._admin if path.startswith("/admin/") and not path.startswith("/admin/auth/") else {}
        answer = self._client.request(method, path, json=body, headers=headers)
        assert answer.is_success, f"{method} {path}: {answer.status_code} {answer.text}"
        told: Data = answer.json()
        return told

    def seed(self, carts: int, nothing_waits: Callable[[], bool]) -> None:
        """
        Make a region, a product and as many carts as will be needed, each with a mug and a shopper's address.

        Medusa tells its own subscribers of a new e-mail address some seconds later, and one of them then makes the cart's
        payment sessions anew. So the carts are made first, and nobody pays before that is over.
        """
        self.ask("POST", "/admin/store", {"currencies": ["eur"], "default_currency_code": "eur"})
        region = self.ask(
            "POST",
            "/admin/regions",
            {
                "name": "Europe",
                "currency_code": "eur",
                "tax_rate": 0,
                "countries": ["fr"],
                "payment_providers": ["stripe", "paypal"],
                "fulfillment_providers": ["manual"],
            },
        )["region"]
        product = {
            "title": "A mug",
            "status": "published",
            "options": [{"title": "Size"}],
            "variants": [
                {
                    "title": "One",
                    "inventory_quantity": 1_000,
                    "options": [{"value": "One"}],
                    "prices": [{"currency_code": "eur", "amount": 4900}],
                }
            ],
        }
        variant = self.ask("POST", "/admin/products", product)["product"]["variants"][0]["id"]
        address = {"first_name": "A", "last_name": "B", "address_1": "C", "city": "Paris", "postal_code": "1"}
        shopper = {"email": "shopper@shop.example", "shipping_address": {**address, "country_code": "fr"}}
        for _ in range(carts):
            items = [{"variant_id": variant, "quantity": 1}]
            cart = self.ask("POST", "/store/carts", {"region_id": region["id"], "items": items})["cart"]["id"]
            self.ask("POST", f"/store/carts/{cart}", shopper)
            self._carts.append(cart)
        eventually(lambda: nothing_waits() or None)

    def cart(self, processor: str) -> tuple[str, Data]:
        """Take a cart that is to be paid with that processor; return its id and the payment session's data."""
        cart = self._carts.pop()
        self.ask("POST", f"/store/carts/{cart}/payment-sessions")
        chosen = self.ask("POST", f"/store/carts/{cart}/payment-session", {"provider_id": processor})["cart"]
        return cart, chosen["payment_session"]["data"]

    def complete(self, cart: str) -> Data:
        """Complete a cart: what comes of it, and its type."""
        return self.ask("POST", f"/store/carts/{cart}/complete")

    def order(self, id_: str) -> Data:
        """Read an order."""
        order: Data = self.ask("GET", f"/admin/orders/{id_}")["order"]
        return order

    def order_of(self, cart: str) -> Data | None:
        """Return the order a cart has become; None: none yet."""
        answer = self._client.get(f"/store/orders/cart/{cart}")
        return answer.json()["order"] if answer.is_success else None


def eventually(look: Callable[[], T | None]) -> T:
    """Look until something is there."""
    until = time.monotonic() + _PATIENCE
    while time.monotonic() < until:
        found = look()
        if found is not None:
            return found
    raise AssertionError("it never came to be")


def free_port() -> int:
    """A port that was free a moment ago."""
    with socket.create_server(("127.0.0.1", 0)) as bound:
        port: int = bound.getsockname()[1]
        return port


def installed(folder: Path) -> Path:
    """Install Medusa and the plugins from npm, with no install scripts; skip where that is not possible."""
    if not (shutil.which("node") and shutil.which("npm")):
        pytest.skip("no node or no npm here: Medusa and its plugins run on node")
    here = shutil.copytree(PROGRAM, folder / "medusa")
    install = ["npm", "install", "--legacy-peer-deps", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline"]
    done = subprocess.run(install, cwd=here, check=False, capture_output=True, text=True)
    if done.returncode:
        told = done.stderr.strip().splitlines() or ["no reason given"]
        pytest.skip(f"npm could not install Medusa and its plugins: {told[0]}")
    return here


@contextmanager
def medusa_shop(
    here: Path, postgres: Postgres, gateways: dict[str, ServedGateway], port: int, needs: dict[str, Any], carts: int
) -> Generator[MedusaShop]:
    """Migrate a database of its own, start the shop on that port with both gateways redirected, and seed it."""
    postgres.run("CREATE DATABASE medusa")
    shop = {
        "database": f"postgres://shop@127.0.0.1:{postgres.port}/medusa",
        **{name: gateway.url for name, gateway in gateways.items()},
        "webhook_secret": WEBHOOK_SECRET,
        **needs,
    }
    environment = {
        **os.environ,
        "SHOP": json.dumps(shop),
        "NODE_ENV": "production",
        "NODE_OPTIONS": "--require ./redirect.js",
        "MEDUSA_DISABLE_TELEMETRY": "true",
        "HOME": str(here),
    }
    migrate = ["node", "node_modules/@medusajs/medusa-cli/cli.js", "migrations", "run"]
    done = subprocess.run(migrate, cwd=here, env=environment, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    log, (heard, ready) = here / "shop.log", os.pipe()
    with (
        log.open("w") as written,
        subprocess.Popen(
            ["node", "shop.js", _EMAIL, _PASSWORD, str(port), str(ready)],  # noqa: S607 - whichever node is there
            cwd=here,
            env=environment,
            stdout=written,
            stderr=written,
            pass_fds=[ready],
        ) as process,
    ):
        os.close(ready)
        try:
            with os.fdopen(heard) as line:
                assert line.readline() == "listening\n", log.read_text()
            url = f"http://127.0.0.1:{port}"
            with closing(MedusaShop(url)) as made:
                made.seed(carts, lambda: _nothing_waits(postgres))
                yield made
        finally:
            process.kill()


def _nothing_waits(postgres: Postgres) -> bool:
    """Tell whether Medusa has told its subscribers of everything that has happened."""
    with psycopg.connect(postgres.of("medusa"), autocommit=True) as connection:
        return connection.execute("SELECT count(*) FROM staged_job").fetchone() == (0,)
