"""A sidebar app that every check likes; a test names only what it breaks."""

import json
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

PARAMETERS: Final[list[dict[str, Any]]] = [
    {"name": "backend", "type": "text", "required": True},
    {
        "name": "shared_secret",
        "type": "text",
        "required": True,
        "secure": True,
        "scopes": ["jwt_secret_key"],
    },
]
MANIFEST: Final[dict[str, Any]] = {
    "name": "Licensing",
    "author": {"name": "Support", "email": "support@example.com"},
    "version": "1.2.0",
    "defaultLocale": "en",
    "frameworkVersion": "2.0",
    "private": True,
    "location": {"support": {"ticket_sidebar": {"url": "assets/index.html", "flexible": True}}},
    "domainWhitelist": ["placeholder.example.com"],
    "parameters": PARAMETERS,
}
LABELS: Final = {"backend": {"label": "Address"}, "shared_secret": {"label": "Secret"}}


def png(width: int, height: int) -> bytes:
    """The first bytes of a picture of that size, which is all that anybody looks at here."""
    return b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + struct.pack(">II", width, height) + b"\x08\x06"


def app_files(files: Mapping[str, bytes | None] | None = None, **changes: Any) -> dict[str, bytes]:
    """The files of the app; None takes one away, and `None` as a change a key of the manifest."""
    manifest = {key: value for key, value in {**MANIFEST, **changes}.items() if value is not None}
    whole: dict[str, bytes | None] = {
        "manifest.json": json.dumps(manifest).encode(),
        "assets/index.html": b"<!doctype html><html lang=en><title>Licensing</title></html>",
        "assets/app.js": b"'use strict';",
        "assets/logo.png": png(320, 320),
        "assets/logo-small.png": png(128, 128),
        "translations/en.json": translation(),
        **(files or {}),
    }
    return {name: data for name, data in whole.items() if data is not None}


def translation(**changes: Any) -> bytes:
    """One file of translations/."""
    return json.dumps({"app": {"name": "Licensing", "parameters": LABELS, **changes}}).encode()


def write_app(folder: Path, files: Mapping[str, bytes]) -> Path:
    """Put the files into a folder."""
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return folder
