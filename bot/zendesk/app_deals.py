"""Every write to the apps of an account, as the journal keeps it: never with a secret in it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final, Literal, Protocol

from bot.zendesk.apps import App, Installation
from bot.zendesk.listing import Object

AppKind = Literal["upload", "app", "installation"]
#: Our key of the one app, and of its installation.
SIDEBAR: Final = "sidebar"
#: What stands in the place of a value that nobody may read again.
HIDDEN: Final = "(secret)"


@dataclass(frozen=True, slots=True)
class AppDeal:
    """One write."""

    deed: Literal["created", "changed", "deleted"]
    kind: AppKind
    key: str
    name: str
    object_id: str | None = None
    """None until Zendesk has said it."""
    before: Object | None = None
    after: Object | None = None


class AppRecorder(Protocol):
    """Keeps what is written: the intent before each write, its end after it."""

    def intend(self, deal: AppDeal) -> int:
        """Write down what is about to be done; return its number."""

    def done(self, number: int, object_id: str) -> None:
        """It stands in Zendesk now."""

    def pending(self, kind: str, key: str) -> bool:
        """Was it to be made a little while ago, and never seen to stand?"""


class NoAppRecord:
    """For a demo and for tests: nothing is kept."""

    def intend(self, deal: AppDeal) -> int:  # noqa: ARG002
        """Keep nothing."""
        return 0

    def done(self, number: int, object_id: str) -> None:
        """Keep nothing."""

    def pending(self, kind: str, key: str) -> bool:  # noqa: ARG002
        """Nothing is known."""
        return False


def app_shown(app: App) -> Object:
    """An app as the journal keeps it."""
    return {"id": app.id, "name": app.name, "version": app.version}


def installation_shown(item: Installation, secure: Collection[str] = ()) -> Object:
    """An installation as the journal keeps it."""
    return {
        "id": item.id,
        "app_id": item.app_id,
        "enabled": item.enabled,
        "settings": hidden(item.settings, secure),
        "group_restrictions": list(item.groups),
        "role_restrictions": list(item.roles),
    }


def sent(payload: Object, secure: Collection[str]) -> Object:
    """What an installation was sent, with the secrets covered."""
    settings = payload.get("settings")
    if not isinstance(settings, dict):
        return payload
    return {**payload, "settings": hidden(settings, secure)}


def hidden(settings: Mapping[str, object], secure: Collection[str]) -> Object:
    """Settings with the secret ones covered."""
    return {name: HIDDEN if name in secure else value for name, value in settings.items()}
