"""Why did curl fail? From its exit code, its words and what it connected to."""

import re
from typing import Final

from bot.evidence.addresses import is_v6
from bot.evidence.curlcodes import CODES, by_words
from bot.evidence.httpstatus import proxy_status, status_cause
from bot.evidence.portal import is_portal

_CONNECT_STATUS = re.compile(
    (
        r"(?:connect tunnel failed, response|received http code|proxy replied"
        r"|proxy connect aborted.{0,20}|http code|\"http_connect\":) ?(\d{3})"
    ),
    re.IGNORECASE,
)
_RETURNED = re.compile(r"returned error: ?(\d{3})", re.IGNORECASE)
_FAILED_TO = re.compile(
    (
        r"(?:failed to connect to|connect to|couldn't connect to"
        r"|could not connect to) (?P<host>[\w.:\[\]-]+?)(?: \([\d.a-f:]+\))? port"
        r" (?P<port>\d+)"
    ),
    re.IGNORECASE,
)
_EACH_ADDRESS = re.compile(
    r"connect to (?P<ip>[\d.a-f:]+) port \d+ (?:from \S+ port \d+ )?failed: (?P<why>[^*\n]{3,80})",
    re.IGNORECASE,
)
_PROXY_ENV = re.compile(r"proxy env variable (?!no_)\w+ == '?\"?(?P<url>[^'\"\s]+)", re.IGNORECASE)
_PROXY_OPTION = re.compile(
    r"(?:^|\s)(?:-[a-zA-Z]*x ?|--proxy[ =]|(?:https?|HTTPS?)_(?:proxy|PROXY)="
    r"|(?:all_proxy|ALL_PROXY)=)['\"]?(?P<url>[^\s'\"]+)"
)
_TUNNEL = re.compile(
    (
        r"establish(?:ed)? http (?:proxy )?tunnel|connect tunnel"
        r"|connect phase completed|uses proxy env variable (?:https?|all)_"
        r"|connection established|proxy replied|from proxy after connect"
        r"|proxy-connection|(?:connected|connection) to proxy|> connect \S+:\d+"
    ),
    re.IGNORECASE,
)
_AT_PROXY = re.compile(
    (
        r"connection established|connect phase completed|connected to \S+ \([^)]*\) port"
        r"|connect tunnel established"
    ),
    re.IGNORECASE,
)
_TLS_UP = re.compile(r"ssl connection using|server certificate:|finished \(20\)", re.IGNORECASE)
_PROXY_PORTS: Final = frozenset({3128, 3129, 8080, 8081, 8118, 8123, 8888, 8000, 9090, 1080, 9480})


def explain(code: int, text: str, command: str = "") -> str:
    """The cause id for a failed run."""
    connect = _CONNECT_STATUS.search(text)
    if connect and code in {56, 7, 22} and connect[1] not in {"000", "200"}:
        return proxy_status(int(connect[1]))
    returned = _RETURNED.search(text)
    if code == 22 and returned:  # noqa: PLR2004 - CURLE_HTTP_RETURNED_ERROR
        return status_cause(int(returned[1]), text)
    told = _why_ipv4(text) if code == 7 else text  # noqa: PLR2004 - CURLE_COULDNT_CONNECT
    cause = by_words(code, told, tls_up=_TLS_UP.search(text) is not None)
    cause = cause or CODES.get(code, "unclear")
    return _seen_from_proxy(cause, text, command)


def refused_by_proxy(text: str) -> str:
    """What the proxy's answer to CONNECT means, when verbose lines name its status."""
    connect = _CONNECT_STATUS.search(text)
    if connect is None or connect[1] in {"000", "200"}:
        return ""
    return proxy_status(int(connect[1]))


def told_status(text: str) -> int | None:
    """The HTTP status that curl's own message names."""
    told = _CONNECT_STATUS.search(text) or _RETURNED.search(text)
    return int(told[1]) if told and told[1] not in {"000", "200"} else None


def _why_ipv4(text: str) -> str:
    """The reasons given for IPv4 addresses, when there are any: IPv6 alone is no fault."""
    each = _EACH_ADDRESS.findall(text)
    over_v4 = [why for ip, why in each if not is_v6(ip)]
    return " ".join(over_v4) if over_v4 else text


def _seen_from_proxy(cause: str, text: str, command: str) -> str:
    """A connection that fails before the tunnel exists fails at the proxy."""
    if not is_proxied(text, command):
        return cause
    if cause.startswith(("tcp_", "host_", "no_route")) and not _AT_PROXY.search(text):
        return "proxy_unreachable"
    return cause


def is_proxied(text: str, command: str) -> bool:
    """Did this run go, or try to go, through a proxy?"""
    if _PROXY_OPTION.search(command) or _TUNNEL.search(text) or _PROXY_ENV.search(text):
        return True
    failed = _FAILED_TO.search(text)
    return failed is not None and _looks_like_proxy(failed["host"], int(failed["port"]))


def proxy_of(text: str, command: str) -> str | None:
    """``host:port`` of the proxy that was used, when it is named."""
    named = _PROXY_ENV.search(text) or _PROXY_OPTION.search(command)
    if named:
        return proxy_address(named["url"])
    failed = _FAILED_TO.search(text)
    if failed and _looks_like_proxy(failed["host"], int(failed["port"])):
        return f"{failed['host']}:{failed['port']}"
    return None


def proxy_address(url: str) -> str | None:
    """``host:port`` of the proxy in a URL, without its password."""
    match = re.match(r"(?:\w+://)?(?:[^@/\s]*@)?(\[[0-9a-f:]+\]|[\w.-]+)(?::(\d+))?", url)
    if match is None:
        return None
    return f"{match[1]}:{match[2]}" if match[2] else match[1]


def _looks_like_proxy(host: str, port: int) -> bool:
    return not is_portal(host) and port in _PROXY_PORTS
