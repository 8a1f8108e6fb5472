"""Could git reach the portal? It prints libcurl's words without the code."""

import re
from typing import Final

from bot.evidence.curlerror import explain, proxy_of, told_status
from bot.evidence.libcurl import code_of
from bot.evidence.observation import Observation
from bot.evidence.piece import Piece
from bot.evidence.portal import host_in

_NO_ACCESS: Final = re.compile(
    r"unable to access '(?P<url>[^'\s]{1,500})': (?P<words>.{3,400})", re.IGNORECASE
)
#: The portal is no git server; that it says so proves the way to it.
_ANSWERED: Final = re.compile(
    r"repository '(?P<url>[^'\s]{1,500})' not found|remote: not found", re.IGNORECASE
)


def read_git(piece: Piece) -> tuple[Observation, ...]:
    """``fatal: unable to access 'URL': …``; anything else that git says is no evidence."""
    failed = piece.find(_NO_ACCESS)
    if failed is None:
        answered = piece.find(_ANSWERED)
        return (piece.see("unclear", "unknown", match=answered),) if answered else ()
    code = code_of(failed["words"])
    cause = explain(code, failed["words"]) if code else "unclear"
    return (
        piece.see(
            cause,
            "unknown" if cause == "unclear" else "fail",
            match=failed,
            host=host_in(failed["url"]) or None,
            curl_exit=code,
            http_status=told_status(failed["words"]),
            proxy_host=proxy_of(failed["words"], ""),
        ),
    )
