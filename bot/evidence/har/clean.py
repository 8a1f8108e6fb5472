"""Takes the secrets out of one HAR entry, by the structure of its places and by shape."""

import base64
import re
from typing import Final

from bot.evidence.har.body import is_text, uncoded
from bot.evidence.har.node import Json, Object, list_at, object_at, text_at
from bot.evidence.har.stream import LEFT_OUT
from bot.evidence.har.strings import LEARNT, REMEMBERED, SENT_CODE, Memory, Strings
from bot.evidence.redact_cookies import replace_cookies
from bot.evidence.redact_standins import STAND_IN, StandIns
from bot.evidence.secret_values import looks_chosen
from bot.evidence.secrets import Kind, holds_secret, kind_of_name

_LONG_KEY: Final = 16
_STATIC: Final = ("javascript", "css", "image/", "font", "video", "audio")

#: Bodies of these types carry no diagnosis, and a photo is personal data.
_BINARY: Final = re.compile(
    r"(?i)^(?:image/(?!svg)|font/|audio/|video/|application/(?:font|x-font|wasm|zip|pdf|octet-stream|vnd\.ms-fontobject))"
)
#: How gzip begins in base64: a compressed body is written plain, so that its rules are seen.
_GZIP_CODED: Final = "H4sI"
_BINARY_NOTE: Final = "binary body left out"

_SENT: Final = frozenset({"params", "queryString"})
_COOKIE_HEADERS: Final = frozenset({"cookie", "set-cookie", "cookie2", "set-cookie2"})
_NUMBERED: Final[frozenset[Kind]] = frozenset({"password", "one_time_password", "activation_code"})


#: `{"password": {"value": "…"}}`: what is inside has the outer name.
_HOLDING: Final = frozenset(
    {"value", "val", "data", "text", "content", "raw", "plain", "#text", "_", "$t"}
)
#: How other programs write a name and its value.
_NAME_KEYS: Final = (
    "name",
    "key",
    "field",
    "header",
    "variable",
    "parameter",
    "property",
    "id",
    "label",
)
_VALUE_KEYS: Final = ("value", "val", "data", "content", "text", "values")
_VALUES: Final = frozenset(_VALUE_KEYS)

_VALUED: Final = frozenset(_VALUE_KEYS)


def _named_value(node: Object) -> tuple[str, str] | None:
    """Return a secret's name and the key of its value in `{"field": "token", "data": "…"}`."""
    if _VALUES.isdisjoint(node):
        return None
    if _VALUED.isdisjoint(node):
        return None
    for name_key in _NAME_KEYS:
        name = node.get(name_key)
        if isinstance(name, str) and kind_of_name(name) not in {None, "email"}:
            key = next((key for key in _VALUE_KEYS if node.get(key) and key != name_key), None)
            if key is not None:
                return name, key
    return None


_A_NAME: Final = re.compile(r"[\w.\[\]-]{2,60}\Z")


def _names(before: str, item: str) -> bool:
    """Say whether a string of a list is the value of the one before it."""
    return (
        _A_NAME.match(before) is not None
        and kind_of_name(before) not in {None, "email"}
        and looks_chosen(item)
        and kind_of_name(item) is None
    )


class Cleaner:
    """Redacts entries of one HAR with one collection of stand-ins; changes them in place."""

    def __init__(self, standins: StandIns) -> None:
        """Take and give stand-ins from this collection."""
        self.standins = standins
        self._memory = Memory()
        self._strings = Strings(standins, self._memory, self._cleaned)
        self._changes = 0

    def forget(self) -> None:
        """Forget results from before all secrets were known."""
        self._memory.clear()

    def learn(self, entry: Object) -> None:
        """Collect the secrets in the address and the bodies of an entry, which is spoilt by it."""
        request, response = object_at(entry, "request"), object_at(entry, "response")
        self._strings.text(text_at(request, "url"))
        self.clean(object_at(request, "postData"))
        self.clean(list_at(entry, "_webSocketMessages"))
        content = object_at(response, "content")
        mime = text_at(content, "mimeType").lower()
        if len(text_at(content, "text")) <= LEARNT and not any(kind in mime for kind in _STATIC):
            self.clean(content)

    def clean(self, node: Json, name: str = "", depth: int = 0) -> Json:
        """Return a value without its secrets; `name` is the key or parameter it stands under."""
        if isinstance(node, str):
            return self._strings.text(node, name, depth)
        if isinstance(node, dict):
            return self._object(node, name, depth)
        if isinstance(node, list):
            return self._list(node, name, depth)
        if isinstance(node, int) and node and not isinstance(node, bool):
            kind = kind_of_name(name) if name else None
            if kind in _NUMBERED and holds_secret(name, str(node)):
                return self.standins.token(kind, str(node))
        return node

    def _list(self, node: list[Json], name: str, depth: int) -> list[Json]:
        """Redact the items; in `["token", "…"]` and in raw headers one names the next."""
        before = ""
        for at, item in enumerate(node):
            own = name
            if isinstance(item, str):
                own, before = (before if _names(before, item) else name), item
            node[at] = self._noted(item, self.clean(item, own, depth))
        return node

    def _cleaned(self, value: Json, depth: int) -> Json:
        """Return JSON that stood in a string without its secrets; None when it holds none."""
        before = self._changes
        cleaned = self._noted(value, self.clean(value, "", depth))
        return None if self._changes == before else cleaned

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
        elif depth and (named := _named_value(node)):
            own, key = named
            node[key] = self._noted(node[key], self.clean(node[key], own, depth))
        elif node.get("encoding") == "base64" and isinstance(node.get("text"), str):
            for key, coded in self._coded(node, depth).items():
                node[key] = self._noted(node.get(key), coded)
            own = ""
        for key, inside in list(node.items()):
            if own is not None and key in {"value", "text"}:
                continue
            inner = place if key in _HOLDING and isinstance(inside, str) else key
            node[key] = self._noted(inside, self.clean(inside, inner, depth))
            if depth and len(key) >= _LONG_KEY:
                self._rename(node, key, depth)
        return node

    def _rename(self, node: Object, key: str, depth: int) -> None:
        """Redact a key that is itself a secret."""
        shown = self._strings.text(key, "", depth)
        if shown != key:
            self._changes += 1
            node[shown] = node.pop(key)

    def _pair(self, own: str, value: str, place: str, depth: int) -> str:
        """Return the value of a header, cookie or parameter."""
        if len(value) > REMEMBERED:
            return self._pair_of(own, value, place, depth)
        key = (own, value, place)
        known = self._memory.get(key)
        if known is None:
            known = self._memory.put(key, self._pair_of(own, value, place, depth))
        return known

    def _pair_of(self, own: str, value: str, place: str, depth: int) -> str:
        if place == "cookies" and value and not STAND_IN.search(value):
            return self.standins.token(kind_of_name(own) or "cookie", value)
        if own == "code" and place in _SENT and SENT_CODE.match(value):
            return self.standins.token("one_time_password", value)
        if own.lower() in _COOKIE_HEADERS:
            return replace_cookies(value, self.standins)
        return self._strings.text(value, own, depth)

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
        cleaned = self._strings.text(inside, "", depth + 1)
        if cleaned == inside and not text.startswith(_GZIP_CODED):
            return {}
        return {"text": base64.b64encode(cleaned.encode("utf-8", "replace")).decode()}
