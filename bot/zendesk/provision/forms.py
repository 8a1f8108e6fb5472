"""Where our fields stand on the account's own ticket forms: the forms are theirs, the ids ours."""

from bot.zendesk.listing import Object
from bot.zendesk.objects import Form, ZendeskObjects
from bot.zendesk.wanted import Ids, Wanted


def placements(
    files: ZendeskObjects, ids: Ids, standing: list[Object]
) -> tuple[list[Wanted], list[str]]:
    """Return each form as it should be, and a line for each that is not there.

    Zendesk replaces the whole list of fields, so everything that stands there is sent, too. The
    id of the form travels in `at_first`.
    """
    found, missing = [], []
    for key, item in files.forms.items():
        there = _form(item, standing)
        if there is None:
            missing.append(
                f"form placement: this account has no active form {item.name or 'by default'!r}; "
                "change forms.toml or add the fields by hand"
            )
            continue
        listed = there.get("ticket_field_ids")
        wanted = [str(one) for one in listed] if isinstance(listed, list) else []
        ours = [ids.of("field", field) for field in item.fields or files.fields]
        wanted += [number for number in ours if number not in wanted]
        payload: Object = {
            "ticket_field_ids": [int(one) if one.isdecimal() else one for one in wanted]
        }
        name = str(there.get("name"))
        found.append(Wanted("form", key, name, payload, {"id": str(there["id"])}))
    return found, missing


def without_fields(there: Object, field_ids: frozenset[str]) -> Object | None:
    """The payload that takes our fields off a form; None when none stands there."""
    listed = there.get("ticket_field_ids")
    kept = [one for one in listed if str(one) not in field_ids] if isinstance(listed, list) else []
    return {"ticket_field_ids": kept} if kept != listed and isinstance(listed, list) else None


def _form(item: Form, standing: list[Object]) -> Object | None:
    active = [there for there in standing if there.get("active") is not False]
    if item.name:
        return next((there for there in active if there.get("name") == item.name), None)
    return next((there for there in active if there.get("default") is True), None)
