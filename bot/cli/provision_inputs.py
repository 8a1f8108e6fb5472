"""What every `provision` command needs: the account, the files, who we are, and a journal."""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, TypeVar

import click
from dotenv import set_key

from bot.cli.manifest_files import checked_manifests
from bot.cli.session import Refused, need
from bot.cli.stores import open_store, operator
from bot.config import Settings
from bot.manifest_file import manifests_folder
from bot.manifests import Manifests
from bot.pipeline.assemble import account_of
from bot.runbook.snippet import frame_values
from bot.store.database import Database
from bot.store.journal import Busy, Intent, Journal, alone
from bot.store.objects import ObjectBook
from bot.store.switches import SwitchBoard
from bot.zendesk import provision as engine
from bot.zendesk.app_deals import AppDeal
from bot.zendesk.budget import InMemoryBudget
from bot.zendesk.credentials import PROVISIONING_SCOPE
from bot.zendesk.desk import Me, ZendeskDesk
from bot.zendesk.errors import AuthFailed, NotFound, ScopeMissing, ZendeskError
from bot.zendesk.object_files import read_objects
from bot.zendesk.objects import ManifestError, ZendeskObjects
from bot.zendesk.provision.account import account_kind
from bot.zendesk.provision.refusals import way_out
from bot.zendesk.reading import FieldIds
from bot.zendesk.session import ZendeskSession
from bot.zendesk.wanted import ProvisionSettings

T = TypeVar("T")
Inputs = tuple[ZendeskSession, ZendeskObjects, ProvisionSettings]
#: Seconds that one call may wait at the account's limit: people rather wait than resume.
PATIENCE: Final = 60.0


def provision_inputs(found: Settings, manifests: Manifests) -> Inputs:
    """Return what the engine needs: a session as the provisioning client, the files, who we are."""
    me = _bot_user(found)
    runbook = manifests.runbook
    wanted = ProvisionSettings(
        public_url=found.public_url,
        bot_user_id=me.id,
        bot_name=me.name,
        scenarios={label: scenario.name for label, scenario in runbook.scenarios.items()},
        known_commands=tuple(runbook.commands),
        words=frame_values(runbook, {})
        | {f"{name}_url": link.url for name, link in runbook.head.links.items()},
    )
    return provision_session(found), object_files(found), wanted


def _bot_user(found: Settings) -> Me:
    """Who writes the notes: the triggers leave this user out."""
    try:
        with closing(ZendeskSession(account_of(found), InMemoryBudget(), patience=PATIENCE)) as own:
            return ZendeskDesk(own, FieldIds()).me()
    except (AuthFailed, ScopeMissing, NotFound) as error:
        signs = "ZENDESK_CLIENT_ID and ZENDESK_CLIENT_SECRET"
        needs = "a client of the bot's own user with the scopes `read tickets:write`: Admin Center "
        if not found.zendesk_client_id:
            signs = "ZENDESK_EMAIL and ZENDESK_API_TOKEN"
            needs = "a token that is active (Zendesk switches off what rested for 30 days), or an "
            needs += "OAuth client in its place: Admin Center "
        raise engine.ProvisionError(
            f"who the bot is cannot be asked: {error.reason}. {signs} must name {needs}> Apps and "
            "integrations > APIs. (They are the run-time ones, not those of provisioning.)"
        ) from error


def provision_session(found: Settings) -> ZendeskSession:
    """Sign in as the provisioning client, or as the only one that there is."""
    account = account_of(found)
    if found.zendesk_provision_client_id:
        account = replace(
            account,
            client_id=found.zendesk_provision_client_id,
            client_secret=found.zendesk_provision_client_secret,
        )
    account = replace(account, scope=PROVISIONING_SCOPE)
    return ZendeskSession(account, InMemoryBudget(), patience=PATIENCE)


def session_of(found: Settings) -> ZendeskSession:
    """The same for a command that needs the account alone; it is closed with the command."""
    need(found, "ZENDESK_URL")
    session = asked(lambda: provision_session(found))
    click.get_current_context().call_on_close(session.close)
    return session


def object_files(found: Settings) -> ZendeskObjects:
    """Read manifests/zendesk, and the folder that is laid over it."""
    folders = [manifests_folder() / "zendesk"]
    if found.manifests_dir is not None:
        folders.append(found.manifests_dir / "zendesk")
    return read_objects(folders)


def inputs_of(found: Settings, *, reactivate: bool = False) -> Inputs:
    """The same for a command: what is missing or refused ends it in words."""
    need(found, "ZENDESK_URL", "PUBLIC_URL")
    manifests = checked_manifests(found.manifests_dir)
    session, files, wanted = asked(lambda: provision_inputs(found, manifests))
    click.get_current_context().call_on_close(session.close)
    return session, files, replace(wanted, reactivate=reactivate)


def asked(ask: Callable[[], T]) -> T:
    """Run it; what Zendesk or the files refuse ends the command in words."""
    try:
        return ask()
    except (engine.ProvisionError, ManifestError) as error:
        raise Refused(str(error)) from error
    except ZendeskError as error:
        raise Refused(f"{error.reason}. {way_out(error)}.") from error


def agree(found: Settings, question: str, *, yes: bool, account: str) -> None:
    """Ask before writing; a production account wants its own name, typed or as `--account`."""
    kind = account_kind(found.zendesk_url)
    if account and account.removesuffix(".zendesk.com") != kind.subdomain:
        raise Refused(f"--account says {account}, and ZENDESK_URL names {kind.subdomain}")
    if kind.kind != "production":
        if not yes:
            click.confirm(question, abort=True)
        return
    if yes and not account:
        raise Refused(
            f"{kind.subdomain} counts as production ({kind.how}): add `--account {kind.subdomain}`"
        )
    if not yes and not account:
        typed = click.prompt(f"{question} This is production: type {kind.subdomain}", type=str)
        if typed.strip() != kind.subdomain:
            raise click.Abort


@contextmanager
def writing_store(found: Settings) -> Iterator[Database]:
    """Open the store for a command that writes to Zendesk; one at a time."""
    with open_store(found) as database:
        try:
            with alone(database):
                yield database
        except Busy as error:
            raise Refused(str(error)) from error


class JournalRecorder:
    """Writes into the store what is about to be written to Zendesk; a run begins with its first."""

    def __init__(self, database: Database, command: str, host: str) -> None:
        self._journal = Journal(database)
        self._command = command
        self._host = host
        self.run_id: int | None = None

    def intend(self, deal: engine.Deal | AppDeal) -> int:
        """Keep the intent; a store that is down stops the command before the write."""
        if self.run_id is None:
            self.run_id = self._journal.begin(self._command, self._host, operator())
        intent = Intent(deal.deed, deal.kind, deal.key, deal.name, deal.object_id,
                        deal.before, deal.after)  # fmt: skip
        return self._journal.intend(self.run_id, intent)

    def done(self, number: int, object_id: str) -> None:
        """Keep its end."""
        self._journal.done(number, object_id)

    def pending(self, kind: str, key: str) -> bool:
        """A run before this one may have died while it was being made."""
        return self._journal.pending(self._host, kind, key)


def remember(database: Database, applied: engine.Applied, bot_user_id: int) -> None:
    """Keep the ids that a running bot needs, and the moment of the first apply."""
    book = ObjectBook(database)
    for kind, ids in applied.ids.items():
        for key, object_id in ids.items():
            options = applied.options.get(key) if kind == "field" else None
            book.remember(kind, key, object_id, {"options": dict(options)} if options else None)
    for step in applied.steps:
        if step.verb == "remove":
            book.forget(step.kind, step.key)
    book.remember("user", "bot", str(bot_user_id))
    SwitchBoard(database).set_watermark(datetime.now(UTC), operator())


def write_secrets(file: Path, secrets: Sequence[str]) -> None:
    """Write the webhook's secrets, newest first, into a file that only its owner may read."""
    if not file.exists():
        os.close(os.open(file, os.O_CREAT | os.O_WRONLY, 0o600))
    file.chmod(0o600)
    set_key(file, "ZENDESK_WEBHOOK_SECRETS", " ".join(secrets), quote_mode="never")
    file.chmod(0o600)
