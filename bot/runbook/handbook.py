"""The page that the runbook was built from, and which scenario rests on which of its sections."""

from collections.abc import Collection, Iterator, Mapping, Sequence

from bot.runbook.book import Entry
from bot.runbook.check_words import check_holes


class Handbook(Entry, frozen=True, kw_only=True):
    """`handbook.toml`."""

    page: str = ""
    """Its https address; empty: nobody watches it."""
    sections: Mapping[str, tuple[str, ...]] = {}
    """Heading, and the scenarios that were built on what stands beneath it."""

    def built_on(self, section: str) -> Sequence[str]:
        """Return the scenarios that rest on a section; case does not count."""
        return next(
            (
                names
                for title, names in self.sections.items()
                if title.casefold() == section.casefold()
            ),
            (),
        )


class Asides(Entry, frozen=True, kw_only=True):
    """`asides.toml`: the single lines that are no verdict."""

    stuck: str
    retracted: str


def aside_problems(asides: Asides) -> Iterator[str]:
    """Yield holes that nothing fills."""
    yield from check_holes("asides.toml: stuck", asides.stuck, ("when", "job"))
    holes = ("when", "scenario", "rule", "why")
    yield from check_holes("asides.toml: retracted", asides.retracted, holes)


def handbook_problems(handbook: Handbook, scenarios: Collection[str]) -> Iterator[str]:
    """Yield what does not hold together, with file and key."""
    if handbook.page and not handbook.page.startswith("https://"):
        yield "handbook.toml: page: only an https address is watched; leave it empty to watch none"
    for section, names in handbook.sections.items():
        for name in names:
            if name not in scenarios:
                yield f"handbook.toml: sections.{section!r}: {name!r} is no scenario"
