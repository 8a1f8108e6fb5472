"""What the check script saw of the proxy that the application would use."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final
from urllib.parse import urlsplit

from bot.evidence.checkscript_block import Block, Record
from bot.evidence.checkscript_http import Way, requests, see_answers
from bot.evidence.checkscript_names import Saw
from bot.evidence.checkscript_tls import told_by_curl, told_by_openssl
from bot.evidence.httpstatus import proxy_status
from bot.evidence.issuers import issuer_kind
from bot.evidence.noproxy import is_excepted
from bot.evidence.observation import Fact, Observation, Verdict

_NO_PROXY_NAME: Final = 5
_NO_HOST: Final = 6
_NO_CONNECTION: Final = 7
_TIMEOUT: Final = 28
#: A certificate that is not accepted came through the tunnel.
_BEHIND: Final = frozenset({51, 60})
_TOLD: Final = re.compile(r"response (\d{3})|HTTP code (\d{3}) from proxy")


def see_proxy(block: Block, host: str, port: int, saw: Saw) -> Iterator[Observation]:
    """Say which proxy is used, how it answers, and what the portal says through it."""
    settings = _settings(block)
    url = settings.get("https_proxy", "")
    exceptions = settings.get("no_proxy", "")
    if not url or is_excepted(host, port, exceptions):
        cause = "no_proxy_bypass" if url else "no_proxy_configured"
        yield saw("proxy", host, cause, "ok", f"no_proxy={exceptions}" if url else "")
        return
    name = _name_of(url)
    records = [record for record in requests(block) if record.get("way") == "proxy"]
    # Without curl the tunnel is asked for by itself; a request says less about it.
    tunnels = (*block.named("tunnel"), *(one for one in records if not _says_nothing(one)))
    if not tunnels:
        facts = {"proxy_host": name, "no_proxy": exceptions or None}
        yield saw("proxy", name, "proxy_configured", "warn", f"https_proxy={name}", facts)
        return
    tunnel = _see_tunnel(name, tunnels, exceptions, saw)
    yield tunnel
    if tunnel.verdict == "ok":
        shakes = [record for record in block.named("tls") if record.get("how") == "proxy"]
        yield from _see_behind(Way(host, port, "proxy", name), records, shakes, saw)


def _says_nothing(record: Record) -> bool:
    """Openssl's requests say how they ended only when they were answered."""
    return record.get("by") == "openssl" and not record.get("code")


def _settings(block: Block) -> Mapping[str, str]:
    """The application's own variables where they could be read, else the shell's; Ruby's order."""
    own = [record for record in block.named("env") if record.get("of")]
    used = own if block.named("prodenv") else block.named("env")
    by_name = {record.get("name"): record.get("val") for record in used}
    return {
        name: by_name.get(name) or by_name.get(name.upper(), "")
        for name in ("https_proxy", "no_proxy")
    }


def _name_of(url: str) -> str:
    try:
        parts = urlsplit(url if "://" in url else f"http://{url}")
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:
        return "unreadable"
    return f"{parts.hostname or 'unreadable'}:{port}"


def _see_tunnel(name: str, records: Sequence[Record], exceptions: str, saw: Saw) -> Observation:
    causes = [_cause_of(record) for record in records]
    opened = [record for record, cause in zip(records, causes, strict=True) if cause == "proxy_ok"]
    decisive = opened[0] if opened else records[0]
    cause = "proxy_ok" if opened else causes[0]
    verdict: Verdict = "ok" if opened else "fail"
    facts: dict[str, Fact | None] = {
        "proxy": name, "proxy_host": name, "path": "proxy", "no_proxy": exceptions or None,
        "http_status": _status(decisive) or None if not opened else None,
    }  # fmt: skip
    detail = decisive.get("why") or decisive.get("said") or f"{name} opened a tunnel"
    return saw("proxy", name, cause, verdict, detail, facts)


def _status(record: Record) -> int:
    told = _TOLD.search(record.get("said"))
    return record.whole("conn") or (int(told[1] or told[2]) if told else 0)


def _cause_of(record: Record) -> str:
    status, code, said = _status(record), record.whole("rc"), record.get("said").lower()
    if 200 <= status < 300 or record.get("code"):  # noqa: PLR2004 - HTTP
        return "proxy_ok"
    if code in _BEHIND and not status:
        return "proxy_ok"
    if status:
        return proxy_status(status)
    if code in (_NO_PROXY_NAME, _NO_HOST) or "resolv" in said:
        return "proxy_unresolvable"
    if record.get("alive") == "no":
        return "proxy_unreachable"
    if code == _TIMEOUT and (record.get("up") or record.number("tc")):
        return "proxy_upstream_failed"
    if code in (_NO_CONNECTION, _TIMEOUT):
        return "proxy_unreachable"
    return "proxy_forbidden" if record.get("up") else "proxy_unreachable"


def _see_behind(
    way: Way, records: Sequence[Record], shakes: Sequence[Record], saw: Saw
) -> Iterator[Observation]:
    cause, detail = _told_behind(records, shakes)
    if not cause:
        return
    told = (record.get("iss") for record in (*shakes, *records))
    issuer = next((name for name in told if name), "")
    inspected, works = issuer_kind(issuer) == "inspection", cause == "tls_ok"
    verdict: Verdict = "ok" if works else "fail"
    shown = ("tls_inspection", "warn") if works and inspected else (cause, verdict)
    facts: dict[str, Fact | None] = {
        "path": "proxy", "proxy_host": way.address, "ip": way.address, "issuer": issuer or None,
    }  # fmt: skip
    yield saw("tls", f"via proxy {way.address}", *shown, detail, facts)
    if works:
        for look in see_answers(replace(way, inspected=inspected), records, saw):
            yield replace(look, facts={**look.facts, "path": "proxy"})


def _told_behind(records: Sequence[Record], shakes: Sequence[Record]) -> tuple[str, str]:
    """How the handshake with the portal went; nothing where only the tunnel was tried."""
    for shake in shakes:
        cause, detail = told_by_openssl(shake)
        if cause:
            return cause, detail
    verified = [record for record in records if record.get("by") != "openssl"]
    works = any(record.number("ta") or record.get("code") for record in verified)
    return told_by_curl(verified, works=works) if verified else ("", "")
