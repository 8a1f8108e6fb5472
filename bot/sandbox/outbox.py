"""What is still to be delivered, kept in the state file: a restart loses no webhook."""

import time
from typing import Any

from bot.sandbox.delivery import Deliverer, Keep, Parcel
from bot.sandbox.state import Record, Store


def keeper(store: Store) -> Keep:
    """Return what writes down and strikes out parcels in this store."""

    def keep(parcel: Parcel, due: float | None) -> None:
        if due is None:
            store.delete("parcel", parcel.invocation_id)
        else:
            store.put("parcel", _record(parcel, due))

    return keep


def resume(store: Store, deliverer: Deliverer) -> None:
    """Send what a former run left behind; what is overdue goes at once."""
    for record in sorted(store.all("parcel"), key=lambda item: float(item["due"])):
        deliverer.send(_parcel(record), max(0.0, record["due"] - time.time()))


def _record(parcel: Parcel, due: float) -> Record:
    return {
        "id": parcel.invocation_id,
        "due": due,
        "webhook_id": parcel.webhook_id,
        "account_id": parcel.account_id,
        "method": parcel.method,
        "endpoint": parcel.endpoint,
        "body": parcel.body.decode(),
        "secret": parcel.secret,
        "headers": [list(pair) for pair in parcel.headers],
    }


def _parcel(record: Record) -> Parcel:
    headers: list[Any] = record["headers"]
    return Parcel(
        invocation_id=record["id"],
        webhook_id=record["webhook_id"],
        account_id=record["account_id"],
        method=record["method"],
        endpoint=record["endpoint"],
        body=record["body"].encode(),
        secret=record["secret"],
        headers=tuple((name, value) for name, value in headers),
    )
