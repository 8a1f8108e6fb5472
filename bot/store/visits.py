"""Which browsers have proved lately that they can read a ticket; shared by every web process."""

from dataclasses import dataclass

from bot.store.database import Database


@dataclass(frozen=True, slots=True)
class Proved:
    """How many seconds ago something was proved for a ticket; None when it never was."""

    same: float | None
    """Exactly this proof, by whomever."""
    visitor: float | None
    """Any proof by this visitor."""


class Visits:
    """The accepted proofs in the store, as digests."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def accept(self, ticket_id: int, visitor: str, proof: str) -> None:
        """Remember that this proof held just now."""
        with self._database.connection() as connection:
            connection.execute(
                "INSERT INTO sidebar_visits (ticket_id, visitor, proof) VALUES (%s, %s, %s)"
                " ON CONFLICT (ticket_id, visitor, proof) DO UPDATE SET accepted_at = now()",
                (ticket_id, visitor, proof),
            )

    def proved(self, ticket_id: int, visitor: str, proof: str) -> Proved:
        """Return when this proof, and any proof of this visitor, last held."""
        with self._database.connection() as connection:
            row = connection.execute(
                "SELECT extract(epoch FROM now() - max(accepted_at) FILTER (WHERE proof = %s)),"
                " extract(epoch FROM now() - max(accepted_at) FILTER (WHERE visitor = %s))"
                " FROM sidebar_visits WHERE ticket_id = %s",
                (proof, visitor, ticket_id),
            ).fetchone()
        same, own = row or (None, None)
        return Proved(None if same is None else float(same), None if own is None else float(own))
