"""A plan in a file: what was looked at and agreed to is what is applied, or nothing is."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any, Final

from bot.zendesk.app_plan import AppStep
from bot.zendesk.provision.compare import same
from bot.zendesk.provision.steps import ProvisionError, ProvisionPlan, Step

FORMAT: Final = 2


def saved(planned: ProvisionPlan, app: Sequence[AppStep], version: str, at: str) -> str:
    """The plan as a file's text; nothing in it is secret."""
    head = {"format": FORMAT, "host": planned.host, "version": version, "planned_at": at}
    steps = [asdict(step) for step in planned.steps] + [asdict(step) for step in app]
    return json.dumps({**head, "steps": steps}, indent=1, default=str)


def moved_since(text: str, planned: ProvisionPlan, app: Sequence[AppStep] = ()) -> list[str]:
    """What differs between the file and the account, or the files, as they are now."""
    plan = _read(text)
    if plan["host"] != planned.host:
        return [f"the plan is for {plan['host']}, and ZENDESK_URL names {planned.host}"]
    then = {(step["kind"], step["key"]): step for step in plan["steps"]}
    every: tuple[Step | AppStep, ...] = (*planned.steps, *app)
    now: dict[tuple[str, str], Step | AppStep] = {(step.kind, step.key): step for step in every}
    found = []
    for place in dict.fromkeys([*then, *now]):
        found += _difference(then.get(place), now.get(place))
    return found


def _read(text: str) -> dict[str, Any]:
    try:
        plan = json.loads(text)
        known = plan["format"] == FORMAT and isinstance(plan["steps"], list)
    except (ValueError, KeyError, TypeError):
        known = False
    if not known:
        raise ProvisionError("this is no plan: `provision plan --out FILE` writes one")
    return dict(plan)


def _difference(then: Mapping[str, Any] | None, now: Step | AppStep | None) -> list[str]:
    if then is None or now is None:
        name = now.name if now else str((then or {}).get("name"))
        return [f"{name!r}: " + ("is new in the files" if now else "is no more in the files")]
    what = f"{now.kind} {now.name!r}"
    if then["object_id"] != now.object_id:
        if now.object_id is None:
            return [f"{what} was there (id {then['object_id']}) and is gone"]
        return [f"{what} was not there and is now (id {now.object_id})"]
    old = {change["key"]: change for change in then["changes"]}
    fresh = {change.key: change for change in now.changes}
    found = [
        f"{what}: {key} has changed in the account: planned with "
        f"{_short(old[key]['old'] if key in old else 'what the files want')}, now "
        f"{_short(fresh[key].old if key in fresh else 'what the files want')}"
        for key in dict.fromkeys([*old, *fresh])
        if key not in old or key not in fresh or not same(_plain(fresh[key].old), old[key]["old"])
    ]
    if not found and then["digest"] != now.digest:
        return [f"{what}: the files or the settings have changed since the plan"]
    return found


def _plain(value: object) -> object:
    return json.loads(json.dumps(value, default=str))


def _short(value: object) -> str:
    words = value if isinstance(value, str) else json.dumps(value, default=str)
    return words if len(words) <= 80 else words[:79] + "…"  # noqa: PLR2004  a line for people
