"""
Replay tokens: one run, on any machine with the same target, as text that survives e-mail and dictation.

`TP1-7K2M9-Q4XWD-…` is Crockford's base 32 of the run key, packed with a fixed table of words (a general
compressor's bytes differ between its versions, and the log must not), and a checksum. Lower case, missing dashes and
the letters O, I, L for 0, 1, 1 are forgiven.
"""

from __future__ import annotations

import hashlib
from typing import NoReturn

from tillproof.errors import Misuse
from tillproof.history.events import RunKey

PREFIX = "TP1"
"""The version of the form. The table of words below belongs to it: it never changes under the same prefix."""

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_FORGIVEN = str.maketrans({"O": "0", "I": "1", "L": "1", "-": None})
_CHECK = 3  # bytes of checksum
_GROUP = 5
_END = "\x1f"  # between the fields
_LITERAL = 0xFF  # the next byte stands for itself
_FIRST_WORD = 0x80
_LONGEST = 4_000  # characters of a token; a longer one is no token of ours

_WORDS: tuple[bytes, ...] = tuple(
    b"processor. client. commit. gateway. webhook. clock. initiate_payment update_payment_data update_payment "
    b"authorize_payment capture_payment refund_payment cancel_payment delete_payment retrieve_payment "
    b"get_payment_status find_effect #1= #2= #3= #4= =answer-lost =request-lost =refused =error-object =exception "
    b"=hang-before =hang-after =nonsense =sixth-status =commit-fails =commit-unheard =crash-before =crash-after "
    b"answer-lost request-lost refused error-object exception hang-before hang-after nonsense sixth-status "
    b"commit-fails commit-unheard crash-before crash-after keeps-key no-key walks-away keep-everything keep-success "
    b"latest-state first-wins-blind strict draft none complete_cart create_cart refund_order capture_order "
    b"cancel_order get_order payment_sessions order- payment- session- authorize- capture- refund- cancel- placed "
    b"-placed intent outcome buy- buy then- edit- cash-on-delivery three-d-secure decline interruption region "
    b"without-processor change-region out-of-stock nothing-to-pay another other-method -payment -session -recorded "
    b"record- _cart cart -and-".split()
)
_CODES = {word: bytes([_FIRST_WORD + i]) for i, word in enumerate(_WORDS)}
_BY_LENGTH = sorted(_WORDS, key=len, reverse=True)


def token(run: RunKey) -> str:
    """Return the run's token. No field may hold the control character U+001F, which ends fields."""
    fields = (run.journey, run.client, run.dialect, run.plan, str(run.seed), run.schedule)
    packed = _pack(_END.join(fields).encode())
    text = _spell(packed + _checksum(packed))
    return "-".join((PREFIX, *(text[i : i + _GROUP] for i in range(0, len(text), _GROUP))))


def looks_like_token(text: str) -> bool:
    """Tell whether the text claims to be a token (and is not, say, a finding's id)."""
    return text.strip().upper().startswith("TP")


def read_token(text: str) -> RunKey:
    """Return the run the token holds. Raises `Misuse` for what is no token, is of another version, or was mistyped."""
    prefix, _, rest = text.strip().upper().partition("-")
    if prefix != PREFIX:
        _refuse(text, f"a token starts with {PREFIX}-")
    if len(rest) > _LONGEST:
        _refuse(text, f"it has {len(rest)} characters")
    letters = rest.translate(_FORGIVEN)
    foreign = next((c for c in letters if c not in _ALPHABET), None)
    if foreign is not None:
        _refuse(text, f"{foreign!r} is not a letter of tokens")
    raw = _unspell(letters)
    packed, check = raw[:-_CHECK], raw[-_CHECK:]
    if not packed or check != _checksum(packed):
        _refuse(text, "its checksum does not fit: a part is missing or mistyped")
    try:
        journey, client, dialect, plan, seed, schedule = _unpack(packed).decode().split(_END)
        return RunKey(journey=journey, client=client, dialect=dialect, plan=plan, seed=int(seed), schedule=schedule)
    except (ValueError, IndexError):
        _refuse(text, "it holds no run")


def _refuse(text: str, seen: str) -> NoReturn:
    shown = text if len(text) <= 40 else text[:37] + "..."  # noqa: PLR2004  (what fits on the line)
    raise Misuse(f"not a replay token: {shown!r}", seen=seen, type_="copy the whole token from the report, TP1- and all")


def _checksum(packed: bytes) -> bytes:
    return hashlib.blake2b(packed, digest_size=_CHECK).digest()


def _pack(raw: bytes) -> bytes:
    out, at = bytearray(), 0
    while at < len(raw):
        word = next((w for w in _BY_LENGTH if raw.startswith(w, at)), None)
        if word is not None:
            out += _CODES[word]
            at += len(word)
            continue
        if raw[at] >= _FIRST_WORD:
            out.append(_LITERAL)
        out.append(raw[at])
        at += 1
    return bytes(out)


def _unpack(packed: bytes) -> bytes:
    out, rest = bytearray(), iter(packed)
    for byte in rest:
        if byte == _LITERAL:
            out.append(next(rest, _LITERAL))
        elif byte >= _FIRST_WORD:
            out += _WORDS[byte - _FIRST_WORD]
        else:
            out.append(byte)
    return bytes(out)


def _spell(raw: bytes) -> str:
    """Write bytes five bits to a letter, the last letter padded with zero bits."""
    bits = len(raw) * 8
    letters = -(-bits // 5)
    number = int.from_bytes(raw) << (letters * 5 - bits)
    return "".join(_ALPHABET[number >> (5 * i) & 31] for i in reversed(range(letters)))


def _unspell(letters: str) -> bytes:
    number = 0
    for letter in letters:
        number = number << 5 | _ALPHABET.index(letter)
    size = len(letters) * 5 // 8
    return (number >> (len(letters) * 5 - size * 8)).to_bytes(size)
