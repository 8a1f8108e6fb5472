"""Takes the secrets out of one HAR entry, by the structure of its places and by shape."""

import base64
import binascii
import re
from typing import Final
from urllib.parse import quote, unquote, unquote_plus

from bot.evidence.har.node import Json, Object, parsed, text_at, unparsed
from bot.evidence.har.stream import LEFT_OUT, LONGEST_STRING
from bot.evidence.redact import TextRedactor
from bot.evidence.redact_cookies import replace_cookies
from bot.evidence.redact_standins import STAND_IN, StandIns
from bot.evidence.secrets import Kind, holds_secret, kind_of_name

_DEEPEST: Final = 12
_REMEMBERED: Final = 512
_MEMORY: Final = 20_000
_SHORTEST: Final = 6

#: Bodies of these types carry no diagnosis, and a photo is personal data.
_BINARY: Final = re.compile(
    r"(?i)^(?:image/(?!svg)|font/|audio/|video/|application/(?:font|x-font|wasm|zip|pdf|octet-stream|vnd\.ms-fontobject))"
)
_BINARY_NOTE: Final = "binary body left out"

#: A string without any of these holds nothing that a rule could find.
_SUSPICIOUS: Final = re.compile(r"[=:@%\\]|[A-Za-z0-9+/_-]{16}|[\"'<]|[Tt]oken|[Pp]ass|[Cc]ode")
_FORM: Final = re.compile(r"[^\s=&?#<>\"{]{1,300}=[^\s&=]*=*(?:&[^\s=&]{0,300}(?:=[^\s&]*)?)*\Z")
_URL: Final = re.compile(r"(?:[a-z][a-z0-9+.-]{1,20}:)?//?[^\s<>\"]*\Z", re.IGNORECASE)
_NUMBERED: Final[frozenset[Kind]] = frozenset({"password", "one_time_password", "activation_code"})


class Cleaner:
    """Redacts entries of one HAR with one collection of stand-ins."""

    def __init__(self, standins: StandIns) -> None:
        """Take and give stand-ins from this collection."""
        self.standins = standins
        self._text = _Inside(self)
        self._memory: dict[tuple[str, str], str] = {}

    def forget(self) -> None:
        """Forget results from before all secrets were known."""
        self._memory.clear()

    def clean(self, node: Json, name: str = "", depth: int = 0) -> Json:
        """Return a value without its secrets; `name` is the key or parameter it stands under."""
        if isinstance(node, str):
            return self.text(node, name, depth)
        if isinstance(node, dict):
            return self._object(node, name, depth)
        if isinstance(node, list):
            return [self.clean(item, name, depth) for item in node]
        if isinstance(node, int) and not isinstance(node, bool) and node:
            kind = kind_of_name(name) if name else None
            if kind in _NUMBERED:
                return self.standins.token(kind, str(node))
        return node

    def _object(self, node: Object, name: str, depth: int) -> Json:
        own, value = node.get("name"), node.get("value")
        if isinstance(own, str) and isinstance(value, str):
            return {
                **self._plain_object(node, depth),
                "value": self._pair(own, value, name, depth),
            }
        own, value = node.get("key"), node.get("value")
        if isinstance(own, str) and isinstance(value, str):
            return {**self._plain_object(node, depth), "value": self.text(value, own, depth)}
        if isinstance(node.get("text"), str) and text_at(node, "encoding") == "base64":
            return self._plain_object({**node, **self._coded(node, depth)}, depth)
        return self._plain_object(node, depth)

    def _plain_object(self, node: Object, depth: int) -> Object:
        cleaned: Object = {}
        for key, value in node.items():
            shown = key if len(key) < _SHORTEST or depth == 0 else self.text(key, "", depth)
            cleaned[shown] = self.clean(value, key, depth)
        return cleaned

    def _pair(self, own: str, value: str, place: str, depth: int) -> str:
        """Return the value of a header, cookie or parameter."""
        if place == "cookies" and value and not STAND_IN.search(value):
            return self.standins.token(kind_of_name(own) or "cookie", value)
        if own.lower() in _COOKIE_HEADERS:
            return replace_cookies(value, self.standins)
        return self.text(value, own, depth)

    def _coded(self, node: Object, depth: int) -> Object:
        """Return text and comment of a base64 body: redacted text, or no binary at all."""
        text = text_at(node, "text")
        if not text or text == LEFT_OUT:
            return {}
        try:
            inside = base64.b64decode(re.sub(r"\s", "", text) + "==").decode("utf-8")
        except (ValueError, binascii.Error):
            return {"text": "", "comment": _BINARY_NOTE}
        if _BINARY.match(text_at(node, "mimeType")) or "\0" in inside:
            return {"text": "", "comment": _BINARY_NOTE}
        cleaned = self.text(inside, "", depth + 1)
        if cleaned == inside:
            return {}
        return {"text": base64.b64encode(cleaned.encode("utf-8", "replace")).decode()}

    # ---- strings

    def text(self, text: str, name: str = "", depth: int = 0) -> str:
        """Return a string without its secrets."""
        if len(text) < 2:  # noqa: PLR2004 - one character is no secret
            return text
        if len(text) > _REMEMBERED:
            return self._text_of(text, name, depth)
        key = (name, text)
        known = self._memory.get(key)
        if known is None:
            if len(self._memory) >= _MEMORY:
                self._memory.clear()
            known = self._memory[key] = self._text_of(text, name, depth)
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
        """Look into JSON, addresses, forms and multipart; anything else is plain text."""
        first = text.lstrip()[:1]
        if first in {"{", "[", '"'}:
            try:
                value = parsed(text)
            except ValueError:
                value = None
            if isinstance(value, (dict, list, str)):
                cleaned = self.clean(value, "", depth + 1)
                return text if cleaned == value else unparsed(cleaned)
        if text.startswith("--") and "form-data" in text:
            return self._multipart(text, depth)
        if _URL.match(text) and "?" in text:
            return self._address(text, depth)
        if "=" in text and _FORM.match(text):
            return self._pairs(text, depth)
        return self._text.clean(text, depth)

    def _address(self, url: str, depth: int) -> str:
        base, mark, rest = url.partition("?")
        query, sharp, fragment = rest.partition("#")
        query = self._pairs(query, depth)
        if "=" in fragment:
            fragment = self._pairs(fragment, depth)
        elif fragment:
            fragment = self._text.clean(fragment, depth)
        return self._text.clean(base, depth) + mark + query + sharp + fragment

    def _pairs(self, text: str, depth: int) -> str:
        return "&".join(self._parameter(pair, depth) for pair in text.split("&"))

    def _parameter(self, pair: str, depth: int) -> str:
        name, equals, coded = pair.partition("=")
        if not equals:
            return self._requoted(pair, "", depth)
        return (
            self._requoted(name, "", depth) + equals + self._requoted(coded, unquote(name), depth)
        )

    def _requoted(self, coded: str, name: str, depth: int) -> str:
        value = unquote_plus(coded) if "%" in coded or "+" in coded else coded
        cleaned = self.text(value, name, depth + 1)
        if cleaned == value:
            return coded
        return quote(cleaned, safe="") if value != coded else cleaned

    def _multipart(self, text: str, depth: int) -> str:
        boundary, line, _ = text.partition("\n")
        boundary = boundary.rstrip("\r")
        if not line or len(boundary) > 200:  # noqa: PLR2004 - RFC 2046 allows 70
            return self._text.clean(text, depth)
        return boundary.join(self._part(part, depth) for part in text.split(boundary))

    def _part(self, part: str, depth: int) -> str:
        head, blank, body = (
            re.split(r"(\r?\n\r?\n)", part, maxsplit=1) if _BLANK.search(part) else (part, "", "")
        )
        if not blank:
            return self._text.clean(part, depth)
        name = _PART_NAME.search(head)
        content, end = _split_end(body)
        shown = self.text(content, (name["name"] or name["bare"]) if name else "", depth + 1)
        return self._text.clean(head, depth) + blank + shown + end


_COOKIE_HEADERS: Final = frozenset({"cookie", "set-cookie", "cookie2", "set-cookie2"})
_BLANK: Final = re.compile(r"\r?\n\r?\n")
_PART_NAME: Final = re.compile(r"(?i)\bname=(?:\"(?P<name>[^\"]*)\"|(?P<bare>[^;\s]+))")


def _split_end(body: str) -> tuple[str, str]:
    """Return the content of a part and the line break that belongs to the next boundary."""
    content = body.rstrip("\r\n")
    return content, body[len(content) :]


class _Inside(TextRedactor):
    """Hands what stood inside base64 back to the rules of structure."""

    def __init__(self, cleaner: Cleaner) -> None:
        super().__init__(cleaner.standins)
        self._cleaner = cleaner

    def inner(self, text: str, depth: int) -> str:
        return self._cleaner.text(text, "", depth)
