"""How often was the ticket's next smallest question asked, and which one?"""

from collections.abc import Mapping

from bot.store.database import Database


def missing_counts(database: Database, days: int = 90) -> Mapping[str, int]:
    """Return the id of each question and on how many tickets it was open; most frequent first."""
    with database.connection() as connection:
        rows = connection.execute(
            "SELECT details ->> 'missing' AS question, count(DISTINCT ticket_id)"
            " FROM diagnoses WHERE details ->> 'missing' IS NOT NULL"
            " AND decided_at > now() - make_interval(days => %s)"
            " GROUP BY question ORDER BY 2 DESC, 1",
            (days,),
        ).fetchall()
    return {str(row[0]): int(row[1]) for row in rows}
