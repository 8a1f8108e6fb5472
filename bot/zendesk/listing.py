"""Whole lists of an account, page by page, and writes whose every key must have been taken."""

import json
import time
from collections.abc import Callable
from functools import partial
from typing import Final, TypeVar
from urllib.parse import parse_qs, urlsplit

from bot.zendesk.calls import Call, Reply
from bot.zendesk.errors import GatewayTrouble, Rejected, Unreachable
from bot.zendesk.reading import objects, text
from bot.zendesk.session import ZendeskSession

T = TypeVar("T")
Object = dict[str, object]
#: Before a read is asked again that got no usable answer: nothing can have come of it.
_PAUSES: Final = (0.5, 1.5)
_PAGES: Final = 100


def patiently(read: Callable[[], T], sleep: Callable[[float], None] = time.sleep) -> T:
    """Read; a lost or broken answer is asked for again, twice at most."""
    for pause in _PAUSES:
        try:
            return read()
        except (Unreachable, GatewayTrouble):
            sleep(pause)
    return read()


def listed(session: ZendeskSession, plural: str, path: str = "") -> list[Object]:
    """Return every object of a list, by cursor, or by page where Zendesk answers with pages.

    `links.next` is set on the last page, too, so only `has_more` tells the end. Links are never
    followed, only read: they name the account's public host, which may not be where we reach it.
    """
    found: list[Object] = []
    params = {"page[size]": "100"}
    for number in range(2, _PAGES + 2):
        call = Call("GET", path or f"/api/v2/{plural}", plural, params=params)
        page = patiently(partial(session.ask, call))
        if not isinstance(page.get(plural), list):
            # Taken for an empty list, it would have everything made a second time.
            raise GatewayTrouble(f"{plural}: the answer holds no list of {plural}", route=plural)
        found += objects(page[plural])
        if (cursor := _cursor(page)) is not None:
            if not cursor:
                break
            params = {"page[size]": "100", "page[after]": cursor}
        elif page.get("next_page"):
            params = {"page": str(number)}
        else:
            break
    return found


def _cursor(page: Object) -> str | None:
    """Where the next page begins; empty after the last one, None for a list without cursors."""
    meta, links = page.get("meta"), page.get("links")
    if not isinstance(meta, dict):
        return None
    if meta.get("has_more") is not True:
        return ""
    following = text(links.get("next")) if isinstance(links, dict) else ""
    named = parse_qs(urlsplit(following).query).get("page[after]", [""])
    return text(meta.get("after_cursor")) or named[0]


def written(session: ZendeskSession, call: Call) -> Reply:
    """Send a write; a key that Zendesk ignored is an error, for the object is not what we meant."""
    reply = session.send(call)
    if reply.ignored_keys:
        raise Rejected(
            f"{call.route}: Zendesk ignored keys that we sent: {', '.join(reply.ignored_keys)}",
            status=reply.status,
            route=call.route,
        )
    return reply


def asked(session: ZendeskSession, call: Call) -> Object:
    """Send a write whose answer is a JSON object."""
    try:
        answer = json.loads(written(session, call).body)
    except ValueError:
        answer = None
    if not isinstance(answer, dict):
        raise GatewayTrouble(f"{call.route}: the answer is not a JSON object")
    return answer
