"""Give the webhook a new signing secret without losing a delivery.

Zendesk exchanges a secret at once, and a web that knows only the old one refuses what comes next.
So there are two webhooks for a while: the second is made, its secret is given to the web, the
triggers are pointed to it, and only then the first one goes. Each step is seen in the account
itself, so a rotation that was interrupted goes on where it stopped.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from bot.zendesk.catalog import Catalog, plural
from bot.zendesk.errors import ZendeskError
from bot.zendesk.listing import Object
from bot.zendesk.marks import mark_in
from bot.zendesk.objects import ZendeskObjects
from bot.zendesk.provision.orphans import NEXT
from bot.zendesk.provision.refusals import Refusal
from bot.zendesk.provision.run import secret_of
from bot.zendesk.provision.steps import NoRecord, ProvisionError, Recorder
from bot.zendesk.provision.write import LOOKS, Writer
from bot.zendesk.reading import objects
from bot.zendesk.session import ZendeskSession
from bot.zendesk.wanted import Ids, Maker, ProvisionSettings

State = Literal["none", "both", "next"]


@dataclass(frozen=True, slots=True)
class Pair:
    """The webhooks of a rotation as the account has them."""

    old: Object | None
    new: Object | None


class Rotation:
    """One rotation; every method may be called again after a crash."""

    def __init__(
        self,
        session: ZendeskSession,
        files: ZendeskObjects,
        settings: ProvisionSettings,
        recorder: Recorder | None = None,
        looks: Sequence[float] = LOOKS,
    ) -> None:
        self._catalog = Catalog(session)
        self._writer = Writer(self._catalog, recorder or NoRecord(), looks)
        (self._key,) = files.webhooks
        self._name = files.webhooks[self._key].name
        self._maker = Maker(files, settings, Ids())

    def start(self) -> tuple[str, ...]:
        """Make the second webhook unless it stands; return the secrets, newest first."""
        pair = self._pair()
        if pair.new is None:
            if pair.old is None:
                raise ProvisionError("there is no webhook of ours: run `provision apply` first")
            wanted = self._maker.webhook(self._key, self._key + NEXT)
            payload = {**wanted.payload, **wanted.at_first}
            self._writer.create("webhook", wanted.key, self._name, payload)
            pair = self._pair()
        return tuple(
            secret_of(self._catalog, str(there["id"]))
            for there in (pair.new, pair.old)
            if there is not None
        )

    def repoint(self, report: Callable[[str], None] = lambda _: None) -> int:
        """Point every trigger that calls the old webhook to the new one; return how many."""
        pair = self._pair()
        if pair.old is None or pair.new is None:
            return 0
        old, new, moved = str(pair.old["id"]), str(pair.new["id"]), 0
        for there in self._listed("trigger"):
            actions = objects(there.get("actions"))
            pointed = [_pointed(action, old, new) for action in actions]
            if pointed != actions:
                mark = mark_in(there)
                key, title = mark.key if mark else "", str(there.get("title"))
                # Zendesk clears the conditions when the actions come without them.
                payload = {"conditions": there.get("conditions"), "actions": pointed}
                self._writer.change("trigger", key, title, there, payload)
                moved += 1
                report(title)
        return moved

    def finish(self) -> tuple[str, str]:
        """Remove the old webhook and give the new one its mark; return its id and its secret."""
        pair = self._pair()
        if pair.old is not None and pair.new is not None:
            self._refuse_while_called(str(pair.old["id"]))
            self._writer.delete("webhook", self._key, self._name, pair.old)
        if pair.new is None:
            raise ProvisionError("no rotation is under way")
        description = self._maker.webhook(self._key).payload["description"]
        self._writer.change(
            "webhook", self._key, self._name, pair.new, {"description": description}
        )
        object_id = str(pair.new["id"])
        return object_id, secret_of(self._catalog, object_id)

    def ended(self, webhook_id: str) -> str | None:
        """Return the secret of the one webhook that stands, when it is this one."""
        pair = self._pair()
        if pair.new is not None or pair.old is None or str(pair.old["id"]) != webhook_id:
            return None
        return secret_of(self._catalog, webhook_id)

    def _refuse_while_called(self, webhook_id: str) -> None:
        calling = [
            repr(there.get("title"))
            for there in self._listed("trigger")
            if any(webhook_id in str(a.get("value")) for a in objects(there.get("actions"))
                   if a.get("field") == "notification_webhook")
        ]  # fmt: skip
        if calling:
            raise ProvisionError(
                f"the old webhook is still called by {', '.join(calling)}: run the rotation again"
            )

    def _pair(self) -> Pair:
        standing = self._listed("webhook")
        return Pair(self._one(standing, self._key), self._one(standing, self._key + NEXT))

    def _one(self, standing: Sequence[Object], key: str) -> Object | None:
        found = [one for one in standing if (mark := mark_in(one)) and mark.key == key]
        if len(found) > 1:
            ids = ", ".join(str(one["id"]) for one in found)
            raise ProvisionError(
                f"several webhooks carry the mark of {key!r} (ids {ids}): delete all but one"
            )
        return found[0] if found else None

    def _listed(self, kind: Literal["webhook", "trigger"]) -> list[Object]:
        try:
            return self._catalog.shelves[kind].list()
        except ZendeskError as error:
            raise Refusal(f"the list of {plural(kind)} cannot be read", error, kind) from error


def _pointed(action: Object, old: str, new: str) -> Object:
    value = action.get("value")
    if action.get("field") == "notification_webhook" and isinstance(value, list) and value:
        return {**action, "value": [new if str(value[0]) == old else value[0], *value[1:]]}
    return action
