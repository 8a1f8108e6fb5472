"""The sidebar app for `provision`: its files, settings and memory put together."""

from collections.abc import Sequence
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import Final

from bot.config import Settings
from bot.manifest_file import manifests_folder
from bot.store.objects import ObjectBook
from bot.zendesk.app_apply import AppApplied, apply_app
from bot.zendesk.app_deals import AppRecorder
from bot.zendesk.app_package import AppFiles, AppPackage, pack, read_app
from bot.zendesk.app_plan import NOTHING_KNOWN, AppKnown, AppPlan, AppStep, plan_app
from bot.zendesk.app_remove import destroy_app, plan_removal
from bot.zendesk.app_wanted import AppWanted, read_app_table, secret_problems, wanted_app
from bot.zendesk.session import ZendeskSession

#: Where the store keeps it.
_KIND: Final = "app"
_KEY: Final = "sidebar"


def app_files(found: Settings) -> AppFiles:
    """Read the app: the one of MANIFESTS_DIR when there is one, else the built-in one."""
    return read_app(app_folder(found))


def app_folder(found: Settings) -> Path:
    """Where the app lies that would be packed."""
    own = found.manifests_dir / "app" if found.manifests_dir else None
    return own if own and (own / "manifest.json").is_file() else manifests_folder() / "app"


def app_package(found: Settings) -> AppPackage:
    """Check and pack it. Raises `AppError` with every problem."""
    return pack(app_files(found), found.public_url, secrets_of(found))


def app_wanted(found: Settings) -> AppWanted:
    """Return the app as it shall stand in the account. Raises `AppError`."""
    folders = [manifests_folder() / "zendesk"]
    if found.manifests_dir is not None:
        folders.append(found.manifests_dir / "zendesk")
    table = read_app_table(folders)
    return wanted_app(table, app_package(found), found.public_url, found.sidebar_secrets)


def left_out(found: Settings) -> str:
    """Why the app cannot be installed yet, in one line; empty when it can."""
    return "; ".join(secret_problems(found.sidebar_secrets))


def known_app(book: ObjectBook) -> AppKnown:
    """What a former run remembered."""
    for item in book.all(_KIND):
        if item.key == _KEY:
            kept = {name: str(item.details.get(name, "")) for name in asdict(NOTHING_KNOWN)}
            return AppKnown(**{**kept, "app_id": item.object_id})
    return NOTHING_KNOWN


def remember_app(book: ObjectBook, known: AppKnown) -> None:
    """Keep it; the fingerprint tells nothing of a secret but whether it changed."""
    details = {name: value for name, value in asdict(known).items() if name != "app_id"}
    book.remember(_KIND, _KEY, known.app_id, details)


def plan_sidebar(session: ZendeskSession, found: Settings, book: ObjectBook) -> AppPlan:
    """Say what `apply_sidebar` would do; nothing is written."""
    return plan_app(session, app_wanted(found), known_app(book))


def apply_sidebar(
    session: ZendeskSession,
    found: Settings,
    book: ObjectBook,
    recorder: AppRecorder | None = None,
) -> AppApplied:
    """Build and install what differs; every step is remembered as it is done."""
    return apply_app(
        session, app_wanted(found), known_app(book), partial(remember_app, book), recorder=recorder
    )


def plan_sidebar_removal(session: ZendeskSession, book: ObjectBook) -> AppPlan:
    """Say what `destroy_sidebar` would remove; nothing is written."""
    known = known_app(book)
    return plan_removal(session, known.app_id) if known.app_id else AppPlan(())


def destroy_sidebar(
    session: ZendeskSession, book: ObjectBook, recorder: AppRecorder | None = None
) -> tuple[AppStep, ...]:
    """Remove the app and its installations; return what was removed."""
    known = known_app(book)
    removed = destroy_app(session, known.app_id, recorder) if known.app_id else ()
    book.forget(_KIND, _KEY)
    return removed


def forget_sidebar(book: ObjectBook, gone: Sequence[AppStep]) -> None:
    """What was taken back is not remembered, so that the next `apply` makes it again."""
    kinds = {step.kind for step in gone}
    if "app" in kinds:
        book.forget(_KIND, _KEY)
    elif "installation" in kinds:
        remember_app(book, replace(known_app(book), installation_id="", fingerprint=""))


def secrets_of(found: Settings) -> tuple[str, ...]:
    """Every secret of ours: none of them may stand in the package."""
    return (
        *found.sidebar_secrets, *found.zendesk_webhook_secrets, found.zendesk_client_secret,
        found.zendesk_provision_client_secret, found.zendesk_api_token, found.metrics_token,
        found.globalping_token,
    )  # fmt: skip
