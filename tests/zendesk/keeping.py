"""A journal in memory, for tests of the engine without a store."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from bot.zendesk.catalog import Kind
from bot.zendesk.provision import Deal


@dataclass
class Kept:
    """Keeps every deal; one without an end has no object id."""

    deals: list[Deal] = field(default_factory=list)

    def intend(self, deal: Deal) -> int:
        self.deals.append(deal)
        return len(self.deals) - 1

    def done(self, number: int, object_id: str) -> None:
        self.deals[number] = replace(self.deals[number], object_id=object_id)

    def pending(self, kind: str, key: str) -> bool:
        return any((one.kind, one.key, one.object_id) == (kind, key, None) for one in self.deals)

    def before_us(self, kind: Kind, object_id: str) -> Mapping[str, object] | None:
        return next(
            (deal.before for deal in self.deals
             if (deal.kind, deal.object_id, deal.deed) == (kind, object_id, "changed")),
            None,
        )  # fmt: skip
