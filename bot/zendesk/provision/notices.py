"""What a person should know about an account beside what would be written."""

from collections.abc import Mapping
from typing import Protocol

from bot.zendesk.catalog import Kind
from bot.zendesk.listing import Object
from bot.zendesk.provision.steps import Step
from bot.zendesk.reading import objects
from bot.zendesk.wanted import ProvisionSettings


class Seen(Protocol):
    """What is known of the account so far."""

    standing: dict[Kind, list[Object]]
    settings: ProvisionSettings


def notices_of(kind: Kind, steps: list[Step], standing: list[Object], seen: Seen) -> list[str]:
    """Say what is switched off, out of order, or came from another account."""
    by_id = {str(there["id"]): there for there in standing}
    ours = [(step, by_id[step.object_id]) for step in steps if step.object_id in by_id]
    found = [
        f"{kind} {step.name!r} is switched off, and stays so: `--reactivate` switches it on"
        for step, there in ours
        if is_off(there) and not seen.settings.reactivate
    ]
    if kind == "webhook":
        found += [_moved(step, there) for step, there in ours if _endpoint_differs(step)]
    if kind == "trigger":
        known = {str(there["id"]) for there in seen.standing.get("webhook", [])}
        found += [
            f"trigger {step.name!r} carries our mark and calls a webhook that this account does "
            "not have: a sandbox copied it from another account. `apply` makes it ours"
            for step, there in ours
            if not set(_webhooks_of(there)) <= known
        ]
    return found


def is_off(there: Mapping[str, object]) -> bool:
    """Did an admin switch it off?"""
    return there.get("active") is False or there.get("status") == "inactive"


def _endpoint_differs(step: Step) -> bool:
    return any(change.key == "endpoint" for change in step.changes)


def _moved(step: Step, there: Object) -> str:
    return (
        f"webhook {step.name!r} carries our mark and points to {there.get('endpoint')}: either "
        "PUBLIC_URL has changed, or a sandbox copied it from another account. `apply` points it to "
        "this one"
    )


def _webhooks_of(there: Object) -> list[str]:
    return [
        str(value[0])
        for action in objects(there.get("actions"))
        if action.get("field") == "notification_webhook"
        and isinstance(value := action.get("value"), list)
        and value
    ]
