"""The bank: a gateway that speaks every dialect, and a processor for it that is right under all of them."""

from __future__ import annotations

from tillproof_fake_processors.bank.gateway import SECRET, Bank
from tillproof_fake_processors.bank.processor import BankProcessor

__all__ = ["SECRET", "Bank", "BankProcessor"]
