"""The script that a customer runs, filled in for one ticket, and the note that brings it."""

import re
import shlex
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from bot.manifest_file import manifests_folder
from bot.pipeline.order_ports import Done, Vault
from bot.pipeline.scribe import Scribe
from bot.runbook.script_note import script_note
from bot.runbook.ticket import Ticket
from bot.zendesk.errors import Rejected, ScopeMissing

NAME: Final = "customer_check.sh"
PORT: Final = 443
HOST: Final = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9._-]{0,251}[A-Za-z0-9_])?")
_FIRST_LINE: Final = "#!/bin/sh\n"


def read_script(overlay: Path | None) -> str:
    """Return the script as the manifests hold it; raises `OSError`."""
    own = overlay / NAME if overlay else None
    path = own if own and own.is_file() else manifests_folder() / NAME
    return path.read_text("utf-8")


def filled_in(script: str, host: str, port: int, ticket: int | None) -> str:
    """Return the script with the values at its head, where its own defaults give way to them."""
    values = {"CLC_HOST": host, "CLC_PORT": str(port), "CLC_TICKET": str(ticket or "")}
    lines = [f"{name}={shlex.quote(value)}\n" for name, value in values.items() if value]
    return _FIRST_LINE + "".join(lines) + script.removeprefix(_FIRST_LINE)


def script_for(overlay: Path | None, host: str) -> Callable[[int], str]:
    """Return what fills the script in for a ticket."""
    return lambda ticket: filled_in(read_script(overlay), host, PORT, ticket)


@dataclass(frozen=True, slots=True)
class ScriptOrder:
    """Brings the script to the agent, who sends it on."""

    scribe: Scribe
    vault: Vault
    script: Callable[[int], str]

    def order(self, ticket: Ticket, standing: Sequence[str], tags: Sequence[str]) -> Done:
        """Write the note with the script attached; `standing` are keys of notes that stand."""
        script = self.script(int(ticket.id))
        build = partial(script_note, self.scribe.book, script=script)
        if self.scribe.entry(ticket, build, ()).key in standing:
            return self.scribe.drop(ticket, tags, "the check script stands on the ticket")
        try:
            token = self.vault.upload(NAME, "application/x-sh", script.encode())
        except (ScopeMissing, Rejected):
            bare = partial(script_note, self.scribe.book, script=script, ticket=ticket.id)
            return self.scribe.tell(ticket, bare, remove=tags)
        return self.scribe.tell(ticket, build, remove=tags, uploads=(token,))
