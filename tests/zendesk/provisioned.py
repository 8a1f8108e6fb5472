"""What provisioning is tested with: settings, and what the stub holds afterwards."""

from pathlib import Path
from typing import Any

from bot.zendesk.objects import ZendeskObjects
from bot.zendesk.provision import ProvisionSettings
from tests.zendesk.stub_zendesk import StubZendesk

FOLDER = Path(__file__).parents[2] / "manifests" / "zendesk"
WORDS = {
    "portal": "customers.example.com", "portal_url": "https://customers.example.com",
    "product": "Example", "har_url": "https://example.com/har",
    "har_caution_url": "https://example.com/caution",
}  # fmt: skip
SETTINGS = ProvisionSettings(
    "https://bot.example.com", 99, {"needs_info": "Needs more information", "proxy": "A proxy"},
    words=WORDS,
)  # fmt: skip
WRITES = ("POST", "PUT", "PATCH", "DELETE")


def writes(zendesk: StubZendesk) -> list[str]:
    return [f"{seen.method} {seen.path}" for seen in zendesk.calls() if seen.method in WRITES]


def held(zendesk: StubZendesk, name: str) -> list[dict[str, Any]]:
    return list(zendesk.state.collections.get(name, {}).values())


def count(files: ZendeskObjects) -> int:
    """How many objects an empty account gets, and one form that is changed."""
    made = (files.webhooks, files.fields, files.triggers, files.macros, files.views, files.forms)
    return 1 + sum(len(table) for table in made)


def titles(zendesk: StubZendesk) -> dict[str, int]:
    found = [f"{name}: {item.get('title') or item['name']}"
             for name in zendesk.state.collections for item in held(zendesk, name)]  # fmt: skip
    return {title: found.count(title) for title in found}
