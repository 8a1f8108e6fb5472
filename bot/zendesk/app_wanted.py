"""How the sidebar app shall be installed: manifests/zendesk/app.toml and our settings, as one."""

import hashlib
import json
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import msgspec

from bot.zendesk.app_package import AppError, AppPackage
from bot.zendesk.objects import Entry

FILE: Final = "app.toml"
#: What a setting may name instead of a value of its own.
PUBLIC_URL: Final = "@public_url"
SIDEBAR_SECRET: Final = "@sidebar_secret"  # noqa: S105  the name of one, not one
SHORTEST_SECRET: Final = 32


class AppTable(Entry, frozen=True):
    """What stands in app.toml."""

    title: str
    """Above the app in the sidebar."""
    settings: dict[str, str]
    groups: tuple[str, ...] = ()
    """Names of the groups that see it; empty: every group."""
    roles: tuple[str, ...] = ()
    """Names of the custom roles that see it; empty: every role."""


class _File(Entry, frozen=True):
    app: AppTable


@dataclass(frozen=True, slots=True)
class AppWanted:
    """The app as it shall stand in the account."""

    package: AppPackage
    title: str
    settings: Mapping[str, str]
    """What Zendesk shows again."""
    secret_settings: Mapping[str, str] = field(repr=False)
    """What it never shows again."""
    groups: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()

    @property
    def fingerprint(self) -> str:
        """Of everything that the installation is given, secrets included, to be remembered."""
        whole = [self.title, sorted(self.settings.items()), sorted(self.secret_settings.items()),
                 sorted(self.groups), sorted(self.roles)]  # fmt: skip
        return hashlib.sha256(json.dumps(whole).encode()).hexdigest()


def read_app_table(folders: Sequence[Path]) -> AppTable:
    """Read app.toml; a later folder's file stands in for an earlier one's."""
    found = [folder / FILE for folder in folders if (folder / FILE).is_file()]
    if not found:
        raise AppError(f"{FILE}: is missing: it says how the sidebar app is installed")
    try:
        return msgspec.convert(tomllib.loads(found[-1].read_text("utf-8")), _File).app
    except (msgspec.ValidationError, ValueError) as error:
        raise AppError(f"{FILE}: {error}") from error


def wanted_app(
    table: AppTable, package: AppPackage, public_url: str, sidebar_secrets: Sequence[str]
) -> AppWanted:
    """Fill in the settings. Raises `AppError` with one line for each that cannot be filled."""
    problems = _problems(table, package)
    if SIDEBAR_SECRET in table.settings.values():
        problems += secret_problems(sidebar_secrets)
    if problems:
        raise AppError("\n".join(problems))
    named = {PUBLIC_URL: public_url, SIDEBAR_SECRET: next(iter(sidebar_secrets), "")}
    filled = {name: named.get(value, value) for name, value in table.settings.items()}
    return AppWanted(
        package=package,
        title=table.title,
        settings={name: filled[name] for name in filled if name not in package.secure},
        secret_settings={name: filled[name] for name in filled if name in package.secure},
        groups=table.groups,
        roles=table.roles,
    )


def secret_problems(sidebar_secrets: Sequence[str]) -> list[str]:
    """Say why these cannot sign the sidebar's calls; empty when they can."""
    if not sidebar_secrets:
        return ["SIDEBAR_SECRETS is not set: `licensing-bot app secret --env-file .env` makes one"]
    return [
        f"SIDEBAR_SECRETS: value {place} has {len(secret)} characters, at least "
        f"{SHORTEST_SECRET} are needed: `licensing-bot app secret --env-file .env` makes a new one"
        for place, secret in enumerate(sidebar_secrets, start=1)
        if len(secret) < SHORTEST_SECRET
    ]


def _problems(table: AppTable, package: AppPackage) -> list[str]:
    unknown = sorted(set(table.settings) - set(package.parameters))
    found = [f"{FILE}: app.settings.{name}: the app has no such parameter" for name in unknown]
    found += [
        f"{FILE}: app.settings.{name}: is missing: the app asks for it"
        for name in package.required
        if not table.settings.get(name)
    ]
    for name, value in table.settings.items():
        if value.startswith("@") and value not in (PUBLIC_URL, SIDEBAR_SECRET):
            found.append(f"{FILE}: app.settings.{name}: {value} is not known")
        if value == SIDEBAR_SECRET and name in package.parameters and name not in package.secure:
            found.append(
                f"{FILE}: app.settings.{name}: the parameter is not secure, so every agent could "
                "read the secret: add `secure` to it in manifest.json"
            )
    return found
