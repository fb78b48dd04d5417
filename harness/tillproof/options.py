"""What a campaign is asked to do: the choices that decide its log, which part of it to make, and with how many workers."""

from __future__ import annotations

from tillproof.history.log_header import Choices


class Options(Choices, frozen=True, kw_only=True):
    """
    The choices of the log's header, which `shard` of the campaign to make, and how many `workers` run.

    A shard is written `2/4`; empty, it is all of the campaign. The workers are kept out of the log because they must not
    change it.
    """

    workers: int = 1
    shard: str = ""

    def choices(self) -> Choices:
        """Return what the header tells."""
        return Choices(**{name: getattr(self, name) for name in Choices.__struct_fields__})
