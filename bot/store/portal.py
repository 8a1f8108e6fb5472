"""What our own probes saw of the portal: the newest look of each vantage, and the history."""

import json
import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final, cast

import psycopg
from psycopg.rows import class_row

from bot.evidence.look import Look
from bot.evidence.observation import (
    Activates,
    Assessment,
    Confidence,
    Fact,
    Layer,
    Observation,
    Verdict,
)
from bot.store.database import Database

log = logging.getLogger(__name__)

_COLUMNS: Final = (
    "vantage, target, layer, cause, activates, confidence, also, observations, seen_at, seconds"
)
#: One statement: of many processes that want a look at the same moment one gets the claim.
_CLAIM: Final = """
INSERT INTO vantages AS known (name, asked_at) VALUES (%(name)s, clock_timestamp())
ON CONFLICT (name) DO UPDATE SET asked_at = clock_timestamp()
WHERE (known.asked_at IS NULL
        OR known.asked_at < clock_timestamp() - make_interval(secs => %(gap)s))
    AND (known.blocked_until IS NULL OR known.blocked_until < clock_timestamp())
RETURNING name
"""


@dataclass(frozen=True, slots=True)
class _Row:
    vantage: str
    target: str
    layer: str
    cause: str
    activates: str
    confidence: str
    also: Sequence[str]
    observations: Sequence[Mapping[str, Any]]
    seen_at: datetime
    seconds: float

    def look(self) -> Look:
        judged = Assessment(
            cast("Layer", self.layer),
            self.cause,
            cast("Activates", self.activates),
            cast("Confidence", self.confidence),
            tuple(self.also),
        )
        seen = tuple(_read(self.observations))
        return Look(self.vantage, self.target, judged, seen, self.seen_at, self.seconds)


class PortalLooks:
    """The looks in the store, shared by all processes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def save(self, asked: str, look: Look, run_id: int | None = None) -> bool:
        """Keep a look; False when this run has one of this vantage already."""
        judged = look.assessment
        with self._database.statement() as connection:
            done = connection.execute(
                f"INSERT INTO looks (run_id, asked, {_COLUMNS})"  # noqa: S608  a constant
                " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s::jsonb, %s, %s)"
                " ON CONFLICT DO NOTHING",
                (
                    run_id,
                    asked,
                    look.vantage,
                    look.target,
                    judged.layer,
                    judged.cause,
                    judged.activates,
                    judged.confidence,
                    list(judged.also),
                    json.dumps([_plain(seen) for seen in look.observations]),
                    look.seen_at,
                    look.seconds,
                ),
            )
        return done.rowcount == 1

    def newest(self, target: str) -> tuple[Look, ...]:
        """Return the newest look at this target of each vantage, the newest first."""
        return self._select(
            f"SELECT DISTINCT ON (vantage) {_COLUMNS} FROM looks"  # noqa: S608  a constant
            " WHERE target = %s AND seen_at > now() - interval '1 day'"
            " ORDER BY vantage, seen_at DESC",
            (target,),
        )

    def history(self, target: str, limit: int = 100) -> tuple[Look, ...]:
        """Return the last looks at this target from everywhere, the newest first."""
        return self._select(
            f"SELECT {_COLUMNS} FROM looks WHERE target = %s"  # noqa: S608  a constant
            " ORDER BY seen_at DESC LIMIT %s",
            (target, limit),
        )

    def of_run(self, run_id: int) -> tuple[Look, ...]:
        """Return what one run brought."""
        return self._select(
            f"SELECT {_COLUMNS} FROM looks WHERE run_id = %s",  # noqa: S608  a constant
            (run_id,),
        )

    def asked_of_run(self, run_id: int) -> frozenset[str]:
        """Return the vantages that have reported to a run."""
        with self._database.statement() as connection:
            rows = connection.execute("SELECT asked FROM looks WHERE run_id = %s", (run_id,))
            return frozenset(str(row[0]) for row in rows)

    def claim(self, connection: psycopg.Connection, vantage: str, gap: float) -> bool:
        """Claim the next look of a vantage, in the caller's transaction.

        False when it was claimed within `gap` seconds, or must not be asked yet.
        """
        row = connection.execute(_CLAIM, {"name": vantage, "gap": gap}).fetchone()
        return row is not None

    def asked_ago(self, vantage: str) -> float | None:
        """Seconds since a look of this vantage was claimed; None when none ever was."""
        with self._database.statement() as connection:
            row = connection.execute(
                "SELECT extract(epoch FROM clock_timestamp() - asked_at)::float8 FROM vantages"
                " WHERE name = %s AND asked_at IS NOT NULL",
                (vantage,),
            ).fetchone()
        return None if row is None else float(row[0])

    def block(self, vantage: str, seconds: float) -> None:
        """Do not ask this vantage for so long: it said so itself."""
        with self._database.statement() as connection:
            connection.execute(
                "INSERT INTO vantages AS known (name, blocked_until)"
                " VALUES (%(name)s, clock_timestamp() + make_interval(secs => %(seconds)s))"
                " ON CONFLICT (name) DO UPDATE SET blocked_until ="
                " greatest(known.blocked_until, excluded.blocked_until)",
                {"name": vantage, "seconds": seconds},
            )

    def blocked_for(self, vantage: str) -> float:
        """Seconds until this vantage may be asked again; 0 when it may be asked now."""
        with self._database.statement() as connection:
            row = connection.execute(
                "SELECT greatest(extract(epoch FROM blocked_until - clock_timestamp()), 0)::float8"
                " FROM vantages WHERE name = %s AND blocked_until IS NOT NULL",
                (vantage,),
            ).fetchone()
        return 0.0 if row is None else float(row[0])

    def alike(self, cause: str, ticket_id: int, hours: float = 1.0, limit: int = 5) -> list[int]:
        """Return other tickets that were lately found to have this cause, newest first."""
        with self._database.statement() as connection:
            rows = connection.execute(
                "SELECT ticket_id FROM diagnoses WHERE details ->> 'cause' = %s"
                " AND decided_at > now() - make_interval(secs => %s) AND ticket_id <> %s"
                " GROUP BY ticket_id ORDER BY max(number) DESC LIMIT %s",
                (cause, hours * 3600, ticket_id, limit),
            ).fetchall()
        return [int(row[0]) for row in rows]

    def _select(self, query: str, values: tuple[object, ...]) -> tuple[Look, ...]:
        with (
            self._database.statement() as connection,
            connection.cursor(row_factory=class_row(_Row)) as cursor,
        ):
            rows = cursor.execute(query, values).fetchall()
        looks = [row.look() for row in rows]
        return tuple(sorted(looks, key=lambda look: look.seen_at, reverse=True))


def _plain(seen: Observation) -> dict[str, object]:
    row = asdict(seen)
    row["seen_at"] = seen.seen_at.isoformat() if seen.seen_at else None
    return row


def _read(rows: Sequence[Mapping[str, Any]]) -> Iterator[Observation]:
    """Read observations back; one of a newer version that we cannot read is left out."""
    for row in rows:
        try:
            yield Observation(
                probe=str(row["probe"]),
                target=str(row["target"]),
                vantage=str(row["vantage"]),
                layer=cast("Layer", row["layer"]),
                cause=str(row["cause"]),
                verdict=cast("Verdict", row["verdict"]),
                detail=str(row["detail"]),
                facts={key: _fact(value) for key, value in dict(row["facts"]).items()},
                seen_at=datetime.fromisoformat(row["seen_at"]) if row["seen_at"] else None,
            )
        except (KeyError, TypeError, ValueError) as error:
            log.warning("a kept observation cannot be read", extra={"why": repr(error)[:100]})


def _fact(value: object) -> Fact:
    if isinstance(value, list):
        return tuple(str(item) for item in value)
    return cast("Fact", value)
