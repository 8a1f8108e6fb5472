"""Which hosts an account has, so that no brand's ticket is taken for another account's."""

from bot.zendesk.brands import brand_hosts
from bot.zendesk.session import ZendeskSession
from tests.zendesk.stub_zendesk import StubZendesk, answers

BRANDS = {
    "brands": [
        {"id": 1, "brand_url": "https://acme.zendesk.com", "host_mapping": None},
        {
            "id": 2,
            "brand_url": "https://Acme-Cloud.zendesk.com",
            "host_mapping": "Help.Acme.example",
        },
        {"id": 3, "brand_url": "http://[", "host_mapping": "", "subdomain": "acme-labs"},
        {"id": 4, "url": "https://acme-old.zendesk.com/api/v2/brands/4.json"},
    ]
}


def test_every_brand_has_its_hosts_in_lower_case(
    zendesk: StubZendesk, session: ZendeskSession
) -> None:
    zendesk.fail("GET", "/api/v2/brands", answers(200, BRANDS))

    assert brand_hosts(session) == {
        "acme.zendesk.com",
        "acme-cloud.zendesk.com",
        "help.acme.example",
        "acme-labs.zendesk.com",
        "acme-old.zendesk.com",
    }
