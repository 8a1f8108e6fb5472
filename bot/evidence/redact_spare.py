"""Recovery codes in a list under their heading, and the seed of an authenticator in groups."""

import re
from collections import Counter
from collections.abc import Iterator
from typing import Final

from bot.evidence.redact_standins import STAND_IN, StandIns
from bot.evidence.secret_values import looks_spare

#: Parts of the words below; without one of them nothing is looked for.
_GATES: Final = ("odes", "ODES", "ode-content", "リカバリ", "恢复", "復旧", "복구")
_HEADING: Final = re.compile(
    r"(?:recovery|back-?up|scratch|emergency|rescue|one-time)(?:[-_ ]|%20|\\n)?(?:pass)?codes?"
    r"|code-content|(?:wiederherstellungs|notfall)-?(?:codes?|schl)|codes?\W{1,3}(?:d[ei]\W{1,3})?"
    r"(?:récup|recup|secours|respaldo|emergenc)|リカバリ|恢复|復旧|복구",
    re.IGNORECASE,
)
_REACH: Final = 4000
_START: Final = (
    r"(?:^|>|&gt;|\\u003[eE]|\n|\\n|[ \t]{2}|\t)"
    r"[ \t]*(?:(?:\d{1,2}[.):]|[-*•·])[ \t]+)?"
)
_END: Final = r"(?=[ \t]*(?:<|&lt;|\\u003[cC]|\r?\n|\\[rn]|[ \t]{2}|\Z))"
_ALONE: Final = re.compile(
    rf"{_START}(?P<v>[A-Za-z0-9]{{4,32}}(?:[- ][A-Za-z0-9]{{3,12}}){{0,5}}){_END}"
)
_ANY: Final = re.compile(r"[A-Za-z0-9]")
_FEWEST: Final = 2
_ENOUGH: Final = 0.6

#: The letters and digits of base32 in fours, as pages show a seed to whoever cannot scan.
_SEED: Final = re.compile(
    r"(?<![A-Za-z0-9-])(?:[A-Z2-7]{4}(?:[ -][A-Z2-7]{4}){3,15}"
    r"|[a-z2-7]{4}(?:[ -][a-z2-7]{4}){3,15})(?![A-Za-z0-9-])"
)
_SEED_WORDS: Final = ("uthentic", "factor", "2FA", "OTP", "otpauth")
_FEWEST_DIGITS: Final = 2

Span = tuple[int, int]


def replace_spare_codes(text: str, standins: StandIns) -> str:
    """Return the text with stand-ins for recovery codes and for seeds in groups."""
    if any(gate in text for gate in _GATES):
        spans = sorted(set(_codes(text)))
        text = _replaced(text, spans, standins)
    if any(word in text for word in _SEED_WORDS):
        text = _SEED.sub(lambda match: _seed(match[0], standins), text)
    return text


def _replaced(text: str, spans: list[Span], standins: StandIns) -> str:
    pieces: list[str] = []
    done = 0
    for start, end in spans:
        if start >= done:
            pieces += [text[done:start], standins.token("one_time_password", text[start:end])]
            done = end
    return "".join([*pieces, text[done:]])


def _codes(text: str) -> Iterator[Span]:
    """Yield what stands alone below a heading, more than once and always in the same shape."""
    done = 0
    for heading in _HEADING.finditer(text):
        if heading.end() < done:
            continue
        done = heading.end() + _REACH
        found = [match.span("v") for match in _ALONE.finditer(text, heading.end(), done)]
        shapes = Counter(_ANY.sub("x", text[slice(*span)]) for span in found)
        for shape, number in shapes.items():
            alike = [span for span in found if _ANY.sub("x", text[slice(*span)]) == shape]
            sure = sum(looks_spare(text[slice(*span)]) for span in alike)
            if sure >= _FEWEST and sure >= _ENOUGH * number:
                yield from alike


def _seed(groups: str, standins: StandIns) -> str:
    if sum(map(str.isdigit, groups)) < _FEWEST_DIGITS or STAND_IN.search(groups):
        return groups
    seed = groups.replace(" ", "").replace("-", "").upper()
    return standins.token("secret", seed)
