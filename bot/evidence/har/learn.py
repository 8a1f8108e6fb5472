"""Collects the secrets whose place gives them away; fast, so that every analysis can do it."""

import re
from collections.abc import Iterator
from itertools import islice
from typing import Final

from bot.evidence.har.body import posted_pairs, posted_text, query_pairs
from bot.evidence.har.node import Json, Object, list_at, object_at, text_at
from bot.evidence.redact import TextRedactor
from bot.evidence.redact_cookies import cookie_values
from bot.evidence.redact_pairs import told_names
from bot.evidence.redact_standins import STAND_IN, StandIns, decoded_base64
from bot.evidence.secrets import LIVE, Kind, holds_secret, kind_of_name

_SCHEME: Final = re.compile(r"(?i)(?:bearer|basic|negotiate|ntlm|digest|token)\s+")
_CODE: Final = re.compile(r"activationCode\\*[\"']?\s*[:=]\s*\\*[\"'](?P<v>\w{8,64})")
_META: Final = re.compile(
    r"""name=["']csrf-token["']\s+content=["'](?P<v>[^"']{8,400})"""
    r"""|content=["'](?P<w>[^"']{8,400})["']\s+name=["']csrf-token"""
)
#: Tokens that scripts of a page hold: `gon.feed_token="…"`.
_HELD: Final = re.compile(
    r"\b(?P<name>[a-z_]{1,40}_token)\\*[\"']?\s*[:=]\s*\\*[\"'](?P<v>[\w.-]{16,400})\\*[\"']"
)
_LONGEST: Final = 1 << 16
#: So much is looked at of a file that is no HAR.
_LOOSE: Final = 1 << 20
_MOST_TEXTS: Final = 10_000
_REMEMBERED: Final = 20_000
#: Shorter cookies are settings: a language, a theme.
_LIVELY: Final = 8


class Learner:
    """Notes the secrets of entry after entry."""

    def __init__(self, standins: StandIns) -> None:
        """Put what is found into these stand-ins."""
        self.standins = standins
        #: Something was found with which somebody could act as the customer.
        self.live = False
        self._seen: set[tuple[str, str, str]] = set()

    def learn(self, entry: Object) -> None:
        """Note the secrets in headers, cookies, parameters and forms of an entry."""
        request, response = object_at(entry, "request"), object_at(entry, "response")
        for message, cookie in ((request, "cookie"), (response, "set-cookie")):
            for name, value in self._unseen(list_at(message, "headers"), "headers"):
                self._header(name, value, cookie)
            for name, value in self._unseen(list_at(message, "cookies"), "cookies"):
                self._note(kind_of_name(name) or "cookie", value)
        if "?" in text_at(request, "url"):
            self._pairs(query_pairs(request))
        if "postData" in request:
            self._post(request)
        self._page(text_at(response, "content", "text"))

    def learn_field(self, value: Json) -> None:
        """Note the secrets in what stands beside the entries: titles of pages, comments."""
        texts = list(islice(_strings(value), _MOST_TEXTS))
        note_secrets_of_text(iter(f"{text}\n" for text in texts), self.standins)

    def _unseen(self, items: list[Json], place: str) -> Iterator[tuple[str, str]]:
        """Yield names and values that no earlier entry had: most repeat in every request."""
        for item in items:
            if isinstance(item, dict):
                name, value = item.get("name"), item.get("value")
                if isinstance(name, str) and isinstance(value, str):
                    key = (place, name, value)
                    if key not in self._seen:
                        if len(self._seen) >= _REMEMBERED:
                            self._seen.clear()
                        self._seen.add(key)
                        yield name, value

    def _header(self, name: str, value: str, cookie: str) -> None:
        lower = name.lower()
        if lower == cookie:
            for cookie_kind, secret in cookie_values(value):
                self._note(cookie_kind, secret)
            return
        kind = kind_of_name(name)
        if kind == "authorization":
            self._note(kind, _SCHEME.sub("", value, count=1))
        elif kind is not None and kind != "email" and holds_secret(name, value):
            self._note(kind, value)

    def _pairs(self, pairs: list[tuple[str, str]]) -> None:
        for name, (_, value) in zip(told_names(pairs), pairs, strict=True):
            kind = kind_of_name(name)
            if kind is not None and kind != "email" and holds_secret(name, value):
                self._note(kind, value)

    def _post(self, request: Object) -> None:
        self._pairs(posted_pairs(request))
        text = posted_text(request)[:_LONGEST]
        if "ctivationCode" in text:
            for match in _CODE.finditer(text):
                self._note("activation_code", match["v"])

    def _page(self, text: str) -> None:
        head = text[:_LONGEST]
        if "csrf-token" in head:
            match = _META.search(head)
            if match:
                self._note("csrf_token", match["v"] or match["w"])
        if "_token" in head:
            self._pairs([(match["name"], match["v"]) for match in _HELD.finditer(head)])

    def _note(self, kind: Kind, value: str) -> None:
        value = value.strip().strip('"')
        if value and not STAND_IN.search(value):
            token = self.standins.token(kind, value)
            self.live = self.live or (kind in LIVE and len(value) >= _LIVELY)
            if kind == "authorization" and (decoded := decoded_base64(value)):
                self.standins.alias("password", decoded.partition(":")[2], token)


def _strings(value: Json) -> Iterator[str]:
    waiting = [value]
    while waiting:
        node = waiting.pop()
        if isinstance(node, str):
            yield node
        elif isinstance(node, (dict, list)):
            waiting.extend(reversed(list(node.values() if isinstance(node, dict) else node)))


def note_secrets_of_text(pieces: Iterator[str], standins: StandIns) -> None:
    """Note the secrets of a file that is no HAR, so that whoever sent it can be warned."""
    text = ""
    for piece in pieces:
        text += piece
        if len(text) >= _LOOSE:
            break
    if not STAND_IN.search(text):
        TextRedactor(standins).clean(text[:_LOOSE])
