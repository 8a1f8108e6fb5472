"""The journal of `provision`: intent before the write, end after it, one writer at a time."""

import pytest

from bot.store.database import Database
from bot.store.journal import Busy, Intent, Journal, alone


def intent(deed: str, object_id: str | None, before: dict[str, object] | None) -> Intent:
    return Intent(deed, "macro", "run_probes", "Run probes", object_id, before, {"title": "b"})


def test_a_write_without_an_end_is_counted_as_unfinished(database: Database) -> None:
    journal = Journal(database)
    run = journal.begin("apply", "acme.zendesk.com", "olivia")
    first = journal.intend(run, intent("created", None, None))
    journal.intend(run, intent("changed", "7", {"id": 7, "title": "a"}))

    journal.done(first, "5")

    (found,) = journal.runs()
    assert (found.command, found.who, found.created, found.changed) == ("apply", "olivia", 1, 1)
    assert found.unfinished == 1
    created, changed = journal.entries(run)
    assert (created.object_id, created.done_at is not None) == ("5", True)
    assert (changed.before, changed.after) == ({"id": 7, "title": "a"}, {"title": "b"})


def test_what_an_object_was_before_our_first_write(database: Database) -> None:
    journal = Journal(database)
    for title in ("theirs", "ours"):
        run = journal.begin("apply", "acme.zendesk.com", "olivia")
        journal.done(journal.intend(run, intent("changed", "7", {"title": title})), "7")

    assert journal.before_us("macro", "7") == {"title": "theirs"}
    assert journal.before_us("macro", "8") is None


def test_an_undone_run_says_by_which(database: Database) -> None:
    journal = Journal(database)
    first, second = (journal.begin(name, "acme", "olivia") for name in ("apply", "undo 1"))

    journal.mark_undone(first, second)

    assert [run.undone_by for run in journal.runs()] == [None, first + 1]
    assert [run.id for run in journal.runs(20, first)] == [first]


def test_only_one_command_writes_at_a_time(database: Database) -> None:
    with alone(database), pytest.raises(Busy, match="wait for its end"), alone(database):
        pass

    with alone(database):
        pass
