"""Answers by template: JSON in whose texts `{names}` stand for what is known when it is sent."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, cast

_NAME = re.compile(r"\{(\w+)\}")


def names(template: object) -> Iterator[str]:
    """Yield every name a template speaks of."""
    match template:
        case str():
            yield from _NAME.findall(template)
        case dict():
            for value in cast("dict[str, object]", template).values():
                yield from names(value)
        case list():
            for value in cast("list[object]", template):
                yield from names(value)
        case _:
            pass


def filled(template: Any, values: Mapping[str, object]) -> Any:  # noqa: ANN401 - JSON of any kind
    """Return the template with every name replaced; a text that is nothing but one name becomes the value itself."""
    match template:
        case str():
            alone = _NAME.fullmatch(template)
            if alone is not None:
                return values.get(alone[1])
            return _NAME.sub(lambda found: str(values.get(found[1], "")), template)
        case dict():
            return {key: filled(value, values) for key, value in cast("dict[str, object]", template).items()}
        case list():
            return [filled(value, values) for value in cast("list[object]", template)]
        case _:
            return template
