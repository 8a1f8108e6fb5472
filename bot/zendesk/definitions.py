"""What triggers and macros of this account may say: its own definitions."""

import difflib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from bot.zendesk.calls import Call
from bot.zendesk.errors import NotFound, Rejected, ScopeMissing
from bot.zendesk.listing import Object, patiently
from bot.zendesk.reading import objects, text
from bot.zendesk.session import ZendeskSession

Part = Literal["all", "any"]
_NAMES: Final = ("subject", "field", "value")


@dataclass(frozen=True, slots=True)
class Definitions:
    """Legal operators by condition field, and legal actions; None where the account is silent."""

    conditions: Mapping[Part, Mapping[str, frozenset[str]]] | None = None
    actions: frozenset[str] | None = None
    macro_actions: frozenset[str] | None = None
    unread: str = ""
    """Why the conditions are not known, in words for people."""

    def offers(self, part: Part, field: str, operator: str) -> bool | None:
        """May a condition say this? None when the account does not tell."""
        if self.conditions is None:
            return None
        known = self.conditions[part].get(field)
        # A field whose operators are not listed, or a condition without one, has nothing to check.
        return known is not None and (not known or not operator or operator in known)

    def instead(self, part: Part, field: str) -> str:
        """Say what the account offers, for a message."""
        known = (self.conditions or {}).get(part, {})
        if field in known:
            return f"{field} knows {', '.join(sorted(known[field])) or 'no operator'}"
        close = difflib.get_close_matches(field, known, 3) or sorted(known)[:8]
        return f"it offers {', '.join(close)}" if close else "it offers none"


def read_definitions(session: ZendeskSession) -> Definitions:
    """Ask the account; what it does not tell is not checked."""
    answer, reason = _asked(session, "/api/v2/triggers/definitions")
    found = answer.get("definitions")
    if not isinstance(found, dict):
        unread = reason or "the answer holds no definitions"
        return Definitions(macro_actions=_macro_actions(session), unread=unread)
    conditions: dict[Part, Mapping[str, frozenset[str]]] = {
        "all": _operators(found.get("conditions_all")),
        "any": _operators(found.get("conditions_any")),
    }
    return Definitions(
        conditions if any(conditions.values()) else None,
        frozenset(_names(found.get("actions"))) or None,
        _macro_actions(session),
        "" if any(conditions.values()) else "the answer names no condition",
    )


def condition_problems(
    where: str, payload: Mapping[str, object], definitions: Definitions, later: str
) -> list[str]:
    """Name every condition that this account does not offer, and what it offers."""
    conditions = payload.get("conditions")
    found = []
    for part in ("all", "any"):
        for item in objects(conditions.get(part) if isinstance(conditions, dict) else None):
            field, operator = text(item.get("field")), text(item.get("operator"))
            if later not in field and definitions.offers(part, field, operator) is False:
                found.append(
                    f"{where}: this account offers no condition `{field} {operator}`".rstrip(" `")
                    + f"` in `{part}`; {definitions.instead(part, field)}. Change the file "
                    "under MANIFESTS_DIR/zendesk"
                )
    return found


def action_problems(
    where: str, payload: Mapping[str, object], offered: Collection[str] | None, later: str
) -> list[str]:
    """Name every action that this account does not offer."""
    if offered is None:
        return []
    used = [text(item.get("field")) for item in objects(payload.get("actions"))]
    return [
        f"{where}: this account offers no action `{name}`: "
        + ("its plan, or the role of the user, has no webhooks"
           if name == "notification_webhook"
           else f"it offers {', '.join(sorted(offered)[:12])}")
        for name in used
        if name not in offered and later not in name
    ]  # fmt: skip


def _operators(listed: object) -> dict[str, frozenset[str]]:
    return {
        name: frozenset(text(word.get("value")) for word in objects(entry.get("operators")))
        for entry in objects(listed)
        if (name := text(entry.get("subject")))
    }


def _macro_actions(session: ZendeskSession) -> frozenset[str] | None:
    """Names of a macro's actions; their key is told differently from page to page."""
    answer, _ = _asked(session, "/api/v2/macros/actions")
    found = frozenset(_names(answer.get("actions")))
    return found if "current_tags" in found else None


def _names(listed: object) -> list[str]:
    return [name for entry in objects(listed) if (name := _name(entry))]


def _name(entry: Object) -> str:
    return next((text(entry[key]) for key in _NAMES if text(entry.get(key))), "")


def _asked(session: ZendeskSession, path: str) -> tuple[Object, str]:
    """Return the answer, or why there is none."""
    try:
        call = Call("GET", path, path.removeprefix("/api/v2/").replace("/", "."))
        return patiently(lambda: session.ask(call)), ""
    except (NotFound, ScopeMissing, Rejected) as error:
        return {}, error.reason
