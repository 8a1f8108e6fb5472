"""The note that brings the check script: what to send, and the words to send it with."""

from typing import Final

from bot.runbook.book import Runbook
from bot.runbook.note import NoteContext
from bot.runbook.order_notes import ORDER, order_note, quoted, say, short_hash
from bot.runbook.plan import PostNote

_RULE: Final = "send_check_script"


def script_note(book: Runbook, context: NoteContext, script: str, *, ticket: str = "") -> PostNote:
    """Write the note; `ticket` where the script could not be attached."""
    head = say(book, "script_unattached", ticket=ticket) if ticket else say(book, "script_note")
    blocks = [head, f"**{book.head.note['ask_customer']}**\n{quoted(say(book, 'script_reply'))}"]
    said = short_hash(script, bool(ticket))
    return order_note(book, context, blocks, f"{ORDER}check_script:{said}", (_RULE,))
