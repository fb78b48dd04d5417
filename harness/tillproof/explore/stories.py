"""
Stories that were drawn, as text: `fill home mug=2; reach; choose method; card good; buy; capture; refund 100`.

The text is the journey's name, after `drawn: `, so it travels wherever a run's key does. Reading what was written gives the
same story back. Each sentence is something a shopper or an operator does, as hand-written journeys have them do it; two
things are done at once in `buy while edit mug=3`, by two people, or by one person in a second tab or with a colleague.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Coroutine, Sequence
from functools import lru_cache
from typing import Any

import msgspec

from tillproof.errors import Misuse
from tillproof.simulation.journey import Journey, Operator, Shopper, TabKey, together

PREFIX = "drawn: "
"""What the names of drawn journeys begin with."""

_LONGEST = 40  # sentences

_MEANWHILE = " while "
_TAB_KEYS = {"own-key": TabKey.OWN, "no-key": TabKey.NONE}

Doing = Coroutine[Any, Any, object]
Do = Callable[[Shopper, Operator, Sequence[str]], Doing]


class Sentence(msgspec.Struct, frozen=True):
    """One thing somebody does: what, the words that say how, and what else is done at once, if anything."""

    verb: str
    words: tuple[str, ...] = ()
    beside: Sentence | None = None

    def __str__(self) -> str:
        """Write the sentence as stories do."""
        alone = " ".join((self.verb, *self.words))
        return alone if self.beside is None else f"{alone}{_MEANWHILE}{self.beside}"


class _Verb(msgspec.Struct, frozen=True):
    """
    How a sentence with this verb goes on (a pattern), an example, and what is done.

    `who` makes a request by it, so that it can be done while something else is; nobody, where it takes no time.
    """

    pattern: str
    example: str
    do: Do
    who: str = ""


def _items(words: Sequence[str]) -> dict[str, int]:
    return {name: int(number) for name, _, number in (word.partition("=") for word in words)}


def _provider(shopper: Shopper, word: str) -> str:
    return shopper.method if word == "method" else shopper.other


async def _edit(shopper: Shopper, _operator: Operator, words: Sequence[str]) -> object:
    ((variant, quantity),) = _items(words).items()
    return await shopper.set_quantity(variant, quantity)


async def _buy(shopper: Shopper, _operator: Operator, words: Sequence[str]) -> object:
    return await (shopper.second_tab(_TAB_KEYS[words[0]]) if words else shopper).buy()


async def _refund(_shopper: Shopper, operator: Operator, words: Sequence[str]) -> object:
    return await operator.refund(None if words[0] == "all" else int(words[0]))


async def _stock(_shopper: Shopper, operator: Operator, words: Sequence[str]) -> object:
    ((variant, quantity),) = _items(words).items()
    return await operator.stock(variant, quantity)


_ITEM = r"(?:mug|rare|gift)=[0-9]{1,2}"
_PROVIDER = "(?:method|other)"
_REGION = "(?:home|abroad|far)"

VERBS: dict[str, _Verb] = {
    "fill": _Verb(rf"{_REGION}(?: {_ITEM})+", "fill home mug=2", lambda s, _, w: s.fill_cart(w[0], items=_items(w[1:]))),
    "edit": _Verb(_ITEM, "edit mug=3", _edit, "shopper"),
    "move": _Verb(_REGION, "move abroad", lambda s, _, w: s.move_to(w[0]), "shopper"),
    "reach": _Verb("", "reach", lambda s, _o, _w: s.reach_payment(), "shopper"),
    "choose": _Verb(_PROVIDER, "choose method", lambda s, _, w: s.choose(_provider(s, w[0])), "shopper"),
    "remove": _Verb(_PROVIDER, "remove other", lambda s, _, w: s.remove(_provider(s, w[0])), "shopper"),
    "remember": _Verb("", "remember", lambda s, _o, _w: s.tell(remember_card=True), "shopper"),
    "card": _Verb("(?:good|declined|challenge)", "card good", lambda s, _, w: s.enter_card(w[0])),
    "answer": _Verb("(?:yes|no)", "answer yes", lambda s, _, w: s.answer_challenge(passed=w[0] == "yes")),
    "buy": _Verb(f"(?:{'|'.join(_TAB_KEYS)})?", "buy", _buy, "shopper"),
    "leave": _Verb("", "leave", lambda s, _o, _w: s.leaves_at_next_silence()),
    "capture": _Verb("", "capture", lambda _s, o, _w: o.capture(), "operator"),
    "refund": _Verb("(?:all|[0-9]{1,7})", "refund 100", _refund, "operator"),
    "cancel": _Verb("", "cancel", lambda _s, o, _w: o.cancel(), "operator"),
    "stock": _Verb(_ITEM, "stock mug=0", _stock, "operator"),
    "disable": _Verb(_PROVIDER, "disable method", lambda s, o, w: o.disable(_provider(s, w[0])), "operator"),
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
            if sentence.beside is None:
                await _done(sentence, shopper, operator)
            else:
                await together(*_at_once(sentence, sentence.beside, shopper, operator))

    return Journey(
        name=written(sentences),
        title="A story that was drawn.",
        theme="drawn",
        story=story,
        races=any(sentence.beside is not None for sentence in sentences),
        is_drawn=True,
    )


def _done(sentence: Sentence, shopper: Shopper, operator: Operator) -> Doing:
    return VERBS[sentence.verb].do(shopper, operator, sentence.words)


def _at_once(one: Sentence, other: Sentence, shopper: Shopper, operator: Operator) -> tuple[Doing, Doing]:
    """Return two things that are done at once; who does both has a second tab, or calls a colleague, for the other."""
    match VERBS[one.verb].who, VERBS[other.verb].who:
        case "shopper", "shopper":
            return _done(one, shopper, operator), _done(other, shopper.second_tab(), operator)
        case "operator", "operator":
            return _done(one, shopper, operator), _done(other, shopper, operator.colleague())
        case _:
            return _done(one, shopper, operator), _done(other, shopper, operator)


def _sentence(text: str) -> Sentence:
    alone, meanwhile, other = text.partition(_MEANWHILE)
    if not meanwhile:
        return _alone(text, text)
    one, beside = _alone(alone, text), _alone(other, text)
    if not (VERBS[one.verb].who and VERBS[beside.verb].who):
        idle = beside.verb if VERBS[one.verb].who else one.verb
        raise Misuse(
            f"not done at once: {text[:60]!r}",
            seen=f"{idle} asks nothing of the shop, so nothing happens meanwhile",
            type_="for example: buy while edit mug=3",
        )
    return Sentence(one.verb, one.words, beside)


def _alone(text: str, whole: str) -> Sentence:
    verb, *words = text.split() if text else [""]
    known = VERBS.get(verb)
    if known is None or not re.fullmatch(known.pattern, " ".join(words)):
        raise Misuse(
            f"not a sentence of a story: {whole[:60]!r}",
            seen=f"{verb} is written like this: {known.example}" if known else "known: " + ", ".join(VERBS),
            type_="for example: drawn: fill home mug=2; reach; choose method; card good; buy",
        )
    return Sentence(verb, tuple(words))
