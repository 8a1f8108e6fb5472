"""What a scenario writes to the customer, and what it says instead once the reason is known."""

from collections.abc import Mapping

import msgspec


class Reply(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A ready reply to the customer; without `reviewed_by` only English is offered."""

    text: str
    reviewed_by: str = ""


class Told(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a scenario says instead once the product's answer to the attempt is known."""

    causes: tuple[str, ...]
    """One of these was seen failing."""
    headline: str
    next: str
    refute: str
    reply: Mapping[str, Reply] = {}
