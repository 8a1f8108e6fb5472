"""A handler on a real store and a pocket portal, with the desk and the clock in the test's hand."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from bot.evidence.look import Look
from bot.evidence.observation import CAUSES, Activates, Assessment
from bot.manifests import load_manifests
from bot.pipeline.control import SharedControl
from bot.pipeline.handle import Handler
from bot.pipeline.ports import EventJob, LookJob
from bot.pipeline.probing import ProbeRunner, Vantage
from bot.probes.guard import Guard
from bot.runbook.ticket import Ticket
from bot.store.database import Database
from bot.store.diagnoses import DiagnosisLog
from bot.store.ledger import NoteLedger
from bot.store.portal import PortalLooks
from bot.vantages.here import Here
from tests.fakes import Clock, FakeDesk, FakeEvents, FakeSwitches

MANIFESTS = load_manifests()
TARGET = "https://customers.example_company.com/"


def now() -> datetime:
    return datetime.now(UTC)


def network_ticket(number: int = 7, *tags: str) -> Ticket:
    """A ticket whose paste shows a certificate that is not trusted."""
    return Ticket(
        id=str(number),
        subject="Cannot activate",
        description=(
            "curl -v https://customers.example_company.com\n"
            "curl: (60) SSL certificate problem: unable to get local issuer certificate"
        ),
        tags=("cloud-licensing", *tags),
        status="open",
        created_at=now() - timedelta(minutes=1),
        updated_stamp=(now() - timedelta(minutes=1)).isoformat(),
        comment_count=1,
    )


def a_look(
    vantage: str, cause: str, activates: Activates, *, age: float = 0.0, target: str = TARGET
) -> Look:
    judged = Assessment(CAUSES[cause], cause, activates, "certain")
    return Look(vantage, target, judged, (), now() - timedelta(seconds=age), 0.1)


class ProbeHouse:
    """Everything real but Zendesk and the switches."""

    def __init__(
        self,
        database: Database,
        ticket: Ticket,
        *,
        target: str = TARGET,
        vantages: Mapping[str, Vantage] | None = None,
    ) -> None:
        self.database = database
        self.clock = Clock(now())
        self.desk = FakeDesk(ticket, self.clock)
        self.switches = FakeSwitches(mark=now() - timedelta(days=1))
        self.events = FakeEvents()
        self.looks = PortalLooks(database)
        here = Here("local", target, now, guard=Guard.allowing("127.0.0.0/8"))
        self.runner = ProbeRunner(database, vantages or {"local": here}, target, now)
        self.handler = Handler(
            desk=self.desk,
            writable=frozenset({"scenario"}),
            ledger=NoteLedger(database),
            switches=self.switches,
            events=self.events,
            diagnoses=DiagnosisLog(database),
            runbook=MANIFESTS.runbook,
            rules=MANIFESTS.runbook.speak,
            version="0.0.0",
            revision="test",
            clock=self.clock,
            pause=self.clock.tick,
            control=SharedControl(database, target, now),
            probing=self.runner,
        )

    def handle(self, kind: str = "created", key: str = "event-1") -> str:
        """Handle one event; return its outcome."""
        self.clock.now = now()
        number = int(self.desk.ticket.id)
        self.handler(EventJob(key, number, kind, "no", now()))  # type: ignore[arg-type]  # a word of the test
        return self.events.outcomes[key]

    def click(self, key: str = "click-1") -> str:
        """An agent picks the macro *Run probes*."""
        self.desk.ticket = replace(self.desk.ticket, tags=(*self.desk.ticket.tags, "cl_run_probes"))
        return self.handle("command", key)

    def work_off(self) -> int:
        """Do every probe job that waits, as a worker would; return how many there were."""
        done = 0
        for job_id, arguments in self.jobs("look_at_portal"):
            run_id = arguments["run_id"]
            self.runner.look(
                LookJob(
                    str(arguments["vantage"]),
                    None if run_id is None else int(str(run_id)),
                    str(arguments["place"]),
                )
            )
            self._end(job_id)
            done += 1
        return done

    def tell_results(self) -> list[str]:
        """Handle the results that wait for their note; return what became of each."""
        outcomes = []
        for job_id, arguments in self.jobs("handle_event"):
            outcomes.append(self.handle("probed", str(arguments["key"])))
            self._end(job_id)
        return outcomes

    def jobs(self, task: str) -> list[tuple[int, dict[str, object]]]:
        """Jobs that wait, oldest first."""
        with self.database.connection() as connection:
            return connection.execute(
                "SELECT id, args FROM procrastinate_jobs WHERE task_name = %s AND status = 'todo'"
                " ORDER BY id",
                (task,),
            ).fetchall()

    def _end(self, job_id: int) -> None:
        with self.database.connection() as connection:
            connection.execute(
                "UPDATE procrastinate_jobs SET status = 'succeeded' WHERE id = %s", (job_id,)
            )

    @property
    def notes(self) -> list[str]:
        """The notes on the ticket, as HTML."""
        return [write.html or "" for write in self.desk.notes]


@dataclass
class Scripted:
    """A vantage that sees what the test says, look after look; the last one stays."""

    looks: list[Look]
    places: list[str]
    wait: float = 0.0

    def __call__(self, place: str) -> tuple[Look, float]:
        self.places.append(place)
        look = self.looks.pop(0) if len(self.looks) > 1 else self.looks[0]
        return replace(look, seen_at=now()), self.wait


def scripted(*looks: Look, wait: float = 0.0) -> Scripted:
    return Scripted(list(looks), [], wait)


HEALTHY = a_look("bot:local", "ok", "yes")
BROKEN = a_look("bot:local", "tcp_timeout", "no")


def a_house(database: Database, *looks: Look) -> ProbeHouse:
    """A ticket that has had its first note already, seen from one scripted vantage."""
    house = ProbeHouse(
        database, network_ticket(), vantages={"local": scripted(*(looks or (HEALTHY,)))}
    )
    house.looks.save("local", replace(HEALTHY, seen_at=now()))
    house.handle()
    return house


def run(house: ProbeHouse, key: str = "click-1") -> list[str]:
    house.click(key)
    house.work_off()
    return house.tell_results()
