"""Tickets classified per minute on one core, and whether memory stays flat."""

import argparse
import json
import resource
import time
from pathlib import Path

from bot.cli.ticket_file import ticket_of
from bot.manifests import load_manifests
from bot.runbook.classify import classify
from bot.runbook.observe import observe_ticket

ROOT = Path(__file__).parents[2]
MINUTE = 60.0


def peak_mb() -> float:
    """Largest resident size so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    """Classify the regression corpus again and again, and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=20.0, help="CPU seconds to spend")
    asked = parser.parse_args()
    lines = [
        line
        for file in sorted((ROOT / "tests" / "runbook").glob("*.jsonl"))
        for line in file.read_text("utf-8").splitlines()
    ]
    book = load_manifests().runbook
    tickets = [ticket_of(json.loads(line)) for line in lines]
    for ticket in tickets:
        classify(book, ticket, observe_ticket(ticket, book))
    before, number, began = peak_mb(), 0, time.process_time()
    while (spent := time.process_time() - began) < asked.seconds:
        ticket = tickets[number % len(tickets)]
        classify(book, ticket, observe_ticket(ticket, book))
        number += 1
    began = time.process_time()
    for line in lines * 20:
        json.loads(line)
    parse = (time.process_time() - began) / (20 * len(lines))
    print(f"tickets in the corpus   {len(tickets)}")
    print(f"classified per minute   {number / spent * MINUTE:,.0f} per core")
    print(f"times json.loads        {spent / number / parse:,.0f}")
    print(f"memory                  {before:.0f} MB before, {peak_mb():.0f} MB after {number:,}")


if __name__ == "__main__":
    main()
