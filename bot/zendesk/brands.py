"""Under which hosts does this account speak? Every brand has one of its own, or a mapped one."""

from urllib.parse import urlsplit

from bot.zendesk.calls import Call
from bot.zendesk.reading import objects, text
from bot.zendesk.session import ZendeskSession


def brand_hosts(session: ZendeskSession) -> frozenset[str]:
    """Return the hosts, lower case, that stand in the `ticket_url` of the brands' tickets."""
    answer = session.ask(Call("GET", "/api/v2/brands", "brands.list"))
    hosts: set[str] = set()
    for brand in objects(answer.get("brands")):
        hosts.add((urlsplit(text(brand.get("brand_url"))).hostname or "").lower())
        hosts.add(text(brand.get("host_mapping")).lower())
    return frozenset(hosts - {""})
