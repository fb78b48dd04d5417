"""Backends that are careless with payment sessions and what the storefront is shown of them."""

from __future__ import annotations

from msgspec.structs import replace

from tillproof.contract.outcomes import Done, Outcome
from tillproof.domain.entities import Cart, Data, IdempotencyKey, Operation, PaymentProvider, PaymentSession
from tillproof.domain.requests import Answer
from tillproof.domain.statuses import OperationKind, OperationState, SessionStatus
from tillproof.domain.totals import contents, total
from tillproof.reference.follows import renewed
from tillproof.reference.operations import finish, intend, take, unsettled
from tillproof.reference.ports import Transaction
from tillproof.reference.refusals import Conflict
from tillproof.reference.sessions import reconcile, selected, usable
from tillproof.reference.shop import Shop
from tillproof.selftest.backend_liars.patching import Honest
from tillproof.selftest.backend_liars.row import liar


def keeps_old_currency(
    honest: Honest, shop: Shop, tx: Transaction, cart: Cart, session: PaymentSession, *, enabled: bool
) -> Operation | None:
    """A session made before the region changed is left as it is, payable in the old currency beside the new one."""
    if session.is_initiated and session.currency_code != cart.currency_code:
        if len(tx.select(PaymentSession, cart_id=cart.id, provider_id=session.provider_id)) == 1:
            tx.put(replace(renewed(shop, session), is_selected=False))
        return None
    needed: Operation | None = honest(shop, tx, cart, session, enabled=enabled)
    return needed


def keeps_currency(
    honest: Honest, shop: Shop, tx: Transaction, cart: Cart, session: PaymentSession, *, enabled: bool
) -> Operation | None:
    """A session made before the region changed is used as it is, in the old currency."""
    if session.is_initiated and session.currency_code != cart.currency_code:
        return None
    needed: Operation | None = honest(shop, tx, cart, session, enabled=enabled)
    return needed


def keeps_what_was_chosen(
    honest: Honest, shop: Shop, tx: Transaction, cart: Cart, session: PaymentSession, *, enabled: bool
) -> Operation | None:
    """The gateway object of a method chosen before is left payable until somebody sweeps it."""
    if session.is_initiated and enabled and not session.is_selected:
        return None
    needed: Operation | None = honest(shop, tx, cart, session, enabled=enabled)
    return needed


def shows_one_method(honest: Honest, shop: Shop, tx: Transaction, cart: Cart, *, create: bool) -> None:
    """At the payment step only the first processor of the region is offered."""
    honest(shop, tx, cart, create=create)
    for session in tx.select(PaymentSession, cart_id=cart.id)[1:]:
        if not session.is_initiated:
            tx.delete(session)


def shows_methods_for_nothing(honest: Honest, shop: Shop, tx: Transaction, cart: Cart, *, create: bool) -> None:
    """Sessions are made although there is nothing to pay."""
    if total(cart) > 0:
        honest(shop, tx, cart, create=create)
        return
    for provider_id in usable(tx, cart) if create else ():
        id_, currency = shop.ids.new(PaymentSession.prefix), cart.currency_code
        if not tx.select(PaymentSession, cart_id=cart.id, provider_id=provider_id):
            tx.put(PaymentSession(id=id_, cart_id=cart.id, provider_id=provider_id, amount=0, currency_code=currency))


async def authorizes_old_currency(honest: Honest, shop: Shop, key: IdempotencyKey) -> IdempotencyKey | Answer:
    """Authorize the chosen session as it is, where its currency is not the cart's."""
    cart_id = key.cart_id or ""
    session = await shop.store.read(lambda tx: selected(tx, cart_id))
    cart = await shop.store.read(lambda tx: tx.find(Cart, cart_id))
    if session is None or cart is None or session.currency_code == cart.currency_code:
        stage: IdempotencyKey | Answer = await honest(shop, key)
        return stage

    def authorization_intended(tx: Transaction) -> Operation:
        open_ = unsettled(tx, session_id=session.id)
        fingerprint = contents(cart)
        return (
            take(shop, tx, open_[0]) if open_ else intend(shop, tx, OperationKind.AUTHORIZE, session, contents=fingerprint)
        )

    operation = await finish(shop, await shop.store.atomic(authorization_intended))
    moved = await shop.store.read(lambda tx: tx.find(IdempotencyKey, key.id))
    if operation.state is not OperationState.DONE or moved is None:
        raise Conflict
    return moved


def keeps_old_sum(
    honest: Honest, shop: Shop, tx: Transaction, cart: Cart, session: PaymentSession, *, enabled: bool
) -> Operation | None:
    """The session is brought to the cart's new sum; its gateway object is not."""
    if session.is_initiated and session.amount != total(cart):
        session = replace(session, amount=total(cart))
        tx.put(session)
    needed: Operation | None = honest(shop, tx, cart, session, enabled=enabled)
    return needed


def forgets_intent(
    honest: Honest,
    shop: Shop,
    tx: Transaction,
    kind: OperationKind,
    of: PaymentSession,
    **given: object,
) -> Operation:
    """Nothing is stored before the gateway is asked for a session's object; afterwards the session claims to be there."""
    operation: Operation = honest(shop, tx, kind, of, **given)
    if kind is OperationKind.INITIATE:
        tx.delete(operation)
    return operation


async def stores_afterwards(honest: Honest, shop: Shop, operation: Operation) -> Outcome:
    """Store the start of a session after the call, and whatever came back take it for done."""
    outcome: Outcome = await honest(shop, operation)
    if operation.kind is not OperationKind.INITIATE:
        return outcome

    def session_inserted(tx: Transaction) -> None:
        tx.put(operation)

    await shop.store.atomic(session_inserted)
    return outcome if isinstance(outcome, Done) else Done(operation.data)


def revives_canceled(honest: Honest, shop: Shop, session: PaymentSession) -> PaymentSession:
    """A canceled session that is chosen again is used again."""
    if session.status is SessionStatus.CANCELED:
        return replace(session, status=SessionStatus.PENDING)
    fresh: PaymentSession = honest(shop, session)
    return fresh


async def chooses_beside(_honest: Honest, shop: Shop, cart_id: str, provider_id: str) -> None:
    """Choosing a session leaves the one chosen before chosen too."""

    def session_selected(tx: Transaction) -> None:
        for session in tx.select(PaymentSession, cart_id=cart_id, provider_id=provider_id):
            tx.put(replace(session, is_selected=True))

    await shop.store.atomic(session_selected)
    await reconcile(shop, cart_id)


def uses_any_installed(_honest: Honest, tx: Transaction, _cart: Cart) -> list[str]:
    """A processor is used wherever it is installed, enabled in the region or not."""
    return [provider.id for provider in tx.select(PaymentProvider, is_installed=True)]


def serves_raw_data(honest: Honest, shop: Shop, session: PaymentSession) -> Data:
    """The storefront is shown all of a session's data."""
    return {**honest(shop, session), "data": session.data}


def serves_no_data(honest: Honest, shop: Shop, session: PaymentSession) -> Data:
    """The storefront is shown nothing of a session's data, not even what the customer needs for the challenge."""
    return {**honest(shop, session), "data": {}}


def forgets_what_is_held(honest: Honest, tx: Transaction, session: PaymentSession) -> bool:
    """A session whose release the gateway refused is used on as if it held nothing."""
    del honest, tx, session
    return False


ROWS = (
    liar(
        "old-currency",
        "M54",
        {"sessions._needed": keeps_old_currency, "checkout._authorize": authorizes_old_currency},
        "change-region",
        "SESS-01 AMT-03",
        like="F-SES-06",
    ),
    liar(
        "one-old-currency",
        "M54",
        {"sessions._needed": keeps_currency, "checkout._authorize": authorizes_old_currency},
        "change-region",
        "SESS-01 AMT-03",
        like="F-AMT-08",
    ),
    liar(
        "old-choice",
        None,
        {"sessions._needed": keeps_what_was_chosen},
        "decline-then-other-method",
        "SESS-01",
        like="F-SES-05",
    ),
    liar("one-method", None, {"sessions._show": shows_one_method}, "cash-on-delivery", "SESS-01"),
    liar("methods-for-nothing", None, {"sessions._show": shows_methods_for_nothing}, "nothing-to-pay", "SESS-01"),
    liar(
        "nothing-before",
        "M58",
        {"operations.intend": forgets_intent, "operations._call": stores_afterwards},
        "buy",
        "LED-02 SESS-03",
        like="F-INT-10",
    ),
    liar("revives-canceled", None, {"follows.renewed": revives_canceled}, "out-of-stock", "STAT-06"),
    liar("challenge-untold", None, {"views._session": serves_no_data}, "three-d-secure", "SCA-01"),
    liar(
        "two-chosen",
        None,
        {"sessions.select": chooses_beside},
        "decline-then-other-method",
        "SESS-02",
        like="F-CON-04",
    ),
    liar(
        "left-region",
        None,
        {"sessions.usable": uses_any_installed},
        "region-without-processor",
        "SESS-05",
        like="F-SES-03",
    ),
    liar(
        "old-sum",
        None,
        {"sessions._needed": keeps_old_sum},
        "edit-then-buy",
        "SESS-01",
    ),
    liar("raw-data", None, {"views._session": serves_raw_data}, "buy", "SEC-01", like="F-SEC-01"),
)

TWO_FAULTS = (
    liar(
        "forgets-what-is-held",
        None,
        {"releasing.holds_unwanted": forgets_what_is_held},
        "buy-while-removing",
        "LED-01 LED-03 IDEM-02",
    ),
)
"""Wrong only where a second fault strikes while the first is recovered from."""
