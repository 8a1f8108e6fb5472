"""The notes about replacing a HAR by its safe copy: the question, the copies, the end."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from bot.runbook.book import Runbook
from bot.runbook.note import NoteContext
from bot.runbook.order_notes import ORDER, order_note, say, short_hash
from bot.runbook.plan import PostNote

#: Digests of these notes begin so; those that name files end with them (`pairs`).
HAR: Final = f"{ORDER}safe_har:"
Stage = Literal["ask", "copies", "done", "left"]
Reason = Literal[
    "large", "unreadable", "malware", "not_fetched", "not_har", "damaged", "upload", "redact",
    "stays", "copy", "other",
]  # fmt: skip
_RULE: Final = "safe_har"
_KILO: Final = 1024


@dataclass(frozen=True, slots=True)
class Original:
    """One HAR on the ticket that a safe copy stands in for."""

    comment_id: int
    attachment_id: int
    name: str
    size: int
    found: str = ""
    """What is inside, in words: kinds and how many."""

    @property
    def pair(self) -> tuple[int, int]:
        """Comment and attachment."""
        return self.comment_id, self.attachment_id


def digest_of(stage: Stage, pairs: Iterable[tuple[int, int]]) -> str:
    """Return the digest of a note about these files; `pairs_in` reads them back."""
    named = ",".join(f"{comment}-{attachment}" for comment, attachment in sorted(pairs))
    return f"{HAR}{stage}:{named}"


def pairs_in(digest: str) -> tuple[tuple[int, int], ...]:
    """Return comment and attachment of every file that a digest names."""
    pairs = [item.partition("-") for item in digest.rpartition(":")[2].split(",")]
    return tuple((int(comment), int(file)) for comment, _, file in pairs if comment.isdigit())


def ask_note(
    book: Runbook,
    context: NoteContext,
    originals: Sequence[Original],
    untouched: Sequence[tuple[str, Reason]],
) -> PostNote:
    """Ask whether to do it: which files, what is inside, what will happen."""
    minutes = f"{book.guarded.confirm_within_minutes:g}"
    lines = [
        say(book, "har_file", file=one.name, size=_size(one.size), found=one.found)
        for one in originals
    ]
    blocks = [
        say(book, "har_ask", count=_count(book, len(originals)), minutes=minutes),
        "\n".join([*lines, *_untouched(book, untouched)]),
        say(book, "har_plan"),
    ]
    return order_note(
        book, context, blocks, digest_of("ask", (one.pair for one in originals)), (_RULE,)
    )


def nothing_note(
    book: Runbook, context: NoteContext, untouched: Sequence[tuple[str, Reason]]
) -> PostNote:
    """Say that there is nothing to replace, and why files that look like it stay."""
    blocks = [say(book, "har_nothing"), "\n".join(_untouched(book, untouched))]
    return order_note(book, context, blocks, f"{HAR}none:{short_hash(*untouched)}", (_RULE,))


def failed_note(book: Runbook, context: NoteContext, file: str, reason: Reason) -> PostNote:
    """Say that nothing was replaced, and why."""
    text = say(book, "har_failed", file=file, reason=say(book, f"har_reason_{reason}"))
    return order_note(
        book, context, [text], f"{HAR}failed:{short_hash(file, reason)}", (_RULE, reason)
    )


def copies_note(
    book: Runbook,
    context: NoteContext,
    originals: Sequence[tuple[Original, str]],
    actor: int,
) -> PostNote:
    """Bring the safe copies; beside each original stands the copy's name."""
    count = _count(book, len(originals))
    lines = [
        say(book, "har_pair", file=one.name, copy=copy, found=one.found) for one, copy in originals
    ]
    blocks = [say(book, "har_copies", count=count, actor=str(actor)), "\n".join(lines)]
    pairs = [one.pair for one, _ in originals]
    return order_note(book, context, blocks, digest_of("copies", pairs), _rules(actor, pairs))


def done_note(
    book: Runbook, context: NoteContext, pairs: Sequence[tuple[int, int]], actor: int
) -> PostNote:
    """Say that the originals are gone."""
    text = say(book, "har_done", count=_count(book, len(pairs)), actor=str(actor))
    return order_note(book, context, [text], digest_of("done", pairs), _rules(actor, pairs))


def left_note(
    book: Runbook,
    context: NoteContext,
    left: Sequence[Original],
    reason: Reason,
    actor: int,
) -> PostNote:
    """Say which originals are still there, and why."""
    files = ", ".join(one.name for one in left)
    text = say(book, "har_left", files=files, reason=say(book, f"har_reason_{reason}"))
    pairs = [one.pair for one in left]
    return order_note(book, context, [text], digest_of("left", pairs), _rules(actor, pairs))


def _rules(actor: int, pairs: Sequence[tuple[int, int]]) -> tuple[str, ...]:
    """What the ledger keeps: who ordered it, and which files it was about."""
    return (_RULE, f"user:{actor}", *(f"attachment:{attachment}" for _, attachment in pairs))


def _untouched(book: Runbook, untouched: Sequence[tuple[str, Reason]]) -> list[str]:
    return [
        say(book, "har_untouched", file=name, reason=say(book, f"har_reason_{reason}"))
        for name, reason in untouched
    ]


def _count(book: Runbook, number: int) -> str:
    if number == 1:
        return say(book, "har_count_one")
    return say(book, "har_count_many", number=str(number))


def _size(size: int) -> str:
    return f"{size / _KILO / _KILO:.1f} MB" if size >= _KILO * _KILO else f"{size / _KILO:.0f} kB"
