"""
Stories that were drawn, as text: `fill home mug=2; reach; choose method; card good; buy; capture; refund 100`.

The text is the journey's name, after `drawn: `, so it travels wherever a run's key does. Reading what was written gives the
same story back. Each sentence is something a shopper or an operator does, as hand-written journeys have them do it.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Sequence
from functools import lru_cache

import msgspec

from tillproof.errors import Misuse
from tillproof.simulation.journey import Journey, Operator, Shopper

PREFIX = "drawn: "
"""What the names of drawn journeys begin with."""

_LONGEST = 40  # sentences

Do = Callable[[Shopper, Operator, Sequence[str]], Awaitable[object]]


class Sentence(msgspec.Struct, frozen=True):
    """One thing somebody does: what, and the words that say how."""

    verb: str
    words: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Write the sentence as stories do."""
        return " ".join((self.verb, *self.words))


class _Verb(msgspec.Struct, frozen=True):
    """How a sentence with this verb goes on (a pattern), an example, and what is done."""

    pattern: str
    example: str
    do: Do


def _items(words: Sequence[str]) -> dict[str, int]:
    return {name: int(number) for name, _, number in (word.partition("=") for word in words)}


def _provider(shopper: Shopper, word: str) -> str:
    return shopper.method if word == "method" else shopper.other


async def _edit(shopper: Shopper, _operator: Operator, words: Sequence[str]) -> object:
    ((variant, quantity),) = _items(words).items()
    return await shopper.set_quantity(variant, quantity)


async def _stock(_shopper: Shopper, operator: Operator, words: Sequence[str]) -> object:
    ((variant, quantity),) = _items(words).items()
    return await operator.stock(variant, quantity)


_ITEM = r"(?:mug|rare|gift)=[0-9]{1,2}"
_PROVIDER = "(?:method|other)"
_REGION = "(?:home|abroad|far)"

VERBS: dict[str, _Verb] = {
    "fill": _Verb(rf"{_REGION}(?: {_ITEM})+", "fill home mug=2", lambda s, _, w: s.fill_cart(w[0], items=_items(w[1:]))),
    "edit": _Verb(_ITEM, "edit mug=3", _edit),
    "move": _Verb(_REGION, "move abroad", lambda s, _, w: s.move_to(w[0])),
    "reach": _Verb("", "reach", lambda s, _o, _w: s.reach_payment()),
    "choose": _Verb(_PROVIDER, "choose method", lambda s, _, w: s.choose(_provider(s, w[0]))),
    "remember": _Verb("", "remember", lambda s, _o, _w: s.tell(remember_card=True)),
    "card": _Verb("(?:good|declined|challenge)", "card good", lambda s, _, w: s.enter_card(w[0])),
    "answer": _Verb("(?:yes|no)", "answer yes", lambda s, _, w: s.answer_challenge(passed=w[0] == "yes")),
    "buy": _Verb("", "buy", lambda s, _o, _w: s.buy()),
    "leave": _Verb("", "leave", lambda s, _o, _w: s.leaves_at_next_silence()),
    "capture": _Verb("", "capture", lambda _s, o, _w: o.capture()),
    "refund": _Verb("(?:all|[0-9]{1,7})", "refund 100", lambda _s, o, w: o.refund(None if w[0] == "all" else int(w[0]))),
    "cancel": _Verb("", "cancel", lambda _s, o, _w: o.cancel()),
    "stock": _Verb(_ITEM, "stock mug=0", _stock),
    "disable": _Verb(_PROVIDER, "disable method", lambda s, o, w: o.disable(_provider(s, w[0]))),
}
"""Everything a drawn story can tell, by its verb."""


def written(sentences: Sequence[Sentence]) -> str:
    """Return the name of the journey that tells these sentences."""
    return PREFIX + "; ".join(map(str, sentences))


def told(name: str) -> tuple[Sentence, ...]:
    """Return the sentences of a drawn journey. Raises `Misuse` for what tells no story, naming the sentence."""
    parts = [part.strip() for part in name.removeprefix(PREFIX.strip()).split(";")]
    if len(parts) > _LONGEST:
        raise Misuse("not a story", seen=f"{len(parts)} sentences, at most {_LONGEST}", type_="shorten it")
    return tuple(_sentence(part) for part in parts)


@lru_cache(maxsize=512)
def drawn(name: str) -> Journey:
    """Return the journey of that name. Raises `Misuse` as `told` does."""
    sentences = told(name)

    async def story(shopper: Shopper, operator: Operator) -> None:
        for sentence in sentences:
            await VERBS[sentence.verb].do(shopper, operator, sentence.words)

    return Journey(name=written(sentences), title="A story that was drawn.", theme="drawn", story=story, is_drawn=True)


def _sentence(text: str) -> Sentence:
    verb, *words = text.split() if text else [""]
    known = VERBS.get(verb)
    if known is None or not re.fullmatch(known.pattern, " ".join(words)):
        raise Misuse(
            f"not a sentence of a story: {text[:60]!r}",
            seen=f"{verb} is written like this: {known.example}" if known else "known: " + ", ".join(VERBS),
            type_="for example: drawn: fill home mug=2; reach; choose method; card good; buy",
        )
    return Sentence(verb, tuple(words))
