"""Takes secrets out of anything a customer sent and leaves what explains the fault."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from bot.evidence.redact_commands import replace_in_commands
from bot.evidence.redact_emails import replace_emails
from bot.evidence.redact_escapes import without_needless_escapes
from bot.evidence.redact_names import replace_named
from bot.evidence.redact_pairs import replace_told
from bot.evidence.redact_runs import RunRedactor
from bot.evidence.redact_shapes import SHAPES, outside_kept_blocks
from bot.evidence.redact_spare import replace_spare_codes
from bot.evidence.redact_standins import StandIns
from bot.evidence.redact_userinfo import replace_userinfo


@dataclass(frozen=True, slots=True)
class Redacted:
    """A text without its secrets."""

    text: str
    found: Mapping[str, int] = field(default_factory=dict)
    """How many different secrets of each kind were taken out."""


_PASSES: Final = 4


def redact(text: str) -> Redacted:
    """Return the text with a stand-in such as `[activation code 1]` for every secret.

    The same secret has the same stand-in throughout the text. Hosts, addresses, statuses, issuers
    and error messages stay. A second run over the result changes nothing.
    """
    standins = StandIns()
    standins.reserve(text)
    redactor = TextRedactor(standins)
    for _ in range(_PASSES):
        before, text = text, redactor.clean(text)
        if text == before:
            break
    return Redacted(text, standins.counts())


class TextRedactor:
    """Redacts text after text with one collection of stand-ins."""

    def __init__(self, standins: StandIns) -> None:
        """Take and give stand-ins from this collection."""
        self.standins = standins
        self._runs = RunRedactor(standins, self.inner)

    def clean(self, text: str, depth: int = 0) -> str:
        """Return the text with stand-ins; `depth` counts the encodings it was taken out of."""
        shown = self._outside_kept(text, depth)
        plain = without_needless_escapes(shown)
        if plain == shown:
            return shown
        again = self._outside_kept(plain, depth)
        return shown if again == plain else again

    def _outside_kept(self, text: str, depth: int) -> str:
        return "".join(
            self._piece(piece, depth) if ours else piece
            for piece, ours in outside_kept_blocks(text)
        )

    def inner(self, text: str, depth: int) -> str:
        """Redact what stood inside base64."""
        return self.clean(text, depth)

    def _piece(self, text: str, depth: int) -> str:
        text = replace_userinfo(text, self.standins)
        for shape in SHAPES:
            text = shape.replace(text, self.standins)
        text = replace_in_commands(text, self.standins)
        text = replace_told(text, self.standins)
        text = replace_spare_codes(text, self.standins)
        text = replace_named(text, self.standins)
        text = replace_emails(text, self.standins)
        text = self.standins.replace_known(text)
        return self._runs.replace(text, depth)
