"""Kills and stops web and workers at random moments: each accepted ticket has its one note."""

import argparse
import random
import signal
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from scripts.spine import Spine, kill_group, spine, wait_for

#: The note is applied, the answer hangs: the moment between PUT and ledger, held open.
HANGING_ANSWER = {
    "match": r"PUT /api/v2/tickets/\d+",
    "what": "hang",
    "when": "after",
    "probability": 0.2,
    "seconds": 1.5,
}
DRAIN_SECONDS = 180


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was accepted, and what stands on the tickets."""

    filed: int
    accepted: int
    lost: int
    double: int
    stuck: int
    dead: int
    kills: Counter[str]
    seconds: float

    @property
    def clean(self) -> bool:
        """Was every accepted ticket noted once, and is the queue empty?"""
        return not (self.lost or self.double or self.stuck or self.dead) and self.accepted > 0


def torment(body: Spine, events: int, rounds: int, seed: int, pause: float = 0.5) -> Outcome:
    """File tickets while processes die, then let the queue drain, and count."""
    dice = random.Random(seed)
    began = time.monotonic()
    kills: Counter[str] = Counter()
    body.start_web()
    for _ in range(2):
        body.start_worker()
    body.sandbox.set_faults(HANGING_ANSWER, seed=seed)
    filed: list[int] = []
    for number in range(rounds):
        filed += [body.file_ticket() for _ in range(events * (number + 1) // rounds - len(filed))]
        time.sleep(dice.uniform(0.05, pause))
        kills[strike(body, dice)] += 1
        revive(body)
    body.sandbox.set_faults()
    wait_for("the queue drains by itself", lambda: body.open_jobs() == 0, DRAIN_SECONDS)
    return count(body, filed, kills, time.monotonic() - began)


def strike(body: Spine, dice: random.Random) -> str:
    """Hurt one process, or both kinds at once; return what was done."""
    what = dice.choice(["worker killed", "worker stopped", "web killed", "both killed"])
    if what in ("worker killed", "both killed"):
        kill_group(dice.choice(body.workers), signal.SIGKILL)
    if what == "worker stopped":
        victim = dice.choice(body.workers)
        kill_group(victim, signal.SIGSTOP)
        time.sleep(dice.choice([0.5, 3.0, 9.0]))
        kill_group(victim, signal.SIGCONT)
    if what in ("web killed", "both killed") and body.web is not None:
        kill_group(body.web, signal.SIGKILL)
        body.web.wait()  # or `revive` would take the dying one for alive
    return what


def revive(body: Spine) -> None:
    """Start again what died, as a process manager would."""
    dead = [worker for worker in body.workers if worker.poll() is not None]
    for worker in dead:
        body.workers.remove(worker)
        body.start_worker()
    if body.web is not None and body.web.poll() is not None:
        wait_for("the port is free", lambda: not body.web_answers(), 30)
        body.start_web()


def count(body: Spine, filed: list[int], kills: Counter[str], seconds: float) -> Outcome:
    """Compare what was accepted with what stands in the pocket Zendesk."""
    accepted, notes = body.accepted(), body.sandbox.notes()
    dead = body.sql("SELECT count(*) FROM procrastinate_jobs WHERE status = 'failed'")
    return Outcome(
        filed=len(filed),
        accepted=len(accepted),
        lost=sum(notes.get(ticket, 0) == 0 for ticket in accepted),
        double=sum(number > 1 for number in notes.values()),
        stuck=body.open_jobs(),
        dead=int(str(dead[0][0])),
        kills=kills,
        seconds=seconds,
    )


def main() -> None:
    """Run it from the command line; exit 1 when a note was lost or doubled."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=200, help="tickets to file")
    parser.add_argument("--rounds", type=int, default=30, help="times that something is hurt")
    parser.add_argument("--seed", type=int, default=1, help="of the dice")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="chaos-") as folder:
        Path(folder).chmod(0o755)  # the embedded Postgres runs as a user of its own
        with spine(Path(folder) / "state") as body:
            outcome = torment(body, asked.events, asked.rounds, asked.seed)
    print(f"filed {outcome.filed}, accepted {outcome.accepted}, in {outcome.seconds:.0f} s")
    print("hurt: " + ", ".join(f"{what} {n}" for what, n in outcome.kills.most_common()))
    print(
        f"lost {outcome.lost}, double {outcome.double}, "
        f"left in the queue {outcome.stuck}, dead letters {outcome.dead}"
    )
    raise SystemExit(0 if outcome.clean else 1)


if __name__ == "__main__":
    main()
