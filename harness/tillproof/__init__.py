"""tillproof proves that a checkout keeps people's money right when things go wrong."""

from __future__ import annotations

__version__ = "0.1.0"
__all__ = ["__version__"]
