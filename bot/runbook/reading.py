"""One ticket while it is looked at, with everything that was searched in it once."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from bot.evidence.observation import Observation
from bot.runbook.diagnosis import Extracted
from bot.runbook.excuse import Excuses, Shown
from bot.runbook.passages import Passage
from bot.runbook.ticket import Ticket
from bot.runbook.vocabulary import Vocabulary
from bot.runbook.words import Hit, Matcher, present_in


@dataclass(slots=True)
class Reading:
    """One ticket while it is looked at: its passages, and what was already searched in them."""

    ticket: Ticket
    passages: Sequence[Passage]
    seen: Sequence[Observation]
    extracted: Extracted = field(default_factory=dict)
    newest: int = 0
    """Order of the newest message that says something of weight."""
    shown: Sequence[Shown] = ()
    """Where the text shows what `seen` holds."""
    excuses: Excuses | None = None
    """Set where words of the network may accuse nothing."""
    memo: dict[int, Sequence[Hit]] = field(default_factory=dict)
    able: set[int] | None = None
    """Ideas that can be said here at all; the rest, nine in ten, need no search."""

    def hits(self, matcher: Matcher) -> Sequence[Hit]:
        """Return the matcher's hits in the whole ticket; searched once."""
        if self.able is None:
            self.able = self._able(matcher.vocabulary)
        if matcher.idea not in self.able:
            return ()
        found = self.memo.get(matcher.idea)
        if found is None:
            found = self.memo[matcher.idea] = matcher.hits(self.passages)
        return found

    def _able(self, vocabulary: Vocabulary) -> set[int]:
        present = (present_in(passage, vocabulary) for passage in self.passages)
        return vocabulary.tried.union(*(one.able for one in present))
