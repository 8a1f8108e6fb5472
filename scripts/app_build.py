"""Builds the sidebar app's assets: bundle, style, page with the runbook, languages, logos."""

import hashlib
import json
import re
import subprocess
from collections.abc import Iterator, Mapping
from html import escape
from pathlib import Path

from bot.manifests import load_manifests
from bot.runbook.book import Scenario, Step
from scripts.app_logo import logo

ROOT = Path(__file__).parent.parent
SOURCE = ROOT / "scripts" / "sidebar"
ASSETS = ROOT / "manifests" / "app" / "assets"
ESBUILD = SOURCE / "node_modules" / ".bin" / "esbuild"
SIZES = {"logo.png": 320, "logo-small.png": 128}


def main() -> None:
    """Write every built file of the app."""
    for name in ("theme.js", "app.js", "app.css"):
        (ASSETS / name).write_text(f"{stamp(name)}\n{shortened(name)}", "utf-8")
    (ASSETS / "index.html").write_text(page(), "utf-8")
    for locale, words in languages().items():
        if locale != "en":
            (ASSETS / "strings" / f"{locale}.json").write_text(compact(words) + "\n", "utf-8")
    for name, size in SIZES.items():
        (ASSETS / name).write_bytes(logo(size))


def stamp(name: str) -> str:
    """Say from which sources a built file comes; a test compares it, without esbuild."""
    sources = sorted(SOURCE.glob("*.js")) if name == "app.js" else [SOURCE / name]
    digest = hashlib.sha256(b"\0".join(path.read_bytes() for path in sources))
    return f"/* built by scripts/app, do not edit: {digest.hexdigest()[:16]} */"


def shortened(name: str) -> str:
    """Return a source, with what it imports, as few bytes."""
    done = subprocess.run(
        [ESBUILD, SOURCE / name, "--bundle", "--minify", "--target=chrome109,firefox115,safari16.4",
         "--format=iife", "--charset=utf8", "--log-level=warning"],
        stdout=subprocess.PIPE, text=True, check=True,
    )  # fmt: skip
    return done.stdout


def page() -> str:
    """Return the page with the English words and the runbook in it: they must never be missing."""
    words = {"languages": sorted(languages()), "english": languages()["en"]}
    blocks = [_block("words", words), _block("runbook", runbook())]
    return (
        (SOURCE / "index.html").read_text("utf-8").replace("<!-- shipped -->", "\n  ".join(blocks))
    )


def _block(name: str, content: object) -> str:
    return f'<template id="{name}">{escape(compact(content), quote=False)}</template>'


def languages() -> dict[str, dict[str, str]]:
    """Return every language's words by its locale."""
    paths = (SOURCE / "strings").glob("*.json")
    return {path.stem: json.loads(path.read_text("utf-8")) for path in paths}


def compact(content: object) -> str:
    """Return JSON without a space too many."""
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"))


def runbook() -> list[list[object]]:
    """Return every scenario's steps that need no known cause, to be read when the bot is down."""
    book = load_manifests().runbook
    values = {"portal": book.head.portal, "portal_url": f"https://{book.head.portal}"}
    return [entry for scenario in book.scenarios.values() for entry in _entries(scenario, values)]


def _entries(scenario: Scenario, values: Mapping[str, str]) -> Iterator[list[object]]:
    courses = [(scenario.id, scenario.name, scenario.next, scenario.steps)]
    courses += [
        (f"{scenario.id}.{one.id}", one.headline, one.next, one.steps) for one in scenario.branches
    ]
    for name, title, following, steps in courses:
        shown = [_step(one, values) for one in steps if not one.full_only and not one.causes]
        if shown:
            yield [name, title, _plain(following, values), shown]


def _step(step: Step, values: Mapping[str, str]) -> list[str]:
    told = [_plain(step.text, values), step.who]
    return told if step.effect == "safe" else [*told, step.effect]


def _plain(text: str, values: Mapping[str, str]) -> str:
    """Markdown as words; holes are filled where the runbook itself knows the value."""
    filled = re.sub(
        r"\[\[ *(\w+) *\]\]",
        lambda hole: values.get(hole[1], f"<{hole[1].replace('_', ' ')}>"),
        text,
    )
    unlinked = re.sub(r"\[([^\]]+)\]\([^)]*\)", r"\1", filled)
    return re.sub(r"\*\*|\*|`", "", unlinked)


if __name__ == "__main__":
    main()
