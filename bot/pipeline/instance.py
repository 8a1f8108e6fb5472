"""An agent orders a look at the customer's own instance: which one is it, and may it be probed?"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final
from urllib.parse import urlsplit

from bot.pipeline.order_ports import Done
from bot.pipeline.ports import Probing
from bot.pipeline.scribe import Scribe
from bot.probes.guard import Guard, Refused
from bot.runbook.diagnosis import Extracted
from bot.runbook.extract import values_of
from bot.runbook.instance_note import not_probed_note, question_note
from bot.runbook.ticket import Ticket

_APART: Final = re.compile(r"[\s,;|]+")
_SCHEME: Final = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)
_UNKNOWN: Final = frozenset({"", "-", "n/a", "none", "unknown"})


@dataclass(frozen=True, slots=True)
class InstanceLook:
    """Starts the look, or asks which instance is meant."""

    scribe: Scribe
    probing: Probing
    guard: Guard

    def order(self, ticket: Ticket, extracted: Extracted, tags: Sequence[str]) -> Done:
        """Carry the order out; the result comes in a note of its own, and the tags go with it."""
        book = self.scribe.book
        urls = instance_urls(ticket, extracted, book.head.portal)
        if len(urls) != 1:
            named = tuple(map(shown, urls))
            return self.scribe.tell(
                ticket, lambda context: question_note(book, context, named), remove=tags
            )
        try:
            self.guard.check_url(urls[0])
        except Refused as reason:
            build = partial(not_probed_note, book, url=shown(urls[0]), reason=str(reason))
            return self.scribe.tell(ticket, build, remove=tags)
        return Done(self.probing.start_instance(int(ticket.id), urls[0]))


def instance_urls(ticket: Ticket, extracted: Extracted, portal: str) -> tuple[str, ...]:
    """Return the front doors that the ticket names; what stands in the field goes before its text.

    One host over http and https is one instance. The portal is none.
    """
    field = ticket.fields.get("instance_url", "")
    named = [word for word in _APART.split(field) if word.casefold() not in _UNKNOWN]
    found: dict[str, str] = {}
    for url in named or values_of(extracted, "instance_url"):
        door = _front_door(url)
        host = shown(door).partition("://")[2].removesuffix(":443").removesuffix(":80").casefold()
        if host.partition(":")[0] in (portal, ""):
            continue
        if host not in found or door.startswith("https:"):
            found[host] = door
    return tuple(found.values())


def shown(url: str) -> str:
    """Return the address as a note shows it: without a user name, a path, a query."""
    scheme, _, rest = url.partition("://")
    return f"{scheme}://{re.split('[/?#]', rest, maxsplit=1)[0].rpartition('@')[2]}"


def _front_door(url: str) -> str:
    whole = url if _SCHEME.match(url) else f"https://{url}"
    try:
        parts = urlsplit(whole)
    except ValueError:
        return whole  # the guard says what is wrong with it
    return f"{parts.scheme.lower()}://{parts.netloc}/"
