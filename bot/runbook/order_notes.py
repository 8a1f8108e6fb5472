"""The small internal notes that answer what agents order by macro; their words: commands.toml."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from bot.evidence.redact import redact
from bot.runbook.book import Runbook
from bot.runbook.check_words import check_holes
from bot.runbook.html import to_html
from bot.runbook.note import NoteContext, escape
from bot.runbook.plan import PostNote
from bot.runbook.snippet import frame_values, render

#: Digests of these notes begin so: they are no verdict on the ticket.
ORDER: Final = "order:"
#: Every word, with the holes that it may have beside those of any manifest.
WORDS: Final[Mapping[str, tuple[str, ...]]] = {
    "refused_group": ("what", "groups"),
    "refused_nobody": ("what",),
    "refused_path": ("what", "groups", "tag"),
    "refused_unreadable": ("what",),
    "what_probe_customer": (),
    "what_safe_har": (),
    "instance_none": (),
    "instance_many": ("found",),
    "instance_not_probed": ("target", "reason"),
    "instance_budget": ("reason",),
    "instance_answers": ("target", "families"),
    "instance_flawed": ("target", "layer", "cause"),
    "instance_fails": ("target", "layer", "cause"),
    "instance_open": ("target",),
    "instance_silent": (),
    "instance_means_up": (),
    "instance_means_closed": (),
    "instance_changed": ("was", "age", "now"),
    "har_ask": ("count", "minutes"),
    "har_file": ("file", "size", "found"),
    "har_plan": (),
    "har_untouched": ("file", "reason"),
    "har_nothing": (),
    "har_failed": ("file", "reason"),
    "har_copies": ("count", "actor"),
    "har_pair": ("file", "copy", "found"),
    "har_done": ("count", "actor"),
    "har_left": ("files", "reason"),
    "har_count_one": (),
    "har_count_many": ("number",),
    "har_reason_large": (),
    "har_reason_unreadable": (),
    "har_reason_malware": (),
    "har_reason_not_fetched": (),
    "har_reason_not_har": (),
    "har_reason_damaged": (),
    "har_reason_upload": (),
    "har_reason_redact": (),
    "har_reason_stays": (),
    "har_reason_copy": (),
    "har_reason_other": (),
    "script_note": (),
    "script_unattached": ("ticket",),
    "script_reply": (),
    "footer": ("version", "revision", "marker"),
}


def check_order_words(book: Runbook) -> Iterator[str]:
    """Yield every word that is missing or has a hole that nothing fills."""
    for name, holes in WORDS.items():
        text = book.orders.get(name)
        if text:
            yield from check_holes(f"commands.toml: {name}", text, holes)
        else:
            yield f"commands.toml: {name} is missing"
    for name in sorted(set(book.orders) - set(WORDS)):
        yield f"commands.toml: {name} is not a known key"


class Ours(str):
    """Words out of commands.toml, made safe already."""

    __slots__ = ()


def say(book: Runbook, name: str, **values: str) -> Ours:
    """Return one of the words; values lose their secrets and every meaning in Markdown."""
    safe = {
        key: value if isinstance(value, Ours) else escape(redact(value).text)
        for key, value in values.items()
    }
    return Ours(render(book.orders[name], {**frame_values(book, {}), **safe}))


def order_note(
    book: Runbook, context: NoteContext, blocks: Sequence[str], digest: str, rules: Sequence[str]
) -> PostNote:
    """Put a note together; `rules` are what the ledger keeps of who ordered what."""
    values = {"version": context.version, "revision": context.revision, "marker": context.marker}
    footer = render(book.orders["footer"], values)
    markdown = "\n\n".join([*filter(None, blocks), f"*{footer}*"]) + "\n"
    return PostNote(markdown, to_html(markdown), digest, tuple(rules))


def refusal_note(
    book: Runbook, context: NoteContext, command: str, reason: str, tag: str
) -> PostNote:
    """Say in one line who may order this, and how; never who has asked."""
    groups = " / ".join(book.guarded.groups)
    what = say(book, f"what_{command}")
    word = "nobody" if reason == "path" and not groups else reason
    text = say(book, f"refused_{word}", what=what, groups=groups, tag=tag)
    digest = f"{ORDER}refused:{short_hash(command, word, groups)}"
    return order_note(book, context, [text], digest, (command, f"refused:{word}"))


def quoted(text: str) -> str:
    """Return a ready reply as the block that an agent copies."""
    return "\n".join(f"> {line}".rstrip() for line in text.strip().splitlines())


def short_hash(*parts: object) -> str:
    """Return a name for these parts: equal parts, equal name."""
    return hashlib.sha256("|".join(map(str, parts)).encode()).hexdigest()
