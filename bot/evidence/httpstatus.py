"""What a status outside 2xx and 3xx means, from the portal, a filter or a proxy."""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

BLOCK_WORDS: Final = re.compile(
    (
        r"access (?:to (?:this|the) \S{1,30} )?(?:is |has been |was )?(?:denied"
        r"|blocked|restricted)|web ?page blocked|(?:site|page|url|website|request"
        r"|content|category) (?:is |has been |was )?(?:blocked|denied|forbidden"
        r"|restricted|not allowed)|blocked by|fortiguard|zscaler|forcepoint|websense"
        r"|netskope|umbrella|blue ?coat|policy violation|web ?filter"
        r"|internet usage policy|acceptable use|security policy|content filter"
        r"|contentgateway|sophos|palo ?alto|barracuda|zugriff (?:verweigert|gesperrt"
        r"|blockiert)|seite (?:gesperrt|blockiert)|acc.s (?:refus|interdit|bloqu)"
        r"|acceso (?:denegado|bloqueado)|p.gina bloqueada|accesso negato"
        r"|アクセスが?(?:拒否|ブロック|制限)|禁止访问|доступ (?:запрещ|заблок)"
        r"|categor(?:y|ie|.a)\b.{0,40}(?:block|deni|restrict)"
    ),
    re.IGNORECASE,
)
CAPTIVE_WORDS: Final = re.compile(
    (
        r"captive|hotspot|guest (?:wi-?fi|network|access|portal)|wi-?fi login|gaest|gaeste"
        r"|accept (?:the )?terms|network (?:login|authentication)"
        r"|authentication required to access|login to (?:the )?network|generate_204"
        r"|please (?:log ?in|sign in|authenticate) to (?:access|use"
        r"|the) (?:the )?(?:internet|network)|portal/login|fgtauth|wlan|coova|unifi.*guest"
        r"|nac\b.*(?:portal|login)|anmeldung am netz"
    ),
    re.IGNORECASE,
)
_SQUID = re.compile(r"x-squid-error: ?(\w+)|\b(ERR_[A-Z_]{4,40})\b", re.IGNORECASE)
_PROXY_MADE: Final = re.compile(
    r"squid|x-squid|proxy-authenticate|bluecoat|mwg|zscaler|via: \S+ [\w.-]*proxy", re.IGNORECASE
)
_GATEWAY: Final = frozenset({502, 503, 504})

_PLAIN: Final[Mapping[int, str]] = MappingProxyType(
    {
        401: "http_unexpected_status",
        403: "http_forbidden",
        407: "proxy_auth_required",
        429: "http_rate_limited",
        451: "http_block_page",
        511: "http_captive_portal",
    }
)


def proxy_status(status: int) -> str:
    """What a proxy's answer to CONNECT means."""
    if status == 407:  # noqa: PLR2004 - HTTP
        return "proxy_auth_required"
    return "proxy_upstream_failed" if status >= 500 else "proxy_forbidden"  # noqa: PLR2004 - HTTP


def status_cause(status: int, text: str = "") -> str:
    """The cause behind a status that is neither success nor redirect."""
    squid = squid_code(text)
    if squid and status != 407:  # noqa: PLR2004 - HTTP
        return squid_cause(squid)
    if status in {403, 451, 200} and BLOCK_WORDS.search(page_of(text)):
        return "http_block_page"
    if status in _GATEWAY and "bad gateway" in text.lower() and _PROXY_MADE.search(text):
        return "proxy_upstream_failed"
    if status in _PLAIN:
        return _PLAIN[status]
    return "http_server_error" if status >= 500 else "http_unexpected_status"  # noqa: PLR2004 - HTTP


def page_of(text: str) -> str:
    """The page and telling headers, without the words of curl itself."""
    return "\n".join(line for line in text.split("\n") if not line.lstrip().startswith("*"))


def squid_code(text: str) -> str:
    """The error code that squid puts into its header and its page, or an empty string."""
    found = _SQUID.search(text)
    return (found[1] or found[2]).upper() if found else ""


def squid_cause(code: str) -> str:
    """What squid's error code means."""
    if "CACHE_ACCESS_DENIED" in code:
        return "proxy_auth_required"
    return "proxy_forbidden" if "DENIED" in code else "proxy_upstream_failed"
