"""What does a value look like that is a secret, and what is only a word?"""

import re
from typing import Final

_CLASSES: Final = re.compile(r"[a-z]+|[A-Z]+|[0-9]+|[^a-zA-Z0-9]+")
_DIGIT: Final = re.compile(r"[0-9]")
_HEX: Final = re.compile(r"[0-9a-f]+\Z|[0-9A-F]+\Z")
_MEASURED: Final = 200
_WITH_DIGITS: Final = 0.34
_LETTERS_ONLY: Final = 0.42


def restlessness(run: str) -> float:
    """Return at which share of its places a run changes between small, capital, digit and sign.

    Random base62 does at about 62 %, base64 of text at 50 %, CamelCase at 25 %.
    """
    run = run[:_MEASURED]
    return len(_CLASSES.findall(run)) / max(len(run), 1)


def looks_random(run: str) -> bool:
    """Say whether letters and digits alternate as only chance, not a name, makes them.

    Hexadecimal is never called random here: commits, digests and request ids are no secrets.
    """
    run = run[:_MEASURED]
    if _HEX.match(run) or run.lower() == run or run.upper() == run:
        return False
    least = _WITH_DIGITS if _DIGIT.search(run) else _LETTERS_ONLY
    return restlessness(run) >= least


_MADE: Final = re.compile(r"[A-Za-z0-9+/_=.~-]{16,4000}\Z")
_PART: Final = re.compile(r"[^A-Za-z0-9]+")
#: A word, a small number, a word with its number, a version.
_WORD: Final = re.compile(r"(?:[a-z]*|[A-Z]*|[A-Z]?[a-z]+|(?:[A-Z][a-z]+)+)\d{0,4}\Z")
_FEWEST_DIGITS: Final = 2


def looks_made(value: str) -> bool:
    """Say whether a machine made this value: long, with digits, and more than words in a row."""
    if not _MADE.match(value):
        return False
    if len(_DIGIT.findall(value[:_MEASURED])) < _FEWEST_DIGITS:
        return looks_random(value)
    return not all(_WORD.match(part) for part in _PART.split(value[:_MEASURED]))


_LEAST_CHOSEN: Final = 6


def looks_chosen(value: str) -> bool:
    """Say whether a word in a sentence is a secret: long enough, with a digit or odd capitals."""
    return len(value) >= _LEAST_CHOSEN and (
        any(map(str.isdigit, value)) or value[1:].lower() != value[1:] != value[1:].upper()
    )


_CODE: Final = re.compile(r"(?=[^\d]{0,40}\d)[A-Za-z0-9]{1,40}(?:[-_ ][A-Za-z0-9]{1,40}){0,7}\Z")
_SHORTEST_CODE: Final = 4


def looks_coded(value: str) -> bool:
    """Say whether this may be a PIN, a code out of a message, or one that a machine hands on."""
    return looks_made(value) or (len(value) >= _SHORTEST_CODE and _CODE.match(value) is not None)


_SPARE: Final = re.compile(r"[A-Za-z0-9]{4,32}(?:[- ][A-Za-z0-9]{3,12}){0,5}\Z")
_SHORTEST_SPARE: Final = 8


def looks_spare(value: str) -> bool:
    """Say whether this may be a recovery code: `8f3a09c1d2e47b65`, `a1b2c-3d4e5`, `1234 5678`."""
    return (
        len(value) >= _SHORTEST_SPARE
        and len(_DIGIT.findall(value)) >= _FEWEST_DIGITS
        and _SPARE.match(value) is not None
    )


_WORDS: Final = re.compile(
    r"(?i)(?:is|was|not|none|nil|null|true|false|undefined|empty|missing|invalid|wrong|expired|"
    r"required|incorrect|must|please|authentication|authorization|for|from|and|or|the|a|an|of|to"
    r"|in|on|with|can|cannot|has|have|may|will|should|string|boolean|integer|optional|unset|set"
    r"|yes|no|ok|failed|denied|rejected|mismatch|error|filtered|redacted|removed|hidden|masked"
    r"|xxx+|[*•.x]{3,}|\W*)\Z"
)


def is_placeholder(value: str) -> bool:
    """Say whether the value is a plain word, a mask or a hole rather than a secret."""
    bare = value.strip().strip("[](){}<>\"'`")
    if bare != value.strip() and _WORDS.match(bare):
        return True
    return bool(_WORDS.match(bare)) or value.startswith(("<", "${", "$(", "%{", "{{", "#{", "ENV["))
