"""The apps that are installed in the pocket account, as the desk's tray needs them."""

import base64
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from bot.sandbox.app_zip import read_package
from bot.sandbox.pocket import Pocket
from bot.sandbox.state import Record


@dataclass(frozen=True, slots=True)
class TrayApp:
    """One installation that has something to show beside a ticket."""

    id: int
    """Of the app."""
    installation_id: int
    title: str
    version: str
    page: str
    """Its page for the tray: `assets/…`, or an address."""
    flexible: bool
    settings: Mapping[str, Any]
    manifest: Record
    files: Mapping[str, bytes]
    stamp: str
    """Changes with every upload; part of the assets' address."""

    def parameter(self, name: str) -> Mapping[str, Any]:
        """What the manifest says of this setting; empty when it knows none of that name."""
        found = self.manifest.get("parameters") or ()
        return next((item for item in found if item.get("name") == name), {})

    @property
    def open_settings(self) -> dict[str, Any]:
        """The settings that a browser may see: Zendesk keeps the secure ones to itself."""
        return {
            name: value
            for name, value in self.settings.items()
            if not self.parameter(name).get("secure")
        }

    @property
    def hosts(self) -> frozenset[str]:
        """Where requests with secure settings may go."""
        return frozenset(str(host).lower() for host in self.manifest.get("domainWhitelist") or ())


def tray_apps(box: Pocket) -> list[TrayApp]:
    """Every enabled installation with a page for the ticket's sidebar."""
    found = (tray_app(box, item["id"]) for item in box.store.all("installation"))
    return [app for app in found if app is not None]


def tray_app(box: Pocket, installation_id: int) -> TrayApp | None:
    """Return this installation, if it is enabled and shows something beside a ticket."""
    installed = box.store.get("installation", installation_id)
    if installed is None or not installed["enabled"]:
        return None
    package = box.store.get("app_package", installed["app_id"])
    if package is None:
        return None
    manifest, files = _read(package["data"])
    page = _page(manifest)
    if not page.get("url"):
        return None
    settings = dict(installed["settings"])
    return TrayApp(
        id=installed["app_id"],
        installation_id=installed["id"],
        title=str(settings.get("title") or settings["name"]),
        version=str(manifest.get("version") or ""),
        page=str(page["url"]),
        flexible=page.get("flexible") is not False,
        settings=settings,
        manifest=manifest,
        files=files,
        stamp=f"{zlib.crc32(package['data'].encode()):08x}",
    )


@lru_cache(maxsize=8)
def _read(package: str) -> tuple[Record, dict[str, bytes]]:
    return read_package(base64.b64decode(package))


def _page(manifest: Record) -> Record:
    """The page for `support`, `ticket_sidebar`; its short form is the address alone."""
    product = manifest["location"].get("support")
    found = product.get("ticket_sidebar") if isinstance(product, Mapping) else None
    return {"url": found} if isinstance(found, str) else dict(found or {})
