"""Builders with defaults: a test names only what it is about."""

from collections.abc import Mapping
from datetime import UTC, datetime

from bot.evidence.observation import CAUSES, Fact, Observation, Verdict
from bot.runbook.note import NoteContext
from bot.runbook.ticket import Author, Comment, Ticket

NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)


def make_ticket(
    description: str = "",
    *,
    subject: str = "",
    id: str = "236163",  # noqa: A002  the ticket's own word
    tags: tuple[str, ...] = ("cloud-licensing",),
    fields: Mapping[str, str] | None = None,
    comments: tuple[Comment, ...] = (),
) -> Ticket:
    return Ticket(
        id=id,
        subject=subject,
        description=description,
        tags=tags,
        fields=fields or {},
        comments=comments,
    )


def make_comment(body: str, author: Author = "customer", *, public: bool = True) -> Comment:
    return Comment(author, body, public=public)


def make_look(
    cause: str,
    verdict: Verdict = "fail",
    *,
    vantage: str = "customer:paste",
    detail: str = "",
    facts: Mapping[str, Fact] | None = None,
) -> Observation:
    return Observation(
        probe="curl",
        target="customers.example_company.com",
        vantage=vantage,
        layer="ok" if verdict == "ok" else CAUSES[cause],
        cause=cause,
        verdict=verdict,
        detail=detail,
        facts=facts or {},
    )


def make_context(
    *, version: str = "0.0.0", revision: str = "golden", marker: str = "cl_note_golden"
) -> NoteContext:
    return NoteContext(version=version, revision=revision, marker=marker, now=NOW)
