"""Reads JSON that was cut off or damaged, as far as it goes."""

import re
from typing import Final

from bot.evidence.har.node import Json, parsed

_SPACE: Final = re.compile(r"[\s,]*")
_STRING: Final = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+', re.DOTALL)
_LITERAL: Final = re.compile(r"-?\d[\d.eE+-]*|true|false|null|[A-Za-z]+")
_CUT_WORD: Final = re.compile(r"[A-Za-z0-9+/_=%.-]{0,400}\Z|\\[^\\]{0,5}\Z")
_DEEPEST: Final = 200


def repaired(text: str) -> Json:
    """Return what can be read of a damaged JSON value; None when nothing can."""
    return _Reader(text).value(0)


def unescaped(body: str) -> str:
    """Return the inside of a JSON string without its escapes; damaged escapes stay as they are."""
    try:
        value = parsed(f'"{body}"')
    except ValueError:
        return body.replace('\\"', '"').replace("\\n", "\n").replace("\\/", "/")
    return value if isinstance(value, str) else body


class _Reader:
    """A forgiving reader of one value: commas are optional, the end may be missing."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    def _skip(self) -> str:
        space = _SPACE.match(self.text, self.at)
        self.at = space.end() if space else self.at
        return self.text[self.at : self.at + 1]

    def value(self, depth: int) -> Json:
        char = self._skip()
        if char == "{" and depth < _DEEPEST:
            return self._object(depth)
        if char == "[" and depth < _DEEPEST:
            return self._array(depth)
        if char == '"':
            return self._string()
        return self._literal()

    def _object(self, depth: int) -> Json:
        self.at += 1
        node: dict[str, Json] = {}
        while (char := self._skip()) and char != "}":
            if char != '"':
                self.at += 1
                continue
            key = self._string()
            if self._skip() != ":":
                continue
            self.at += 1
            if self._skip() in {"", "}"}:
                break
            node[key] = self.value(depth + 1)
        self.at += 1
        return node

    def _array(self, depth: int) -> Json:
        self.at += 1
        node: list[Json] = []
        while (char := self._skip()) and char != "]":
            if char in "}:":
                self.at += 1
                continue
            node.append(self.value(depth + 1))
        self.at += 1
        return node

    def _string(self) -> str:
        match = _STRING.match(self.text, self.at)
        end = match.end() if match else len(self.text)
        body = self.text[self.at + 1 : end]
        closed = self.text[end : end + 1] == '"'
        self.at = end + 1
        if closed:
            return unescaped(body)
        # The last word is half a word, and half a secret is one that no rule knows.
        return unescaped(_CUT_WORD.sub("", _CUT_WORD.sub("", body)))

    def _literal(self) -> Json:
        match = _LITERAL.match(self.text, self.at)
        if match is None:
            self.at += 1
            return None
        self.at = match.end()
        try:
            return parsed(match[0])
        except ValueError:
            return None
