"""The pocket Zendesk's memory: every record in dictionaries, written through to SQLite."""

import json
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

#: One JSON object of the API. The island answers in Zendesk's own shapes, so its records are
#: those shapes; they are replaced as a whole and never changed in place.
Record = dict[str, Any]

#: Everything but tickets has ids of this size (facts: "ids big integers").
FIRST_BIG_ID: Final = 38_412_077_100_001

_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS record (
    kind TEXT NOT NULL, id TEXT NOT NULL, body TEXT NOT NULL, PRIMARY KEY (kind, id)
) WITHOUT ROWID
"""


def stamp(moment: datetime) -> str:
    """Zendesk's time: UTC, whole seconds."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


class Store:
    """Records by kind and id. Reads are free, writes go through `transaction`."""

    def __init__(self, path: Path | None = None) -> None:
        self.lock = threading.RLock()
        self.changed = threading.Condition(self.lock)
        self.stopping = False
        """Set when the server stops: nobody shall wait for changes any more."""
        self._kinds: dict[str, dict[str, Record]] = {}
        self._of_ticket: dict[tuple[str, int], dict[str, None]] = {}
        self._versions: dict[int, int] = {}
        self._undo: list[tuple[str, str, Record | None]] | None = None
        self._file = _open(path) if path else None
        if self._file:
            self._load(self._file)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Hold the lock; an error takes back what was put, success writes it to the file."""
        with self.lock:
            if self._undo is not None:
                yield
                return
            self._undo = []
            try:
                yield
            except BaseException:
                self._roll_back(self._undo)
                raise
            else:
                self._write_out(self._undo)
                self.changed.notify_all()
            finally:
                self._undo = None

    def get(self, kind: str, key: object) -> Record | None:
        """Return one record, or None."""
        return self._kinds.get(kind, {}).get(str(key))

    def all(self, kind: str) -> list[Record]:
        """Every record of a kind, in the order in which they came."""
        with self.lock:
            return list(self._kinds.get(kind, {}).values())

    def of_ticket(self, kind: str, ticket_id: int) -> list[Record]:
        """The comments or audits of one ticket, oldest first."""
        with self.lock:
            keys = self._of_ticket.get((kind, ticket_id), {})
            return [self._kinds[kind][key] for key in keys]

    def count(self, kind: str, ticket_id: int) -> int:
        """How many comments or audits a ticket has."""
        return len(self._of_ticket.get((kind, ticket_id), {}))

    def put(self, kind: str, record: Record) -> Record:
        """Insert or replace the record under its `id`."""
        key = str(record["id"])
        with self.transaction():
            self._note_undo(kind, key)
            self._set(kind, key, record)
        return record

    def delete(self, kind: str, key: object) -> None:
        """Remove the record if it is there."""
        with self.transaction():
            self._note_undo(kind, str(key))
            self._set(kind, str(key), None)

    def next_id(self, sequence: str = "big") -> int:
        """The next number: `ticket` counts from 1, everything else shares one big sequence."""
        with self.transaction():
            last = self.get("sequence", sequence)
            first = 1 if sequence == "ticket" else FIRST_BIG_ID
            value = last["value"] + 1 if last else first
            self.put("sequence", {"id": sequence, "value": value})
        return int(value)

    def version(self, ticket_id: int = 0) -> int:
        """Rises with every change of this ticket; 0 stands for all tickets."""
        return self._versions.get(ticket_id, 0)

    def wait_for_change(self, since: int | None, seconds: float, ticket_id: int = 0) -> int:
        """Wait until the version differs from `since`, and return it."""
        with self.changed:
            self.changed.wait_for(
                lambda: self.stopping or self.version(ticket_id) != since, seconds
            )
            return self.version(ticket_id)

    def stop_waiting(self) -> None:
        """Let everybody go who waits for a change."""
        with self.changed:
            self.stopping = True
            self.changed.notify_all()

    def clear(self) -> None:
        """Forget everything."""
        with self.lock:
            self._kinds.clear()
            self._of_ticket.clear()
            if self._file:
                self._file.execute("DELETE FROM record")
                self._file.commit()
            self._versions[0] = self.version() + 1
            self.changed.notify_all()

    def close(self) -> None:
        """Close the file."""
        with self.lock:
            if self._file:
                self._file.close()
                self._file = None

    def _note_undo(self, kind: str, key: str) -> None:
        if self._undo is not None:
            self._undo.append((kind, key, self.get(kind, key)))

    def _set(self, kind: str, key: str, record: Record | None) -> None:
        known = self._kinds.setdefault(kind, {})
        ticket_id = _ticket_of(kind, record or known.get(key))
        if record is None:
            known.pop(key, None)
        else:
            known[key] = record
        if ticket_id is None:
            return
        if kind != "ticket":
            keys = self._of_ticket.setdefault((kind, ticket_id), {})
            keys.pop(key, None) if record is None else keys.setdefault(key)
        self._versions[ticket_id] = self.version(ticket_id) + 1
        self._versions[0] = self.version() + 1

    def _roll_back(self, undo: list[tuple[str, str, Record | None]]) -> None:
        for kind, key, record in reversed(undo):
            self._set(kind, key, record)

    def _write_out(self, undo: list[tuple[str, str, Record | None]]) -> None:
        if not self._file:
            return
        for kind, key in dict.fromkeys((kind, key) for kind, key, _ in undo):
            record = self.get(kind, key)
            if record is None:
                self._file.execute("DELETE FROM record WHERE kind = ? AND id = ?", (kind, key))
            else:
                self._file.execute(
                    "INSERT OR REPLACE INTO record VALUES (?, ?, ?)",
                    (kind, key, json.dumps(record, ensure_ascii=False)),
                )
        self._file.commit()

    def _load(self, file: sqlite3.Connection) -> None:
        # Ids of one kind have few lengths; by length and text is by number.
        rows = file.execute("SELECT kind, id, body FROM record ORDER BY kind, length(id), id")
        for kind, key, body in rows.fetchall():
            self._set(kind, key, json.loads(body))


def _ticket_of(kind: str, record: Record | None) -> int | None:
    if record is None or kind not in {"ticket", "comment", "audit"}:
        return None
    return int(record["id"] if kind == "ticket" else record["ticket_id"])


def _open(path: Path) -> sqlite3.Connection:
    path.parent.mkdir(parents=True, exist_ok=True)
    file = sqlite3.connect(path, check_same_thread=False)
    # A killed process loses nothing this way, only a power cut could: enough for a demo.
    file.execute("PRAGMA journal_mode = WAL")
    file.execute("PRAGMA synchronous = OFF")
    file.execute(_SCHEMA)
    return file
