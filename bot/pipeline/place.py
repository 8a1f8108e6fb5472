"""Where in the world does the customer seem to be? Chooses where Globalping looks from."""

import re
from typing import Final
from urllib.parse import urlsplit

from bot.runbook.diagnosis import Extracted
from bot.runbook.ticket import Ticket

#: Domains of countries that are used all over the world.
_EVERYWHERE: Final = (
    " ac ad ag ai am as bz cc cd cf co dj eu fm ga gg gl gq gs im io je la lc ly me ml ms mu nu pw"
    " sc sh so st su tc tk tl to tv vc vg ws "
)
_COUNTRY: Final = re.compile(r"[a-z]{2}")
#: Zendesk gives this one to whoever has not chosen.
_DEFAULT_LOCALE: Final = "en-us"
_SPELLED: Final = {"uk": "GB"}


def place_of(ticket: Ticket, extracted: Extracted) -> str:
    """Return the customer's country as two letters; empty when nothing speaks for one."""
    found = extracted.get("instance_url") or ticket.fields.get("instance_url", "")
    for url in found if isinstance(found, tuple) else (found,):
        if isinstance(url, str) and (country := _country_of(url)):
            return country
    locale = ticket.requester_locale.lower().replace("_", "-")
    _, _, region = locale.rpartition("-")
    if "-" in locale and locale != _DEFAULT_LOCALE and _COUNTRY.fullmatch(region):
        return region.upper()
    return ""


def _country_of(url: str) -> str:
    try:
        host = urlsplit(url if "//" in url else f"//{url}").hostname or ""
    except ValueError:
        return ""
    last = host.rpartition(".")[2]
    if not _COUNTRY.fullmatch(last) or f" {last} " in _EVERYWHERE:
        return ""
    return _SPELLED.get(last, last.upper())
