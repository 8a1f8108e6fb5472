"""Everything fails at random moments: each ticket has its one note, and the queue drains itself."""

import argparse
import random
import tempfile
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bot.sandbox.account import BOT_USER_ID
from scripts.chaos_blows import Blows, revive
from scripts.chaos_clock import make_clocks
from scripts.chaos_faults import EVERYTHING, LOSS
from scripts.spine import Spine, spine, wait_for

DRAIN_SECONDS = 900.0
#: The search for missed changes runs every five minutes, or once a minute while there are more
#: than the thousand that one search can tell.
SEARCH_SECONDS = 400.0
SEARCH_SECONDS_PER_TICKET = 0.1


@dataclass(frozen=True, slots=True)
class Plan:
    """How much of what."""

    events: int
    kills: int
    seed: int = 1
    rate: float = 40.0
    """Tickets a second."""
    missed: bool = True
    """Also lose deliveries for good, and wait for the search to find their tickets."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was filed and accepted, and what stands on the tickets."""

    filed: int
    told: int
    """By a webhook; the others were found by the search."""
    lost: int
    double: int
    public: int
    stuck: int
    dead: int
    faults: int
    """Calls that Zendesk was made to fail."""
    blows: Mapping[str, int]
    seconds: float

    @property
    def clean(self) -> bool:
        """Is every ticket noted once, internally, and the queue empty?"""
        wrong = self.lost or self.double or self.public or self.stuck or self.dead
        return not wrong and self.told > 0


class Filing(threading.Thread):
    """Files tickets at a steady rate while the web answers: Zendesk does not repeat the others."""

    def __init__(self, body: Spine, plan: Plan) -> None:
        super().__init__(daemon=True)
        self.filed: list[int] = []
        self._body = body
        self._plan = plan

    def run(self) -> None:
        """File them all."""
        began = time.monotonic()
        for number in range(self._plan.events):
            time.sleep(max(0.0, began + number / self._plan.rate - time.monotonic()))
            wait_for("the webhook is back", self._body.web_listens, 300)
            self.filed.append(self._body.file_ticket())


def torment(body: Spine, plan: Plan, *, short: bool = False) -> Outcome:
    """File tickets while processes die, then let the queue drain, and count."""
    began = time.monotonic()
    body.start_web()
    for _ in range(2):
        body.start_worker()
    body.sandbox.set_faults(*map(dict, (*EVERYTHING, *(LOSS if plan.missed else ()))))
    filing = Filing(body, plan)
    filing.start()
    blows = Blows(body, random.Random(plan.seed), short)
    pause = plan.events / plan.rate / max(plan.kills, 1)
    for _ in range(plan.kills):
        time.sleep(blows.dice.uniform(0.5, 1.5) * min(pause, 3.0))
        blows.strike()
    filing.join()
    faults = sum(int(str(line["struck"])) for line in body.sandbox.box.faults.report())
    body.sandbox.set_faults()
    revive(body)
    body.sandbox.box.deliverer.wait_until_idle(120)
    drain(body, filing.filed, plan)
    return count(body, filing.filed, faults, blows.struck, time.monotonic() - began)


def drain(body: Spine, filed: list[int], plan: Plan) -> None:
    """Wait until nothing is left to do, and for the tickets that only a search can find."""
    wait_for("the queue drains by itself", lambda: body.open_jobs() == 0, DRAIN_SECONDS, 0.5)
    if plan.missed:
        wait_for("the search finds the rest", lambda: body.accepted() >= set(filed),
                 SEARCH_SECONDS + SEARCH_SECONDS_PER_TICKET * len(filed), 2.0)  # fmt: skip
        wait_for("the queue drains again", lambda: body.open_jobs() == 0, DRAIN_SECONDS, 0.5)


def count(
    body: Spine, filed: list[int], faults: int, blows: Mapping[str, int], seconds: float
) -> Outcome:
    """Compare what was filed, or at least accepted, with what stands in the pocket Zendesk."""
    accepted, notes = body.accepted(), body.sandbox.notes()
    told = body.sql("SELECT count(DISTINCT ticket_id) FROM events WHERE kind = 'created'")
    dead = body.sql("SELECT count(*) FROM procrastinate_jobs WHERE status = 'failed'")
    return Outcome(
        filed=len(filed),
        told=int(str(told[0][0])),
        lost=sum(notes.get(ticket, 0) == 0 for ticket in accepted & set(filed)),
        double=sum(number > 1 for number in notes.values()),
        public=sum(
            comment["author_id"] == BOT_USER_ID and comment["public"]
            for comment in body.sandbox.box.store.all("comment")
        ),
        stuck=body.open_jobs(),
        dead=int(str(dead[0][0])),
        faults=faults,
        blows=blows,
        seconds=seconds,
    )


def main() -> None:
    """Run it from the command line; exit 1 when a note was lost or doubled."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=400, help="tickets to file")
    parser.add_argument("--kills", type=int, default=20, help="times that something is hurt")
    parser.add_argument("--rate", type=float, default=40.0, help="tickets a second")
    parser.add_argument("--seed", type=int, default=1, help="of the dice")
    parser.add_argument("--no-loss", action="store_true", help="deliveries come late, but come")
    asked = parser.parse_args()
    plan = Plan(asked.events, asked.kills, asked.seed, asked.rate, not asked.no_loss)
    with tempfile.TemporaryDirectory(prefix="chaos-") as folder:
        Path(folder).chmod(0o755)  # the embedded Postgres runs as a user of its own
        clocks = make_clocks(Path(folder) / "clocks")
        if clocks.library is None:
            print("no C compiler here: no clock is set")
        state, quick = Path(folder) / "state", {"QUIET_SECONDS": "1"}
        with spine(state, extra=quick, clocks=clocks) as body:
            outcome = torment(body, plan)
    print(
        f"filed {outcome.filed}, told by a webhook {outcome.told}, in {outcome.seconds:.0f} s; "
        f"{outcome.faults} calls and deliveries went wrong"
    )
    print("hurt: " + ", ".join(f"{what} {n}" for what, n in sorted(outcome.blows.items())))
    print(
        f"lost {outcome.lost}, double {outcome.double}, public {outcome.public}, "
        f"left in the queue {outcome.stuck}, dead letters {outcome.dead}"
    )
    raise SystemExit(0 if outcome.clean else 1)


if __name__ == "__main__":
    main()
