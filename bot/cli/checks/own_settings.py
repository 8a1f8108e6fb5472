"""Settings, secrets, manifests, the app's files and the disk: what needs no network."""

import shutil
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Final

from bot.cli.app_deploy import app_package
from bot.cli.checks.finding import Finding, fail, ok, warn
from bot.config import LOOPBACK, Settings, SettingsError
from bot.manifest_file import ManifestError
from bot.manifests import load_manifests
from bot.zendesk.app_package import AppError
from bot.zendesk.app_wanted import SHORTEST_SECRET

#: Zendesk stops every API token for good on this day.
TOKENS_END: Final = date(2027, 4, 30)
_LITTLE_ROOM: Final = 1_000_000_000
_MAKE_ONE: Final = (
    "`licensing-bot app secret --env-file .env` makes one, `provision apply` gives it to Zendesk"
)


def check_settings(found: Settings) -> Iterator[Finding]:
    """Is everything set that the bot cannot do without, and is nothing set by half?"""
    for name in ("ZENDESK_URL", "ZENDESK_WEBHOOK_SECRETS", "PUBLIC_URL"):
        try:
            found.require(name)
        except SettingsError as error:
            says, _, remedy = str(error).partition(": ")
            yield fail("settings", says, f"Set it: {remedy}")
        else:
            yield ok("settings", f"{name} is set")
    if found.public_url.startswith("http://") and not _is_local(found.public_url):
        yield fail("settings", "PUBLIC_URL is plain http", "Zendesk calls https addresses only")


def check_sign_in(found: Settings, today: date | None = None) -> Iterator[Finding]:
    """With what do we sign in, and for how long does Zendesk accept it?"""
    if found.zendesk_client_id and found.zendesk_client_secret:
        yield ok("sign-in", "OAuth client credentials")
    elif found.zendesk_client_id or found.zendesk_client_secret:
        yield fail(
            "sign-in",
            "one of ZENDESK_CLIENT_ID and ZENDESK_CLIENT_SECRET is missing",
            "Set both, or neither",
        )
    elif not (found.zendesk_email and found.zendesk_api_token):
        yield fail(
            "sign-in",
            "no credentials are set",
            "Create an OAuth client and set ZENDESK_CLIENT_ID and ZENDESK_CLIENT_SECRET",
        )
    if found.zendesk_api_token:
        left = (TOKENS_END - (today or datetime.now(UTC).date())).days
        when = f"in {left} days" if left > 0 else "already"
        says = f"legacy e-mail and API token: Zendesk ends them on {TOKENS_END}, {when}"
        remedy = "Create an OAuth client and set ZENDESK_CLIENT_ID and ZENDESK_CLIENT_SECRET"
        yield warn("sign-in", says, remedy) if left > 0 else fail("sign-in", says, remedy)


def check_sidebar_secrets(found: Settings) -> Iterator[Finding]:
    """Can the sidebar's calls be told from a stranger's?"""
    secrets = found.sidebar_secrets
    if not secrets:
        yield warn(
            "sidebar secret", "SIDEBAR_SECRETS is not set: the sidebar cannot ask", _MAKE_ONE
        )
        return
    short = [len(one) for one in secrets if len(one.encode()) < SHORTEST_SECRET]
    if short:
        yield fail(
            "sidebar secret",
            f"one has only {min(short)} characters, {SHORTEST_SECRET} are "
            "needed: it could be guessed",
            _MAKE_ONE,
        )
        return
    if set(secrets) & set(found.zendesk_webhook_secrets):
        yield fail("sidebar secret", "it is a webhook's signing secret, too", _MAKE_ONE)
        return
    lengths = sorted({len(one) for one in secrets})
    older = f", {len(secrets) - 1} older accepted" if len(secrets) > 1 else ""
    if len(lengths) > 1:
        yield warn(
            "sidebar secret",
            f"lengths differ ({', '.join(map(str, lengths))}): one may be cut short by copying",
            "Compare them with what Zendesk was given",
        )
    else:
        yield ok("sidebar secret", f"{lengths[0]} characters{older}")


def check_manifests(found: Settings) -> Iterator[Finding]:
    """Can every file of manifests/ be used?"""
    try:
        manifests = load_manifests(found.manifests_dir)
    except ManifestError as error:
        for problem in error.problems:
            yield fail("manifests", problem, "`licensing-bot manifests check` repeats it")
        return
    count = len(manifests.runbook.scenarios)
    yield ok("manifests", f"{count} scenarios, revision {manifests.revision}")


def check_app_files(found: Settings) -> Iterator[Finding]:
    """Would Zendesk take the sidebar app?"""
    if not found.public_url:
        return
    try:
        package = app_package(found)
    except AppError as error:
        for line in str(error).splitlines():
            yield fail("app files", line, "`licensing-bot app check` repeats it")
        return
    yield ok("app files", f"{package.name} {package.version}, {len(package.files)} files")


def check_room(found: Settings) -> Iterator[Finding]:
    """Is there room for the embedded store, and will it still be there tomorrow?"""
    if found.database_url:
        yield ok("store", "DATABASE_URL")
        return
    if found.platform:
        yield fail(
            "store",
            f"{found.platform} is set: this platform's disk is thrown away, and "
            "web and worker do not share it",
            "Set DATABASE_URL",
        )
    if not found.state_dir.is_dir():
        return
    free = shutil.disk_usage(found.state_dir).free
    says = f"{free // 1_000_000} MB free in {found.state_dir}"
    if free < _LITTLE_ROOM:
        yield warn("disk", says, "Free some: a full disk stops the intake")
    else:
        yield ok("disk", says)


def _is_local(url: str) -> bool:
    host = url.partition("://")[2].partition("/")[0].rpartition(":")[0]
    return host.strip("[]") in LOOPBACK or url.partition("://")[2] in LOOPBACK
