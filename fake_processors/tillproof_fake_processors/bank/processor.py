"""A processor for the bank, written as a model: one key, at most one effect, whatever the bank makes of a repeated key."""

from __future__ import annotations

from urllib.parse import quote

from msgspec.structs import replace

from tillproof.contract.capabilities import Capabilities
from tillproof.contract.gateway import Gateway, NoAnswer, Request, Response
from tillproof.contract.outcomes import Done, Outcome, Refused, Unknown
from tillproof.contract.processor import Attempt, PaymentContext, PaymentProcessor
from tillproof.contract.webhooks import Delivery, Notice, Rejected, Standing
from tillproof.domain.entities import Data
from tillproof.domain.money import Money
from tillproof.domain.statuses import OperationKind
from tillproof_fake_processors.bank.webhooks import SIGNATURE, UNTIMELY, WEBHOOK_SECRET, flaw
from tillproof_fake_processors.bank.wire import (
    KEPT,
    PUBLIC,
    STATUSES,
    DoneOn,
    Listed,
    Shown,
    Told,
    keeps_to_it,
    kept,
    no_success,
    notice,
    read,
    standing,
)

KEY_LIFE = 1800.0
"""Seconds for which a bank surely remembers a key: the shortest life among those this processor may meet."""

EFFECTS_OF: dict[OperationKind, frozenset[str]] = {
    OperationKind.INITIATE: frozenset({"intent"}),
    OperationKind.UPDATE: frozenset({"update"}),
    OperationKind.AUTHORIZE: frozenset({"authorize", "challenge", "decline"}),
    OperationKind.CAPTURE: frozenset({"capture"}),
    OperationKind.REFUND: frozenset({"refund"}),
    OperationKind.CANCEL: frozenset({"void"}),
    OperationKind.DELETE: frozenset({"void"}),
}
"""What the bank writes down when it has carried out, or definitely declined, an operation."""


class BankProcessor(PaymentProcessor):
    """
    Pays through the bank. Does not know the bank's dialect and is right under each.

    - The key goes along on the first try too.
    - From the second try on it looks for the effect by reference before it acts again: a bank without keys would act
      twice, and one that stores failures would go on refusing what it has done.
    - Asked again under the key, a failure of the bank's own, or the bare intent, with nothing in its list, is definite: some
      banks answer nothing else under that key, and nothing was done.
    - Past the key's life it only looks.
    - An answer is success only if it names the very effect that was asked for. Whatever else is no definite refusal is
      unknown.
    """

    identifier = "bank"
    capabilities = Capabilities(
        partial_capture=True,
        look_up=True,
        webhooks=True,
        key_life=KEY_LIFE,
        public=frozenset(PUBLIC),
        keeps=frozenset(),
    )

    def __init__(self, gateway: Gateway, *, lands_within: float = 0.0, webhook_secret: str = WEBHOOK_SECRET) -> None:
        """
        Speak to this bank, and take for its webhooks what is signed with that secret.

        `lands_within`: seconds within which the bank lists an effect after its request. What is not listed before that
        is unknown, not absent.
        """
        self._gateway = gateway
        self._lands_within = lands_within
        self._webhook_secret = webhook_secret

    async def initiate_payment(self, context: PaymentContext, attempt: Attempt) -> Outcome:
        """Open an intent for the amount; nothing is held by it."""
        body = {**self._sum(context.amount), "resource": context.resource_id}
        return await self._once(OperationKind.INITIATE, "/intents", body, attempt, {})

    async def update_payment(self, data: Data, context: PaymentContext, attempt: Attempt) -> Outcome:
        """Change the intent's amount and currency."""
        return await self._once(OperationKind.UPDATE, path_of(data), self._sum(context.amount), attempt, data)

    async def update_payment_data(self, session_id: str, data: Data, changes: Data) -> Outcome:
        """Take in what the storefront tells, save in the fields that are the bank's."""
        del session_id
        return Done({**data, **{field: told for field, told in changes.items() if field not in KEPT}})

    async def authorize_payment(self, data: Data, context: PaymentContext, attempt: Attempt) -> Outcome:
        """Hold the context's amount; the bank refuses where the intent is for another."""
        body = self._sum(context.amount)
        return await self._once(OperationKind.AUTHORIZE, path_of(data, "/authorize"), body, attempt, data)

    async def capture_payment(self, data: Data, amount: Money, attempt: Attempt) -> Outcome:
        """Take that much of what is held."""
        return await self._once(OperationKind.CAPTURE, path_of(data, "/capture"), self._sum(amount), attempt, data)

    async def refund_payment(self, data: Data, amount: Money, attempt: Attempt) -> Outcome:
        """Give that much of what was captured back."""
        return await self._once(OperationKind.REFUND, path_of(data, "/refunds"), self._sum(amount), attempt, data)

    async def cancel_payment(self, data: Data, attempt: Attempt) -> Outcome:
        """Let go of what is held."""
        return await self._let_go(OperationKind.CANCEL, data, attempt)

    async def delete_payment(self, data: Data, attempt: Attempt) -> Outcome:
        """Make the intent unpayable, which also lets go of what it holds."""
        return await self._let_go(OperationKind.DELETE, data, attempt)

    async def retrieve_payment(self, data: Data) -> Outcome:
        """Read the intent."""
        return _done(await self._look_at(path_of(data)), data)

    async def get_payment_status(self, data: Data) -> Outcome:
        """Read how the intent stands."""
        return _done(await self._look_at(path_of(data)), data)

    async def find_effect(self, kind: OperationKind, attempt: Attempt, data: Data) -> Outcome:
        """Look for the attempt's effect in the bank's list."""
        found = await self._found(kind, attempt, data)
        return Refused("absent", "the bank has not done this") if found is None else found

    async def read_webhook(self, delivery: Delivery) -> Notice | Rejected | Unknown:
        """
        Check time and signature of the raw body, and only then read it.

        Where only the time is not right, the shop's own clock may be wrong: then the bank's counts.
        """
        rejected = self._flaw(delivery)
        if rejected == UNTIMELY:
            now = await self._time()
            if isinstance(now, Unknown):
                return now
            rejected = self._flaw(replace(delivery, received_at=now))
        return notice(delivery.body) if rejected is None else Rejected(rejected)

    async def read_standing(self, data: Data) -> Standing | Unknown:
        """Read all that was done on the intent."""
        answer = await self._send(Request(method="GET", path=path_of(data, "/effects")))
        listed = None if isinstance(answer, Unknown) else read(answer, DoneOn)
        if listed is None or listed.intent != data.get("id"):
            return Unknown("the bank's list was not understood")
        return standing(listed)

    def _flaw(self, delivery: Delivery) -> str | None:
        """Say why a delivery is not the bank's word; None if it is."""
        header = delivery.headers.get(SIGNATURE, "")
        return flaw(delivery.body, header, self._webhook_secret, delivery.received_at)

    async def _time(self) -> float | Unknown:
        """Ask the bank what time it is there."""
        answer = await self._send(Request(method="GET", path="/time"))
        told = None if isinstance(answer, Unknown) else read(answer, Told)
        return Unknown("the bank did not say what time it is") if told is None else told.now

    async def _let_go(self, kind: OperationKind, data: Data, attempt: Attempt) -> Outcome:
        outcome = await self._once(kind, path_of(data, "/cancel"), {}, attempt, data)
        if isinstance(outcome, Refused) and outcome.code == "canceled":
            return _done(await self._look_at(path_of(data)), data)  # "already done": not believed, looked at
        return outcome

    async def _once(self, kind: OperationKind, path: str, body: Data, attempt: Attempt, data: Data) -> Outcome:
        """Bring an effect about at most once, however often it is asked for with the same key and reference."""
        if attempt.number > 1:
            found = await self._found(kind, attempt, data)
            if found is not None:
                return found
            if attempt.sent_at - attempt.first_sent_at >= KEY_LIFE:
                return Refused("expired", "this was never done, and it is too late to try it again")
        return await self._act(kind, path, body, attempt, data)

    async def _act(self, kind: OperationKind, path: str, body: Data, attempt: Attempt, data: Data) -> Outcome:
        """Ask for the effect, under the attempt's key and reference."""
        named = {**body, "reference": attempt.reference}
        answer = await self._send(Request(method="POST", path=path, body=named, key=attempt.idempotency_key))
        if isinstance(answer, Unknown):
            return answer
        if attempt.number > 1 and keeps_to_it(answer):
            found = await self._found(kind, attempt, data)
            return Refused("failed", "the bank did not do this, and keeps to it") if found is None else found
        return self._judge(kind, answer, attempt, data)

    def _judge(self, kind: OperationKind, answer: Response, attempt: Attempt, data: Data) -> Outcome:
        """Say what an answer to a request for an effect means."""
        shown = read(answer, Shown)
        if shown is None:
            return no_success(answer)
        effect = shown.effect
        if effect is None or effect.reference != attempt.reference or effect.kind not in EFFECTS_OF[kind]:
            return Unknown("the bank's answer does not show what was asked for")
        return _declined(shown) if effect.kind == "decline" else _done(shown, data)

    async def _found(self, kind: OperationKind, attempt: Attempt, data: Data) -> Outcome | None:
        """Look for an effect by its reference. None: it is not there, and nothing can still land."""
        answer = await self._send(Request(method="GET", path=f"/effects?reference={quote(attempt.reference, safe='')}"))
        if isinstance(answer, Unknown):
            return answer
        listed = read(answer, Listed)
        if listed is None or listed.reference != attempt.reference:
            return Unknown("the bank's list was not understood, or is another")
        for effect in listed.effects:
            if effect.kind in EFFECTS_OF[kind]:
                shown = await self._look_at(f"/intents/{effect.intent}")
                if effect.kind == "decline" and isinstance(shown, Shown):
                    return _declined(shown)
                return _done(shown, data)
        young = attempt.sent_at - attempt.first_sent_at < self._lands_within
        return Unknown("the bank may still be at work on it") if young else None

    async def _look_at(self, path: str) -> Shown | Refused | Unknown:
        """Read an intent as it stands now."""
        answer = await self._send(Request(method="GET", path=path))
        return answer if isinstance(answer, Unknown) else read(answer, Shown) or no_success(answer)

    async def _send(self, request: Request) -> Response | Unknown:
        try:
            return await self._gateway.request(request)
        except NoAnswer:
            return Unknown("the bank did not answer")

    def _sum(self, amount: Money) -> Data:
        """Write an amount as the bank takes it: whole minor units."""
        return {"amount": amount.amount, "currency": amount.currency}


def path_of(data: Data, verb: str = "") -> str:
    """Return the path of a session's intent, or of a verb on it."""
    return f"/intents/{quote(str(data.get('id')), safe='')}{verb}"


def _done(shown: Shown | Refused | Unknown, data: Data) -> Outcome:
    if not isinstance(shown, Shown):
        return shown
    status = STATUSES.get(shown.status)
    return Unknown("the bank's status was not understood") if status is None else Done(kept(shown, data), status)


def _declined(shown: Shown) -> Refused:
    return Refused(shown.code or "declined", "the card was declined")
