"""Who may order what reaches outward or cannot be undone: nobody by a tag alone."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from bot.pipeline.permission import ALLOWED, LEAVE, Permission, Standing
from bot.pipeline.ports import EventJob
from bot.runbook.guarded import GuardedRules
from bot.runbook.ticket import Ticket
from bot.store.database import Database
from bot.zendesk.errors import NotFound, ScopeMissing, ZendeskError
from bot.zendesk.people import Tagger
from tests.fakes import START
from tests.pipeline.order_house import AGENT, BOT, OTHER, OrderHouse, order_house
from tests.pipeline.test_pipeline_attached import har

TAG = "cl_safe_har"
OLD = Ticket("1", tags=("cloud-licensing", TAG), updated_stamp="2026-11-24T01:00:00Z")
YOUNG = replace(OLD, updated_stamp=(START - timedelta(seconds=5)).isoformat())
JOB = EventJob("e", 1, "command", "yes", START, 7)


@dataclass
class People:
    """What Zendesk would say of people."""

    groups: Sequence[str] | ZendeskError = ("Licensing leads",)
    giver: Tagger | None = None

    def groups_of(self, user_id: int) -> Sequence[str]:
        assert user_id == 7
        if isinstance(self.groups, ZendeskError):
            raise self.groups
        return self.groups

    def tagged_by(self, ticket_id: int, tag: str) -> Tagger | None:
        assert (ticket_id, tag) == (1, TAG)
        return self.giver


def asked(
    job: EventJob = JOB,
    ticket: Ticket = OLD,
    people: People | None = None,
    allowed: tuple[str, ...] = ("Licensing leads",),
) -> Standing:
    permission = Permission(people or People(), GuardedRules(allowed), 99, lambda: START)
    return permission.ask(job, ticket, TAG)


def test_a_member_by_the_macros_event_may() -> None:
    assert asked() == ALLOWED
    assert asked(people=People(giver=Tagger(7))) == ALLOWED


def test_the_groups_name_counts_without_case_and_blanks_around() -> None:
    assert asked(allowed=("  licensing   LEADS ",)) == ALLOWED
    assert asked(allowed=("Licensing",)) == Standing("refused", "group")


def test_nobody_may_until_somebody_is_named() -> None:
    assert asked(allowed=()) == Standing("refused", "nobody")


@pytest.mark.parametrize("groups", [(), ("Support",), NotFound("gone")])
def test_who_is_in_none_of_the_groups_may_not(groups: Sequence[str] | ZendeskError) -> None:
    assert asked(people=People(groups)) == Standing("refused", "group")


def test_groups_that_cannot_be_read_let_nobody_through() -> None:
    assert asked(people=People(ScopeMissing("403"))) == Standing("refused", "unreadable")


@pytest.mark.parametrize("actor", [None, 99])
def test_an_event_without_a_user_or_by_the_bot_orders_nothing(actor: int | None) -> None:
    assert asked(replace(JOB, actor_id=actor)) == Standing("refused", "path")


@pytest.mark.parametrize(
    "kind",
    ["created", "replied", "field_changed", "reconciled", "replayed", "looked", "note"],
)
def test_another_kind_of_event_orders_nothing_even_by_a_member(kind: str) -> None:
    job = replace(JOB, kind=kind)  # type: ignore[arg-type]  # a word of the test

    assert asked(job) == Standing("refused", "path")
    assert asked(job, YOUNG) == LEAVE


def test_a_members_update_carries_no_tag_that_another_one_gave() -> None:
    people = People(giver=Tagger(8))

    assert asked(people=people) == Standing("refused", "path")
    assert asked(ticket=YOUNG, people=people) == LEAVE


def test_a_tag_that_a_trigger_gave_orders_nothing() -> None:
    people = People(giver=Tagger(7, by_rule=True))

    assert asked(people=people) == Standing("refused", "path")


# On the pocket Zendesk, from the macro to the line on the ticket.


@pytest.fixture
def house(loopback: None, database: Database) -> Iterator[OrderHouse]:
    with order_house(database) as opened:
        yield opened


def test_a_refusal_is_one_line_says_who_may_and_takes_the_tag_away(house: OrderHouse) -> None:
    ticket = house.file_ticket(("a.har", har(["x"])))

    first = house.order(ticket, TAG, OTHER)
    second = house.order(ticket, TAG, OTHER)

    assert "refused (group)" in first
    assert "noted before" in second
    (note,) = house.notes(ticket)
    assert note.startswith(
        "Not done: replacing a HAR by its safe copy. That is for Licensing leads"
    )
    assert TAG not in house.ticket(ticket).tags


def test_without_named_groups_the_line_says_how_to_name_them(
    loopback: None, database: Database
) -> None:
    with order_house(database, groups=()) as house:
        ticket = house.file_ticket(("a.har", har(["x"])))

        house.order(ticket, TAG)

        assert "guarded.toml" in house.notes(ticket)[0]


def test_an_ungrouped_agents_tag_is_not_carried_by_a_members_later_update(
    house: OrderHouse,
) -> None:
    ticket = house.file_ticket(("a.har", har(["x"])))
    house.pick(ticket, TAG, OTHER)

    outcome = house.handle(house.event(ticket, actor=AGENT))

    assert "nobody ordered it by this event" in outcome
    assert house.notes(ticket) == []
    assert TAG in house.ticket(ticket).tags


def test_a_tag_whose_event_never_came_is_refused_once_it_is_old(house: OrderHouse) -> None:
    ticket = house.file_ticket(("a.har", har(["x"])))
    house.pick(ticket, TAG, AGENT)
    house.clock.tick(120)

    house.handle(house.event(ticket, "reconciled", None))

    assert "The tag cl_safe_har alone orders nothing" in house.notes(ticket)[0]
    assert TAG not in house.ticket(ticket).tags


def test_the_bots_own_event_orders_nothing(house: OrderHouse) -> None:
    ticket = house.file_ticket(("a.har", har(["x"])))
    house.pick(ticket, TAG, AGENT)

    assert "refused (path)" in house.handle(house.event(ticket, actor=BOT))


@pytest.mark.parametrize("mode", ["off", "shadow"])
def test_a_bot_that_may_not_write_carries_out_nothing(house: OrderHouse, mode: str) -> None:
    ticket = house.file_ticket(("a.har", har(["x"])))
    house.switches.in_mode = mode  # type: ignore[assignment]  # a word of the test

    outcome = house.order(ticket, TAG)

    assert f"safe_har: silent: mode_{mode}" in outcome
    assert house.notes(ticket) == []
    assert house.files(ticket) == {"a.har": har(["x"])}


def test_a_switched_off_ticket_takes_orders_all_the_same(house: OrderHouse) -> None:
    tags = ["cloud-licensing", "cl_bot_off"]
    ticket = house.file_ticket(("a.har", har(["x"])), tags=tags)

    house.order(ticket, TAG)

    assert "Replace 1 HAR file" in house.notes(ticket)[0]


def test_a_closed_ticket_gets_nothing_and_its_event_says_so(house: OrderHouse) -> None:
    ticket = house.file_ticket(("a.har", har(["x"])))
    house.pick(ticket, TAG)
    house.ask("PUT", f"/api/v2/tickets/{ticket}", {"ticket": {"status": "closed"}})

    outcome = house.handle(house.event(ticket))

    assert "safe_har: silent: ticket_closed" in outcome
    assert house.notes(ticket) == []
