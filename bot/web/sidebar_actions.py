"""What an agent may do in the sidebar. Nothing here is irreversible or leaves the house (5.7)."""

from datetime import UTC, datetime
from typing import Final

from bot import queue
from bot.evidence.redact import redact
from bot.probes.budget import Budget, Run
from bot.store.corrections import CorrectionLog
from bot.store.database import Database
from bot.store.events import AcceptedEvent, accept, note_key
from bot.store.probe_runs import RUN_SECONDS, ProbeRuns
from bot.store.ticks import TickBoard
from bot.web.sidebar_answers import SidebarRefused
from bot.web.sidebar_input import Agent, CorrectionBody
from bot.web.sidebar_looks import vantages
from bot.web.sidebar_state import Decided

#: When the first look of a run may be there.
AFTER_MS: Final = 500
_LONGEST_WHY: Final = 300


def look_again(database: Database, ticket_id: int) -> None:
    """Let a worker decide anew; it posts nothing that is not new."""
    now = datetime.now(UTC)
    _accept(database, f"look-{now:%Y%m%dT%H%M%S%f}-{ticket_id}", ticket_id, "looked", now)


def post_note(database: Database, ticket_id: int, decided: Decided | None, digest: str) -> None:
    """Let a worker post the note that the agent sees, on the path of every other note."""
    if decided is None or not digest or decided.digest != digest:
        raise SidebarRefused("stale")
    if not decided.kept.record.markdown:
        raise SidebarRefused("input", "There is no note to post: the bot has nothing to say here.")
    now = datetime.now(UTC)
    _accept(database, note_key(digest, now), ticket_id, "note", now)


def _accept(database: Database, key: str, ticket_id: int, kind: str, now: datetime) -> None:
    with database.connection() as connection:
        accept(connection, AcceptedEvent(key, ticket_id, kind, "unknown", now))
        queue.defer_event(
            connection, key, ticket_id, kind, "unknown", None, now, priority=queue.COMMAND
        )


def tick(
    database: Database,
    ticket_id: int,
    decided: Decided | None,
    step: str,
    agent: Agent,
    *,
    done: bool,
) -> None:
    """Tick a step of the checklist for the whole team."""
    known = {str(one.get("id")) for one in (decided.steps if decided else ())}
    if step not in known:
        raise SidebarRefused("input", "This step is not on the list any more: load it again.")
    TickBoard(database).set(ticket_id, step, agent.name, agent.id, done=done)


def correct(
    database: Database,
    ticket_id: int,
    decided: Decided | None,
    body: CorrectionBody,
    agent: Agent,
) -> None:
    """Keep what the agent says the ticket is; nothing is set in Zendesk."""
    if decided is None or body.scenario not in decided.scenarios:
        raise SidebarRefused("input", "Choose one of the scenarios of the list.")
    record = decided.kept.record
    CorrectionLog(database).add(
        ticket_id,
        body.scenario,
        redact(" ".join(body.why.split())).text[:_LONGEST_WHY],
        said=record.scenario,
        confidence=record.confidence,
        by_name=agent.name,
        by_id=agent.id,
    )


def start_run(
    database: Database, ticket_id: int, decided: Decided | None, vantage: str | None
) -> dict[str, object]:
    """Start a probe run, or return the one that is under way."""
    wanted = vantages(database)
    if vantage is not None:
        if vantage not in wanted:
            raise SidebarRefused("input", "No worker looks from that vantage right now.")
        wanted = (vantage,)
    runs, place = ProbeRuns(database), str(decided.seen.get("place") or "") if decided else ""
    with database.connection() as connection:
        runs.lock(connection)
        spent = runs.spent(connection, Budget().window.total_seconds())
        budget = Budget(spent=tuple(Run(ticket, at) for ticket, at in spent))
        refusal, delay = budget.allowance(ticket_id, datetime.now(UTC))
        run_id = None if refusal else runs.open(connection, ticket_id, wanted, origin="sidebar")
        if run_id is not None:
            for name in wanted:
                queue.defer_look(connection, name, run_id, place, delay_seconds=delay)
            queue.defer(
                connection, queue.MAINTENANCE, queue.CLOSE_PROBE_RUN, {"run_id": run_id},
                delay_seconds=delay + RUN_SECONDS,
            )  # fmt: skip
    return {"run": run_id or _running(runs, ticket_id, refusal), "after_ms": AFTER_MS}


def _running(runs: ProbeRuns, ticket_id: int, refusal: str) -> int:
    for run in runs.of_ticket(ticket_id, 1):
        if run.state == "running":
            return run.id
    words = f"No new run: {refusal}." if refusal else "The last run has just ended: try again."
    raise SidebarRefused("busy", words, retry_after=60.0 if refusal else 1.0)
