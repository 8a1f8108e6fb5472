"""Takes the secrets out of one HAR entry, by the structure of its places and by shape."""

import base64
import html
import re
from typing import Final
from urllib.parse import quote, unquote, unquote_plus

from bot.evidence.har.body import is_text, uncoded
from bot.evidence.har.multipart import with_parts
from bot.evidence.har.node import Json, Object, list_at, object_at, parsed, text_at, unparsed
from bot.evidence.har.stream import LEFT_OUT, LONGEST_STRING
from bot.evidence.redact import TextRedactor
from bot.evidence.redact_cookies import replace_cookies
from bot.evidence.redact_standins import STAND_IN, StandIns
from bot.evidence.secrets import Kind, holds_secret, kind_of_name

_DEEPEST: Final = 12
_REMEMBERED: Final = 512
_MEMORY: Final = 20_000
_SHORTEST: Final = 6
_LONG_KEY: Final = 16
_LEARNT: Final = 1 << 18
_STATIC: Final = ("javascript", "css", "image/", "font", "video", "audio")

#: Bodies of these types carry no diagnosis, and a photo is personal data.
_BINARY: Final = re.compile(
    r"(?i)^(?:image/(?!svg)|font/|audio/|video/|application/(?:font|x-font|wasm|zip|pdf|octet-stream|vnd\.ms-fontobject))"
)
#: How gzip begins in base64: a compressed body is written plain, so that its rules are seen.
_GZIP_CODED: Final = "H4sI"
_BINARY_NOTE: Final = "binary body left out"

#: A string without any of these holds nothing that a rule could find.
_SUSPICIOUS: Final = re.compile(r"[=:@%\\]|[A-Za-z0-9+/_-]{16}|[\"'<]|[Tt]oken|[Pp]ass|[Cc]ode")
_FORM: Final = re.compile(r"[^\s=&?#<>\"{]{1,300}=[^\s&=]*=*(?:&[^\s=&]{0,300}(?:=[^\s&]*)?)*\Z")
_URL: Final = re.compile(r"(?:[a-z][a-z0-9+.-]{1,20}:)?//?[^\s<>\"]*\Z", re.IGNORECASE)
#: Percent codes all over, and nothing that a URL or a form would have to escape.
_CODED: Final = re.compile(r"[^\s<>\"{}=&]*%[0-9A-Fa-f]{2}[^\s<>\"{}=&]*\Z")
_BASE64: Final = re.compile(r"[A-Za-z0-9+/_-]+={0,2}\Z")
_JSON_STARTS: Final = frozenset('{["')
_ENTITY: Final = re.compile(r"&(?:quot|amp|lt|gt|apos|#\d{1,5}|#x[0-9a-fA-F]{1,5});")
_NUMBERED: Final[frozenset[Kind]] = frozenset({"password", "one_time_password", "activation_code"})


class Cleaner:
    """Redacts entries of one HAR with one collection of stand-ins; changes them in place."""

    def __init__(self, standins: StandIns) -> None:
        """Take and give stand-ins from this collection."""
        self.standins = standins
        self._text = _Inside(self)
        self._memory: dict[tuple[str, str, str], str] = {}
        self._changes = 0

    def forget(self) -> None:
        """Forget results from before all secrets were known."""
        self._memory.clear()

    def learn(self, entry: Object) -> None:
        """Collect the secrets in the address and the bodies of an entry, which is spoilt by it."""
        request, response = object_at(entry, "request"), object_at(entry, "response")
        self.text(text_at(request, "url"))
        self.clean(object_at(request, "postData"), "", 1)
        self.clean(list_at(entry, "_webSocketMessages"), "", 1)
        content = object_at(response, "content")
        mime = text_at(content, "mimeType").lower()
        if len(text_at(content, "text")) <= _LEARNT and not any(kind in mime for kind in _STATIC):
            self.clean(content, "", 1)

    def clean(self, node: Json, name: str = "", depth: int = 0) -> Json:
        """Return a value without its secrets; `name` is the key or parameter it stands under."""
        if isinstance(node, str):
            return self.text(node, name, depth)
        if isinstance(node, dict):
            return self._object(node, name, depth)
        if isinstance(node, list):
            for at, item in enumerate(node):
                node[at] = self._noted(item, self.clean(item, name, depth))
            return node
        if isinstance(node, int) and node and not isinstance(node, bool):
            kind = kind_of_name(name) if name else None
            if kind in _NUMBERED:
                return self.standins.token(kind, str(node))
        return node

    def _noted(self, old: Json, new: Json) -> Json:
        """Return the new value; count it when it differs, so that JSON in strings is kept as is."""
        if new is not old and new != old:
            self._changes += 1
        return new

    def _object(self, node: Object, place: str, depth: int) -> Json:
        value = node.get("value")
        own = node.get("name", node.get("key")) if isinstance(value, str) else None
        if isinstance(value, str) and isinstance(own, str):
            node["value"] = self._noted(value, self._pair(own, value, place, depth))
        elif node.get("encoding") == "base64" and isinstance(node.get("text"), str):
            for key, coded in self._coded(node, depth).items():
                node[key] = self._noted(node.get(key), coded)
            own = ""
        for key, inside in list(node.items()):
            if own is not None and key in {"value", "text"}:
                continue
            node[key] = self._noted(inside, self.clean(inside, key, depth))
            if depth and len(key) >= _LONG_KEY:
                self._rename(node, key, depth)
        return node

    def _rename(self, node: Object, key: str, depth: int) -> None:
        """Redact a key that is itself a secret."""
        shown = self.text(key, "", depth)
        if shown != key:
            self._changes += 1
            node[shown] = node.pop(key)

    def _pair(self, own: str, value: str, place: str, depth: int) -> str:
        """Return the value of a header, cookie or parameter."""
        if len(value) > _REMEMBERED:
            return self._pair_of(own, value, place, depth)
        key = (own, value, place)
        known = self._memory.get(key)
        if known is None:
            known = self._remember(key, self._pair_of(own, value, place, depth))
        return known

    def _remember(self, key: tuple[str, str, str], result: str) -> str:
        if len(self._memory) >= _MEMORY:
            self._memory.clear()
        self._memory[key] = result
        return result

    def _pair_of(self, own: str, value: str, place: str, depth: int) -> str:
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
            inside = uncoded(text).decode("utf-8", "replace")
        except ValueError:
            return {"text": "", "comment": _BINARY_NOTE}
        if not is_text(inside) or _BINARY.match(text_at(node, "mimeType")):
            return {"text": "", "comment": _BINARY_NOTE}
        cleaned = self.text(inside, "", depth + 1)
        if cleaned == inside and not text.startswith(_GZIP_CODED):
            return {}
        return {"text": base64.b64encode(cleaned.encode("utf-8", "replace")).decode()}

    # ---- strings

    def text(self, text: str, name: str = "", depth: int = 0) -> str:
        """Return a string without its secrets."""
        if len(text) < 2:  # noqa: PLR2004 - one character is no secret
            return text
        if len(text) > _REMEMBERED:
            return self._text_of(text, name, depth)
        key = (name, text, "")
        known = self._memory.get(key)
        if known is None:
            known = self._remember(key, self._text_of(text, name, depth))
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
                before = self._changes
                cleaned = self._noted(value, self.clean(value, "", depth + 1))
                return text if self._changes == before else unparsed(cleaned)
        if "\\u0026" in text and len(text) <= _LEARNT:
            inside = text.replace("\\u0026", "&")
            shown = self.text(inside, "", depth + 1)
            return text if shown == inside else shown.replace("&", "\\u0026")
        return self._escaped(text, depth)

    def _escaped(self, text: str, depth: int) -> str:
        if "&" in text and "<" not in text and _ENTITY.search(text):
            inside = html.unescape(text)
            shown = self.text(inside, "", depth + 1)
            return text if shown == inside else html.escape(shown)
        if text.startswith("--") and "form-data" in text:
            return with_parts(
                text,
                head=lambda head: self._text.clean(head, depth),
                content=lambda content, name: self.text(content, name, depth + 1),
            )
        return self._coded_text(text, depth)

    def _coded_text(self, text: str, depth: int) -> str:
        if _URL.match(text) and "?" in text:
            return self._address(text, depth)
        if "=" in text and _FORM.match(text) and not _BASE64.match(text):
            return self._pairs(text, depth)
        if "%" in text and _CODED.match(text):
            return self._requoted(text, "", depth)
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


_COOKIE_HEADERS: Final = frozenset({"cookie", "set-cookie", "cookie2", "set-cookie2"})


class _Inside(TextRedactor):
    """Hands what stood inside base64 back to the rules of structure."""

    def __init__(self, cleaner: Cleaner) -> None:
        super().__init__(cleaner.standins)
        self._cleaner = cleaner

    def inner(self, text: str, depth: int) -> str:
        return self._cleaner.text(text, "", depth)
