"""Secrets that stand behind a name: `password=…`, `"activationCode": "…"`, `<input name=…>`."""

import re
from collections.abc import Iterator
from typing import Final

from bot.evidence.redact_standins import STAND_IN, StandIns
from bot.evidence.secrets import Kind, holds_secret, is_placeholder, kind_of_name

#: Finds candidates in text that is already in lower case; `kind_of_name` decides.
_KEYWORD: Final = re.compile(
    r"token|passw|passphrase|contrase|pwd|pass\b|secret|sess|csrf|xsrf|cookie|known_sign_in|sid\b"
    r"|activation|aktivierung|licen[sc]e|otp|2fa|two.?factor|mfa|one[-_ ]?time|verification.?code"
    r"|saml|relaystate|assertion|wresult|signature|\bsig\b|hmac|credential|jwt|api[-_]?key|access[-_]?key|auth"
    r"|private[-_]?key|signing[-_]?key|encryption[-_]?key|shared[-_]?key|key_?base|master[-_]?key"
    r"|client[-_]?key|ssh[-_]?key|webhook[-_]?key|user[-_]?pwd|nonce|ticket"
)
_LEFT: Final = re.compile(r"[\w.-]*\Z")
_RIGHT: Final = re.compile(r" code\b|(?:[\w-]|\[(?=\w{1,40}\])|(?<=\w)\](?=[=%:]))*")

_QUOTE: Final = r"(?:\\{0,8}[\"'`]|&quot;|&\#(?:0?3[49]|x2[27]);|%22|%27|\\{1,8}u002[27]|[“”„])"
#: What may stand between a name and its value.
_BETWEEN: Final = re.compile(
    rf"(?P<close>{_QUOTE})?(?:"
    rf"[\])]?\s*(?:=>|:=|={{1,2}}|:|%3[aAdD]|\\{{1,8}}u003[aAdD]|&\#(?:58|61);)\s*"
    rf"|\s*,\s*{_QUOTE}(?:value|content){_QUOTE}\s*(?::|=>)\s*"
    rf"|(?:\s+[a-z-]{{2,20}}=[\"'][^\"'<>]{{0,80}}[\"']){{0,4}}\s+(?:value|content)\s*=\s*"
    rf")(?P<open>{_QUOTE})?"
)
_SPACE: Final = re.compile(r"(?P<close>)(?:[ \t]+|=)(?P<open>[\"'])?")
_SAID: Final = re.compile(
    r"(?P<close>)(?:\s+(?:is|was|ist|lautet|est|es|shown|reads|used)\b:?|\s*[:=-]{1,2}|\s*\n|(?=\s+\d{6}\b))\s*"
    rf"(?P<open>{_QUOTE})?"
)
_BARE: Final = re.compile(
    r"(?:(?!%2[26C]|%7[dD]|%3[bB]|&quot;)[^\s\"'`<>,;&|(){}\[\]\\“”])+", re.IGNORECASE
)
_LONGEST: Final = 200_000
_SCHEMES: Final = frozenset(["bearer", "basic", "negotiate", "digest", "ntlm", "token"])

#: Kinds about which people write sentences: "my activation code is …".
_SPOKEN: Final[frozenset[Kind]] = frozenset(
    {"activation_code", "password", "one_time_password", "license"}
)
_LEFT_REACH: Final = 48


def lowered(text: str) -> str:
    """Return the text in lower case with every character at its old place."""
    lower = text.lower()
    if len(lower) == len(text):
        return lower
    return "".join(char.lower() if char.isascii() else char for char in text)


def replace_named(text: str, standins: StandIns) -> str:
    """Return the text with a stand-in for every value whose name says that it is a secret."""
    lower = lowered(text)
    pieces: list[str] = []
    done = 0
    for hit in _KEYWORD.finditer(lower):
        if hit.start() < done:
            continue
        found = _value_after(text, hit.start(), hit.end())
        if found is None or found[1] < done:
            continue
        kind, start, end = found
        pieces += [text[done:start], _stand_in(kind, text[start:end], standins)]
        done = end
    if not pieces:
        return text
    return "".join([*pieces, text[done:]])


def _value_after(text: str, start: int, end: int) -> tuple[Kind, int, int] | None:
    """Return kind, start and end of the value that belongs to the keyword at start:end."""
    window = text[max(0, start - _LEFT_REACH) : start]
    left = window[_word_start(window) :]
    right = _RIGHT.match(text, end)
    stop = right.end() if right else end
    name = (left + text[start:stop]).strip("-.")
    kind = kind_of_name(name)
    if kind is None or kind == "email":
        return None
    between = _between(text, stop, kind, option=left.startswith("--"))
    if between is None:
        return None
    value = _span(text, between.end(), between["open"] or "")
    secret = text[slice(*value)]
    spoken = between.re is _SAID
    if not secret or _is_harmless(name, secret) or (spoken and not _looks_chosen(secret)):
        return None
    return kind, *value


def _word_start(window: str) -> int:
    """Return where the identifier that ends the window begins; linear, unlike a search."""
    at = len(window)
    while at and (window[at - 1].isalnum() or window[at - 1] in "_-."):
        at -= 1
    return at


def _between(text: str, at: int, kind: Kind, *, option: bool) -> re.Match[str] | None:
    found = _BETWEEN.match(text, at)
    if found is None and option:
        found = _SPACE.match(text, at)
    if found is None and kind in _SPOKEN:
        found = _SAID.match(text, at)
    return found


def _span(text: str, start: int, quote: str) -> tuple[int, int]:
    """Return start and end of a value: to its closing quote, or to where a bare word ends."""
    closing = {"“": "”", "„": "“"}.get(quote, quote)
    if quote:
        end = text.find(closing, start, start + _LONGEST)
        if end >= 0 and (len(quote) > 1 or "\n\n" not in text[start:end]):
            return start, end
    bare = _BARE.match(text, start)
    return start, bare.end() if bare else start


def _is_harmless(name: str, value: str) -> bool:
    return (
        STAND_IN.search(value) is not None
        or value.lower() in _SCHEMES
        or is_placeholder(value)
        or not holds_secret(name, value)
    )


_LEAST_SPOKEN: Final = 6


def _looks_chosen(value: str) -> bool:
    """Say whether a word in a sentence is a secret: long enough, with a digit or odd capitals."""
    return len(value) >= _LEAST_SPOKEN and (
        any(map(str.isdigit, value)) or value[1:].lower() != value[1:] != value[1:].upper()
    )


_PAIR: Final = re.compile(
    r"(?P<name>[^=;,\s]{1,200})=(?P<v>\"[^\"]*\"|\[[^\]\n]{3,40}\d\]|[^;\s\"',]+)"
)
_ATTRIBUTES: Final = re.compile(
    r"(?i)(?:path|domain|expires|max-age|samesite|secure|httponly|priority|partitioned|version)\Z"
)


def _stand_in(kind: Kind, value: str, standins: StandIns) -> str:
    if kind == "cookie" and "=" in value:
        return replace_cookies(value, standins)
    return standins.token(kind, value)


def cookie_values(pairs: str) -> Iterator[tuple[Kind, str]]:
    """Yield kind and value of every cookie in a Cookie or Set-Cookie header."""
    for match in _PAIR.finditer(pairs):
        if not _ATTRIBUTES.match(match["name"]):
            yield kind_of_name(match["name"]) or "cookie", match["v"]


def replace_cookies(pairs: str, standins: StandIns) -> str:
    """Return `name=value; name=value; path=/` with a stand-in for every cookie's value."""

    def stand_in(match: re.Match[str]) -> str:
        name, value = match["name"], match["v"]
        if _ATTRIBUTES.match(name) or STAND_IN.search(value):
            return match[0]
        kind = kind_of_name(name)
        return f"{name}={standins.token(kind or 'cookie', value)}"

    return _PAIR.sub(stand_in, pairs)


_COOKIE_LINE: Final = re.compile(
    r"(?i)(?<![\w])(?:(?:set-)?cookie2?\s*:[ \t]*[\"']?|--cookie[ =][\"']?|(?<![\w-])-b[ ][\"']?)"
    r"(?P<v>[^=;\s\"']{1,200}=[^\r\n]*)"
)
_QUOTED_END: Final = re.compile(r"(?<!=)[\"'](?![^;\s]*;)")


def replace_cookie_lines(text: str, standins: StandIns) -> str:
    """Return the text with stand-ins in every Cookie and Set-Cookie line."""

    def stand_in(match: re.Match[str]) -> str:
        line = match["v"]
        end = _QUOTED_END.search(line)
        cut = end.start() if end else len(line)
        head = match[0][: match.start("v") - match.start()]
        return head + replace_cookies(line[:cut], standins) + line[cut:]

    return _COOKIE_LINE.sub(stand_in, text)
