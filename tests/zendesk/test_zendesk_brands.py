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
        {"id": 3, "brand_url": "", "host_mapping": ""},
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
    }
