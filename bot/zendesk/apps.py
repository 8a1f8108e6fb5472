"""The calls of Zendesk's apps API: upload a package, have it built, install it.

developer.zendesk.com/api-reference/ticketing/apps/apps
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from bot.zendesk.app_package import AppError, AppPackage
from bot.zendesk.calls import Call
from bot.zendesk.errors import GatewayTrouble, NotFound, OutcomeUnknown
from bot.zendesk.listing import Object, asked, listed, written
from bot.zendesk.reading import objects
from bot.zendesk.session import ZendeskSession

#: Total seconds for sending a package.
UPLOAD_SECONDS: Final = 60.0
#: How long Zendesk may build before a person should look.
BUILD_SECONDS: Final = 180.0
_WAITS: Final = (1.0, 1.0, 2.0, 3.0, 5.0)
_ENDED: Final = {"completed": True, "failed": False}


@dataclass(frozen=True, slots=True)
class App:
    """An app that the account owns."""

    id: str
    name: str
    version: str | None
    """None when Zendesk does not tell."""


@dataclass(frozen=True, slots=True)
class Installation:
    """An app as it is installed."""

    id: str
    app_id: str
    enabled: bool
    title: str
    settings: Mapping[str, str]
    """Those that Zendesk shows: never the secure ones, and in some answers none at all."""
    groups: tuple[str, ...]
    roles: tuple[str, ...]


class AppShelf:
    """The apps of one account; `sleep` and `clock` are for the waits between two looks at a job."""

    def __init__(
        self,
        session: ZendeskSession,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._session = session
        self._sleep = sleep
        self._clock = clock

    def owned(self) -> tuple[App, ...]:
        """Every app that this account made."""
        page = self._session.ask(Call("GET", "/api/v2/apps/owned.json", "apps.owned"))
        return tuple(_app(item) for item in objects(page.get("apps")))

    def installations(self) -> tuple[Installation, ...]:
        """Everything that is installed, apps of the Marketplace too."""
        page = self._session.ask(
            Call("GET", "/api/v2/apps/installations.json", "apps.installations")
        )
        return tuple(_installation(item) for item in objects(page.get("installations")))

    def upload(self, package: AppPackage) -> object:
        """Send the package; what no app is built from, Zendesk throws away."""
        kind, body = _form(package)
        call = Call("POST", "/api/v2/apps/uploads.json", "apps.upload", content=body,
                    content_type=kind, seconds=UPLOAD_SECONDS)  # fmt: skip
        try:
            return _needed(asked(self._session, call), "id", call.route)
        except OutcomeUnknown as error:
            raise GatewayTrouble(error.reason, status=error.status, route=call.route) from error

    def create(self, upload_id: object, name: str) -> str:
        """Begin to build a new app; return the job."""
        call = Call("POST", "/api/v2/apps.json", "apps.create",
                    payload={"upload_id": upload_id, "name": name})  # fmt: skip
        return word(_needed(asked(self._session, call), "job_id", call.route))

    def rebuild(self, app_id: str, upload_id: object) -> str:
        """Begin to build an app anew; return the job."""
        call = Call("PUT", f"/api/v2/apps/{app_id}.json", "apps.update",
                    payload={"upload_id": upload_id})  # fmt: skip
        return word(_needed(asked(self._session, call), "job_id", call.route))

    def await_job(self, job: str) -> str:
        """Wait until the job ends and return the app's id, "" when Zendesk does not tell it."""
        until = self._clock() + BUILD_SECONDS
        waits = iter(_WAITS)
        while True:
            call = Call("GET", f"/api/v2/apps/job_statuses/{job}.json", "apps.job")
            answer = self._session.ask(call)
            good = _ENDED.get(word(answer.get("status")).lower())
            if good:
                return word(answer.get("app_id"))
            if good is False:
                raise AppError(f"Zendesk could not build the app: {_said(answer)}")
            if self._clock() >= until:
                raise AppError(
                    f"Zendesk has been building the app for {BUILD_SECONDS:.0f} s and is at "
                    f"{answer.get('status')!r}: run `provision apply` again in a few minutes, it "
                    "goes on from there"
                )
            self._sleep(next(waits, _WAITS[-1]))

    def install(self, payload: Object) -> str:
        """Install; an answer that was lost is looked for before giving up."""
        call = Call("POST", "/api/v2/apps/installations.json", "apps.install", payload=payload)
        try:
            answer = asked(self._session, call)
        except OutcomeUnknown:
            for item in self.installations():
                if item.app_id == word(payload["app_id"]):
                    return item.id
            raise
        return word(_needed(_inner(answer, "installation"), "id", call.route))

    def change(self, installation_id: str, payload: Object) -> None:
        """Change an installation; settings that are not given stay, the secure ones too."""
        path = f"/api/v2/apps/installations/{installation_id}.json"
        written(self._session, Call("PUT", path, "apps.installation", payload=payload))

    def installation(self, installation_id: str) -> Installation:
        """One installation as Zendesk shows it; a new one may take a moment to appear."""
        path = f"/api/v2/apps/installations/{installation_id}.json"
        for wait in _WAITS:
            try:
                answer = self._session.ask(Call("GET", path, "apps.installation"))
            except NotFound:
                self._sleep(wait)
            else:
                return _installation(_inner(answer, "installation"))
        raise AppError(
            f"Zendesk took the installation ({installation_id}) and does not show it: look in "
            "Admin Center > Apps and integrations > Zendesk Support apps, then run "
            "`provision apply` again"
        )

    def uninstall(self, installation_id: str) -> None:
        """Remove an installation; one that is gone is removed."""
        self._delete(f"/api/v2/apps/installations/{installation_id}.json", "apps.uninstall")

    def delete(self, app_id: str) -> None:
        """Delete an app; one that is gone is deleted."""
        self._delete(f"/api/v2/apps/{app_id}.json", "apps.delete")

    def named_ids(self, plural: str) -> Mapping[str, list[str]]:
        """Ids by name, lower case, of `groups` or `custom_roles`."""
        found: dict[str, list[str]] = {}
        for item in listed(self._session, plural):
            found.setdefault(word(item.get("name")).lower(), []).append(word(item.get("id")))
        return found

    def _delete(self, path: str, route: str) -> None:
        try:
            self._session.send(Call("DELETE", path, route))
        except NotFound:
            return


def word(value: object) -> str:
    """An id or a word as text: Zendesk's ids are numbers here and strings there."""
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, str | int | float) else ""


def _form(package: AppPackage) -> tuple[str, bytes]:
    """Return a multipart/form-data body with the package in it, and its content type."""
    boundary = f"licensing-bot-{package.digest}"
    head = (
        f"--{boundary}\r\n"
        'Content-Disposition: form-data; name="uploaded_data"; filename="app.zip"\r\n'
        "Content-Type: application/zip\r\n\r\n"
    )
    body = head.encode() + package.data + f"\r\n--{boundary}--\r\n".encode()
    return f"multipart/form-data; boundary={boundary}", body


def _needed(answer: Object, key: str, route: str) -> object:
    value = answer.get(key)
    if value in (None, ""):
        raise GatewayTrouble(f"{route}: the answer holds no {key}", route=route)
    return value


def _inner(answer: Object, key: str) -> Object:
    """Some answers hold the object itself, some hold it under its name."""
    found = answer.get(key)
    return found if isinstance(found, dict) else answer


def _said(answer: Object) -> str:
    said = answer.get("message")
    return said if isinstance(said, str) and said else "it does not say why"


def _app(item: Object) -> App:
    version = item.get("version")
    return App(
        id=word(item.get("id")),
        name=word(item.get("name")),
        version=word(version) if version not in (None, "") else None,
    )


def _installation(item: Object) -> Installation:
    settings = _settings(item)
    return Installation(
        id=word(item.get("id")),
        app_id=word(item.get("app_id")),
        enabled=item.get("enabled") is not False,
        title=settings.get("name", ""),
        settings=settings,
        groups=_ids(item.get("group_restrictions")),
        roles=_ids(item.get("role_restrictions")),
    )


def _settings(item: Object) -> Mapping[str, str]:
    """By name, from an object or from a list of names and values: Zendesk knows both."""
    given = item.get("settings")
    if isinstance(given, dict) and given:
        return {name: word(value) for name, value in given.items()}
    pairs = objects(item.get("settings_objects"))
    return {word(pair.get("name")): word(pair.get("value")) for pair in pairs}


def _ids(value: object) -> tuple[str, ...]:
    return tuple(sorted(word(item) for item in value)) if isinstance(value, list) else ()
