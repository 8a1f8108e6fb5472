"""Is this answer the portal's own, or the page of somebody who stands in between?"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import SplitResult, urljoin, urlsplit

_BLOCKED: Final = re.compile(
    r"(web ?)?(page|site|website|url|request|content|access) (is|was|has been|have been)? ?"
    r"(blocked|restricted|denied by|forbidden by|not permitted|not allowed)|"
    r"blocked by|you have been blocked|blocked page|your organi[sz]ation|company.{0,20} policy|"
    r"(internet|security|usage|access|web|corporate) policy|acceptable use|"
    r"policy (blocks|violation|prohibits|denies)|category\s*[:=]|"
    r"(url|web|content|dns) ?filter|network administrator|system administrator|it department|"
    r"(service|help) ?desk|security appliance|web gateway|zscaler|fortiguard|fortinet|websense|"
    r"forcepoint|netskope|blue ?coat|umbrella|palo ?alto|sophos|barracuda|mcafee|threat",
    re.IGNORECASE,
)
_CAPTIVE: Final = re.compile(
    r"captive|hot ?spot|wi-?fi|wlan|guest (network|access|portal|user)|network (login|access)|"
    r"log ?in to (the |this |our )?network|accept (the |our )?terms|terms (of use|and conditions)|"
    r"walled.?garden|wispr|clearpass|nomadix|connect to the internet",
    re.IGNORECASE,
)
_BLOCKING_ADDRESS: Final = re.compile(
    r"block|den(y|ied)|filter|policy|categor|forbid|restrict|warning|quarantine", re.IGNORECASE
)
_FILTER_HEADER: Final = re.compile(
    r"filter|squid|bluecoat|proxysg|zscaler|fortigate|fortiweb|websense|netskope|mwg|"
    r"sophos|barracuda|webgateway|web gateway|ironport|x-block", re.IGNORECASE,
)  # fmt: skip
#: A proxy in between that could not get any further (Squid's own words).
_STUCK: Final = re.compile(r"ERR_(CONNECT|DNS|READ|CANNOT_FORWARD|ZERO_SIZE|LIFETIME)")
_SENT_ON: Final = re.compile(r"http-equiv\s*=\s*[\"']?refresh", re.IGNORECASE)
#: What only the portal and its own edge put into a header.
_OWN_HEADERS: Final = ("cf-ray", "cf-mitigated", "x-request-id", "x-runtime")


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer as far as it was read."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    """Names in lower case; the last of equal ones."""
    body: str = ""

    @property
    def is_json(self) -> bool:
        """Does the body parse as a JSON object?"""
        return self.document is not None

    @property
    def document(self) -> Mapping[str, object] | None:
        """The JSON object in the body, None when there is none."""
        try:
            found = json.loads(self.body)
        except (ValueError, RecursionError):
            return None
        return found if isinstance(found, dict) else None


def name_answer(answer: Answer, url: str, *, inspected: bool) -> str:
    """Return the cause that an unexpected answer stands for.

    `inspected`: the certificate was an inspecting proxy's, so the answer may be its own.
    """
    status = answer.status
    if status in (301, 302, 303, 307, 308):
        return name_redirect(url, answer.headers.get("location", ""))
    if status == 407:  # noqa: PLR2004  an interposed proxy asks for credentials
        return "proxy_auth_required"
    if status == 511:  # noqa: PLR2004  RFC 6585: network authentication required
        return "http_captive_portal"
    if status >= 500 and _STUCK.search(answer.headers.get("x-squid-error", "")):  # noqa: PLR2004  RFC 9110
        return "http_server_error"
    if status == 451 or _is_filter_page(answer, inspected=inspected):  # noqa: PLR2004  RFC 7725
        return "http_captive_portal" if _is_captive(answer) else "http_block_page"
    if status == 429:  # noqa: PLR2004  RFC 6585
        return "http_rate_limited"
    if status >= 500:  # noqa: PLR2004  RFC 9110
        return "http_server_error"
    return "http_forbidden" if status in (401, 403, 405) else "http_unexpected_status"


def name_redirect(url: str, location: str) -> str:
    """Return the cause of a redirect that was not expected: where does it lead?"""
    here, there = urlsplit(url), urlsplit(urljoin(url, location))
    if not location:
        return "http_unexpected_status"
    address = f"{there.hostname}{there.path}?{there.query.partition('url=')[0]}"
    if there.hostname == here.hostname:
        # From https down to http, which only leads back up, is a circle as well.
        comes_back = there.scheme in (here.scheme, "http")
        same = (there.path or "/") == (here.path or "/") and comes_back
        return "http_redirect_loop" if same else "http_unexpected_status"
    if _BLOCKING_ADDRESS.search(address):
        return "http_block_page"
    return "http_unexpected_status" if _are_sisters(here, there) else "http_captive_portal"


def _are_sisters(here: SplitResult, there: SplitResult) -> bool:
    """Do both hosts belong to one domain? Then nobody else stands in between."""
    hosts = ((url.hostname or "").split(".") for url in (here, there))
    ours, theirs = (labels[-2:] for labels in hosts)
    return ours == theirs


def name_graphql_answer(answer: Answer, url: str, *, inspected: bool) -> str:
    """Return ``http_ok_redirect_signin`` for an answer of the API, whatever it says, else why not.

    Any JSON object proves the path, unless it is a filter's or says that the server is down.
    """
    document = answer.document
    if document is None:
        cause = name_answer(answer, url, inspected=inspected)
        if cause == "http_unexpected_status" and answer.status == 200 and inspected:  # noqa: PLR2004
            return "http_block_page"
        return cause
    if "data" in document or "errors" in document:
        good = answer.status < 500 and answer.status != 429  # noqa: PLR2004  RFC 9110, 6585
        return "http_ok_redirect_signin" if good else name_answer(answer, url, inspected=inspected)
    if answer.status in (400, 401, 404, 406, 415, 422) and not _is_filter_page(
        answer, inspected=False
    ):
        return "http_ok_redirect_signin"
    return name_answer(answer, url, inspected=inspected)


def _is_filter_page(answer: Answer, *, inspected: bool) -> bool:
    if any(name in answer.headers for name in _OWN_HEADERS) and not inspected:
        return False
    marks = " ".join(
        f"{name}: {value}"
        for name, value in answer.headers.items()
        if name in ("server", "via") or name.startswith("x-")
    )
    if _FILTER_HEADER.search(marks):
        return True
    text = re.sub(r"<[^>]*>", " ", answer.body) + " " + answer.headers.get("www-authenticate", "")
    if _BLOCKED.search(text) or _is_captive(answer):
        return True
    return inspected and answer.status in (200, 403)


def _is_captive(answer: Answer) -> bool:
    body = answer.body
    return bool(_CAPTIVE.search(body) or (_SENT_ON.search(body) and not _BLOCKED.search(body)))
