"""SECURITY.md promises nothing without a test, and its data map leaves no table out."""

import re
from pathlib import Path

from bot.store.database import Database

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "SECURITY.md").read_text("utf-8")


def test_every_test_that_the_threat_model_names_exists() -> None:
    sources = [path.read_text("utf-8") for path in (ROOT / "tests").rglob("test_*.py")]
    there = {name for text in sources for name in re.findall(r"def (test_\w+)", text)}
    named = set(re.findall(r"`(test_\w+)`", TEXT))

    assert len(named) > 50
    assert named - there == set()


def test_every_threat_names_a_test() -> None:
    model = TEXT.partition("## Threat model")[2].partition("## What is stored")[0]
    rows = [line for line in model.splitlines() if line.startswith("|") and "---" not in line]
    threats = [row for row in rows if not row.startswith("| threat |")]

    assert len(threats) > 30
    for row in threats:
        assert re.search(r"`test_\w+`", row), row


def test_every_table_of_the_store_is_in_the_data_map(database: Database) -> None:
    with database.connection() as connection:
        rows = connection.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
        ).fetchall()
    named = set(re.findall(r"`(\w+)`", TEXT.partition("## What is stored")[2]))

    assert {str(row[0]) for row in rows} - named == set()
