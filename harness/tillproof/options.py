"""What a campaign is asked to do: the choices that decide its log, and the one that does not."""

from __future__ import annotations

from tillproof.history.log import Choices


class Options(Choices, frozen=True, kw_only=True):
    """The choices of the log's header and, kept out of the log because it must not change it, how many `workers` run."""

    workers: int = 1

    def choices(self) -> Choices:
        """Return what the header tells."""
        return Choices(**{name: getattr(self, name) for name in Choices.__struct_fields__})
