"""``licensing-bot read``: what does a piece of pasted output prove?"""

import json
from typing import IO, Any

import click
import msgspec

from bot.cli.manifest_files import checked_manifests
from bot.cli.session import settings
from bot.evidence.headline import headline
from bot.evidence.observation import Observation
from bot.evidence.pasted import read_as, read_pasted
from bot.evidence.product import ProductString
from bot.evidence.redact import redact


class _Paste(msgspec.Struct):
    text: str
    id: str | int | None = None
    tool: str = ""


def told(text: str, strings: tuple[ProductString, ...], tool: str = "") -> dict[str, Any]:
    """One paste as the command's JSON object, without its id."""
    seen = read_pasted(text, strings=strings)
    if tool and all(one.verdict == "unknown" for one in seen):
        seen = read_as(text, tool) or seen
    decisive = headline(seen)
    head = _head(decisive)
    return {**head, "findings": [_finding(one) for one in seen], "rendered": redact(text).text}


def _head(decisive: Observation | None) -> dict[str, Any]:
    if decisive is None:
        return {
            "layer": "unknown",
            "verdict": "unknown",
            "cause": "unclear",
            "tool": "",
            "facts": {},
        }
    return {
        "layer": decisive.layer,
        "verdict": decisive.verdict,
        "cause": decisive.cause,
        "tool": decisive.probe,
        "facts": dict(decisive.facts),
    }


def _finding(seen: Observation) -> dict[str, Any]:
    return {
        "tool": seen.probe,
        "target": seen.target,
        "layer": seen.layer,
        "verdict": seen.verdict,
        "cause": seen.cause,
        "detail": seen.detail,
    }


@click.command()
@click.argument("file", type=click.File("rb"), default="-")
@click.option(
    "--jsonl",
    "lines",
    is_flag=True,
    help='One {"id","text"} object per line in, one result per line out.',
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of words.")
def read(file: IO[bytes], *, lines: bool, as_json: bool) -> None:
    """Read pasted terminal output and say which layer it proves broken."""
    strings = checked_manifests(settings().manifests_dir).runbook.product_strings
    data = file.read().decode("utf-8", "replace")
    if lines:
        for line in filter(str.strip, data.split("\n")):
            click.echo(json.dumps(_one(line, strings), ensure_ascii=False))
        return
    result = {"id": None, **told(data, strings)}
    click.echo(json.dumps(result, ensure_ascii=False) if as_json else _for_people(result))


def _one(line: str, strings: tuple[ProductString, ...]) -> dict[str, Any]:
    try:
        paste = msgspec.json.decode(line.encode(), type=_Paste)
    except (msgspec.DecodeError, UnicodeEncodeError) as error:
        return {"id": _id_of(line), "error": str(error)}
    return {"id": paste.id, **told(paste.text, strings, paste.tool)}


def _id_of(line: str) -> str | int | None:
    """The id of a line that is JSON but not a paste."""
    try:
        value = json.loads(line)
    except ValueError:
        return None
    found = value.get("id") if isinstance(value, dict) else None
    return found if isinstance(found, str | int) else None


def _for_people(result: dict[str, Any]) -> str:
    tool = result["tool"] or "no tool recognised"
    rows = [f"{result['layer']} {result['verdict']}: {result['cause']} ({tool})"]
    rows += [
        f"  {seen['tool']}: {seen['verdict']} {seen['cause']}: {seen['detail']}"
        for seen in result["findings"]
    ]
    return "\n".join(rows)
