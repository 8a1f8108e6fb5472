"""What do the texts of a ticket show? Pasted output, read into observations."""

from bot.evidence.checkscript import telling
from bot.evidence.observation import Observation
from bot.evidence.pasted import read_pasted
from bot.runbook.book import Runbook
from bot.runbook.passages import passages
from bot.runbook.ticket import Ticket


def observe_ticket(ticket: Ticket, runbook: Runbook) -> tuple[Observation, ...]:
    """Read the pasted output of the customer's messages, oldest first."""
    found: list[Observation] = []
    for passage in passages(ticket):
        if passage.kind != "subject" and passage.author == "customer":
            day = passage.at.date() if passage.at else None
            found += read_pasted(passage.text, strings=runbook.product_strings, today=day)
    return telling(found)
