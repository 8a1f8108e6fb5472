"""Under which hosts does this account speak? Every brand has one of its own, or a mapped one."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from bot.zendesk.calls import Call
from bot.zendesk.reading import objects, text
from bot.zendesk.session import ZendeskSession


def brand_hosts(session: ZendeskSession) -> frozenset[str]:
    """Return the hosts, lower case, that stand in the `ticket_url` of the brands' tickets."""
    return hosts_of(session.ask(Call("GET", "/api/v2/brands", "brands.list")))


def hosts_of(answer: Mapping[str, object]) -> frozenset[str]:
    """Read them in Zendesk's answer: a mapped brand keeps its name below zendesk.com, too."""
    hosts: set[str] = set()
    for brand in objects(answer.get("brands")):
        for key in ("url", "brand_url"):
            hosts.add(_host(text(brand.get(key))))
        hosts.add(text(brand.get("host_mapping")).lower())
        if subdomain := text(brand.get("subdomain")).lower():
            hosts.add(f"{subdomain}.zendesk.com")
    return frozenset(hosts - {""})


def _host(address: str) -> str:
    try:
        return (urlsplit(address).hostname or "").lower()
    except ValueError:
        return ""
