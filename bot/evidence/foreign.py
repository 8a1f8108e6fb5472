"""Was a look aimed at a host that is neither the portal nor on the way to it? Nothing follows."""

import re
from collections.abc import Iterable, Iterator
from typing import Final

from bot.evidence.observation import Observation
from bot.evidence.piece import Piece
from bot.evidence.portal import PORTAL, is_control, is_mistyped, is_other_of_vendor

Part = tuple[Piece, tuple[Observation, ...]]

#: What the tools say they were aimed at, when their command was not pasted.
_AIMED_AT: Final = tuple(
    re.compile(pattern, re.IGNORECASE | re.MULTILINE)
    for pattern in (
        r"^traceroute6? to (?P<host>[\w.-]+)",
        (r"(?:tracing route to|routenverfolgung zu|itin.raire vers|traza a(?: la direcci.n)?"
         r"|rastreando a? ?rota para) (?P<host>[\w.-]+) \["),
        r"^HOST: .{0,200}\n.{0,400}\((?P<host>[\w.-]+)\)$",
        r"nc: (?:connect to|getaddrinfo for host \"?) ?(?P<host>[\w.-]+)",
        r"connection to (?P<host>[\w.-]+) (?:\([\d.a-f:]+\) )?\d+ port",
        r"^(?P<host>[\w-]+(?:\.[\w-]+)+) \[[\d.a-f:]+\] \d+ \(",
        r"^-{3} (?P<host>[\w.-]+) ping",
        r"^PING (?P<host>[\w.-]+) ?\(",
        r"^pinging (?P<host>[\w.-]+) \[",
        r"^ping6?: (?:unknown host |cannot resolve )?(?P<host>[\w-]+(?:\.[\w-]+)*): ",
        r"^--\d{4}-[\d-]+ [\d:]+--\s+https?://(?P<host>[\w.-]+)",
        r"could not resolve host: (?P<host>[\w.-]+)",
        r"failed to connect to (?P<host>[\w.-]+) (?:\([\d.a-f:]+\) )?port \d+",
        r"^\* +connected to (?P<host>[\w.-]+) \(",
        r"matches target host ?name '(?P<host>[\w.-]+)'",
        r"^;(?P<host>[\w-]+(?:\.[\w-]+)+)\.\s+IN\s",
        r"^host (?P<host>[\w.-]+) not found: ",
        r"can'?t find (?P<host>[\w.-]+): ",
        r"^(?P<host>[\w.-]+) (?:has (?:ipv6 )?address|is an alias for) ",
        r"^name:\s+(?P<host>[\w.-]+)$",
        r"nmap scan report for (?P<host>[\w.-]+)",
        r"^telnet: (?:could not resolve )?(?P<host>[\w.-]+)[:/]",
        r"^computername +: (?P<host>[\w.-]+)",
        r"tcp connect to \(?(?P<host>[\w.-]+)[: ]",
        r"ssh: connect to host (?P<host>[\w.-]+)",
    )
)  # fmt: skip
_PORT: Final = re.compile(
    r"\bport \[?(?P<port>\d{1,5})\b|(?<=\w)[: ](?P<bare>\d{1,5})(?=$|[ /)]|\.\.\.)"
    r"|RemotePort +: (?P<remote>\d+)",
    re.IGNORECASE,
)
#: Mail, directory, databases, version control by ssh, registries, metrics.
_OTHER_SERVICES: Final = re.compile(
    r"2[25]|110|143|389|465|587|636|993|995|1433|1521|2049|22\d\d|2305|326[89]|3306|3389|445|50[05]0"
    r"|5432|5672|6379|6432|8075|8150|9090|9100|9200|9236|9300|11211|26379|27017"
)
#: What a way to the portal leads through, by its name or as the text calls it.
_ON_THE_WAY: Final = re.compile(
    r"prox(?:y|ies)|squid|gateway|wsg|swg|zscaler|bluecoat|firewall|router|resolver|nameserver|\bdns\b"
    r"|egress|name server|прокси|プロキシ",
    re.IGNORECASE,
)
_WAY_NAMES: Final = re.compile(
    r"prox(?:y|ies)|squid|gateway|wsg|swg|zscaler|bluecoat|^(?:fw|gw|ns|dns|router|resolver|egress)[\d.-]",
    re.IGNORECASE,
)
_NAME: Final = re.compile(r"(?<![\w@.-])[\w-]+(?:\.[\w-]+)+(?![\w.-])")
_PROXY_PORTS: Final = frozenset({"53", "853", "1080", "3128", "8080", "8118", "8888", "9400"})
#: The servers that were asked are on the way, whatever name they were asked about.
_OF_THE_RESOLVER: Final = frozenset(
    {"dns_timeout", "dns_refused", "dns_hosts_override", "dns_resolver_unreachable"}
)
_OWN_PATH: Final = frozenset(
    {"ruby", "log", "rake", "graphql", "product", "env", "hosts", "health"}
)
#: Of no other name these are a fault.
_OF_THE_PORTAL: Final = frozenset({"dns_private_answer", "dns_sinkhole"})
_NOT_OF_A_HOST: Final = frozenset({"proxy", "app", "unknown"})
#: Programs that speak to a database or a cache of the instance, and not the console.
_OTHER_PROGRAM: Final = re.compile(
    r"^\W{0,3}(?:psql|pg_?\w+|\w+-psql|createdb|dropdb|createuser|vacuumdb|reindexdb|initdb|pgbouncer"
    r"|patroni\w*|repmgr|redis-cli|mysql\w*|rsync|ssh|scp|gitaly\w*|praefect\w*|barman\w*"
    r"|(?:gitlab|example_company)-(?:backup|ctl))(?:\[\d+\])?: ",
    re.IGNORECASE | re.MULTILINE,
)


def near_the_portal(parts: Iterable[Part]) -> list[Part]:
    """The parts, in which looks at foreign hosts have become irrelevant."""
    known = list(parts)
    way = frozenset(_named_on_the_way(piece for piece, _ in known))
    return [(piece, tuple(_judged(piece, one, way) for one in seen)) for piece, seen in known]


def _judged(piece: Piece, seen: Observation, way: frozenset[str]) -> Observation:
    if seen.cause == "console_unavailable" and _OTHER_PROGRAM.search(piece.text):
        return _irrelevant(piece, seen)
    if seen.layer in _NOT_OF_A_HOST or seen.probe in _OWN_PATH:
        return seen
    if (
        seen.verdict == "unknown"
        or seen.cause in _OF_THE_RESOLVER
        or seen.cause == "wrong_hostname"
    ):
        return seen
    if seen.facts.get("proxy_host") or PORTAL.search(piece.command) or PORTAL.search(piece.flat):
        return seen
    if seen.cause in _OF_THE_PORTAL and _host(piece, seen):
        return _irrelevant(piece, seen)
    return _irrelevant(piece, seen) if _is_foreign(piece, seen, way) else seen


def _irrelevant(piece: Piece, seen: Observation) -> Observation:
    host = str(seen.facts.get("host", "")) or None
    match = piece.where(seen.detail)
    return piece.see("irrelevant", "unknown", match=match, host=host, weighed=True)


def _is_foreign(piece: Piece, seen: Observation, way: frozenset[str]) -> bool:
    host = _host(piece, seen)
    port = _port(piece)
    if not host or host.lower() in way or _WAY_NAMES.search(host) or port in _PROXY_PORTS:
        return False
    if _is_address(host) or "." not in host:
        return port is not None and _OTHER_SERVICES.fullmatch(port) is not None
    if is_control(host) or is_mistyped(host) or is_other_of_vendor(host):
        return False
    return "customers" not in host and "sign_in" not in seen.detail


def _host(piece: Piece, seen: Observation) -> str:
    """The host that the command names, or that its output does."""
    told = str(piece.facts.get("host", ""))
    if told:
        return told.rstrip(".")
    found = (words.search(piece.text) for words in _AIMED_AT)
    host = next((match["host"] for match in found if match), "") or str(seen.facts.get("host", ""))
    return host.rstrip(".")


def _is_address(host: str) -> bool:
    return ":" in host or host.replace(".", "").isdigit()


def _port(piece: Piece) -> str | None:
    for text in (piece.command, piece.text[:2000]):
        found = _PORT.search(text)
        if found:
            return found["port"] or found["bare"] or found["remote"]
    return None


def _named_on_the_way(pieces: Iterable[Piece]) -> Iterator[str]:
    """The hosts of lines that speak of a proxy, a gateway or a resolver."""
    for piece in pieces:
        for text in (piece.command, *(line.text[:500] for line in piece.out.lines)):
            if _ON_THE_WAY.search(text):
                yield from (name.lower() for name in _NAME.findall(text))
