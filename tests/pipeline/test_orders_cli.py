"""Commands for people that read the account: the check script for a ticket, a rehearsal's files."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bot.cli.check_script import check_script
from bot.manifests import load_manifests
from bot.pipeline.attached import AttachmentReader
from bot.pipeline.rehearse import rehearse
from bot.store.database import Database
from tests.factories import make_context
from tests.pipeline.order_house import OrderHouse, order_house
from tests.pipeline.test_pipeline_attached import har


@pytest.fixture
def house(loopback: None, database: Database) -> Iterator[OrderHouse]:
    with order_house(database) as opened:
        yield opened


def run(house: OrderHouse, *words: str) -> Result:
    """Run the command in an empty folder with the house's account."""
    pocket = house.pocket
    env = {
        "ZENDESK_URL": pocket.url,
        "ZENDESK_CLIENT_ID": pocket.bot_client_id,
        "ZENDESK_CLIENT_SECRET": pocket.bot_client_secret,
    }
    here = Path.cwd()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        try:
            return CliRunner().invoke(check_script, words, env=env)
        finally:
            os.chdir(here)


def test_the_script_of_a_ticket_comes_with_the_words_to_send_it(house: OrderHouse) -> None:
    ticket = house.file_ticket()

    result = run(house, "--ticket", str(ticket))

    assert result.exit_code == 0, result.output
    assert result.stdout.startswith("#!/bin/sh\nCLC_HOST=")
    assert f"CLC_TICKET={ticket}\n" in result.stdout
    assert "sudo sh customer_check.sh" in result.stderr
    assert "has no tag" not in result.stderr


def test_a_ticket_that_is_not_there_gets_no_script(house: OrderHouse) -> None:
    result = run(house, "--ticket", "999999")

    assert result.exit_code == 2
    assert "ticket 999999 is not in" in result.output


def test_an_odd_ticket_is_named_and_gets_its_script(house: OrderHouse) -> None:
    ticket = house.file_ticket(tags=["billing"])
    house.ask("PUT", f"/api/v2/tickets/{ticket}", {"ticket": {"status": "solved"}})

    result = run(house, "--ticket", str(ticket))

    assert result.exit_code == 0
    assert "has no tag cloud-licensing" in result.stderr
    assert f"ticket {ticket} is solved" in result.stderr


def test_a_rehearsal_reads_files_when_asked_and_writes_nothing(house: OrderHouse) -> None:
    number = house.file_ticket(("a.har", har(["The activation code has expired"])))
    house.pocket.forget_calls()

    def look_back(hint: str, reader: AttachmentReader | None) -> str:
        more = {} if reader is None else {"files": reader}
        result = rehearse(
            [number],
            lambda ticket: house.desk.read_ticket(ticket, hint),  # type: ignore[arg-type]  # a word of the test
            load_manifests().runbook,
            make_context(),
            **more,
        )
        return result.tickets[0].scenario + result.tickets[0].markdown

    blind = look_back("no", None)
    reading = look_back("yes", AttachmentReader(house.fetcher.fetch))

    assert "Live session" not in blind
    assert "Live session** in a.har" in reading
    writes = [call.path for call in house.pocket.calls() if call.method != "GET"]
    assert set(writes) <= {"/oauth/tokens"}
