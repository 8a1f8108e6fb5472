"""Real parts for `doctor` to look at: a provisioned pocket Zendesk and a web of ours."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace

from bot.cli.provision import provision_inputs, remember
from bot.config import Settings
from bot.manifests import load_manifests
from bot.sandbox.http_server import LoopbackServer
from bot.sandbox.serve import SandboxServer
from bot.store.database import Database
from bot.web.app import account_of, create_app
from bot.web.pages import pages_of
from bot.zendesk import provision as engine

SIDEBAR_SECRET = "x" * 43


def settings_for(pocket: SandboxServer, database_url: str = "") -> Settings:
    """Settings of a bot on the pocket Zendesk; `PUBLIC_URL` leads nowhere yet."""
    return Settings(
        zendesk_url=pocket.url,
        zendesk_client_id=pocket.bot_client_id,
        zendesk_client_secret=pocket.bot_client_secret,
        zendesk_provision_client_id=pocket.admin_client_id,
        zendesk_provision_client_secret=pocket.admin_client_secret,
        zendesk_webhook_secrets=("w" * 40,),
        sidebar_secrets=(SIDEBAR_SECRET,),
        public_url="http://127.0.0.1:1",
        database_url=database_url,
    )


def provisioned(found: Settings, database: Database) -> Settings:
    """Provision the pocket Zendesk from our own files; return the settings with its secret."""
    inputs = provision_inputs(found, load_manifests())
    with closing(inputs[0]):
        applied = engine.apply(*inputs)
    remember(database, applied, inputs[2].bot_user_id)
    return replace(found, zendesk_webhook_secrets=applied.secrets)


@contextmanager
def web_of(found: Settings, database: Database) -> Iterator[Settings]:
    """Serve the real web app on loopback; gives the settings with its address."""
    account = account_of(found, database)
    app = create_app(found, database, account=account, pages=pages_of(found, database))
    server = LoopbackServer(app)
    server.start()
    yield replace(found, public_url=server.url)
    server.stop()
