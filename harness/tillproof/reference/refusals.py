"""
What a client is told instead of success: one class per row of the table, worded as Medusa v1 words it.

    Refusal                  never raised itself
    ├── Conflict             409  unknown outcome, or another request is at work: retry the same key
    ├── KeyMismatch          409  the key belongs to something else, of which nothing is told
    ├── OutOfStock           409  the authorization has been released; the key stays open
    ├── PaymentRefused       400  the gateway said no, definitely; the key stays open
    ├── NotAllowed           400
    ├── InvalidData          400
    └── NotFound             404
"""

from __future__ import annotations

from typing import ClassVar

from tillproof.domain.entities import Data
from tillproof.domain.requests import Answer


class Refusal(Exception):
    """An answer that is not success. Says nothing about effects: that is for whoever raises it to have settled."""

    status: ClassVar[int]
    type: ClassVar[str]
    code: ClassVar[str | None] = None

    def body(self) -> Data:
        """Return the error body: type, message, and a code where there is one."""
        body: Data = {"type": self.type, "message": str(self)}
        return body if self.code is None else {"code": self.code, **body}

    def answer(self) -> Answer:
        """Return the refusal as an answer."""
        return Answer(status=self.status, body=self.body())


class Conflict(Refusal):
    """The outcome is not known yet, or another request is at work. The same key may be sent again."""

    status, type, code = 409, "conflict", "invalid_state_error"

    def __init__(self) -> None:
        """Word it as the original does."""
        super().__init__(
            "The request conflicted with another request. You may retry the request with the provided Idempotency-Key."
        )


class KeyMismatch(Refusal):
    """The key was used for something else."""

    status, type, code = 409, "conflict", "idempotency_key_mismatch"

    def __init__(self) -> None:
        """Tell nothing of what the key was used for."""
        super().__init__("This Idempotency-Key was used for another request. Use another key.")


class OutOfStock(Refusal):
    """Something in the cart cannot be had any more."""

    status, type, code = 409, "not_allowed", "insufficient_inventory"

    def body(self) -> Data:
        """Return the errors as a list, which is how the original words this one."""
        return {"errors": [super().body()]}


class PaymentRefused(Refusal):
    """The gateway refused, definitely. Bears the processor's own code."""

    status, type = 400, "invalid_data"

    def __init__(self, code: str | None, message: str | None) -> None:
        """Say what the processor said."""
        super().__init__(message or "The payment was refused.")
        self._code = code

    def body(self) -> Data:
        """Return the error body with the processor's code."""
        return {"code": self._code or "refused", "type": self.type, "message": str(self)}


class NotAllowed(Refusal):
    """Not in this state."""

    status, type = 400, "not_allowed"


class InvalidData(Refusal):
    """Not with these values."""

    status, type = 400, "invalid_data"


class NotFound(Refusal):
    """There is no such thing."""

    status, type = 404, "not_found"
