"""Escapes that nobody needed: letters that are spelled by their numbers."""

import re
from typing import Final

#: Letters, digits and what tokens hold. Quotes, brackets and signs stay: they are the structure.
_HARMLESS: Final = re.compile(r"[A-Za-z0-9._~+/@$%!*#?^|-]|[^\x00-\x9f]")
_ESCAPE: Final = re.compile(r"\\{1,2}(?:u(?P<u>[0-9a-fA-F]{4})|x(?P<x>[0-9a-fA-F]{2}))")
_ENTITY: Final = re.compile(r"&#(?:x(?P<x>[0-9a-fA-F]{1,5})|(?P<d>\d{1,6}));", re.IGNORECASE)
_LAST: Final = 0x10FFFF


def without_needless_escapes(text: str) -> str:
    r"""Return the text with plain letters where it spells them by their numbers.

    ``\x22`` becomes ``\u0022``, which the rules for names know as a quote. The text itself comes
    back when it has no such escape.
    """
    shown = text
    if "\\u" in text or "\\x" in text:
        shown = _ESCAPE.sub(_escape, shown)
    if "&#" in shown:
        shown = _ENTITY.sub(_entity, shown)
    return shown


def _escape(match: re.Match[str]) -> str:
    char = chr(int(match["u"] or match["x"], 16))
    if _HARMLESS.match(char) and not "\ud800" <= char <= "\udfff":
        return char
    return match[0] if match["u"] else f"{match[0].split('x')[0]}u{ord(char):04x}"


def _entity(match: re.Match[str]) -> str:
    number = int(match["x"], 16) if match["x"] else int(match["d"])
    if number > _LAST or not _HARMLESS.match(chr(number)):
        return match[0]
    return "" if 0xD800 <= number <= 0xDFFF else chr(number)  # noqa: PLR2004 - surrogates
