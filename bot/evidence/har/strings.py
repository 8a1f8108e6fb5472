"""Takes the secrets out of a string: JSON, forms, addresses and multipart inside it, then text."""

import html
import re
from collections.abc import Callable
from itertools import repeat
from typing import Final
from urllib.parse import quote, unquote, unquote_plus

from bot.evidence.har.multipart import with_parts
from bot.evidence.har.node import Json, parsed, unparsed
from bot.evidence.har.stream import LEFT_OUT, LONGEST_STRING
from bot.evidence.redact import TextRedactor
from bot.evidence.redact_cookies import replace_cookies
from bot.evidence.redact_pairs import told_in_form
from bot.evidence.redact_standins import STAND_IN, StandIns
from bot.evidence.redact_userinfo import replace_userinfo
from bot.evidence.secrets import holds_secret, kind_of_name

#: Longer strings seldom come twice.
REMEMBERED: Final = 512
#: Longer bodies are looked at only when they are written.
LEARNT: Final = 1 << 18
_MEMORY: Final = 20_000
_DEEPEST: Final = 12
_SHORTEST: Final = 6

#: A string without any of these holds nothing that a rule could find.
_SUSPICIOUS: Final = re.compile(
    r"[=:@%\\]|[A-Za-z0-9+/_-]{16}|[\"'<&]|[Tt]oken|[Pp]ass|PASS|[Pp]wd|[Cc]ode"
    r"|[Pp]in | --?[A-Za-z]|[|\n]"
)
_FORM: Final = re.compile(r"[^\s=&?#<>\"{]{1,300}=[^\s&=]*=*(?:&[^\s=&]{0,300}(?:=[^\s&]*)?)*\Z")
_URL: Final = re.compile(r"(?:[a-z][a-z0-9+.-]{1,20}:)?//?[^\s<>\"]*\Z", re.IGNORECASE)
#: Percent codes all over, and nothing that a URL or a form would have to escape.
_CODED: Final = re.compile(r"[^\s<>\"{}=&]*%[0-9A-Fa-f]{2}[^\s<>\"{}=&]*\Z")
#: Such a run between other words.
_CODED_RUN: Final = re.compile(
    r"(?<![^\s<>\"'])(?=[^\s<>\"']*%(?:2[0-9A-F]|3[A-F]|5[BD]|7[BD]))[^\s<>\"'{}=&]{12,2000}(?![^\s<>\"'])",
    re.IGNORECASE,
)
_BASE64: Final = re.compile(r"[A-Za-z0-9+/_-]+={0,2}\Z")
_JSON_STARTS: Final = frozenset('{["')
_ENTITY: Final = re.compile(r"&(?:quot|amp|lt|gt|apos|#\d{1,5}|#x[0-9a-fA-F]{1,5});")
#: No quote, bracket or sign of its own, and some that are spelled by their numbers.
_SPELLED: Final = r"(?:[^\\\"'<>{}\[\]&=:;,\s]|\\u[0-9a-fA-F]{4}|\\x[0-9a-fA-F]{2})"
_SIGN: Final = r"\\(?:u00|x)(?:2[0-9a-fA-F]|3[a-fA-F]|5[bBdD]|7[bBdD])"
_ALL_ESCAPED: Final = re.compile(rf"(?=.{{0,400}}?{_SIGN}){_SPELLED}+\Z", re.DOTALL)
_SPELLED_RUN: Final = re.compile(
    rf"(?<![^\\\"'<>{{}}\[\]&=:;,\s])(?=\S{{0,400}}?{_SIGN}){_SPELLED}{{8,20000}}"
)
_HEX: Final = re.compile(r"\\x([0-9a-fA-F]{2})")
#: A form's code of that length came from an authenticator or a message.
SENT_CODE: Final = re.compile(r"(?:\d{6}|\d{8})\Z")
_SPECIAL: Final = re.compile(r"[^A-Za-z0-9_]")


class Memory:
    """What became of short strings: most come again in every entry."""

    def __init__(self) -> None:
        """Remember nothing yet."""
        self._known: dict[tuple[str, str, str], str] = {}
        self.get = self._known.get
        self.clear = self._known.clear

    def put(self, key: tuple[str, str, str], result: str) -> str:
        """Remember and return a result."""
        if len(self._known) >= _MEMORY:
            self._known.clear()
        self._known[key] = result
        return result


class Strings:
    """Redacts string after string with one collection of stand-ins."""

    def __init__(
        self, standins: StandIns, memory: Memory, inside: Callable[[Json, int], Json]
    ) -> None:
        """`inside` cleans JSON that stood in a string, and returns None when it holds nothing."""
        self.standins = standins
        self._memory = memory
        self._inside = inside
        self._text = _Inside(standins, self)

    def text(self, text: str, name: str = "", depth: int = 0) -> str:
        """Return a string without its secrets."""
        if len(text) < 2:  # noqa: PLR2004 - one character is no secret
            return text
        if len(text) > REMEMBERED:
            return self._text_of(text, name, depth)
        key = (name, text, "")
        known = self._memory.get(key)
        if known is None:
            known = self._memory.put(key, self._text_of(text, name, depth))
        return known

    def _text_of(self, text: str, name: str, depth: int) -> str:
        if len(text) > LONGEST_STRING:
            return LEFT_OUT
        if name:
            secret = self._named(text, name)
            if secret is not None:
                return secret
        if len(text) >= _SHORTEST:
            known = self.standins.lookup(text)
            if known is not None:
                return known
        if not _SUSPICIOUS.search(text):
            return text
        return self._structured(text, depth) if depth < _DEEPEST else self._text.clean(text, depth)

    def _named(self, text: str, name: str) -> str | None:
        """Return the stand-in when the name says that this is a secret."""
        kind = kind_of_name(name)
        if kind is None or kind == "email" or STAND_IN.search(text):
            return None
        if kind == "cookie" and "=" in text:
            return replace_cookies(text, self.standins)
        if kind == "authorization":
            scheme, space, value = text.partition(" ")
            if space and scheme.isalnum() and value.strip():
                return f"{scheme} {self.standins.token(kind, value.strip())}"
        if not holds_secret(name, text):
            return None
        return self.standins.token(kind, text)

    def _structured(self, text: str, depth: int) -> str:
        """Look into JSON, HTML codes, multipart, addresses, forms; all else is plain text."""
        if text.lstrip()[:1] in _JSON_STARTS:
            value = _json(text)
            if value is not None:
                cleaned = self._inside(value, depth + 1)
                return text if cleaned is None else unparsed(cleaned)
        if "\\u0026" in text and len(text) <= LEARNT:
            inside = text.replace("\\u0026", "&")
            shown = self.text(inside, "", depth + 1)
            text = text if shown == inside else shown.replace("&", "\\u0026")
        return self._escaped(text, depth)

    def _escaped(self, text: str, depth: int) -> str:
        if "&" in text and "<" not in text and _ENTITY.search(text):
            inside = html.unescape(text)
            shown = self.text(inside, "", depth + 1)
            return text if shown == inside else html.escape(shown)
        if "\\" in text and _ALL_ESCAPED.match(text):
            return self._spelled(text, depth)
        if text.startswith("--") and "form-data" in text and "\n" in text:
            return with_parts(
                text,
                head=lambda head: self._text.clean(head, depth),
                content=lambda content, name: self.text(content, name, depth + 1),
            )
        return self._coded_text(text, depth)

    def _spelled(self, text: str, depth: int) -> str:
        r"""Look into text whose every quote and bracket is written as `\u0022` or `\x22`."""
        inside = _json('"' + _HEX.sub(r"\\u00\1", text) + '"')
        if not isinstance(inside, str):
            return self._text.clean(text, depth)
        shown = self.text(inside, "", depth + 1)
        if shown == inside:
            return text
        return _SPECIAL.sub(lambda match: f"\\u{ord(match[0]):04x}", shown)

    def _coded_text(self, text: str, depth: int) -> str:
        text = replace_userinfo(text, self.standins)
        if _URL.match(text) and any(mark in text for mark in "?#%;"):
            return self._address(text, depth)
        if "=" in text and _FORM.match(text) and not _BASE64.match(text):
            return self._pairs(text, depth)
        if "%" in text and _CODED.match(text):
            return self._requoted(text, "", depth)
        if "\\u" in text or "\\x" in text:
            text = _SPELLED_RUN.sub(lambda match: self._spelled(match[0], depth), text)
        if "%" in text:
            text = _CODED_RUN.sub(lambda match: self._requoted(match[0], "", depth), text)
        return self._text.clean(text, depth)

    def _address(self, url: str, depth: int) -> str:
        front, sharp, fragment = url.partition("#")
        base, mark, query = front.partition("?")
        return (
            self._path(base, depth) + mark + self._pairs(query, depth)
            + sharp + self._pairs(fragment, depth)
        )  # fmt: skip

    def _path(self, base: str, depth: int) -> str:
        if "%" in base or ";" in base:
            base = "/".join(self._segment(part, depth) for part in base.split("/"))
        return self._text.clean(base, depth)

    def _segment(self, part: str, depth: int) -> str:
        """Return a part of a path, which may have parameters of its own: `/x;jsessionid=…`."""
        if ";" in part and "=" in part:
            return ";".join(self._parameter(pair, depth) for pair in part.split(";"))
        return self._requoted(part, "", depth) if "%" in part else part

    def _pairs(self, text: str, depth: int) -> str:
        pairs = text.split("&")
        return "&".join(map(self._parameter, pairs, repeat(depth), told_in_form(pairs)))

    def _parameter(self, pair: str, depth: int, told: str = "") -> str:
        """Return `name=value` without secrets; `told` is what another field calls the value."""
        name, equals, coded = pair.partition("=")
        if not equals:
            return self._requoted(pair, "", depth)
        if name == "code" and SENT_CODE.match(coded):
            return name + equals + self.standins.token("one_time_password", coded)
        named = told or unquote(name)
        return self._requoted(name, "", depth) + equals + self._requoted(coded, named, depth)

    def _requoted(self, coded: str, name: str, depth: int) -> str:
        value = unquote_plus(coded) if "%" in coded or "+" in coded else coded
        if value == coded and not name:
            return self._text.clean(coded, depth)
        cleaned = self.text(value, name, depth + 1)
        if cleaned == value and "+" in coded:  # or a + that nobody escaped
            value = unquote(coded)
            cleaned = self.text(value, name, depth + 1)
        if cleaned == value:
            return coded
        return quote(cleaned, safe="") if value != coded else cleaned


def _json(text: str) -> Json:
    """Return the object, list or string that a text is as JSON; None when it is nothing such."""
    try:
        value = parsed(text)
    except ValueError:
        return None
    return value if isinstance(value, (dict, list, str)) else None


class _Inside(TextRedactor):
    """Hands what stood inside base64 back to the rules of structure."""

    def __init__(self, standins: StandIns, strings: Strings) -> None:
        super().__init__(standins)
        self._strings = strings

    def inner(self, text: str, depth: int) -> str:
        return self._strings.text(text, "", depth)
