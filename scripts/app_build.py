"""Builds the sidebar app's assets: bundle, style, page with the runbook, languages, logos."""

import hashlib
import json
import re
import subprocess
from collections.abc import Iterator, Mapping
from html import escape
from pathlib import Path
from string import ascii_lowercase

from bot.manifests import load_manifests
from bot.runbook.book import Scenario, Step
from scripts.app_logo import logo

ROOT = Path(__file__).parent.parent
SOURCE = ROOT / "scripts" / "sidebar"
ASSETS = ROOT / "manifests" / "app" / "assets"
ESBUILD = SOURCE / "node_modules" / ".bin" / "esbuild"
DOERS = ("portal admin", "customer console", "customer network")
EFFECTS = ("safe", "downtime", "irreversible")
#: Without a ticket's values these have nothing to follow.
UNTOLD = frozenset({"needs_info", "not_cloud_licensing"})
SIZES = {"logo.png": 320, "logo-small.png": 128}


def main() -> None:
    """Write every built file of the app."""
    for name in ("app.js", "app.css"):
        (ASSETS / name).write_text(f"{stamp(name)}\n{shortened(name)}", "utf-8")
    (ASSETS / "index.html").write_text(page(), "utf-8")
    for locale, words in languages().items():
        if locale != "en":
            (ASSETS / "strings" / f"{locale}.json").write_text(compact(words) + "\n", "utf-8")
    for name, size in SIZES.items():
        (ASSETS / name).write_bytes(logo(size))


def stamp(name: str) -> str:
    """Say from which sources a built file comes; a test compares it, without esbuild."""
    sources = (
        sorted(set(SOURCE.glob("*.js")) - {SOURCE / "theme.js"})
        if name == "app.js"
        else [SOURCE / name]
    )
    digest = hashlib.sha256(b"\0".join(path.read_bytes() for path in sources))
    return f"/* built by scripts/app: {digest.hexdigest()[:16]} */"


def shortened(name: str) -> str:
    """Return a source, with what it imports, as few bytes."""
    done = subprocess.run(
        [ESBUILD, SOURCE / name, "--bundle", "--minify", "--target=chrome109,firefox115,safari16.4",
         "--format=iife", "--charset=utf8", "--log-level=warning"],
        stdout=subprocess.PIPE, text=True, check=True,
    )  # fmt: skip
    return _with_short_variables(done.stdout) if name.endswith(".css") else done.stdout


def _with_short_variables(style: str) -> str:
    """Name the style's variables by one letter or two: esbuild leaves them as they are."""
    names = dict.fromkeys(re.findall(r"--[a-z][\w-]*(?=:)", style))
    letters = [first + second for first in ("", *ascii_lowercase) for second in ascii_lowercase]
    short = {name: f"--{letter}" for name, letter in zip(names, letters, strict=False)}
    told = re.sub(r"--[a-z][\w-]*", lambda found: short.get(found[0], found[0]), style)
    return re.sub(r"(--[a-z]{1,2}): ", r"\1:", told)


def page() -> str:
    """Return the page with what must never be missing or late: first colours, English, runbook."""
    words = {"languages": sorted(languages()), "english": languages()["en"]}
    blocks = [_block("words", words), _block("runbook", runbook())]
    source = (SOURCE / "index.html").read_text("utf-8")
    flush = re.sub(r"^ +", "", source, flags=re.MULTILINE)
    first = f"<style>{_bare('first.css')}</style>\n<script>{_bare('theme.js')}</script>"
    return flush.replace("<!-- first -->", first).replace("<!-- shipped -->", "\n".join(blocks))


def _bare(name: str) -> str:
    """Return a source of few lines without its comment, in one line."""
    text = re.sub(r"/\*.*?\*/|^//.*$", "", (SOURCE / name).read_text("utf-8"), flags=re.MULTILINE)
    return "".join(line.strip() for line in text.splitlines())


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
    told = [one for one in book.scenarios.values() if one.id not in UNTOLD]
    return [entry for scenario in told for entry in _entries(scenario, values)]


def _entries(scenario: Scenario, values: Mapping[str, str]) -> Iterator[list[object]]:
    courses = [(scenario.name, scenario.steps)]
    courses += [(one.headline, one.steps) for one in scenario.branches]
    for title, steps in courses:
        shown = [_step(one, values) for one in steps if not one.full_only and not one.causes]
        if shown:
            yield [title, shown]


def _step(step: Step, values: Mapping[str, str]) -> list[object]:
    """Return text, and who and effect as numbers, which scripts/sidebar/trouble.js reads."""
    told = [_plain(step.text, values), DOERS.index(step.who)]
    return [*told, EFFECTS.index(step.effect)] if EFFECTS.index(step.effect) else told


def _plain(text: str, values: Mapping[str, str]) -> str:
    """Markdown as words; holes are filled where the runbook itself knows the value."""
    filled = re.sub(
        r"\[\[ *(\w+) *\]\]",
        lambda hole: values.get(hole[1], f"<{hole[1].replace('_', ' ')}>"),
        text,
    )
    unlinked = re.sub(r"\[([^\]]+)\]\([^)]*\)", r"\1", filled)
    # In brackets a hole is an aside that says nothing without its value.
    return re.sub(r"\*\*|\*|`| \(<[^>]+>\)", "", unlinked)


if __name__ == "__main__":
    main()
