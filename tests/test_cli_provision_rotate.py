"""A rotation on real parts: pocket Zendesk, store, and a web that learns both secrets."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner, Result

from bot.cli import program
from bot.cli.provision_inputs import agree
from bot.cli.session import Refused
from bot.config import Settings
from bot.sandbox.serve import SandboxServer
from bot.store.database import Database
from tests.doctor_parts import provisioned, settings_for, web_of

LISTS = (
    "webhooks", "triggers", "trigger_categories", "ticket_fields", "macros", "views",
    "ticket_forms",
)  # fmt: skip


@pytest.fixture
def pocket(loopback: None) -> Iterator[SandboxServer]:
    with SandboxServer() as server:
        yield server


@pytest.fixture
def provision(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    monkeypatch.chdir(tmp_path)

    def run(found: Settings, *words: str) -> Result:
        env = {**found.environment(), "STATE_DIR": str(tmp_path), "LOG_LEVEL": "ERROR"}
        return CliRunner().invoke(program, ["provision", *words], env=env)

    return run


def secrets_in(file: Path) -> tuple[str, ...]:
    return tuple(file.read_text("utf-8").strip().partition("=")[2].split())


def forget_the_end(database: Database) -> None:
    """As if the process had died right after its last write."""
    with database.connection() as connection:
        connection.execute(
            "UPDATE provision_deeds SET done_at = NULL"
            " WHERE number = (SELECT max(number) FROM provision_deeds)"
        )


def test_the_old_webhook_goes_only_after_the_web_accepts_both_secrets(
    pocket: SandboxServer,
    database: Database,
    store_url: str,
    tmp_path: Path,
    provision: Callable[..., Result],
) -> None:
    found = provisioned(replace(settings_for(pocket), database_url=store_url), database)
    (old,) = found.zendesk_webhook_secrets
    words = ("rotate-secret", "--yes", "--settle", "0")
    with web_of(found, database) as before:
        stopped = provision(before, *words)
        both = secrets_in(tmp_path / ".env")
    with web_of(replace(found, zendesk_webhook_secrets=both), database) as restarted:
        done = provision(restarted, *words)
        after = secrets_in(tmp_path / ".env")
        planned = provision(restarted, "plan")
        forget_the_end(database)
        again = provision(restarted, *words)

    assert stopped.exit_code == 2
    assert "does not accept the new secret yet (it answers 401)" in stopped.output
    assert both[1] == old
    assert done.exit_code == 0, done.output
    assert "3. 6 triggers call the new webhook." in done.output
    assert after == secrets_in(tmp_path / ".env") == both[:1]
    assert again.output.startswith("4. The old webhook is gone; ")
    assert planned.exit_code == 0, planned.output
    assert old not in stopped.output + done.output


@pytest.mark.parametrize("secrets", [(), ("x" * 43,)], ids=["without the app", "with the app"])
def test_the_pocket_account_is_left_as_it_was(
    pocket: SandboxServer,
    database: Database,
    store_url: str,
    provision: Callable[..., Result],
    secrets: tuple[str, ...],
) -> None:
    found = replace(settings_for(pocket), database_url=store_url, sidebar_secrets=secrets)
    before = standing(pocket)

    made = provision(found, "apply", "--yes")
    again = provision(found, "apply", "--yes")
    gone = provision(found, "destroy", "--yes", "--fields")

    assert (made.exit_code, again.exit_code, gone.exit_code) == (0, 0, 0), made.output
    assert "0 written" in again.output
    assert standing(pocket) == before


def standing(pocket: SandboxServer) -> dict[str, object]:
    """Everything that provisioning may touch, without the times of changes."""
    headers = {"authorization": f"Bearer {pocket.token}"}
    with httpx.Client(base_url=f"{pocket.url}/api/v2", headers=headers, timeout=30) as client:
        answers = {name: client.get(f"/{name}?page[size]=100").json()[name] for name in LISTS}
    return {
        name: [{key: value for key, value in item.items() if key != "updated_at"} for item in items]
        for name, items in answers.items()
    }


@pytest.mark.parametrize(
    ("account", "said"),
    [
        ("", "acme counts as production"),
        ("other", "--account says other, and ZENDESK_URL names acme"),
    ],
)
def test_production_wants_its_own_name(account: str, said: str) -> None:
    found = Settings(zendesk_url="https://acme.zendesk.com")

    with pytest.raises(Refused) as caught:
        agree(found, "Apply?", yes=True, account=account)

    assert said in caught.value.message
    agree(found, "Apply?", yes=True, account="acme")
    agree(found, "Apply?", yes=True, account="acme.zendesk.com")
