"""The sidebar app's words, as they ship: lines, with a key only where the app asks by name."""

import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

SOURCE: Final = Path(__file__).parent / "sidebar"
#: `t("copied")`: the app asks for the word by its number instead.
_ASKED: Final = re.compile(r'\bt\("([\w.]+)"')
#: `t(`draft.${came}`)` and `named("who", who)`: only a key can answer these.
_FAMILY: Final = re.compile(r'`(\w+)\.\$\{|\bnamed\("(\w+)"')


def languages() -> dict[str, dict[str, str]]:
    """Return every language's words by its locale."""
    paths = (SOURCE / "strings").glob("*.json")
    return {path.stem: json.loads(path.read_text("utf-8")) for path in paths}


def english() -> list[str]:
    """Return the lines of the page: number by number, and where needed `key<tab>word`."""
    source, words = "".join(modules().values()), languages()["en"]
    families = {one or other for one, other in _FAMILY.findall(source)}
    keys = ["" if _only_by_number(key, source, families) else key for key in words]
    return list(_lines(zip(keys, words.values(), strict=True)))


def language(locale: str) -> str:
    """Return what ships of another language: its words by number, then those of its own."""
    known, own = languages()["en"], languages()[locale]
    more = _lines((key, said) for key, said in own.items() if key not in known)
    return "\n".join([*(own.get(key, "") for key in known), *more]) + "\n"


def modules() -> dict[str, str]:
    """Return the app's sources by name."""
    paths = sorted(set(SOURCE.glob("*.js")) - {SOURCE / "theme.js"})
    return {path.name: path.read_text("utf-8") for path in paths}


def numbered() -> dict[str, str]:
    """Return the sources that ask for words by number."""
    numbers = {key: at for at, key in enumerate(languages()["en"])}
    return {
        name: _ASKED.sub(lambda found: f"t({numbers[found[1]]}", text)
        for name, text in modules().items()
    }


def _only_by_number(key: str, source: str, families: Iterable[str]) -> bool:
    plain = source.count(f't("{key}"')
    return 0 < plain == source.count(f'"{key}"') and key.partition(".")[0] not in families


def _lines(entries: Iterable[tuple[str, str]]) -> Iterator[str]:
    """Yield the lines; the first parts of a key are left empty where they are those above."""
    above: list[str] = []
    for key, said in entries:
        parts = key.split(".")
        same = next((at for at, part in enumerate(parts) if above[at : at + 1] != [part]), 0)
        yield f"{'.'.join([''] * same + parts[same:])}\t{said}" if key else said
        above = parts if key else above
