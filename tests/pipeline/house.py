"""A handler with everything around it faked, and the clock in the test's hand."""

from datetime import timedelta

from bot.manifests import load_manifests
from bot.pipeline.handle import Handler
from bot.pipeline.ports import EventJob, Later
from bot.runbook.ticket import Ticket
from tests.fakes import (
    START,
    Clock,
    FakeDesk,
    FakeDiagnoses,
    FakeEvents,
    FakeLedger,
    FakeSwitches,
    until_settled,
)

MANIFESTS = load_manifests()
TICKET = Ticket(
    id="236163",
    subject="Opted in by a bug",
    description=(
        "Our instance was opted into cloud licensing by the bug, then we changed our legal entity "
        "and the new subscription A-S00012345 is not on cloud licensing. We do not want cloud "
        "licensing. https://customers.example_company.com/admin/license/123123123"
    ),
    tags=("cloud-licensing", "emea"),
    fields={"should_be_on_cloud_licensing": "no"},
    status="open",
    created_at=START - timedelta(minutes=1),
    updated_stamp=(START - timedelta(minutes=1)).isoformat(),
    comment_count=1,
)
JOB = EventJob("event-1", 236163, "created", "no", START)


class House:
    """A handler with everything around it faked, and the clock in the test's hand."""

    def __init__(self, ticket: Ticket = TICKET, faults: tuple[str, ...] = ()) -> None:
        self.clock = Clock()
        self.desk = FakeDesk(ticket, self.clock, list(faults))
        self.ledger = FakeLedger(self.clock)
        self.switches = FakeSwitches()
        self.events = FakeEvents()
        self.diagnoses = FakeDiagnoses()
        self.handler = Handler(
            desk=self.desk,
            writable=frozenset({"scenario"}),
            ledger=self.ledger,
            switches=self.switches,
            events=self.events,
            diagnoses=self.diagnoses,
            runbook=MANIFESTS.runbook,
            rules=MANIFESTS.runbook.speak,
            version="0.0.0",
            revision=MANIFESTS.revision,
            clock=self.clock,
            pause=self.clock.tick,
        )

    def settle(self, job: EventJob = JOB) -> int:
        return until_settled(lambda: self.handler(job), self.clock, Later)
