"""What an operator may turn while the bot runs: pause, the modes, and the watermark."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Literal, cast, get_args

from psycopg.rows import class_row

from bot.runbook.ticket import Ticket
from bot.store.database import Database

Mode = Literal["off", "shadow", "on_request", "on"]

#: Most silent first: where several scopes fit, the first of these wins.
MODES: Final[tuple[Mode, ...]] = get_args(Mode)
GLOBAL: Final = "global"
_SCOPES: Final = ("group", "form", "brand", "scenario")
_PAUSED: Final = "paused"
_KEPT_SECONDS: Final = 1.0
_WATERMARK: Final = "watermark"
#: Before the first `provision apply` no ticket is new enough for a note of our own accord.
_NO_WATERMARK: Final = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Switch:
    """One switch that was turned: who did it, when and why."""

    name: str
    """``paused``, ``watermark`` or ``mode:<scope>``."""
    value: str
    who: str
    why: str
    changed_at: datetime


class SwitchBoard:
    """The switches in the store; every process sees a change with its next look."""

    def __init__(self, database: Database, default_mode: Mode = "shadow") -> None:
        self._database = database
        self._default_mode = default_mode
        """Holds where no scope that fits has a mode of its own."""

    def pause(self, who: str, why: str) -> None:
        """Hold back everything but intake and housekeeping, in every process."""
        self._turn(_PAUSED, "yes", who, why)

    def resume(self) -> bool:
        """End the pause; False when there was none."""
        return self._drop(_PAUSED)

    def paused(self) -> bool:
        """Is `licensing-bot pause` in force?"""
        return self.pause_switch() is not None

    def pause_switch(self) -> Switch | None:
        """Who paused the bot, when and why; None while it runs."""
        return next(iter(self._select([_PAUSED])), None)

    def mode(self, ticket: Ticket, scenario: str) -> Mode:
        """The mode for this group, form, brand and scenario; the most silent of those that fit.

        The default speaks only where nothing fits, so that one group can be turned on alone.
        """
        scopes = [GLOBAL, f"scenario:{scenario}"]
        for kind, number in (
            ("group", ticket.group_id),
            ("form", ticket.form_id),
            ("brand", ticket.brand_id),
        ):
            scopes += [] if number is None else [f"{kind}:{number}"]
        found = self._select([f"mode:{scope}" for scope in scopes])
        modes = [cast("Mode", switch.value) for switch in found]
        return min(modes, key=MODES.index, default=self._default_mode)

    def modes(self) -> Mapping[str, Switch]:
        """Every scope with a mode of its own."""
        with (
            self._database.statement() as connection,
            connection.cursor(row_factory=class_row(Switch)) as cursor,
        ):
            rows = cursor.execute(
                "SELECT name, value, who, why, changed_at FROM switches"
                " WHERE name LIKE 'mode:%' ORDER BY name"
            ).fetchall()
        return {row.name.removeprefix("mode:"): row for row in rows}

    def set_mode(self, scope: str, mode: Mode, who: str, why: str) -> None:
        """Give a scope its own mode; `ValueError` says what a scope or a mode looks like."""
        check_scope(scope)
        if mode not in MODES:
            raise ValueError(f"{mode!r} is not a mode: use {', '.join(MODES)}")
        self._turn(f"mode:{scope}", mode, who, why)

    def clear_mode(self, scope: str) -> bool:
        """Let a scope follow the others again; False when it had no mode of its own."""
        return self._drop(f"mode:{scope}")

    def watermark(self) -> datetime:
        """Tickets created before this get no first automatic note."""
        for switch in self._select([_WATERMARK]):
            return datetime.fromisoformat(switch.value)
        return _NO_WATERMARK

    def set_watermark(self, at: datetime, who: str) -> datetime:
        """Set the watermark unless it is set; return the one that holds."""
        with self._database.statement() as connection:
            connection.execute(
                "INSERT INTO switches (name, value, who, why) VALUES (%s, %s, %s, %s)"
                " ON CONFLICT DO NOTHING",
                (_WATERMARK, at.isoformat(), who, "first provision apply"),
            )
        return self.watermark()

    def _select(self, names: Sequence[str]) -> list[Switch]:
        with (
            self._database.statement() as connection,
            connection.cursor(row_factory=class_row(Switch)) as cursor,
        ):
            return cursor.execute(
                "SELECT name, value, who, why, changed_at FROM switches WHERE name = ANY(%s)",
                (list(names),),
            ).fetchall()

    def _turn(self, name: str, value: str, who: str, why: str) -> None:
        with self._database.statement() as connection:
            connection.execute(
                "INSERT INTO switches (name, value, who, why) VALUES (%s, %s, %s, %s)"
                " ON CONFLICT (name) DO UPDATE SET value = excluded.value, who = excluded.who,"
                " why = excluded.why, changed_at = now()",
                (name, value, who, why),
            )

    def _drop(self, name: str) -> bool:
        with self._database.statement() as connection:
            return connection.execute("DELETE FROM switches WHERE name = %s", (name,)).rowcount == 1


class KeptSwitchBoard(SwitchBoard):
    """The switches as they were a moment ago: one look a second for all events of a process.

    `licensing-bot pause` promises two seconds; a job is not even fetched once it is committed.
    """

    def __init__(self, database: Database, default_mode: Mode = "shadow") -> None:
        super().__init__(database, default_mode)
        self._kept: Mapping[str, Switch] = {}
        self._read_at = float("-inf")

    def _select(self, names: Sequence[str]) -> list[Switch]:
        if time.monotonic() - self._read_at > _KEPT_SECONDS:
            now = time.monotonic()
            self._kept = {switch.name: switch for switch in self._all()}
            self._read_at = now
        kept = self._kept
        return [kept[name] for name in names if name in kept]

    def _turn(self, name: str, value: str, who: str, why: str) -> None:
        super()._turn(name, value, who, why)
        self._read_at = float("-inf")

    def _drop(self, name: str) -> bool:
        self._read_at = float("-inf")
        return super()._drop(name)

    def set_watermark(self, at: datetime, who: str) -> datetime:
        """Set the watermark unless it is set; return the one that holds."""
        self._read_at = float("-inf")
        return super().set_watermark(at, who)

    def _all(self) -> list[Switch]:
        with (
            self._database.statement() as connection,
            connection.cursor(row_factory=class_row(Switch)) as cursor,
        ):
            return cursor.execute(
                "SELECT name, value, who, why, changed_at FROM switches"
            ).fetchall()


def check_scope(scope: str) -> None:
    """Raise `ValueError` for anything but `global`, `group:12`, `form:`, `brand:`, `scenario:`."""
    kind, _, rest = scope.partition(":")
    named = kind in _SCOPES and rest and (kind == "scenario" or rest.isdecimal())
    if scope != GLOBAL and not named:
        raise ValueError(
            f"{scope!r} is not a scope: use {GLOBAL}, group:<id>, form:<id>, brand:<id> or "
            "scenario:<label>"
        )
