"""The five kinds of objects that we provision: how each is listed, made and changed.

zenpy does the four that it knows; trigger categories and definitions, which it lacks, go by httpx.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from zenpy.lib import api_objects

from bot.zendesk.calls import Call
from bot.zendesk.errors import GatewayTrouble, NotFound, ScopeMissing
from bot.zendesk.reading import objects, text
from bot.zendesk.session import ZendeskSession
from bot.zendesk.zenpy_client import open_zenpy

Kind = Literal["category", "webhook", "field", "trigger", "macro"]
Object = dict[str, object]

#: Later kinds name earlier ones.
ORDER: Final[tuple[Kind, ...]] = ("category", "webhook", "field", "trigger", "macro")
#: Which key holds an object's human name.
NAMES: Final[Mapping[Kind, str]] = {
    "category": "name", "webhook": "name", "field": "title", "trigger": "title", "macro": "title",
}  # fmt: skip
_CATEGORIES: Final = "/api/v2/trigger_categories"
_PAGES: Final = 50


@dataclass(frozen=True, slots=True)
class Shelf:
    """One kind of objects in the account."""

    list: Callable[[], list[Object]]
    make: Callable[[Object], Object]
    change: Callable[[str, Object], None]
    """By id; keys that are not given stay as they are."""


class Catalog:
    """Every shelf of one account."""

    def __init__(self, session: ZendeskSession) -> None:
        self._session = session
        self._zenpy = open_zenpy(session)
        zenpy = self._zenpy
        self.shelves: Mapping[Kind, Shelf] = {
            "category": Shelf(self._categories, self._make_category, self._change_category),
            "webhook": Shelf(
                lambda: _plain(zenpy.webhooks.list(page_size=100)),
                lambda item: zenpy.webhooks.create(api_objects.Webhook(**item)).to_dict(),
                lambda key, item: _done(zenpy.webhooks.patch(api_objects.Webhook(id=key, **item))),
            ),
            "field": _shelf(zenpy.ticket_fields, api_objects.TicketField),
            "trigger": _shelf(zenpy.triggers, api_objects.Trigger),
            "macro": _shelf(zenpy.macros, api_objects.Macro),
        }

    def signing_secret(self, webhook_id: str) -> str:
        """The secret that the webhook signs with now."""
        path = f"/api/v2/webhooks/{webhook_id}/signing_secret"
        answer = self._session.ask(Call("GET", path, "webhooks.secret")).get("signing_secret")
        secret = text(answer.get("secret")) if isinstance(answer, dict) else ""
        if not secret:
            raise GatewayTrouble("webhooks.secret: the answer holds no secret")
        return secret

    def operators(self) -> dict[str, frozenset[str]]:
        """Legal operators by condition field, as this account says; empty when it does not say."""
        try:
            answer = self._session.ask(
                Call("GET", "/api/v2/triggers/definitions", "triggers.definitions")
            )
        except (NotFound, ScopeMissing):
            return {}
        found: dict[str, frozenset[str]] = {}
        definitions = answer.get("definitions")
        for part in ("conditions_all", "conditions_any"):
            listed = definitions.get(part) if isinstance(definitions, dict) else None
            for entry in objects(listed):
                words = {text(word.get("value")) for word in objects(entry.get("operators"))}
                subject = text(entry.get("subject"))
                found[subject] = found.get(subject, frozenset()) | words
        return found

    def _categories(self) -> list[Object]:
        found: list[Object] = []
        params = {"page[size]": "100"}
        for _ in range(_PAGES):
            call = Call("GET", _CATEGORIES, "trigger_categories", params=params)
            page = self._session.ask(call)
            found += objects(page.get("trigger_categories"))
            meta = page.get("meta")
            if not isinstance(meta, dict) or meta.get("has_more") is not True:
                break
            params = {**params, "page[after]": text(meta.get("after_cursor"))}
        return found

    def _make_category(self, item: Object) -> Object:
        payload = {"trigger_category": item}
        call = Call("POST", _CATEGORIES, "trigger_categories", payload=payload)
        made = self._session.ask(call).get("trigger_category")
        if not isinstance(made, dict):
            raise GatewayTrouble("trigger_categories: the answer holds no category")
        return made

    def _change_category(self, key: str, item: Object) -> None:
        payload = {"trigger_category": item}
        path = f"{_CATEGORIES}/{key}"
        self._session.send(Call("PATCH", path, "trigger_categories", payload=payload))


def _shelf(api: Any, kind: Any) -> Shelf:
    return Shelf(
        lambda: _plain(api()),
        lambda item: dict(api.create(kind(**item)).to_dict()),
        lambda key, item: _done(api.update(kind(id=key, **item))),
    )


def _plain(items: Iterable[Any]) -> list[Object]:
    return [dict(item.to_dict()) for item in items]


def _done(_: object) -> None:
    """Zenpy's answers to a change differ by kind, and all of them raise when it failed."""
