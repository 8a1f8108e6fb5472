"""Fills a store with some weeks of work, the same every time."""

import json
import random
from datetime import UTC, datetime, timedelta

from bot.store.corrections import CorrectionLog
from bot.store.database import Database

NAMES = {
    "tls_failure": "TLS inspection or certificate trouble",
    "proxy": "Proxy between instance and portal",
    "dns_failure": "Name resolution fails",
    "resend_activation_code": "Activation code not received",
    "opted_in_by_bug": "Opted in by the bug",
}
CAUSES = {
    "tls_failure": "tls_inspection", "proxy": "proxy_auth_required", "dns_failure": "dns_nxdomain",
}  # fmt: skip


def fill(database: Database, tickets: int = 160, days: int = 25) -> None:
    """Decide on tickets, post notes, look at the portal, and let agents correct a few."""
    dice = random.Random(7)
    now = datetime.now(UTC)
    view = {"scenarios": list(NAMES.items())}
    with database.connection() as connection:
        for ticket in range(1, tickets + 1):
            at = now - timedelta(days=dice.random() * days, minutes=5)
            scenario = dice.choices(list(NAMES), [5, 4, 3, 6, 2])[0]
            silent = dice.choices([None, "agent_replied_first", "mode_shadow"], [7, 2, 1])[0]
            details = json.dumps({"cause": CAUSES.get(scenario, "ok"), "view": view})
            connection.execute(
                "INSERT INTO diagnoses (ticket_id, event_key, digest, scenario, confidence,"
                " silence, markdown, details, decided_at)"
                " VALUES (%s, 'e', 'd', %s, 'likely', %s, 'x', %s::jsonb, %s)",
                (ticket, scenario, silent, details, at),
            )
            connection.execute(
                "INSERT INTO events (key, ticket_id, kind, attachments, received_at)"
                " VALUES (%s, %s, 'created', 'no', %s)",
                (f"event-{ticket}", ticket, at),
            )
            if silent is None:
                wait = timedelta(seconds=dice.expovariate(0.25))
                kind = dice.choices(["automatic", "command"], [4, 1])[0]
                connection.execute(
                    "INSERT INTO notes (key, marker, ticket_id, digest, kind, state, created_at,"
                    " done_at, scenario, branch, rule_ids, revision, version) VALUES"
                    " (%s, %s, %s, 'd', %s, 'done', %s, %s, %s, '', '{}', '', '')",
                    (f"k{ticket}", f"m{ticket}", ticket, kind, at, at + wait, scenario),
                )
        for hour in range(24 * 13):
            for vantage, chance in (("bot:local", 0.99), ("bot:frankfurt", 0.9)):
                through = dice.random() < chance - (0.5 if 60 < hour < 75 else 0)
                connection.execute(
                    "INSERT INTO looks (asked, vantage, target, layer, cause, activates,"
                    " confidence, also, observations, seen_at, seconds) VALUES"
                    " ('x', %s, 't', 'ok', 'ok', %s, 'certain', '{}', '[]', %s, 0.4)",
                    (vantage, "yes" if through else "no", now - timedelta(hours=hour)),
                )
    log = CorrectionLog(database)
    for ticket in range(1, 41):
        said = dice.choice(list(NAMES))
        really = said if dice.random() < 0.7 else dice.choice(list(NAMES))
        log.add(ticket, really, "", said=said, confidence="likely", by_name="Ann", by_id="1")
