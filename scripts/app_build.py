"""Builds the sidebar app's assets: bundle, style, page with the runbook, languages, logos."""

import hashlib
import re
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from string import ascii_lowercase
from tempfile import TemporaryDirectory

from bot.manifests import load_manifests
from bot.runbook.book import Scenario, Step
from scripts.app_fit import ROOM, fitted
from scripts.app_logo import logo
from scripts.app_words import SOURCE, english, language, languages, numbered

ROOT = Path(__file__).parent.parent
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
    (ASSETS / "theme.js").write_text(bare("theme.js"), "utf-8")
    (ASSETS / "index.html").write_text(page(), "utf-8")
    for locale in languages().keys() - {"en"}:
        (ASSETS / "strings" / f"{locale}.txt").write_text(language(locale), "utf-8")
    for name, size in SIZES.items():
        (ASSETS / name).write_bytes(logo(size))
    print(told())


def told() -> str:
    """Say what the app weighs, and how much of the runbook had to stay out."""
    weight = sum(path.stat().st_size for path in ASSETS.rglob("*") if path.is_file())
    whole = list(runbook())
    cut = len(set(whole) - set(fitted(whole)))
    shorter = f"; {cut} lines of the runbook are shortened to {ROOM} bytes in all" if cut else ""
    return f"The sidebar app weighs {weight} bytes of 60000{shorter}."


def stamp(name: str) -> str:
    """Say from which sources a built file comes; a test compares it, without esbuild."""
    sources = numbered() if name == "app.js" else {name: (SOURCE / name).read_text("utf-8")}
    digest = hashlib.sha256("\0".join(sources.values()).encode())
    return f"/* built by scripts/app: {digest.hexdigest()[:16]} */"


def shortened(name: str) -> str:
    """Return a source, with what it imports, as few bytes."""
    with TemporaryDirectory() as folder:
        for one, text in {**numbered(), "app.css": (SOURCE / "app.css").read_text("utf-8")}.items():
            Path(folder, one).write_text(text, "utf-8")
        done = subprocess.run(
            [ESBUILD, Path(folder, name), "--bundle", "--minify", "--format=iife",
             "--target=chrome109,firefox115,safari16.4", "--charset=utf8", "--log-level=warning"],
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
    """Return the page with what must never be missing: English, and the runbook.

    Nothing in it is a script or a style: the strictest policy of Zendesk's host could forbid it.
    """
    blocks = [
        _block("words", [" ".join(sorted(languages())), *english()]),
        _block("runbook", fitted(list(runbook()))),
    ]
    source = (SOURCE / "index.html").read_text("utf-8")
    flush = re.sub(r"^ +", "", source, flags=re.MULTILINE)
    return flush.replace("<!-- shipped -->", "\n".join(blocks))


def bare(name: str) -> str:
    """Return a source of few lines without its comments."""
    text = re.sub(r"^//.*\n", "", (SOURCE / name).read_text("utf-8"), flags=re.MULTILINE)
    return text.strip() + "\n"


def _block(name: str, lines: list[str]) -> str:
    """Lines, not JSON: half a kilobyte less, and as easy to read."""
    text = "\n".join(lines).replace("&", "&amp;").replace("<", "&lt;")
    return f'<template id="{name}">{text}</template>'


def runbook() -> Iterator[str]:
    """Yield every scenario's steps that need no known cause, to be read when the bot is down.

    A title begins with `#`, a step with who can do it and its effect, both by number, as
    scripts/sidebar/trouble.js reads them.
    """
    book = load_manifests().runbook
    values = {"portal": book.head.portal, "portal_url": f"https://{book.head.portal}"}
    for scenario in book.scenarios.values():
        if scenario.id not in UNTOLD:
            yield from _entries(scenario, values)


def _entries(scenario: Scenario, values: Mapping[str, str]) -> Iterator[str]:
    courses = [(scenario.name, scenario.steps)]
    courses += [(one.headline, one.steps) for one in scenario.branches]
    for title, steps in courses:
        shown = [_step(one, values) for one in steps if not one.full_only and not one.causes]
        if shown:
            yield from (f"#{title}", *shown)


def _step(step: Step, values: Mapping[str, str]) -> str:
    numbers = f"{DOERS.index(step.who)}{EFFECTS.index(step.effect)}"
    return numbers + " ".join(_plain(step.text, values).split())


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
