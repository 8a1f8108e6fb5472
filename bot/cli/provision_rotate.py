"""`provision rotate-secret`: a new signing secret for the webhook, without losing a delivery."""

import base64
import hmac
import time
from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from pathlib import Path

import click
import httpx

from bot.cli.provision_inputs import (
    JournalRecorder,
    agree,
    asked,
    inputs_of,
    write_secrets,
    writing_store,
)
from bot.cli.session import Refused, settings
from bot.config import Settings
from bot.store.database import Database
from bot.store.journal import Journal
from bot.store.objects import ObjectBook
from bot.zendesk.objects import ZendeskObjects
from bot.zendesk.provision.rotate import Rotation

#: Signed, of a type that the webhook knows to ignore: nothing comes of it but the answer.
_PING = b'{"type":"zen:event-type:licensing_bot.rotation","account_id":0}'


@click.command("rotate-secret")
@click.option(
    "--env-file", type=click.Path(dir_okay=False, path_type=Path), default=Path(".env"),
    show_default=True, help="Where the running web's secrets are kept (mode 0600).",
)  # fmt: skip
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--account", default="", help="The subdomain meant; a must for --yes in production.")
@click.option(
    "--settle", default=60, show_default=True,
    help="Seconds that deliveries of the old webhook may still take.",
)  # fmt: skip
@click.option("--wait", default=0, show_default=True, help="Seconds to wait for the web's restart.")
def rotate_secret(*, env_file: Path, yes: bool, account: str, settle: int, wait: int) -> None:
    """Exchange the webhook's signing secret; run it again after every stop, it goes on.

    Makes a second webhook, writes both secrets, waits until the running web accepts both, points
    the triggers to the new webhook, removes the old one.
    """
    found = settings()
    session, files, wanted = inputs_of(found)
    agree(found, f"Rotate the webhook's secret in {session.host}?", yes=yes, account=account)
    with writing_store(found) as database:
        recorder = JournalRecorder(database, "rotate-secret", session.host)
        rotation = Rotation(session, files, wanted, recorder)
        if (ended := _died_at_the_end(database, rotation, session.host)) is not None:
            _keep_alone(found, env_file, ended, _older_of(found, ended))
            return
        secrets = asked(rotation.start)
        write_secrets(env_file, list(dict.fromkeys([*secrets, *found.zendesk_webhook_secrets])))
        click.echo(f"1. Two webhooks stand; {env_file} holds both secrets.")
        _wait_for_web(found, files, secrets, env_file, wait)
        click.echo("2. The running web accepts both.")
        moved = asked(lambda: rotation.repoint(lambda title: click.echo(f"   {title}")))
        click.echo(f"3. {moved} triggers call the new webhook.")
        if len(secrets) > 1 and settle:
            click.echo(f"   {settle} s for deliveries that are under way …")
            time.sleep(settle)
        webhook_id, secret = asked(rotation.finish)
        (key,) = files.webhooks
        ObjectBook(database).remember("webhook", key, webhook_id)
    _keep_alone(found, env_file, secret, set(secrets) - {secret})


def _keep_alone(found: Settings, env_file: Path, secret: str, old: Collection[str]) -> None:
    kept = [one for one in found.zendesk_webhook_secrets if one not in old and one != secret]
    write_secrets(env_file, [secret, *kept])
    click.echo(f"4. The old webhook is gone; {env_file} holds the new secret alone.")


def _older_of(found: Settings, secret: str) -> Collection[str]:
    """The one behind the new: so they were written when the rotation began."""
    known = found.zendesk_webhook_secrets
    return known[1:2] if known[:1] == (secret,) else ()


def _died_at_the_end(database: Database, rotation: Rotation, host: str) -> str | None:
    """After its last write nothing in the account shows that a rotation was under way."""
    journal = Journal(database)
    run = next(iter(journal.runs(1)), None)
    if run is None or (run.command, run.host) != ("rotate-secret", host) or not run.unfinished:
        return None
    last = journal.entries(run.id)[-1]
    if (last.deed, last.kind, last.done_at) != ("changed", "webhook", None):
        return None
    webhook_id = str(last.object_id)
    secret = asked(lambda: rotation.ended(webhook_id))
    if secret is not None:
        journal.done(last.number, webhook_id)
        ObjectBook(database).remember("webhook", last.key, webhook_id)
    return secret


def _wait_for_web(
    found: Settings, files: ZendeskObjects, secrets: Sequence[str], env_file: Path, wait: int
) -> None:
    """Ask the running web with a delivery signed by each secret; nothing else proves it."""
    (webhook,) = files.webhooks.values()
    address = found.public_url.rstrip("/") + webhook.path
    until = time.monotonic() + wait
    while any((reason := _refusal(address, secret)) for secret in secrets):
        if time.monotonic() > until:
            raise Refused(
                f"{address} does not accept the new secret yet ({reason}). Restart `licensing-bot "
                f"serve` with the ZENDESK_WEBHOOK_SECRETS of {env_file}, then run this again: it "
                "goes on from here, and until then everything works with the old webhook"
            )
        time.sleep(1)


def _refusal(address: str, secret: str) -> str:
    """Why the web does not accept a delivery signed so; empty when it does."""
    stamp = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    digest = hmac.digest(secret.encode(), stamp.encode() + _PING, "sha256")
    headers = {
        "content-type": "application/json",
        "x-zendesk-webhook-signature": base64.b64encode(digest).decode(),
        "x-zendesk-webhook-signature-timestamp": stamp,
    }
    try:
        answer = httpx.post(address, content=_PING, headers=headers, timeout=10)
    except httpx.HTTPError as error:
        return f"no answer: {error}"
    return "" if answer.is_success else f"it answers {answer.status_code}"
