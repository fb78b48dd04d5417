"""A test file that makes one run again: readable, and complete without a log."""

from __future__ import annotations

import json
import re

from tillproof.history.events import RunKey
from tillproof.history.masking import harmless

_FILE = '''\
"""
{title}

Written by `tillproof replay --write-test`. It fails while a rule is broken in this run, and passes once that is mended.
"""

from __future__ import annotations

from tillproof.testing import assert_run_conformant


def test_{name}() -> None:
    """{story}"""
    assert_run_conformant(
        {processor},{gateway}
        journey={journey},
        client={client},
        dialect={dialect},
        plan={plan},{meaning}{schedule}
        seed={seed},
    )
'''


def reproduction(run: RunKey, *, processor: str, gateway: str | None, title: str, story: str, meaning: str) -> str:
    """
    Return the text of the file.

    `title` says what is wrong, `story` what the journey does, `meaning` what the fault of the plan does; each may be empty.
    """
    return _FILE.format(
        title=_prose(title) or "One run of a payment processor, made again.",
        name=re.sub(r"\W+", "_", "_".join((run.journey, run.plan or "undisturbed", run.schedule))).strip("_").lower(),
        story=_prose(story) or "The run breaks no rule.",
        processor=_literal(processor),
        gateway=f"\n        gateway={_literal(gateway)}," if gateway else "",
        journey=_literal(run.journey),
        client=_literal(run.client),
        dialect=_literal(run.dialect),
        plan=_literal(run.plan),
        meaning=f"  # {harmless(meaning)}" if meaning else "",
        schedule=f"\n        schedule={_literal(run.schedule)}," if run.schedule else "",
        seed=run.seed,
    )


def _literal(text: str) -> str:
    """Write a Python string: JSON's escapes are Python's, as long as nothing but control characters is escaped."""
    return json.dumps(text, ensure_ascii=False)


def _prose(text: str) -> str:
    """Return the text as it may stand inside a docstring."""
    return harmless(text).replace("\\", "/").replace('"', "'")
