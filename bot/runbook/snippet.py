"""Snippets filled in for one ticket: typed holes, visibly missing where a value is not known."""

import ipaddress
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final
from urllib.parse import urlsplit

from jinja2 import StrictUndefined, Template
from jinja2.sandbox import ImmutableSandboxedEnvironment

from bot.runbook.book import HoleKind, Install, Runbook, Snippet
from bot.runbook.diagnosis import Extracted
from bot.runbook.extract import values_of
from bot.runbook.versions import in_range

_SHAPES: Final[Mapping[HoleKind, re.Pattern[str]]] = {
    "digits": re.compile(r"\d{1,15}"),
    "subscription": re.compile(r"A-S\d{6,10}"),
    "version": re.compile(r"\d{1,2}(?:\.\d{1,3}){0,2}"),
    "host": re.compile(r"[a-zA-Z0-9_](?:[\w.-]{0,251}\w)?", re.ASCII),
    "host_port": re.compile(r"[a-zA-Z0-9_][\w.-]{0,251}(?::\d{1,5})?", re.ASCII),
    "url": re.compile(r"https?://[\w.-]{1,253}(?::\d{1,5})?(?:/[\w./~-]{0,200})?", re.ASCII),
    "email": re.compile(r"[\w.+-]{1,64}@[\w.-]{1,253}", re.ASCII),
    "ip": re.compile(r"[0-9a-fA-F:.]{3,39}"),
    "text": re.compile(r"[\w .,()=/+&*'-]{1,120}"),
}

#: Holes that a step or reply may use, with what stands there while the value is unknown.
TICKET_HOLES: Final[Mapping[str, HoleKind]] = {
    "license_id": "digits",
    "customer_id": "digits",
    "subscription_name": "subscription",
    "email": "email",
    "ip": "ip",
    "proxy_host": "host_port",
    "dns_server": "ip",
    "issuer": "text",
    "version": "version",
}
#: Names that every template knows.
FRAME: Final = (
    "portal", "portal_url", "company", "product", "rails", "runner", "rake", "reconfigure",
    "restart", "openssl", "certificates", "environment", "logs", "install", "instance",
    "explorer_url", "zuora_url", "customer_link", "ssl_labs",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Offered:
    """A snippet as it is offered: text to copy, and the values that went in."""

    id: str
    title: str
    language: str
    text: str
    values: tuple[tuple[str, str], ...] = ()
    """What the ticket filled in, for the semantic digest."""
    unsure: bool = False
    """It fits only some versions, and the version is not known."""


@lru_cache(maxsize=1)
def _environment() -> ImmutableSandboxedEnvironment:
    return ImmutableSandboxedEnvironment(
        variable_start_string="[[",
        variable_end_string="]]",
        block_start_string="[%",
        block_end_string="%]",
        comment_start_string="[#",
        comment_end_string="#]",
        undefined=StrictUndefined,
        autoescape=False,  # Markdown and shell; HTML is made and sanitised at the very end
        keep_trailing_newline=False,
    )


@lru_cache(maxsize=512)
def template(text: str) -> Template:
    """Compile a manifest's text. Only manifests are ever templates, never a ticket's words."""
    return _environment().from_string(text)


def render(text: str, values: Mapping[str, str]) -> str:
    """Fill the holes of a manifest's text."""
    return template(text).render(values) if "[[" in text or "[%" in text else text


def fits(kind: HoleKind, value: str) -> bool:
    """May this value stand in a hole of this kind? Nothing else of a ticket enters a command."""
    if not _SHAPES[kind].fullmatch(value):
        return False
    if kind == "ip":
        try:
            ipaddress.ip_address(value)
        except ValueError:
            return False
    return True


def known(extracted: Extracted, key: str, kind: HoleKind) -> str | None:
    """Return the best value of a key that fits its hole."""
    return next((value for value in values_of(extracted, key) if fits(kind, value)), None)


def frame_values(runbook: Runbook, extracted: Extracted) -> dict[str, str]:
    """Return what every template knows: addresses, commands of the install type, ticket values."""
    head = runbook.head
    install: Install = "package"
    for name in head.installs:
        if extracted.get("install") == name:
            install = name
    commands = head.installs[install]
    portal_url = f"https://{head.portal}"
    instance = known(extracted, "instance_url", "url")
    base = _origin(instance) if instance else "https://<the instance>"
    customer = known(extracted, "customer_id", "digits")
    customer_url = f"{portal_url}{head.paths['customer']}{customer or '<customer id>'}"
    values = {
        "portal": head.portal,
        "portal_url": portal_url,
        "company": head.company,
        "product": head.product,
        "install": install,
        "instance": base,
        "explorer_url": f"{base}{head.paths['explorer']}",
        "zuora_url": f"{customer_url}{head.paths['zuora']}",
        "customer_link": f" ({customer_url})" if customer else "",
        "ssl_labs": head.links["ssl_labs"].url,
    }
    values |= {name: getattr(commands, name) for name in commands.__struct_fields__}
    for key, kind in TICKET_HOLES.items():
        values[key] = known(extracted, key, kind) or f"<{key.replace('_', ' ')}>"
    return values


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def offer(
    runbook: Runbook, extracted: Extracted, ids: Sequence[str], values: Mapping[str, str]
) -> tuple[Offered, ...]:
    """Return these snippets filled in; those of another product version are left out."""
    versions = values_of(extracted, "version")
    offered = []
    for name in dict.fromkeys(ids):
        snippet = runbook.snippets[name]
        inside = in_range(snippet.head.versions, versions)
        if inside is not False:
            offered.append(_fill(snippet, extracted, values, unsure=inside is None))
    return tuple(offered)


def _fill(
    snippet: Snippet, extracted: Extracted, values: Mapping[str, str], *, unsure: bool
) -> Offered:
    filled = dict(values)
    used = []
    for key, hole in snippet.head.holes.items():
        value = known(extracted, key, hole.kind)
        filled[key] = value or f"<{hole.ask}>"
        if value:
            used.append((key, value))
    if "instance" in snippet.body and extracted.get("instance_url"):
        used.append(("instance", filled["instance"]))
    return Offered(
        snippet.id, snippet.head.title, snippet.head.language, render(snippet.body, filled),
        tuple(used), unsure,
    )  # fmt: skip
