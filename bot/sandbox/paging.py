"""Zendesk's two ways to hand out long lists: cursors, and pages by number."""

import base64
import binascii
from collections.abc import Mapping
from typing import Final
from urllib.parse import urlencode

from flask import request

from bot.sandbox.replies import ApiError, bad_request
from bot.sandbox.state import Record

MAX_PAGE: Final = 100
MAX_RECORDS: Final = 10_000


def page_of(items: list[Record], key: str, host: str, *, cursor_only: bool = False) -> Record:
    """One page of the list under this key, by cursor when the caller asks for one."""
    by_cursor = any(name.startswith("page[") for name in request.args)
    return _cursor(items, key, host) if by_cursor or cursor_only else _numbered(items, key, host)


def _cursor(items: list[Record], key: str, host: str) -> Record:
    size = min(number("page[size]", MAX_PAGE), MAX_PAGE)
    start = _start(items, size)
    page = items[start : start + size]
    end = start + len(page)
    after, before = _encode(end), _encode(start)
    return {
        key: page,
        "meta": {
            "has_more": end < len(items),
            "after_cursor": after if page else None,
            "before_cursor": before if page else None,
        },
        "links": {
            "prev": _link(host, {"page[before]": before}) if page else None,
            # Set even on the last page (facts §5.4): only has_more tells the end.
            "next": _link(host, {"page[after]": after}) if page else None,
        },
    }


def _start(items: list[Record], size: int) -> int:
    if after := request.args.get("page[after]"):
        return min(_decode(after), len(items))
    if before := request.args.get("page[before]"):
        return max(0, _decode(before) - size)
    return 0


def _numbered(items: list[Record], key: str, host: str) -> Record:
    size = min(number("per_page", MAX_PAGE), MAX_PAGE)
    place = number("page", 1)
    if place * size > MAX_RECORDS:
        text = "Requests beyond 10,000 records are not allowed; use cursor pagination"
        raise ApiError(422, {"error": "TooManyRecords", "description": text})
    page = items[(place - 1) * size : place * size]
    more = place * size < len(items)
    return {
        key: page,
        "next_page": _link(host, {"page": place + 1}) if more else None,
        "previous_page": _link(host, {"page": place - 1}) if place > 1 else None,
        "count": len(items),
    }


def _link(host: str, changes: Mapping[str, object]) -> str:
    kept = {
        name: value
        for name, value in request.args.items()
        if name not in {"page", "page[after]", "page[before]"}
    }
    return f"{host}{request.path}.json?{urlencode({**kept, **changes})}"


def number(name: str, default: int) -> int:
    """A number above 0 out of the query, or 400."""
    text = request.args.get(name, "")
    if not text:
        return default
    if not text.isdigit() or text == "0":
        raise bad_request(f"{name} is not a number above 0")
    return int(text)


def _encode(position: int) -> str:
    return base64.urlsafe_b64encode(f"o:{position}".encode()).decode()


def _decode(cursor: str) -> int:
    try:
        return int(base64.urlsafe_b64decode(cursor).decode().removeprefix("o:"))
    except (binascii.Error, ValueError):
        raise bad_request("page[after] is not a valid cursor") from None
