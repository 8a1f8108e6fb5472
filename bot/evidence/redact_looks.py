"""An observation without the secrets that the pasted text held."""

from dataclasses import replace

from bot.evidence.observation import Fact, Observation
from bot.evidence.redact import redact


def redacted(seen: Observation) -> Observation:
    """Return it with stand-ins for secrets in its words, its target and its facts."""
    return replace(
        seen,
        detail=redact(seen.detail).text,
        target=redact(seen.target).text,
        facts={key: _safe(value) for key, value in seen.facts.items()},
    )


def _safe(value: Fact) -> Fact:
    if isinstance(value, str):
        return redact(value).text
    if isinstance(value, tuple):
        return tuple(redact(part).text for part in value)
    return value
