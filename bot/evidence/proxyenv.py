"""Which proxy, and which exceptions from it, does an environment name?"""

import re

from bot.evidence.curlerror import proxy_address
from bot.evidence.observation import Observation
from bot.evidence.piece import Piece

_PROXY = re.compile(
    r"\b(?P<name>https?_proxy|all_proxy)[\"']?\s?(?:=>?|:)\s?[\"']?(?P<url>[^\s\"',}]{3,300})",
    re.IGNORECASE,
)
_NO_PROXY = re.compile(
    r"\bno_proxy[\"']?\s?(?:=>?|:)\s?[\"']?(?P<hosts>[^\s\"'}]{1,2000})", re.IGNORECASE
)
_BYPASSED = re.compile(
    r"(?:^|[,\s])(?:\*|\*?\.?(?:customers\.)?(?:gitlab|example_company)\.com)(?:$|[,:\s])",
    re.IGNORECASE,
)
_ASKED = re.compile(
    r"\b(?:env|printenv|set|export|declare)\b.*prox|/etc/environment|\.d/.*prox", re.IGNORECASE
)


def read_env(piece: Piece) -> tuple[Observation, ...]:
    """A proxy that is set is a question, not yet a fault."""
    proxy = piece.find(_PROXY)
    exceptions = piece.find(_NO_PROXY)
    if proxy is None:
        if not piece.text.strip() and _ASKED.search(piece.command):
            return (piece.see("no_proxy_configured", "ok"),)
        return (piece.see("no_proxy_configured", "ok", match=exceptions),) if exceptions else ()
    address = proxy_address(proxy["url"])
    listed = exceptions["hosts"] if exceptions else ""
    if _BYPASSED.search(listed):
        return (
            piece.see(
                "no_proxy_bypass", "ok", match=exceptions, proxy_host=address, no_proxy=listed
            ),
        )
    return (
        piece.see(
            "proxy_configured", "warn", match=proxy, proxy_host=address, no_proxy=listed or None
        ),
    )
