"""What our probes saw of the portal, as the sidebar shows it: its state, and a ticket's runs."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from bot.evidence.look import Look
from bot.evidence.observation import Observation
from bot.evidence.redact import redact
from bot.evidence.trouble import TELLING, trouble
from bot.store.database import Database
from bot.store.heartbeats import Heartbeats
from bot.store.portal import PortalLooks
from bot.store.probe_runs import ProbeRun, ProbeRuns

LOCAL: Final = "local"
#: Looks at a customer's own instance: only a macro's signed event asks for them (DESIGN 5.7).
INSTANCE: Final = "instance"
_MOST_RUNS: Final = 5
_MOST_ROWS: Final = 40
#: With a flaw as well: a license can be activated, and the words name the flaw.
_WORKS: Final = frozenset({"yes", "degraded"})
_TITLES: Final[Mapping[str, str]] = {LOCAL: "our side", "globalping": "Globalping"}


def probes_of(database: Database, ticket_id: int) -> dict[str, object]:
    """Return the state of the portal, the vantages to choose from, and the ticket's last runs."""
    return {
        "control": _control(database),
        "vantages": [{"id": name, "title": _TITLES.get(name, name)} for name in vantages(database)],
        "runs": list(_runs(database, ticket_id)),
    }


def vantages(database: Database) -> tuple[str, ...]:
    """Return every vantage that a living worker serves, our own side first."""
    served = {
        str(queue).removeprefix("probes.")
        for beat in Heartbeats(database).alive("worker")
        for queue in _listed(beat.details.get("queues"))
        if str(queue).startswith("probes.")
    }
    served.discard(INSTANCE)
    return tuple(sorted({LOCAL, *served}, key=lambda name: (name != LOCAL, name)))


def _control(database: Database) -> dict[str, object]:
    looks = _newest_looks(database)
    young = [look for look in looks if datetime.now(UTC) - look.seen_at < TELLING]
    shown = next(iter((*young, *looks)), None)
    if shown is None:
        return {"state": "unknown", "summary": "not looked at yet", "at": None}
    failing = trouble(young)
    if failing:
        state = "trouble"
        places = ", ".join(_place(look.vantage) for look in failing)
        words = f"fails from {places}: {_said(failing[0])}"
    else:
        healthy = shown in young and shown.assessment.activates in _WORKS
        state, words = "healthy" if healthy else "unknown", _said(shown)
    return {"state": state, "summary": words, "at": shown.seen_at.isoformat()}


def _newest_looks(database: Database) -> list[Look]:
    """Return the newest look of each vantage at what was looked at last, our own side first."""
    with database.connection() as connection:
        row = connection.execute(
            "SELECT target FROM looks WHERE asked <> %s ORDER BY seen_at DESC LIMIT 1", (INSTANCE,)
        ).fetchone()
    looks = PortalLooks(database).newest(str(row[0])) if row else ()
    own = f"bot:{LOCAL}"
    return sorted(looks, key=lambda look: (look.vantage != own, not look.vantage.startswith("bot")))


def _runs(database: Database, ticket_id: int) -> Iterator[dict[str, object]]:
    """Yield the newest run first; each is compared with the one before it that asked the same."""
    runs = ProbeRuns(database).of_ticket(ticket_id, _MOST_RUNS + 1)
    looks = {run.id: PortalLooks(database).of_run(run.id) for run in runs if not run.refusal}
    for place, run in enumerate(runs[:_MOST_RUNS]):
        alike = [old for old in runs[place + 1 :] if _is_portal(old) == _is_portal(run)]
        before = next((looks[old.id] for old in alike if looks.get(old.id)), ())
        yield _run(run, looks.get(run.id, ()), before)


def _is_portal(run: ProbeRun) -> bool:
    """Was the portal looked at, and not a customer's own instance, through which none activates?"""
    return INSTANCE not in run.vantages


def _run(run: ProbeRun, looks: Sequence[Look], before: Sequence[Look]) -> dict[str, object]:
    ordered = sorted(looks, key=lambda look: (not look.vantage.startswith("bot:"), look.vantage))
    portal = _is_portal(run)
    return {
        "id": run.id,
        "state": run.state,
        "asked_at": run.asked_at.isoformat(),
        "done_at": run.done_at.isoformat() if run.done_at else None,
        "asked": list(run.vantages),
        "summary": run.refusal or _summary(run, ordered),
        "changed": list(_changes(ordered, before, portal=portal)),
        "looks": [_look(look, portal=portal) for look in ordered],
    }


def _summary(run: ProbeRun, looks: Sequence[Look]) -> str:
    if not looks:
        return "waiting for the first look" if run.state == "running" else "no vantage answered"
    portal = _is_portal(run)
    return "; ".join(f"{_place(look.vantage)}: {_said(look, portal=portal)}" for look in looks)


def _place(vantage: str) -> str:
    name = vantage.removeprefix("bot:")
    return _TITLES.get(name, name)


def _said(look: Look, *, portal: bool = True) -> str:
    """Say in a few words what one look means; the app has the sentence for each cause."""
    judged = look.assessment
    if judged.cause == "ok" and (judged.activates == "yes" or not portal):
        families = " and ".join(look.families)
        return f"healthy over {families}" if families else "healthy"
    activation = f" · activation: {judged.activates}" if portal else ""
    return f"{judged.layer} · {judged.cause}{activation}"


def _changes(looks: Sequence[Look], before: Sequence[Look], *, portal: bool) -> Iterator[str]:
    known = {look.vantage: look for look in before}
    for look in looks:
        old = known.get(look.vantage)
        was, now = (_said(one, portal=portal) if one else "" for one in (old, look))
        if was and was != now:
            yield f"{_place(look.vantage)}: was {was}, now {now}"


def _look(look: Look, *, portal: bool) -> dict[str, object]:
    began = min((_began(seen) for seen in look.observations if seen.seen_at), default=None)
    judged = look.assessment
    return {
        "vantage": look.vantage,
        "target": redact(look.target).text,
        "layer": judged.layer,
        "cause": judged.cause,
        # A customer's own instance is nothing that a license is activated through.
        "activates": judged.activates if portal else "",
        "seconds": round(look.seconds, 2),
        "at": look.seen_at.isoformat(),
        "rows": [_row(seen, began) for seen in look.observations[:_MOST_ROWS]],
    }


def _row(seen: Observation, began: datetime | None) -> dict[str, object]:
    starts = _began(seen) if seen.seen_at else None
    after = (starts - began).total_seconds() if starts and began else None
    return {
        "probe": seen.probe,
        "target": redact(seen.target).text,
        "outcome": seen.verdict,
        "cause": seen.cause,
        "detail": redact(seen.detail).text[:200],
        "ms": _ms(seen),
        "start_ms": None if after is None else max(0, round(after * 1000)),
    }


def _began(seen: Observation) -> datetime:
    """A probe writes the time down when it ends."""
    ended = seen.seen_at or datetime.max.replace(tzinfo=UTC)
    return ended - timedelta(milliseconds=_ms(seen) or 0)


def _ms(seen: Observation) -> int | None:
    value = seen.facts.get("ms")
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return round(float(str(value))) if number else None


def _listed(value: Any) -> Sequence[object]:
    return value if isinstance(value, list) else ()
