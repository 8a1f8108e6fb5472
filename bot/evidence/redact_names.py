"""Secrets that stand behind a name: `password=…`, `"activationCode": "…"`, `<input name=…>`."""

import re
from collections.abc import Callable, Iterator
from typing import Final

from bot.evidence.redact_cookies import cookie_line_edits, cookie_option_edits
from bot.evidence.redact_enclosed import enclosed_value
from bot.evidence.redact_runs import JWT
from bot.evidence.redact_standins import STAND_IN, Edit, StandIns
from bot.evidence.secrets import Kind, holds_secret, is_placeholder, kind_of_name, looks_random

#: Candidates in text in lower case, each found by a plain search, which is far quicker than one
#: pattern for all of them; `kind_of_name` decides.
_KEYWORDS: Final = (
    "token", "pass", "contrase", "pwd", "secret", "sess", "csrf", "xsrf", "cookie", "sign_in",
    "activation", "aktivierung", "licen", "otp", "2fa", "factor", "mfa", "verification", "saml",
    "relaystate", "assertion", "wresult", "signature", "hmac", "credential", "jwt", "key", "auth",
    "nonce", "ticket", "eyj", "bearer ", "basic ", "negotiate ", "ntlm ", " -b ",
)  # fmt: skip
#: Short words that are also parts of many others count only where they end.
_ENDING: Final = tuple(
    re.compile(pattern)
    for pattern in (r"sid(?![a-z0-9])", r"sig(?=[=\":])", r"code(?=[=\": ])", r"state(?=[=\":])",
                    r"one[-_ ]?time")
)  # fmt: skip

_LEFT_REACH: Final = 48
_RIGHT: Final = re.compile(r" code\b|(?:[\w-]|\[(?=\w{1,40}\])|(?<=\w)\](?=[=%:]))*")
#: What can follow a name that introduces a value.
_FOLLOWS: Final = frozenset("\"'`&%\\=:]>) \t\r\n,“”„")

#: What ends a name between marks of another kind: an element's, a multipart's.
_ENCLOSING: Final = frozenset('>"]\\')
_QUOTE: Final = r"(?:\\{0,8}(?:[\"'`]|&quot;|&\#(?:0?3[49]|x2[27]);)|%22|%27|\\{1,8}u002[27]|[“”„])"
_EQUALS: Final = r"(?:=|\\{1,8}u003[dD]|%3[dD])"
_SPACES: Final = r"(?:\s|%(?:20|09|0[aAdD])|\\{1,8}[nrt](?![a-z]))*"
#: What may stand between a name and its value.
_BETWEEN: Final = re.compile(
    rf"(?:\]|%5[dD])?(?P<close>{_QUOTE})?(?:"
    rf"(?:[\])]|%5[dD])?{_SPACES}"
    rf"(?:=(?:>|&gt;)|:=|={{1,2}}|:|%3[aAdD]|\\{{1,8}}u003[aAdD]>?|&\#(?:58|61);){_SPACES}"
    rf"|\s*,\s*{_QUOTE}(?:value|content){_QUOTE}\s*(?::|=>)\s*"
    rf"|(?:\s+[a-z-]{{2,20}}={_QUOTE}[^\"'<>]{{0,80}}{_QUOTE}){{0,4}}"
    rf"\s+(?:value|content)\s*{_EQUALS}\s*"
    rf")(?P<open>{_QUOTE})?"
)
_SPACE: Final = re.compile(r"(?P<close>)(?:[ \t]+|=)(?P<open>[\"'])?")
_SAID: Final = re.compile(
    r"(?P<close>)(?:\s+(?:is|was|ist|lautet|est|es|shown|reads|used)\b:?|\s*[:=-]{1,2}|\s*\n"
    rf"|(?=\s+\d{{6}}\b))\s*(?P<open>{_QUOTE})?"
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
#: Kinds that people choose; all others are made by machines and look like it.
_CHOSEN: Final[frozenset[Kind]] = frozenset(
    {"password", "one_time_password", "secret", "credentials"}
)


def lowered(text: str) -> str:
    """Return the text in lower case with every character at its old place."""
    lower = text.lower()
    if len(lower) == len(text):
        return lower
    return "".join(char.lower() if char.isascii() else char for char in text)


def replace_named(text: str, standins: StandIns) -> str:
    """Return the text with a stand-in for every value whose name says that it is a secret."""
    hits = _hits(lowered(text))
    if not hits:
        return text
    pieces: list[str] = []
    done = 0
    for at, keyword in hits:
        if at < done:
            continue
        for kind, start, end in _READERS.get(keyword, _value_after)(text, at, at + len(keyword)):
            if start >= done:  # an attribute may stand before the name
                pieces += [text[done:start], standins.token(kind, text[start:end])]
                done = end
    return "".join([*pieces, text[done:]]) if pieces else text


def _hits(lower: str) -> list[tuple[int, str]]:
    hits = []
    for keyword in _KEYWORDS:
        at = lower.find(keyword)
        while at >= 0:
            hits.append((at, keyword))
            at = lower.find(keyword, at + len(keyword))
    hits += [(match.start(), match[0]) for end in _ENDING for match in end.finditer(lower)]
    hits.sort()
    return hits


def _value_after(text: str, start: int, end: int) -> Iterator[Edit]:
    """Yield the value that belongs to the keyword at start:end, when it is a secret."""
    right = _RIGHT.match(text, end)
    stop = right.end() if right else end
    if text[stop : stop + 1] not in _FOLLOWS:
        return
    left = _word_before(text, start)
    name = (left + text[start:stop]).strip("-.").rpartition(".")[2]
    kind = kind_of_name(name)
    if kind is None or kind == "email":
        return
    enclosing = text[stop : stop + 1] in _ENCLOSING
    enclosed = enclosed_value(text, start - len(left), stop) if enclosing else None
    if enclosed is not None:
        if not _is_harmless(name, text[slice(*enclosed)]):
            yield kind, *enclosed
        return
    between = _between(text, stop, kind, option=left.startswith("--"))
    between = between or _in_tag(text, start - len(left), stop)
    if between is None:
        return
    value = _span(text, between.end(), between["open"] or "")
    secret = text[slice(*value)]
    bare = not between["open"] and kind not in _CHOSEN
    if not secret or _is_harmless(name, secret) or (bare and _is_code(text, *value)):
        return
    if between.re is not _SAID or _looks_chosen(secret):
        yield kind, *value


#: An escape whose letters look like the beginning of the word: `\\u0022token`, `%22token`.
_CODE_BEFORE: Final = re.compile(r"\\u00[0-9a-fA-F]{2}|\\[nrtbf]|%[0-9a-fA-F]{2}")


def _word_before(text: str, start: int) -> str:
    """Return the part of the identifier that stands before the keyword."""
    at, least = start, max(0, start - _LEFT_REACH)
    while at > least and (text[at - 1].isalnum() or text[at - 1] in "_-."):
        at -= 1
    code = _CODE_BEFORE.match(text[at - 1 : start]) if at else None
    return text[at + len(code[0]) - 1 : start] if code else text[at:start]


def _between(text: str, at: int, kind: Kind, *, option: bool) -> re.Match[str] | None:
    found = _BETWEEN.match(text, at)
    if found is None and option:
        found = _SPACE.match(text, at)
    if found is None and kind in _SPOKEN:
        found = _SAID.match(text, at)
    return found


_ATTRIBUTE: Final = re.compile(
    rf"\s(?:value|content)\s*{_EQUALS}\s*(?P<open>{_QUOTE})?", re.IGNORECASE
)
_NAMING: Final = re.compile(
    rf"\b(?:name|id)\s{{0,9}}{_EQUALS}\s{{0,9}}{_QUOTE}[\w\[-]{{0,20}}\Z", re.IGNORECASE
)
_TAG_REACH: Final = 2000


def _in_tag(text: str, start: int, stop: int) -> re.Match[str] | None:
    """Return where the value of `<input value=… name=…>` begins: attributes have no order."""
    opened = text.rfind("<", max(0, start - _TAG_REACH), start)
    if opened < 0 or text.find(">", opened, start) >= 0:
        return None
    if not _NAMING.search(text[max(opened, start - 40) : start]):
        return None
    closed = text.find(">", stop, stop + _TAG_REACH)
    return _ATTRIBUTE.search(text, opened, closed) if closed >= 0 else None


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


_IDENTIFIER: Final = re.compile(r"[A-Za-z_$][A-Za-z_$]*(?:\??\.[A-Za-z_$][\w$]*)*\Z")


def _is_code(text: str, start: int, end: int) -> bool:
    """Say whether a bare word is a variable of a program: `{token: csrf, code: this.code}`."""
    value = text[start:end]
    if not _IDENTIFIER.match(value) or looks_random(value):
        return False
    return "." in value or text[end : end + 1] in {",", ";", ")", "}", "(", "["}


_LEAST_SPOKEN: Final = 6


def _looks_chosen(value: str) -> bool:
    """Say whether a word in a sentence is a secret: long enough, with a digit or odd capitals."""
    return len(value) >= _LEAST_SPOKEN and (
        any(map(str.isdigit, value)) or value[1:].lower() != value[1:] != value[1:].upper()
    )


_AUTHORIZATION: Final = re.compile(
    r"(?i)authorization(?:\\*[\"'])?\s*[:=]\s*(?:\\*[\"'])?"
    r"(?:(?:digest|aws4-hmac-sha256)\s+(?P<long>)|(?:bearer|basic|negotiate|ntlm|token"
    r"|apikey|ssws)\s+)?(?P<v>(?(long)[^\r\n']+|[^\s\"'\\,;<>&]+))"
)
_SCHEME: Final = re.compile(r"\w+\s+(?P<v>[A-Za-z0-9+/._~-]{8,}={0,2})")


def _authorization(text: str, start: int, end: int) -> Iterator[Edit]:
    """Yield the credential of an Authorization header; its scheme stays."""
    match = _AUTHORIZATION.match(text, start)
    if match is None:
        yield from _value_after(text, start, end)
        return
    value = match["v"]
    if not (STAND_IN.search(value) or is_placeholder(value) or value.lower() in _SCHEMES):
        yield "authorization", *match.span("v")


def _scheme(text: str, start: int, _: int) -> Iterator[Edit]:
    """Yield what follows `Bearer` or `Basic` when it is a credential and not the next word."""
    match = _SCHEME.match(text, start)
    if match is None or (start and (text[start - 1].isalnum() or text[start - 1] in "-_")):
        return
    value = match["v"]
    if STAND_IN.search(value):
        return
    if looks_random(value) or any(map(str.isdigit, value)) or value.endswith("="):
        yield "authorization", *match.span("v")


def _jwt(text: str, start: int, _: int) -> Iterator[Edit]:
    match = None if start and text[start - 1].isalnum() else JWT.match(text, start)
    if match is not None:
        yield "jwt", *match.span()


def _cookie(text: str, start: int, end: int) -> Iterator[Edit]:
    edits = cookie_line_edits(text, start)
    yield from _value_after(text, start, end) if edits is None else edits


_READERS: Final[dict[str, Callable[[str, int, int], Iterator[Edit]]]] = {
    "auth": _authorization,
    "eyj": _jwt,
    "bearer ": _scheme,
    "basic ": _scheme,
    "negotiate ": _scheme,
    "ntlm ": _scheme,
    "cookie": _cookie,
    " -b ": cookie_option_edits,
}
