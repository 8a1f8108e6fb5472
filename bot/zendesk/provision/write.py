"""The only writes of provisioning: journalled, and looked for when their reply is lost.

A refusal names the object, Zendesk's reason and the way out.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

from bot.zendesk.catalog import Catalog, Kind
from bot.zendesk.errors import Conflict, NotFound, OutcomeUnknown, ZendeskError
from bot.zendesk.listing import Object
from bot.zendesk.marks import mark_in
from bot.zendesk.provision.compare import same
from bot.zendesk.provision.refusals import Refusal
from bot.zendesk.provision.steps import Deal, Recorder

T = TypeVar("T")
#: Seconds before each further look: a list of Zendesk's may not show yet what was made just now.
LOOKS: Final = (0.5, 1.0, 2.0, 4.0)
#: Before a write is sent again that Zendesk refused with 409 because it was busy with another.
_BUSY: Final = (0.5, 2.0)


@dataclass(frozen=True, slots=True)
class Writer:
    """Writes to one account."""

    catalog: Catalog
    recorder: Recorder
    looks: Sequence[float] = LOOKS

    def create(self, kind: Kind, key: str, name: str, payload: Object) -> str:
        """Make an object; when the answer was lost, look whether it stands before giving up."""
        pending = self.recorder.pending(kind, key)
        number = self.recorder.intend(Deal("created", kind, key, name, None, None, payload))
        try:
            # A run died in the middle of it: what it made may not be listed yet.
            object_id = self._found(kind, payload) if pending else None
            try:
                if object_id is None:
                    make = self.catalog.shelves[kind].make
                    object_id = str(_unless_busy(lambda: make(payload))["id"])
            except OutcomeUnknown:
                object_id = self._found(kind, payload)
                if object_id is None:
                    raise
        except ZendeskError as error:
            raise Refusal(f"{kind} {name!r} could not be made", error, kind) from error
        self.recorder.done(number, object_id)
        return object_id

    def change(self, kind: Kind, key: str, name: str, there: Object, payload: Object) -> None:
        """Change the given keys of an object that Zendesk showed us."""
        object_id = str(there["id"])
        number = self.recorder.intend(Deal("changed", kind, key, name, object_id, there, payload))
        try:
            try:
                _unless_busy(lambda: self.catalog.shelves[kind].change(object_id, payload))
            except OutcomeUnknown:
                if not self._stands(kind, object_id, payload):
                    raise
        except ZendeskError as error:
            what = f"{kind} {name!r} (id {object_id}) could not be changed"
            if kind == "order":
                what = f"the {kind} {name} could not be set"
            raise Refusal(what, error, kind) from error
        self.recorder.done(number, object_id)

    def delete(self, kind: Kind, key: str, name: str, there: Object) -> None:
        """Remove an object; one that is gone already is no trouble."""
        object_id = str(there["id"])
        number = self.recorder.intend(Deal("deleted", kind, key, name, object_id, there))
        try:
            try:
                _unless_busy(lambda: self.catalog.shelves[kind].remove(object_id))
            except NotFound:
                pass
            except OutcomeUnknown:
                if self._shown(kind, object_id) is not None:
                    raise
        except ZendeskError as error:
            what = f"{kind} {name!r} (id {object_id}) could not be removed"
            raise Refusal(what, error, kind) from error
        self.recorder.done(number, object_id)

    def _found(self, kind: Kind, payload: Object) -> str | None:
        mark = mark_in(payload)
        for pause in (0.0, *self.looks):
            time.sleep(pause)
            for there in self.catalog.shelves[kind].list():
                if mark is not None and mark_in(there) == mark:
                    return str(there["id"])
        return None

    def _stands(self, kind: Kind, object_id: str, payload: Object) -> bool:
        shown = self._shown(kind, object_id)
        return shown is not None and all(
            same(value, shown.get(key)) for key, value in payload.items()
        )

    def _shown(self, kind: Kind, object_id: str) -> Object | None:
        every = self.catalog.shelves[kind].list()
        return next((there for there in every if str(there["id"]) == object_id), None)


def _unless_busy(write: Callable[[], T]) -> T:
    """Send it again after a 409: it says for sure that nothing was written."""
    for pause in _BUSY:
        try:
            return write()
        except Conflict:
            time.sleep(pause)
    return write()
