"""One result of a probe run as a row of text."""

from bot.evidence.observation import Observation


def cells(seen: Observation) -> tuple[str, str, str, str, str]:
    """Probe, target, cause, milliseconds, detail."""
    took = seen.facts.get("ms")
    return seen.probe, seen.target, seen.cause, "" if took is None else str(took), seen.detail


def plain_line(seen: Observation) -> str:
    """The row as one line without colours."""
    probe, target, cause, took, detail = cells(seen)
    return f"{probe:<12} {target:<52} {cause:<26} {took:>8}  {detail}".rstrip()
