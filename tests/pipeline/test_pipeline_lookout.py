"""What a process probes, from where, and what it never tells anybody."""

from datetime import UTC, datetime

import pytest

from bot.config import Settings
from bot.manifests import load_manifests
from bot.pipeline.lookout import lookout_of
from bot.pipeline.place import place_of
from bot.runbook.ticket import Ticket
from bot.vantages.globalping import Globalping
from bot.vantages.here import Here, check_name

BOOK = load_manifests().runbook


def clock() -> datetime:
    return datetime(2026, 11, 24, 2, 0, tzinfo=UTC)


def here_of(settings: Settings, environ: dict[str, str] | None = None) -> Here:
    found = lookout_of(settings, BOOK, environ or {}, clock).vantages["local"]
    assert isinstance(found, Here)
    return found


def test_the_runbooks_portal_is_probed_and_globalping_is_off() -> None:
    lookout = lookout_of(Settings(), BOOK, {}, clock)

    assert lookout.target == "https://customers.example_company.com/"
    assert lookout.queues == ("probes.local", "probes.instance")
    assert here_of(Settings()).guard.allow == ()


def test_a_pocket_portal_opens_loopback_and_nothing_else() -> None:
    here = here_of(Settings(portal_url="http://127.0.0.1:9"), {"http_proxy": "http://proxy:1"})

    assert [str(network) for network in here.guard.allow] == ["127.0.0.0/8", "::1/128"]
    assert here.environ == {}


def test_globalping_is_on_when_it_has_a_place() -> None:
    settings = Settings(globalping_from="DE", globalping_token="token")
    lookout = lookout_of(settings, BOOK, {}, clock)
    vantage = lookout.vantages["globalping"]

    assert lookout.queues == ("probes.local", "probes.instance", "probes.globalping")
    assert lookout.elsewhere == ("globalping",)
    assert isinstance(vantage, Globalping)
    assert (vantage.home, vantage.token) == ("DE", "token")


def test_a_pocket_portal_is_named_to_nobody_outside() -> None:
    settings = Settings(globalping_from="DE", portal_url="http://127.0.0.1:9")

    assert set(lookout_of(settings, BOOK, {}, clock).vantages) == {"local", "instance"}


def test_a_worker_elsewhere_has_one_vantage() -> None:
    settings = Settings(globalping_from="DE")

    assert set(lookout_of(settings, BOOK, {}, clock, "frankfurt").vantages) == {"frankfurt"}


@pytest.mark.parametrize("name", ["", "Frankfurt", "a b", "globalping", "-x", "x" * 40, "a.b"])
def test_a_vantage_needs_a_plain_name(name: str) -> None:
    with pytest.raises(ValueError, match="no name of a vantage"):
        check_name(name)


@pytest.mark.parametrize(
    ("url", "locale", "place"),
    [
        ("https://gitlab.acme.de", "", "DE"),
        ("gitlab.acme.co.uk:8443/x", "", "GB"),
        ("https://gitlab.acme.io", "", ""),
        ("https://gitlab.acme.com", "de-AT", "AT"),
        ("https://gitlab.acme.com", "en-US", ""),
        ("https://gitlab.acme.com", "de", ""),
        ("https://gitlab.acme.com", "pt_BR", "BR"),
        ("https://10.0.0.1", "", ""),
        ("https://[oops", "", ""),
        ("", "", ""),
    ],
)
def test_the_country_comes_from_the_instance_or_the_locale(
    url: str, locale: str, place: str
) -> None:
    ticket = Ticket(id="1", fields={"instance_url": url}, requester_locale=locale)

    assert place_of(ticket, {}) == place


def test_what_was_found_in_the_text_counts_as_well() -> None:
    found = {"instance_url": ("https://gitlab.acme.com", "https://gitlab.acme.fr")}

    assert place_of(Ticket(id="1"), found) == "FR"
