"""The tool is not there: what a shell says instead of its output."""

import re

from bot.evidence.observation import Observation
from bot.evidence.piece import Piece

MISSING = re.compile(
    (
        r"command not found|: not found(?:$|\s)|is not recognized as (?:an internal"
        r"|the name|a name)|befehl (?:wurde )?nicht gefunden|commande introuvable"
        r"|orden no encontrada|comando non trovato|コマンドが見つかりません|未找到命令"
        r"|команда не найдена|wurde nicht als name eines cmdlet"
        r"|konnte nicht gefunden werden|n'est pas reconnu|no se reconoce como"
        r"|applet not found|(?:dig|curl|nc|telnet|openssl|nslookup|host|ping"
        r"|traceroute|mtr|nmap|wget)\S*: no such file or directory"
        r"|executable file not found|symbol lookup error|error while loading shared libraries"
        r"|cannot execute binary file|version `?\S{1,40}'? not found \(required by"
        r"|library not loaded: "
    ),
    re.IGNORECASE | re.MULTILINE,
)

_CONSOLE = re.compile(
    (
        r"(?:gitlab|example_company)-(?:rails|rake)\S{0,3} .{0,20}(?:not found"
        r"|not recognized)"
    ),
    re.IGNORECASE,
)


def read_shell(piece: Piece) -> tuple[Observation, ...]:
    """Nothing was tested; without the rails command there is no console on this host."""
    console = piece.find(_CONSOLE)
    if console:
        return (piece.see("console_unavailable", match=console),)
    match = piece.find(MISSING)
    return (piece.see("tool_missing", "unknown", match=match),) if match else ()
