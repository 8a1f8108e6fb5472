"""Which numbers, names and wishes does a ticket hold? Typed values, none taken by its looks."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

from bot.runbook.diagnosis import Extracted
from bot.runbook.extract_dates import find_ends
from bot.runbook.extract_network import (
    find_dns_servers,
    find_http_status,
    find_ips,
    find_issuers,
    find_proxies,
)
from bot.runbook.extract_version import find_versions, upgraded_to
from bot.runbook.passages import PASSAGE_LIMIT, Passage
from bot.runbook.ticket import Ticket

Finder = Callable[[Passage], Iterable[str]]

_LICENSE_WORD: Final = r"(?:licen[cs]e|lizenz|licence|licencia|ライセンス)"
_NUMBER_WORD: Final = r"(?:id|number|num|no\.?|nr\.?|n°|nummer|numéro|número|番号|#)"
_SEP: Final = (
    r"(?:\s(?:in|from|on|im|aus|dans|en)\s(?:the\s)?(?:customersdot|portal|customer portal|url))?"
    r"[\s:=#'\"(]*(?:is|ist|est|es|は|:)?[\s:=#'\"(]*"
)
_NOT_COUNTED: Final = (
    r"(?![\d.,]*\s*(?:users?|seats?|nutzer|benutzer|plätze|sitze|utilisateurs?|sièges?|usuarios?"
    r"|licencias|licenses|licences|名|人|ユーザー|days?|tage|jours|d[ií]as|%|eur|usd|€|\$))"
)
_LICENSE_ID: Final = (
    re.compile(r"/admin/licenses?/(\d{1,12})(?!\d)"),
    re.compile(
        rf"{_LICENSE_WORD}[\s-]?{_NUMBER_WORD}{_SEP}(\d{{3,12}})(?![\d-]|\.\d){_NOT_COUNTED}"
    ),
    re.compile(
        rf"(?:{_NUMBER_WORD}\s?(?:of|for|der|de|de la|del)?"
        r"\s?(?:(?:the|our|that|this|old|current|la|cloud|alten)[\s-]){0,3})"
        rf"{_LICENSE_WORD}"
        rf"{_SEP}(\d{{3,12}})(?![\d-]|\.\d){_NOT_COUNTED}"
    ),
    re.compile(
        r"(?:number|nummer|num[eé]ro|番号|\bid)"
        r"\s(?:in|from|at the end of|aus|im|in der|dans|de|en)\s"
        r"(?:[\w']+\s){0,3}(?:url|link|customersdot|admin page|address|adresse|enlace)"
        + _SEP
        + r"(\d{5,12})(?![\d-]|\.\d)"
    ),
    re.compile(
        rf"{_NUMBER_WORD}[^.\n\d]{{1,40}}(?:portal|customersdot)[^.\n\d]{{0,12}}?"
        r"\s(?:is|es|ist|est|は|:|=)\s*(\d{5,12})(?![\d-]|\.\d)"
    ),
    re.compile(r"\b(\d{5,12}) (?:is|was) (?:what|the (?:one|number)) (?:that )?the portal\b"),
    re.compile(rf"{_LICENSE_WORD}\s+(?:#\s?)?(\d{{6,12}})(?![\d-]|\.\d){_NOT_COUNTED}"),
    re.compile(
        rf"{_LICENSE_WORD}\s\(?(?:is\s)?(?:laut|per|as per|according to|selon|seg[uú]n|in|im)\s"
        r"(?:the\s|dem\s|le\s|el\s)?(?:portal|customersdot|cdot)\)?\s?[:=]?\s*(?:is\s)?(\d{5,12})(?![\d-]|\.\d)"
    ),
)
_CUSTOMER_ID: Final = (
    re.compile(r"/admin/customers?/(\d{1,12})(?!\d)"),
    re.compile(
        r"(?:customer|cust|kunden|client|cliente|顧客)\.?[\s-]?(?:id|number|no\.?|nr\.?|nummer|番号|#)"
        + _SEP
        + r"(\d{3,12})(?![\d-]|\.\d)"
    ),
    re.compile(
        rf"\b(?:customer|cust|kunde|client|cliente)\.? #?(\d{{5,12}})(?![\d-]|\.\d){_NOT_COUNTED}"
    ),
)
_SUBSCRIPTION: Final = re.compile(r"(?<![a-z0-9])a-?s\s?(\d{6,10})(?!\d)")
_PORTAL_URL: Final = re.compile(
    r"https?://customers\.[\w.-]+/(?:admin|customers|subscriptions)/[\w/.?=&%-]*[\w/]"
)
_PLAN: Final = re.compile(r"\b(premium|ultimate|starter|bronze|silver|gold)\b")
_EMAIL: Final = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){1,5}")
_SENDER: Final = re.compile(
    r"^[ \t>*]*(?:from|von|de|reply-to|差出人)\s?[:\uff1a][^\n]{0,120}",
    re.IGNORECASE | re.MULTILINE,
)
_OUR_MAIL: Final = re.compile(r"@(?:[\w-]+\.)*(?:example_company|gitlab|zendesk)\.com$")
_URL: Final = re.compile(r"https?://([a-z0-9_][\w.-]*\w)(:\d{2,5})?(/[^\s<>\"')\]]*)?")
_FOREIGN: Final = re.compile(
    r"(?:^|\.)(?:customers\.[\w-]+\.com|docs\.[\w-]+\.com|example_company\.com"
    r"|gitlab\.com|zendesk\.com"
    r"|okta\.com|curl\.se|ssllabs\.com|mozilla\.org|wikipedia\.org|google\.\w+|github\.com)$"
)
_INSTANCE_PATH: Final = re.compile(r"/-/graphql-explorer|/admin(?:/|$)|/api/graphql|/help\b")
_INSTANCE_HOST: Final = re.compile(
    r"^(?:[\w-]*git[\w-]*|code|scm|src|vcs|repos?|devops|example_company)\."
)
_CODE: Final = re.compile(r"(?<![\w/@.=-])(?=\w*\d)(?=\w*[a-z])[a-z0-9_]{24}(?![\w/@-]|\.\w)")
_CODE_NAMED: Final = re.compile(
    r"(?:activation[ _]?code|activationcode|aktivierungscode|code d'activation"
    r"|c[oó]digo de activaci[oó]n|アクティベーションコード)"
    r"['\"\s:=は]{1,8}(?:is |ist |est |es )?['\"]?"
    r"(?=[\w-]*\d)(?=[\w-]*[a-z])[\w-]{18,30}(?![\w-])"
)
_CODE_NEAR: Final = re.compile(r"code|c[oó]digo|コード|activat|aktivier")
_INSTALL: Final = (
    ("helm", re.compile(
        r"\bhelm\b|kubernetes|\bk8s\b|\beks\b|\bgke\b|\baks\b|kubectl"
        r"|cloud.native")),
    ("docker", re.compile(r"\bdocker\b|docker-compose|inside the container|im container")),
    ("package", re.compile(
        r"\bomnibus\b|apt(?:-get)? install|\byum\b|\bdnf\b|-ctl\b"
        r"|\.deb\b|\.rpm\b")),
)  # fmt: skip


def extract(ticket: Ticket, passages: Sequence[Passage], wish: str | None) -> Extracted:
    """Return every value that the ticket holds, by the keys of DESIGN 4.9."""
    newest_first = sorted(passages, key=lambda item: (-item.order, item.depth))
    found: dict[str, str | bool | tuple[str, ...]] = {}
    for key, finder in _FINDERS.items():
        values = list(_from_field(ticket, key))
        for passage in newest_first:
            values += finder(passage)
        if key == "email":
            values += _senders(ticket)
        if values := _distinct(values):
            found[key] = values[0] if len(values) == 1 else tuple(values)
    if upgraded := upgraded_to(newest_first):
        stale = ticket.fields.get("version", "").strip()
        current = [value for value in _as_tuple(found.get("version")) if value != stale]
        current = _distinct([upgraded, *current])
        found["version"] = current[0] if len(current) == 1 else tuple(current)
    servers = _as_tuple(found.get("dns_server"))
    if addresses := [ip for ip in _as_tuple(found.get("ip")) if ip not in servers]:
        found["ip"] = addresses[0] if len(addresses) == 1 else tuple(addresses)
    else:
        found.pop("ip", None)
    stated = wish or ticket.fields.get("should_be_on_cloud_licensing", "").lower()
    if stated in ("yes", "no"):
        found["should_be_on_cloud_licensing"] = stated
    found["activation_code_present"] = any(map(holds_activation_code, passages))
    return found | _circumstances(ticket, passages)


def _circumstances(ticket: Ticket, passages: Sequence[Passage]) -> dict[str, str]:
    """Return what else shapes the advice: the form's sub-type, the language, the install type."""
    found = {
        "sub_type": ticket.fields.get("sub_type", ""),
        "language": ticket.requester_locale.lower().partition("-")[0],
        "install": _install(passages) or "",
    }
    return {key: value for key, value in found.items() if value}


def values_of(extracted: Extracted, key: str) -> tuple[str, ...]:
    """Return the values of one key as text, best first."""
    return _as_tuple(extracted.get(key))


def _as_tuple(value: object) -> tuple[str, ...]:
    if isinstance(value, tuple):
        return tuple(str(item) for item in value)
    return (value,) if isinstance(value, str) and value else ()


def _from_field(ticket: Ticket, key: str) -> Iterable[str]:
    value = ticket.fields.get(key, "").strip()
    if value and value.lower() not in ("unknown", "-", "n/a", "none"):
        yield value
    if key in ("license_id", "customer_id"):
        url = ticket.fields.get("customersdot_url", "")
        patterns = _LICENSE_ID[:1] if key == "license_id" else _CUSTOMER_ID[:1]
        yield from (match.group(1) for p in patterns for match in p.finditer(url.lower()))


def _distinct(values: Iterable[str]) -> list[str]:
    """Drop repeats, and what is only the beginning of another value such as 16.6 of 16.6.0."""
    seen = list(dict.fromkeys(values))
    return [
        value
        for value in seen
        if not any(other != value and other.startswith(f"{value}.") for other in seen)
    ]


def _groups(patterns: Iterable[re.Pattern[str]]) -> Finder:
    def find(passage: Passage) -> Iterable[str]:
        for pattern in patterns:
            for match in pattern.finditer(passage.plain):
                yield match.group(1)

    return find


def _subscriptions(passage: Passage) -> Iterable[str]:
    for match in _SUBSCRIPTION.finditer(passage.plain):
        yield f"A-S{match.group(1)}"


def _emails(passage: Passage) -> Iterable[str]:
    for match in _EMAIL.finditer(passage.plain):
        if not _OUR_MAIL.search(match.group()):
            yield match.group()


def _senders(ticket: Ticket) -> Iterable[str]:
    """Return who wrote what was forwarded: the lines above a quotation are no passage."""
    for body in (ticket.description, *(comment.body for comment in ticket.comments)):
        for line in _SENDER.finditer(body[:PASSAGE_LIMIT]):
            found = _EMAIL.search(line.group().lower())
            if found and not _OUR_MAIL.search(found.group()):
                yield found.group()


def _portal_urls(passage: Passage) -> Iterable[str]:
    yield from (match.group() for match in _PORTAL_URL.finditer(passage.plain))


def _instances(passage: Passage) -> Iterable[str]:
    for match in _URL.finditer(passage.plain):
        host, port, path = match.group(1), match.group(2) or "", match.group(3) or ""
        if _FOREIGN.search(host) or "proxy" in host:
            continue
        if _INSTANCE_PATH.search(path) or _INSTANCE_HOST.match(host):
            yield f"{match.group().split('//')[0]}//{host}{port}"


def holds_activation_code(passage: Passage) -> bool:
    """Does an activation code stand here? Its value goes nowhere."""
    if _CODE_NAMED.search(passage.plain):
        return True
    for match in _CODE.finditer(passage.plain):
        original = passage.text[match.start() : match.end()]
        mixed = original != original.lower() and original != original.upper()
        before = passage.plain[max(0, match.start() - 120) : match.start()]
        if _CODE_NEAR.search(before) or (mixed and "_" not in original):
            return True
    return False


def _install(passages: Sequence[Passage]) -> str | None:
    return next(
        (name for name, pattern in _INSTALL if any(pattern.search(p.plain) for p in passages)),
        None,
    )


_FINDERS: Final[Mapping[str, Finder]] = {
    "license_id": _groups(_LICENSE_ID),
    "customer_id": _groups(_CUSTOMER_ID),
    "subscription_name": _subscriptions,
    "customersdot_url": _portal_urls,
    "version": find_versions,
    "license_ends": find_ends,
    "plan": lambda passage: (match.group(1) for match in _PLAN.finditer(passage.plain)),
    "instance_url": _instances,
    "email": _emails,
    "ip": find_ips,
    "http_status": find_http_status,
    "dns_server": find_dns_servers,
    "proxy_host": find_proxies,
    "issuer": find_issuers,
}
