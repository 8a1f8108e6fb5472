"""`--since 90d`: how far back, as a moment."""

import re
from datetime import UTC, datetime, timedelta

from bot.cli.session import Refused


def moment(since: str) -> datetime:
    """Return the moment that lies `12h`, `90d` or `8w` back, or an ISO date and time."""
    match = re.fullmatch(r"(\d{1,5})([hdw])", since)
    if match is not None:
        hours = {"h": 1, "d": 24, "w": 24 * 7}[match[2]]
        return datetime.now(UTC) - timedelta(hours=int(match[1]) * hours)
    try:
        read = datetime.fromisoformat(since)
    except ValueError:
        raise Refused(f"--since {since}: write a number and h, d or w, such as 90d") from None
    return read if read.tzinfo else read.replace(tzinfo=UTC)
