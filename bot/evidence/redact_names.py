"""Secrets that stand behind a name: `password=…`, `"activationCode": "…"`, `<input name=…>`."""

import re
from collections.abc import Callable, Iterator
from typing import Final

from bot.evidence.redact_authorization import (
    SCHEMES,
    authorization_edits,
    jwt_edits,
    scheme_edits,
)
from bot.evidence.redact_cookies import cookie_line_edits, cookie_option_edits
from bot.evidence.redact_enclosed import enclosed_values, named_element, shown_value
from bot.evidence.redact_lists import listed_values, second_value
from bot.evidence.redact_marks import EQUALS as _EQUALS
from bot.evidence.redact_marks import QUOTE as _QUOTE
from bot.evidence.redact_marks import SPACES as _SPACES
from bot.evidence.redact_standins import STAND_IN, Edit, StandIns
from bot.evidence.secret_values import is_placeholder, looks_chosen, looks_made, looks_random
from bot.evidence.secrets import Kind, holds_secret, kind_of_name

#: Candidates in text in lower case, each found by a plain search, which is far quicker than one
#: pattern for all of them; `kind_of_name` decides.
_KEYWORDS: Final = (
    "token", "pass", "contrase", "pwd", "secret", "sess", "csrf", "xsrf", "cookie", "sign_in",
    "activation", "aktivierung", "licen", "otp", "saml",
    "assertion", "wresult", "signature", "hmac", "credential", "jwt", "key", "auth",
    "nonce", "ticket", "eyj", "bearer ", "basic ", "negotiate ", "ntlm ", " -b ",
    "kennwort", "wachtwoord", "senha", "crumb", "verifier", "forgery", "пароль",
    "密码", "密碼", "パスワード", "비밀번호",
)  # fmt: skip
#: Short words that are also parts of many others count only where they end.
_AFTER: Final = r"(?=[=\"'`:<>&\\%\] ])"
_ENDING: Final = tuple(
    re.compile(pattern)
    for pattern in (
        r"sid(?![a-z0-9])", rf"sig{_AFTER}", rf"codes?{_AFTER}", rf"state{_AFTER}",
        rf"pin{_AFTER}", rf"pw\d?{_AFTER}", rf"psk{_AFTER}", rf"hash{_AFTER}", rf"pat{_AFTER}",
        rf"tok{_AFTER}", rf"bearer{_AFTER}", r"one[-_ ]?time",
    )
)  # fmt: skip

_LEFT_REACH: Final = 48
_RIGHT: Final = re.compile(r" code\b|(?:[\w-]|\[(?=\w{1,40}\])|(?<=\w)\](?=[=%:]))*")
#: What can follow a name that introduces a value.
_FOLLOWS: Final = frozenset("\"'`&%\\=:]<>) \t\r\n,“”„")

#: What ends a name that is the value of an attribute.
_NAMED_END: Final = frozenset("\"'&\\]")
Span = tuple[int, int]
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
    r"(?:(?!%2[26C]|%7[dD]|%3[bB]|%0[aAdD]|&quot;)[^\s\"'`<>,;&|(){}\[\]\\“”])+", re.IGNORECASE
)
_LONGEST: Final = 200_000

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
    if kind is None and left.endswith(" "):  # `export CODE=`
        name, left = text[start:stop], ""
        kind = kind_of_name(name)
    if kind is None or kind == "email":
        return
    first = start - len(left)
    for span in _values(text, first, stop, kind):
        if not _is_harmless(name, text[slice(*span)]):
            yield kind, *span


def _values(text: str, start: int, stop: int, kind: Kind) -> list[Span]:
    """Return where the values of the name at start:stop may lie."""
    enclosed = enclosed_values(text, start, stop)
    if enclosed is not None:
        return enclosed
    named = named_element(text, start, stop) if text[stop : stop + 1] in _NAMED_END else None
    if named is not None:
        return [named]
    between = _between(text, stop, option=text.startswith("--", start))
    between = between or _in_tag(text, start, stop)
    if between is None:
        return _beside(text, start, stop)
    listed = listed_values(text, between.end())
    if listed:
        return listed
    value = _span(text, between.end(), between["open"] or "")
    secret = text[slice(*value)]
    bare = not between["open"] and kind not in _CHOSEN
    if not secret:
        return _beside(text, start, stop)
    if bare and _is_code(text, *value):
        return []
    said = between.re is _SAID and not _is_said(secret, kind)
    return [] if said else [value]


def _is_said(secret: str, kind: Kind) -> bool:
    """Say whether a word in a sentence is a secret and not the next word."""
    return looks_chosen(secret) if kind in _SPOKEN else looks_made(secret)


def _beside(text: str, start: int, stop: int) -> list[Span]:
    """Return the value in the next element, or behind the next comma."""
    if text[stop : stop + 1] == " " and text[stop + 1 : stop + 2].isalnum():
        return []  # a word in a sentence
    shown = shown_value(text, stop)
    if shown is not None:
        return [shown]
    second = second_value(text, start, stop)
    if second is None:
        return []
    between, certain = second
    value = _span(text, between.end(), between["open"])
    secret = text[slice(*value)]
    sure = certain or (looks_chosen(secret) and kind_of_name(secret) is None)
    return [value] if sure and secret else []


#: `SMS code`, `API key`: the word before tells what is meant.
_TOO_SHORT: Final = re.compile(r"(?i)(?:code|key|pin)\b")
_ALONE: Final = re.compile(r"(?<![\w-])[A-Za-z]{3,14} \Z")
#: An escape whose letters look like the beginning of the word: `\\u0022token`, `%22token`.
_CODE_BEFORE: Final = re.compile(r"\\u00[0-9a-fA-F]{2}|\\[nrtbf]|%[0-9a-fA-F]{2}")


def _word_before(text: str, start: int) -> str:
    """Return the part of the identifier that stands before the keyword."""
    at, least = start, max(0, start - _LEFT_REACH)
    while at > least and (text[at - 1].isalnum() or text[at - 1] in "_-."):
        at -= 1
    if at == start and text[at - 1 : at] == " " and _TOO_SHORT.match(text, at):
        alone = _ALONE.search(text, max(0, at - 20), at)
        return alone[0] if alone else ""
    code = _CODE_BEFORE.match(text[at - 1 : start]) if at else None
    return text[at + len(code[0]) - 1 : start] if code else text[at:start]


def _between(text: str, at: int, *, option: bool) -> re.Match[str] | None:
    found = _BETWEEN.match(text, at)
    if found is None and option:
        found = _SPACE.match(text, at)
    if found is None:
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
    end = bare.end() if bare else start
    return start, end - 1 if text[end - 1 : end] == "." and end - start > 1 else end


def _is_harmless(name: str, value: str) -> bool:
    return (
        STAND_IN.search(value) is not None
        or value.lower() in SCHEMES
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


def _authorization(text: str, start: int, end: int) -> Iterator[Edit]:
    edits = authorization_edits(text, start)
    yield from _value_after(text, start, end) if edits is None else edits


def _cookie(text: str, start: int, end: int) -> Iterator[Edit]:
    edits = cookie_line_edits(text, start)
    yield from _value_after(text, start, end) if edits is None else edits


_READERS: Final[dict[str, Callable[[str, int, int], Iterator[Edit]]]] = {
    "auth": _authorization,
    "eyj": jwt_edits,
    "bearer ": scheme_edits,
    "basic ": scheme_edits,
    "negotiate ": scheme_edits,
    "ntlm ": scheme_edits,
    "cookie": _cookie,
    " -b ": cookie_option_edits,
}
