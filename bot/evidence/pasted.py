"""Turns whatever a customer pasted into observations: one reader per tool, each gets its piece."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from types import MappingProxyType
from typing import Final

from bot.evidence.aimed import aimed, aimed_in_order
from bot.evidence.applog import read_log
from bot.evidence.checkscript import read_check_script, take_blocks
from bot.evidence.clock import read_clock
from bot.evidence.curl import read_curl
from bot.evidence.dated import dated_pieces, since_then
from bot.evidence.devtcp import read_devtcp
from bot.evidence.dig import read_dig
from bot.evidence.doubts import doubts_in
from bot.evidence.foreign import near_the_portal
from bot.evidence.gatelog import read_gatelog
from bot.evidence.generic import read_generic
from bot.evidence.getent import read_getent
from bot.evidence.git import read_git
from bot.evidence.graphql import read_graphql
from bot.evidence.headline import headline
from bot.evidence.health import read_health
from bot.evidence.hints import read_hints
from bot.evidence.host import read_host
from bot.evidence.hostsfile import read_hosts
from bot.evidence.manuals import without_manuals
from bot.evidence.netcat import read_nc
from bot.evidence.nmap import read_nmap
from bot.evidence.normalise import Line, Lines, normalise
from bot.evidence.nslookup import read_nslookup
from bot.evidence.observation import Observation
from bot.evidence.openssl import read_openssl
from bot.evidence.overrides import with_overrides
from bot.evidence.packets import read_packets, read_sockets
from bot.evidence.piece import Piece
from bot.evidence.ping import read_ping
from bot.evidence.portping import read_portping
from bot.evidence.powershell import mentions_windows, read_powershell
from bot.evidence.product import ProductString, read_product
from bot.evidence.prompts import LISTING, TOOLS
from bot.evidence.proxyenv import read_env
from bot.evidence.rake import read_ctl, read_rake
from bot.evidence.redact_looks import redacted
from bot.evidence.resolvconf import read_resolvconf
from bot.evidence.resolvectl import read_resolvectl
from bot.evidence.ruby import read_ruby
from bot.evidence.segments import pieces
from bot.evidence.shell import MISSING, read_shell
from bot.evidence.smudged import read_smudged
from bot.evidence.telnet import read_telnet
from bot.evidence.tlsscan import read_tlsscan
from bot.evidence.traceroute import read_traceroute
from bot.evidence.wget import read_wget
from bot.evidence.wrongaddress import about_the_portal, at_wrong_address

__all__ = ["headline", "read_as", "read_pasted"]

Reader = Callable[[Piece], tuple[Observation, ...]]
_Part = tuple[Piece, tuple[Observation, ...]]

#: Adding a reader = one file and one line here.
READERS: Final[Mapping[str, Reader]] = MappingProxyType(
    {
        "clock": read_clock,
        "ctl": read_ctl,
        "curl": read_curl,
        "devtcp": read_devtcp,
        "dig": read_dig,
        "env": read_env,
        "getent": read_getent,
        "git": read_git,
        "graphql": read_graphql,
        "host": read_host,
        "hosts": read_hosts,
        "html": read_curl,
        "http": read_curl,
        LISTING: lambda _: (),
        "log": read_log,
        "nc": read_nc,
        "nmap": read_nmap,
        "nslookup": read_nslookup,
        "openssl": read_openssl,
        "ping": read_ping,
        "powershell": read_powershell,
        "rake": read_rake,
        "resolvconf": read_resolvconf,
        "resolvectl": read_resolvectl,
        "ruby": read_ruby,
        "shell": read_shell,
        "telnet": read_telnet,
        "traceroute": read_traceroute,
        "wget": read_wget,
        "tlsscan": read_tlsscan,
        "sockets": read_sockets,
        "portping": read_portping,
        "packets": read_packets,
        "health": read_health,
        "gatelog": read_gatelog,
    }
)
#: Readers that find their own words in text without a known command.
_BY_CONTENT: Final[tuple[tuple[str, Reader], ...]] = (
    ("git", read_git),
    ("graphql", read_graphql),
    ("ruby", read_ruby),
    ("env", read_env),
    ("curl", read_curl),
    ("generic", read_generic),
    ("powershell", read_powershell),
    ("shell", read_shell),
    ("text", read_hints),
)
_MUTATION = re.compile(r"gitlabSubscriptionActivate", re.IGNORECASE)
_INSTANCE_API = re.compile(r"/api/graphql|/-/graphql|/api/v4/", re.IGNORECASE)
_TRACED: Final = frozenset({"ruby", "log", "gatelog"})
_FEW_LINES: Final = 2
_INSTANCE_HEALTH = re.compile(r"/-/(?:readiness|liveness|health)\b", re.IGNORECASE)
#: A command this long may have swallowed its output when line ends were lost.
_LONG_COMMAND: Final = 60
#: What people call a source, beside the commands themselves.
_NAMES: Final = {"rails_console": "ruby", "graphql": "graphql", "log": "log", "sidekiq": "log"}
_NOTHING = frozenset({"unclear", "irrelevant", "truncated"})


def read_pasted(
    text: str,
    vantage: str = "customer:paste",
    strings: Iterable[ProductString] = (),
    today: date | None = None,
) -> tuple[Observation, ...]:
    """Every observation in the text, in its order; nothing recognisable gives an empty tuple.

    `today` is the day of the message, for a certificate's dates in a text that tells no time.
    """
    known = tuple(strings)
    text, blocks = take_blocks(text)
    looks = [look for block in blocks for look in read_check_script(block)]
    cut = tuple(aimed_in_order(dated_pieces(without_manuals(normalise(text)), vantage, today)))
    parts = near_the_portal((piece, _read(piece, known)) for piece in cut)
    seen = with_overrides((*looks, *_evidence(parts)))
    found = headline(seen)
    if found is not None and found.layer == "ok":
        doubted = (*_evidence(parts, doubting=True), *since_then(found, cut))
        seen = with_overrides((*looks, *doubted))
    return tuple(redacted(observation) for observation in seen)


def _evidence(parts: Iterable[_Part], *, doubting: bool = False) -> Iterator[Observation]:
    """What the pieces show, each with its doubts: those are of use only beside good news."""
    for piece, read in parts:
        yield from (one for one in read if not _is_no_evidence(piece, one))
        if doubting:
            yield from doubts_in(piece, read)


def read_as(text: str, tool: str, vantage: str = "customer:paste") -> tuple[Observation, ...]:
    """The whole text as the output of the tool that somebody says it is; only bad news counts."""
    name = _NAMES.get(tool.lower()) or TOOLS.get(tool.lower(), "")
    reader = READERS.get(name)
    lines = normalise(text)
    if reader is None or any(piece.tool in READERS for piece in pieces(lines, vantage)):
        return ()  # what was read of a tool that the text itself names stands
    piece = aimed(Piece(lines, name, vantage=vantage))
    seen = (about_the_portal(piece, one) for one in reader(piece))
    return tuple(redacted(one) for one in seen if one.verdict in {"fail", "warn"})


def _is_no_evidence(piece: Piece, seen: Observation) -> bool:
    """What somebody wrote down as the answer to hope for, or mere words."""
    if piece.facts.get("remark") == "example" and seen.verdict != "fail":
        return True
    return _is_noise(piece, seen)


def _is_noise(piece: Piece, seen: Observation) -> bool:
    """A sentence that merely begins like a tool's output, such as "Ping: works"."""
    if piece.command or seen.verdict != "unknown" or seen.cause not in {"unclear", "truncated"}:
        return False
    return sum(bool(line.text.strip()) for line in piece.out.lines) <= _FEW_LINES


def _read(piece: Piece, strings: tuple[ProductString, ...]) -> tuple[Observation, ...]:
    if _is_missing_tool(piece):
        return read_shell(piece)
    product = tuple(replace(s, probe="product") for s in read_product(piece, strings))
    seen = _by_tool(piece, has_product=bool(product))
    if not product and all(one.cause in _NOTHING and one.verdict == "unknown" for one in seen):
        seen = _in_other_words(piece) or seen
    seen = tuple(about_the_portal(piece, one) for one in seen)
    return product + tuple(at_wrong_address(piece, one) for one in seen)


def _in_other_words(piece: Piece) -> tuple[Observation, ...]:
    """Python's tracebacks begin as Ruby's do, and a screenshot's letters are mixed up."""
    traced = read_generic(piece.named("generic")) if piece.tool in _TRACED else ()
    found = traced or read_smudged(piece.named(piece.tool or "text"))
    return found if found or piece.tool in READERS else read_hints(piece)


def _is_missing_tool(piece: Piece) -> bool:
    return len(piece.flat) < 400 and MISSING.search(piece.text) is not None  # noqa: PLR2004 - a shell's sentence


def _by_tool(piece: Piece, *, has_product: bool) -> tuple[Observation, ...]:
    """The tool's reader; without a tool, the first reader that finds its own words."""
    special = _swallowed(piece) or _from_instance(piece) or _activation(piece)
    if special:
        return special
    reader = READERS.get(piece.tool)
    if reader is not None:
        return reader(piece)
    if has_product or not piece.text.strip():
        return ()
    return _by_content(piece)


def _swallowed(piece: Piece) -> tuple[Observation, ...]:
    """Command and output on one line, because the line ends were lost."""
    if len(piece.command) <= _LONG_COMMAND or piece.text.strip():
        return ()
    output = Lines((Line(piece.command, piece.command),))
    said = _by_tool(replace(piece, out=output, command=""), has_product=False)
    telling = any(one.verdict == "fail" or one.cause == "tcp_ok" for one in said)
    return said if telling else ()


def _from_instance(piece: Piece) -> tuple[Observation, ...]:
    """Curl to the customer's own API: its JSON is an answer of the product."""
    if piece.tool in {"curl", "wget"} and _INSTANCE_HEALTH.search(piece.command):
        return read_health(piece.named("health"))
    if piece.tool != "curl" or not _INSTANCE_API.search(piece.command):
        return ()
    return tuple(s for s in read_graphql(piece.named("graphql")) if s.cause not in _NOTHING)


def _activation(piece: Piece) -> tuple[Observation, ...]:
    """The instance's answer, pasted right below another command's output."""
    if piece.tool not in {"curl", "http", "wget", "nc"} or not _MUTATION.search(piece.text):
        return ()
    answered = tuple(
        s
        for s in read_graphql(piece.named("graphql"))
        if s.cause not in _NOTHING or s.verdict == "fail"
    )
    return answered + READERS[piece.tool](piece) if answered else ()


def _by_content(piece: Piece) -> tuple[Observation, ...]:
    for tool, read in _BY_CONTENT:
        if tool == "powershell" and not mentions_windows(piece):
            continue
        seen = read(piece.named(tool))
        telling = tuple(s for s in seen if s.cause not in _NOTHING or s.verdict == "fail")
        if telling:
            return telling
    return ()
