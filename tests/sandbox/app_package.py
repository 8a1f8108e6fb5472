"""A small sidebar app as a zip, for tests of the apps API: a test names only what is wrong."""

import io
import json
import zipfile
from typing import Any

from bot.sandbox.state import Record

#: A manifest that Zendesk takes.
MANIFEST: Record = {
    "name": "Cloud licensing",
    "author": {"name": "Support", "email": "support@example.com"},
    "version": "1.0.0",
    "frameworkVersion": "2.0",
    "defaultLocale": "en",
    "private": True,
    "location": {"support": {"ticket_sidebar": {"url": "assets/iframe.html"}}},
    "domainWhitelist": ["bot.example.com"],
    "parameters": [
        {"name": "bot_url", "type": "url", "required": True},
        {
            "name": "shared_secret",
            "type": "text",
            "required": True,
            "secure": True,
            "scopes": ["jwt_secret_key"],
        },
    ],
}


def zip_of(files: dict[str, bytes] | None = None, **changes: Any) -> bytes:
    """The package; a file that is given as b"" under its name stays out."""
    manifest = {key: value for key, value in {**MANIFEST, **changes}.items() if value is not None}
    whole = {
        "manifest.json": json.dumps(manifest).encode(),
        "assets/iframe.html": b"<!doctype html><title>Cloud licensing</title>",
        "translations/en.json": json.dumps({"app": {"name": "Cloud licensing"}}).encode(),
        **(files or {}),
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        for name, data in whole.items():
            if data:
                packed.writestr(name, data)
    return out.getvalue()
