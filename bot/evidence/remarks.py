"""What a person's sentence above a command or its output says: an example, or another machine?"""

import re
from collections.abc import Sequence
from typing import Final, Literal

Remark = Literal["example", "result", "elsewhere", "changed", "apart", ""]

#: A sentence that announces output is short; longer text is a tool's or a mail's own.
_MOST_WORDS: Final = 40
_EXAMPLE = re.compile(
    r"\b(?:(?:should|must|ought to) (?:be|look|see|say|show|read|print|answer|return|get)"
    r"|(?:expected|sample|example|desired) (?:output|result|answer|response|outcome)"
    r"|output (?:is )?expected|for example|e\.g\.|looks? like this"
    r"|(?:working|good|healthy|successful) (?:connection|result|answer|output|system|setup)"
    r"|(?:docs?|documentation|runbook|manual|guide|instructions?|article|mail) (?:says?|shows?)"
    r"|sollte .{0,30}(?:aussehen|erscheinen|stehen)|erwartete (?:ausgabe|antwort)"
    r"|devrait (?:afficher|être|ressembler)|deber[íi]a)\b",
    re.IGNORECASE,
)
_RESULT = re.compile(
    r"\b(?:(?:we|i) (?:now |just |only |actually |still )?"
    r"(?:get|got|see|saw|ran|run|receive\w*|have)"
    r"|(?:our|my|actual|real) (?:result|output|answer|response)|instead|this is what|what (?:we|i)"
    r"|here (?:is|are|it is|you go)|wir (?:bekommen|erhalten|sehen)|bei uns|unsere ausgabe"
    r"|nous (?:obtenons|avons))\b"
    r"|^[^:]{0,40}\b(?:\w*server|serveur|servidor|prod\w*)\b[^:]{0,40}:$",
    re.IGNORECASE,
)
_MACHINES: Final = (
    r"(?:laptop|notebook|thinkpad|macbook|mac|workstation|desktop|phone|mobile|hotspot|bastion"
    r"|jump ?(?:host|box|server)|home(?: office| network)?|(?:own|private|home|office|work) "
    r"(?:pc|computer|machine)|pc|(?:an)?other (?:server|host|machine|network|office|site|vm|box)"
    r"|different (?:server|host|machine|network|office|site|vm|box)|rechner|arbeitsplatz"
    r"|anderen \w+|poste|portable|ordinateur)"
)
_ELSEWHERE = re.compile(
    r"\b(?:from|on|via|over|using|vom|von|am|auf|depuis|sur|desde)\b"
    rf"(?: (?:my|our|a|an|the|his|her|meinem|einem|dem|mon|un|mi)\b)?(?: \w+)? ?\b{_MACHINES}\b"
    r"|\bcolleague|\b(?:other|another|different) (?:data ?cent(?:er|re)|customer|instance|subnet)\b"
    r"|\b(?:test|staging|dev\w*|qa|demo) (?:system|server|instance|machine|node|host|box)\b"
    rf"|^(?:my |our )?{_MACHINES}(?: \([^)]*\))? ?:$"
    r"|^[^:]{0,60}\b(?:laptop|notebook|macbook|home ?office|hotspot|handy|smartphone"
    r"|arbeitsplatz)\b[^:]{0,40}:$",
    re.IGNORECASE,
)
_CHANGED = re.compile(
    r"\bvpn\b|\b(?:bypass\w*|tether\w*|exception|exempt\w*|whitelist\w*|allowlist\w*)\b"
    r"|\b(?:disabl\w+|deactivat\w+|turn\w* off|switch\w* off|without|stopp?\w*|paus\w+)\b.{0,40}"
    r"\b(?:firewall|rule|inspection|ips|dpi|filter|antivirus|agent|policy)\b"
    r"|\b(?:firewall|rule|inspection|ips|dpi|filter|antivirus|policy) (?:is |was |temporarily )?"
    r"(?:off|disabled|deactivated)\b",
    re.IGNORECASE,
)
#: Said of what is so from now on.
_LASTING = re.compile(r"\b(?:now|permanent\w*|fixed|solved|jetzt|maintenant)\b", re.IGNORECASE)
#: The same again, later: what failed before this has been mended.
_MENDED = re.compile(
    r"\b(?:now|fixed|solved|after (?:the |a |our )?(?:change|fix\w*|opening|update|restart|reboot)"
    r"|since (?:the|we|then)|nach(?:dem)? (?:der |dem )?(?:freischalt|\w*nderung|anpassung|neustart"
    r"|freigabe|update)\w*|jetzt|inzwischen|maintenant|apr[eè]s (?:la |le |l')?\w+|ahora|despu[eé]s"
    r"|agora|depois|adesso|dopo)\b",
    re.IGNORECASE,
)
_MOST_IN_LABEL: Final = 8
_NODE = re.compile(
    r"\b(?:nodes?|(?<!domain )(?:\w*-)?server|hosts?|machine|vm|instance|pod|container|site|cluster"
    r"|primary|secondary|replica|data ?cent(?:er|re)|knoten|\w*rechner|standort|rz|rechenzentrum"
    r"|serveur|n(?:oe|œ)ud|servidor|nodo|servizio|nó)\b"
    r"|^(?:on |auf )?[\w.-]*(?:app|web|gl|git|srv|node|sidekiq)[\w-]*\d[\w.-]* ?:$",
    re.IGNORECASE,
)
#: A machine that bears such a name in its prompt is no server.
_PERSONAL = re.compile(
    r"macbook|imac|(?:^|[-_.])mac(?:$|[-_.])|laptop|notebook|thinkpad|desktop-|surface"
    r"|bastion|jump",
    re.IGNORECASE,
)


def announces(line: str) -> Remark:
    """What the line says of the output below it, when it is a sentence about that."""
    if not _is_sentence(line):
        return ""
    example = _EXAMPLE.search(line)
    if example is not None:
        return "result" if _turns_to_own(line[example.end() :]) else "example"
    if line.rstrip().endswith(":") and _ELSEWHERE.search(line):
        return "elsewhere"
    return "result" if _RESULT.search(line) else ""


def _turns_to_own(rest: str) -> bool:
    """A later sentence of the line announces what was seen here."""
    last = re.split(r"[.!?]\W{0,3} ", rest)[1:]
    return bool(last) and last[-1].rstrip().endswith(":") and _RESULT.search(last[-1]) is not None


def condition_in(above: Sequence[str], machine: str) -> Remark:
    """Where or under which condition a command was run, by the words just above it."""
    for line in reversed(above):
        if not _is_sentence(line):
            continue
        if _ELSEWHERE.search(line):
            return "elsewhere"
        lasting = _LASTING.search(line) is not None
        return "changed" if _CHANGED.search(line) and not lasting else ""
    return "elsewhere" if _PERSONAL.search(machine) else ""


def label_in(line: str) -> str:
    """What a heading such as ``Node 2:`` or ``Auf dem zweiten Server:`` calls the machine."""
    text = " ".join(line.split()).rstrip()
    if not text.endswith(":") or len(text.split()) > _MOST_IN_LABEL or mended(text):
        return ""
    if _ELSEWHERE.search(text) or not (_NODE.search(text) and _is_sentence(text)):
        return ""
    return text.rstrip(" :").lower()


def mended(line: str) -> bool:
    """Does the line say that what stands below it is how it is from now on?"""
    return _is_sentence(line) and _MENDED.search(line) is not None


def _is_sentence(line: str) -> bool:
    words = line.split()
    return 0 < len(words) <= _MOST_WORDS and not re.match(r"\s*[*<>{}\[\]|;+=]|\s*\w+://", line)
