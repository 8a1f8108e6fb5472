"""What a request sent and an answer brought, out of the places where exporters put it."""

import base64
import re
from typing import Final
from urllib.parse import parse_qsl, urlsplit

from bot.evidence.har.node import Object, list_at, named_values, object_at, text_at
from bot.evidence.inflate import unpacked_body

#: Longer bodies hold no answer of the GraphQL API.
_LONGEST: Final = 1 << 20
#: The share of letters that no text has.
_STRANGE: Final = 0.1


def posted_text(request: Object) -> str:
    """Return the body of a request as text, base64 undone.

    HTTP Toolkit keeps a body that is no text beside `postData`.
    """
    post = object_at(request, "postData")
    text = text_at(post, "text")
    if not text:
        post = object_at(request, "_content")
        text = text_at(post, "text")
    coded = text_at(post, "encoding") or text_at(post, "_encoding")
    return _plain(text, coded)


def posted_pairs(request: Object) -> list[tuple[str, str]]:
    """Return the form fields of a request, whether listed, url-encoded or multipart."""
    post = object_at(request, "postData")
    listed = named_values(list_at(post, "params"))
    text = posted_text(request)[:_LONGEST]
    if text.startswith("--"):
        return listed + multipart_pairs(text)
    if "=" in text and not text.lstrip().startswith(("{", "[", "<")):
        return listed + parse_qsl(text, keep_blank_values=True)
    return listed


_PART: Final = re.compile(
    r"content-disposition:[^\r\n]*?\bname=\"?(?P<name>[^\"\r\n;]*)\"?[^\r\n]*"
    r"(?:\r?\n[^\r\n]+)*\r?\n\r?\n",
    re.IGNORECASE,
)


def multipart_pairs(text: str) -> list[tuple[str, str]]:
    """Return name and content of every part of a multipart body."""
    boundary = re.match(r"--[^\r\n]{1,200}", text)
    if boundary is None:
        return []
    pairs = []
    for part in text.split(boundary[0])[1:]:
        head = _PART.search(part)
        if head:
            pairs.append((head["name"], part[head.end() :].strip("\r\n")))
    return pairs


def query_pairs(request: Object) -> list[tuple[str, str]]:
    """Return the parameters in the address; the listed ones when the address has none."""
    try:
        query = urlsplit(text_at(request, "url")).query
    except ValueError:
        query = ""
    return parse_qsl(query, keep_blank_values=True) or named_values(list_at(request, "queryString"))


def path_of(request: Object) -> str:
    """Return the path of the address, empty when the address cannot be read."""
    try:
        return urlsplit(text_at(request, "url")).path
    except ValueError:
        return ""


def host_of(url: str) -> str:
    """Return the host of an address, empty when it cannot be read."""
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def answered_text(response: Object) -> str:
    """Return the body of an answer as text, base64 undone."""
    content = object_at(response, "content")
    return _plain(text_at(content, "text"), text_at(content, "encoding"))


#: How `{"`, `{` and `[` before a line break, `[{`, `["` and gzip begin in base64.
_UNTOLD: Final = re.compile(r"(?:e[yw]|W[3wy]|H4sI)[A-Za-z0-9+/]{14,}[A-Za-z0-9+/\s]*={0,2}\s*\Z")


def _plain(text: str, coding: str) -> str:
    """Return a body as text; some exporters forget to say that it is base64."""
    if not text or len(text) > 2 * _LONGEST:
        return text
    if "base64" not in coding.lower() and not _UNTOLD.match(text):
        return text
    try:
        plain = uncoded(text).decode("utf-8", "replace")
    except ValueError:
        return text
    return plain if is_text(plain) else ""


def is_text(body: str) -> bool:
    """Say whether a body is text; a few damaged or foreign letters make it no picture."""
    strange = body.count("\ufffd") + body.count("\0")
    return strange <= _STRANGE * len(body) or body.lstrip()[:1] in {"{", "["}


def uncoded(text: str) -> bytes:
    """Return what stands in base64; recording proxies keep a body as compressed as it came."""
    return unpacked_body(base64.b64decode(re.sub(r"\s", "", text) + "=="), _LONGEST)


def is_html(text: str) -> bool:
    """Say whether a body is a page for people."""
    return bool(
        re.match(r"(?i)\ufeff?\s*(?:<!--.{0,500}-->\s*)?<(?:!doctype|html|head|title|body)", text)
    )


_TITLE: Final = re.compile(r"(?is)<title[^>]{0,200}>(.{1,400}?)</title>")
_HEADING: Final = re.compile(r"(?is)<h1[^>]{0,200}>(.{1,400}?)</h1>")


def titles(page: str) -> tuple[str, str]:
    """Return title and first heading of a page, without tags and line breaks."""
    return _inner(_TITLE, page), _inner(_HEADING, page)


def _inner(pattern: re.Pattern[str], page: str) -> str:
    match = pattern.search(page[:100_000])
    if match is None:
        return ""
    bare = re.sub(r"<[^>]{0,200}>", " ", match[1])
    return re.sub(r"\s+", " ", bare).strip()
