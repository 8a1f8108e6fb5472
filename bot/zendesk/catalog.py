"""The kinds of objects that we provision: how each is listed, made, changed and removed.

zenpy makes and removes the four that it knows well; the others, every change, every list and the
definitions go by httpx: zenpy leaves out what a change sets to null, and follows the links of a
page, which name a host that may not be where we reach it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, Literal

from zenpy.lib import api_objects

from bot.zendesk.calls import Call
from bot.zendesk.errors import GatewayTrouble
from bot.zendesk.listing import Object, asked, listed, patiently, written
from bot.zendesk.reading import objects, text
from bot.zendesk.session import ZendeskSession
from bot.zendesk.trigger_order import TRIGGER_IDS, read_order, set_order
from bot.zendesk.zenpy_client import open_zenpy

Kind = Literal["category", "webhook", "field", "form", "trigger", "macro", "view", "order"]

#: Later kinds name earlier ones.
ORDER: Final[tuple[Kind, ...]] = (
    "category", "webhook", "field", "form", "trigger", "macro", "view", "order",
)  # fmt: skip
#: Which key holds an object's human name.
NAMES: Final[Mapping[Kind, str]] = {
    "category": "name", "webhook": "name", "field": "title", "form": "name",
    "trigger": "title", "macro": "title", "view": "title", "order": "name",
}  # fmt: skip
#: What an account may lack without harm; what stands there then says so.
OPTIONAL: Final[frozenset[Kind]] = frozenset({"form", "view"})


@dataclass(frozen=True, slots=True)
class Shelf:
    """One kind of objects in the account."""

    list: Callable[[], list[Object]]
    """Every object, in the shape in which we write it."""
    make: Callable[[Object], Object]
    change: Callable[[str, Object], None]
    """By id; keys that are not given stay as they are, arrays are replaced as a whole."""
    remove: Callable[[str], None]


class Catalog:
    """Every shelf of one account."""

    def __init__(self, session: ZendeskSession) -> None:
        self.session = session
        zenpy = open_zenpy(session)
        webhooks = zenpy.webhooks
        self.shelves: Mapping[Kind, Shelf] = {
            "category": _plain_shelf(session, "trigger_categories", "trigger_category", "PATCH"),
            "webhook": Shelf(
                partial(listed, session, "webhooks"),
                lambda item: webhooks.create(api_objects.Webhook(**item)).to_dict(),
                _changer(session, "webhooks", "webhook", "PATCH"),
                lambda key: _done(webhooks.delete(api_objects.Webhook(id=key))),
            ),
            "field": _zenpy_shelf(
                session, "ticket_field", zenpy.ticket_fields, api_objects.TicketField
            ),
            "form": _plain_shelf(session, "ticket_forms", "ticket_form", "PUT"),
            "trigger": _zenpy_shelf(session, "trigger", zenpy.triggers, api_objects.Trigger),
            "macro": _zenpy_shelf(session, "macro", zenpy.macros, api_objects.Macro),
            "view": _plain_shelf(session, "views", "view", "PUT", _written_view),
            "order": Shelf(
                partial(read_order, session),
                _never,
                lambda _key, item: set_order(session, _ids(item.get(TRIGGER_IDS))),
                _never,
            ),
        }

    def signing_secret(self, webhook_id: str) -> str:
        """The secret that the webhook signs with now."""
        path = f"/api/v2/webhooks/{webhook_id}/signing_secret"
        call = Call("GET", path, "webhooks.secret")
        answer = patiently(lambda: self.session.ask(call)).get("signing_secret")
        secret = text(answer.get("secret")) if isinstance(answer, dict) else ""
        if not secret:
            raise GatewayTrouble("webhooks.secret: the answer holds no secret")
        return secret


def plural(kind: Kind) -> str:
    """Several of a kind, for people."""
    return {"category": "trigger categories", "order": "triggers"}.get(kind, f"{kind}s")


def _zenpy_shelf(session: ZendeskSession, singular: str, api: Any, kind: Any) -> Shelf:
    return Shelf(
        partial(listed, session, f"{singular}s"),
        lambda item: dict(api.create(kind(**item)).to_dict()),
        _changer(session, f"{singular}s", singular, "PUT"),
        lambda key: _done(api.delete(kind(id=key))),
    )


def _plain_shelf(
    session: ZendeskSession,
    plural: str,
    singular: str,
    verb: Literal["PUT", "PATCH"],
    read: Callable[[Object], Object] = lambda item: item,
) -> Shelf:
    path = f"/api/v2/{plural}"

    def make(item: Object) -> Object:
        made = asked(session, Call("POST", path, plural, payload={singular: item})).get(singular)
        if not isinstance(made, dict):
            raise GatewayTrouble(f"{plural}: the answer holds no {singular}")
        return made

    return Shelf(
        lambda: [read(item) for item in listed(session, plural)],
        make,
        _changer(session, plural, singular, verb),
        lambda key: _done(session.send(Call("DELETE", f"{path}/{key}", plural))),
    )


def _changer(
    session: ZendeskSession, plural: str, singular: str, verb: Literal["PUT", "PATCH"]
) -> Callable[[str, Object], None]:
    def change(key: str, item: Object) -> None:
        path = f"/api/v2/{plural}/{key}"
        written(session, Call(verb, path, plural, payload={singular: item}))

    return change


def _written_view(item: Object) -> Object:
    """Zendesk takes `all`, `any` and `output`, and shows `conditions` and `execution`."""
    conditions, execution = item.get("conditions"), item.get("execution")
    shown = dict(item)
    if isinstance(conditions, dict):
        shown |= {"all": conditions.get("all") or [], "any": conditions.get("any") or []}
    if isinstance(execution, dict):
        grouped = ("group_by", "group_order") if execution.get("group_by") else ()
        keys = ("sort_by", "sort_order", *grouped)
        output: Object = {key: execution[key] for key in keys if execution.get(key) is not None}
        columns = execution.get("columns")
        if isinstance(columns, list):
            named = objects(columns)
            output["columns"] = [column.get("id") for column in named] if named else columns
        shown["output"] = output
    return shown


def _ids(value: object) -> list[str]:
    return [str(key) for key in value] if isinstance(value, list) else []


def _never(_: object) -> Any:
    """An order is there as soon as two triggers are: it is only ever changed."""
    raise NotImplementedError


def _done(_: object) -> None:
    """The answers to a change differ by kind, and all of them raise when it failed."""
