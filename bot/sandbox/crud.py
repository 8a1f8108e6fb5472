"""The five routes that most resources share: list, show, create, change, delete."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, jsonify, request

from bot.sandbox.paging import page_of
from bot.sandbox.pocket import Pocket, pocket
from bot.sandbox.replies import not_found
from bot.sandbox.requests_in import body, host, warn_of_unknown
from bot.sandbox.state import Record

Answer = tuple[Response, int, dict[str, str]]
Check = Callable[[Pocket, Record], Record]


def _as_is(_box: Pocket, record: Record) -> Record:
    return record


def _as_stored(store_kind: str) -> Callable[[Pocket], list[Record]]:
    return lambda box: box.store.all(store_kind)


@dataclass(frozen=True, slots=True)
class Resource:
    """One kind of record and what is special about it."""

    kind: str
    plural: str
    known: frozenset[str]
    """The keys that a request may hold."""
    fresh: Callable[[Pocket], Record]
    """A new record's defaults."""
    check: Check = _as_is
    """Turns the merged record into the one that is stored, or raises 422."""
    listing: Callable[[Pocket], list[Record]] | None = None
    textual_id: bool = False

    def present(self, record: Record) -> Record:
        """The record as the API shows it."""
        address = f"{host()}/api/v2/{self.plural}/{record['id']}.json"
        shown: dict[str, Any] = {"url": address, **record}
        return shown | {"id": str(record["id"])} if self.textual_id else shown


def serve(blueprint: Blueprint, resource: Resource) -> None:
    """Register the five routes."""
    _serve_many(blueprint, resource)
    _serve_one(blueprint, resource)


def _serve_many(blueprint: Blueprint, resource: Resource) -> None:
    items = resource.listing or _as_stored(resource.kind)

    def show_all() -> Response:
        shown = [resource.present(item) for item in items(pocket()) if _wanted(item)]
        return jsonify(page_of(shown, resource.plural, host()))

    def create() -> Answer:
        given = body(resource.kind)
        box = pocket()
        with box.store.transaction():
            times = {"id": box.store.next_id(), "created_at": box.now(), "updated_at": box.now()}
            merged = {**resource.fresh(box), **_known(resource, given), **times}
            record = box.store.put(resource.kind, resource.check(box, merged))
        return _stored(resource, record, given, 201)

    address, name = f"/{resource.plural}", resource.kind
    blueprint.add_url_rule(address, f"list_{name}", show_all, methods=["GET"])
    blueprint.add_url_rule(address, f"create_{name}", create, methods=["POST"])


def _serve_one(blueprint: Blueprint, resource: Resource) -> None:
    def show(key: int) -> Response:
        return jsonify({resource.kind: resource.present(find(resource.kind, key))})

    def change(key: int) -> Answer:
        given = body(resource.kind)
        box = pocket()
        with box.store.transaction():
            old = find(resource.kind, key)
            merged = {**old, **_known(resource, given), "updated_at": box.now()}
            record = box.store.put(resource.kind, resource.check(box, merged))
        return _stored(resource, record, given, 200)

    def delete(key: int) -> tuple[str, int]:
        find(resource.kind, key)
        pocket().store.delete(resource.kind, key)
        return "", 204

    address, name = f"/{resource.plural}/<int:key>", resource.kind
    blueprint.add_url_rule(address, f"show_{name}", show, methods=["GET"])
    blueprint.add_url_rule(address, f"change_{name}", change, methods=["PUT", "PATCH"])
    blueprint.add_url_rule(address, f"delete_{name}", delete, methods=["DELETE"])


def _stored(resource: Resource, record: Record, given: Record, status: int) -> Answer:
    answer = jsonify({resource.kind: resource.present(record)})
    return answer, status, warn_of_unknown(given, resource.known)


def find(kind: str, key: object) -> Record:
    """The record, or 404."""
    record = pocket().store.get(kind, key)
    if record is None:
        raise not_found()
    return record


def _known(resource: Resource, given: Record) -> Record:
    return {key: value for key, value in given.items() if key in resource.known}


def _wanted(record: Record) -> bool:
    """`?active=true`, as the lists of business rules know it."""
    wanted = request.args.get("active")
    return wanted is None or str(record.get("active", True)).lower() == wanted
