"""Customers, and the cards they keep (https://docs.stripe.com/api/customers, /api/payment_methods)."""

from __future__ import annotations

from tillproof_fake_processors.stripe import params as read
from tillproof_fake_processors.stripe.asking import Asked
from tillproof_fake_processors.stripe.books import Books
from tillproof_fake_processors.stripe.cards import BY_NUMBER, BY_TOKEN, Card
from tillproof_fake_processors.stripe.errors import StripeError, invalid, missing, no_such
from tillproof_fake_processors.stripe.objects import Customer, PaymentMethod


def create(books: Books, asked: Asked) -> Customer:
    """Make a customer."""
    customer = Customer(id=books.new_id("cus"), created=books.now())
    _change(customer, asked)
    books.customers.put(customer)
    books.happened("customer.created", customer)
    return customer


def retrieve(books: Books, asked: Asked) -> Customer:
    """Read a customer, a deleted one too."""
    return found(books, asked.id, deleted=True)


def update(books: Books, asked: Asked) -> Customer:
    """Change what is given, and nothing else."""
    customer = found(books, asked.id)
    _change(customer, asked)
    books.happened("customer.updated", customer)
    return customer


def delete(books: Books, asked: Asked) -> Customer:
    """Delete a customer for good; its cards are nobody's then."""
    customer = found(books, asked.id)
    for method in books.methods.older():
        if method.customer == customer.id:
            method.customer = None
    books.happened("customer.deleted", customer)
    customer.deleted = True
    return customer


def found(books: Books, id_: str, *, param: str | None = None, deleted: bool = False) -> Customer:
    """Return the customer with that id. Raises `StripeError`."""
    customer = books.customers.get(id_)
    if customer is None or (customer.deleted and not deleted):
        raise no_such("customer", id_, param=param or "id", status=400 if param else 404)
    return customer


def create_method(books: Books, asked: Asked) -> PaymentMethod:
    """Make a payment method of a test card's number, or of a published token in its place."""
    read.choice(asked.params, "type", ("card",), "card")
    card = read.hashed(asked.params, "card")
    number, token = card.get("number"), card.get("token")
    if token is not None:
        of = BY_TOKEN.get(str(token).replace("tok_", "pm_card_"))
    elif number is not None:
        of = BY_NUMBER.get(str(number).replace(" ", ""))
    else:
        raise missing("card[number]")
    if of is None:
        raise StripeError(
            402,
            "card_error",
            "This is no test card.",
            stored=False,
            code="card_declined",
            decline_code="test_mode_live_card",
        )
    if of.refused_at_once:
        raise StripeError(
            402, "card_error", "The card's number is wrong.", stored=False, code="incorrect_number", param="number"
        )
    return _kept(books, of, read.metadata(asked.params, {}))


def retrieve_method(books: Books, asked: Asked) -> PaymentMethod:
    """Read a payment method; a published token makes one of its card."""
    return method_of(books, asked.id)


def attach(books: Books, asked: Asked) -> PaymentMethod:
    """Keep a card for a customer."""
    method = method_of(books, asked.id)
    name = read.text(asked.params, "customer")
    if name is None:
        raise missing("customer")
    customer = found(books, name, param="customer")
    if method.customer not in {None, customer.id}:
        raise invalid("This payment method belongs to another customer.", param="payment_method")
    method.customer = customer.id
    books.happened("payment_method.attached", method)
    return method


def detach(books: Books, asked: Asked) -> PaymentMethod:
    """Let a customer's card go."""
    method = method_of(books, asked.id)
    if method.customer is None:
        raise invalid("This payment method belongs to no customer.", param="payment_method")
    method.customer = None
    books.happened("payment_method.detached", method)
    return method


def method_of(books: Books, id_: str, *, param: str | None = None) -> PaymentMethod:
    """Return the payment method with that id, made anew of a published token. Raises `StripeError`."""
    method = books.methods.get(id_)
    if method is not None:
        return method
    card = BY_TOKEN.get(id_)
    if card is None:
        raise no_such("PaymentMethod", id_, param=param or "id", status=400 if param else 404)
    return _kept(books, card, {})


def _kept(books: Books, card: Card, metadata: dict[str, str]) -> PaymentMethod:
    return books.methods.put(PaymentMethod(id=books.new_id("pm"), created=books.now(), card=card, metadata=metadata))


def _change(customer: Customer, asked: Asked) -> None:
    for name in ("email", "name", "phone", "description"):
        if name in asked.params:
            setattr(customer, name, read.text(asked.params, name))
    customer.metadata = read.metadata(asked.params, customer.metadata)
