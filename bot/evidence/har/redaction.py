"""Writes the same HAR without its secrets, in constant memory."""

from collections.abc import Iterator
from dataclasses import replace
from typing import IO

from bot.evidence.har.analysis import Analysis, HarReport
from bot.evidence.har.clean import Cleaner
from bot.evidence.har.complete import completed, with_whole_pairs
from bot.evidence.har.files import HarFiles
from bot.evidence.har.node import Json, Object, unparsed
from bot.evidence.har.stream import Entry, Field
from bot.evidence.redact_standins import StandIns


def redact_har(file: IO[bytes], out: IO[bytes]) -> HarReport:
    """Write a valid, safe HAR of what could be read; return what the original says.

    The file is read twice: first to learn its secrets, so that they are also found in entries
    before the one that gives them away, then to write.
    """
    standins = StandIns(portable=True)
    cleaner = Cleaner(standins)
    analysis = Analysis(standins)
    stream = HarFiles(file)
    for item in stream:
        analysis.add(item)
        if isinstance(item, Entry):
            cleaner.learn(item.value)
    cleaner.forget()
    analysis.add_loose(file, stream.state)
    report = analysis.report(stream.state)
    for piece in _written(HarFiles(file), cleaner, report):
        out.write(piece.encode("utf-8", "replace"))
    return replace(report, secrets_found=standins.counts())


def _written(stream: HarFiles, cleaner: Cleaner, report: HarReport) -> Iterator[str]:
    """Yield the JSON text of the log; fields after the entries stay after them."""
    yield '{"log":{'
    inside, between = False, ""
    seen_entries = False
    fields: set[str] = set()
    for item in stream:
        if isinstance(item, Entry):
            if not inside:
                yield between + '"entries":['
                inside, between, seen_entries = True, "", True
            yield f"{between}\n{_entry(item.value, cleaner, report)}"
            between = ","
            continue
        if item.key in fields or item.key == "_salvaged":
            continue
        if inside:
            yield "]"
            inside, between = False, ","
        fields.add(item.key)
        yield f"{between}\n{_field(item, cleaner)}"
        between = ","
    if inside:
        yield "]"
    yield from _missing(fields, report, seen_entries=seen_entries, begun=between != "")
    yield "}}\n"


def _entry(entry: Object, cleaner: Cleaner, report: HarReport) -> str:
    whole = completed(entry)
    return unparsed(cleaner.clean(whole if report.state == "complete" else with_whole_pairs(whole)))


def _field(item: Field, cleaner: Cleaner) -> str:
    return f"{unparsed(item.key)}:{unparsed(cleaner.clean(item.value, item.key))}"


def _missing(
    fields: set[str], report: HarReport, *, seen_entries: bool, begun: bool
) -> Iterator[str]:
    """Yield what HAR 1.2 demands and the file did not have, and that the file was damaged."""
    wanted: dict[str, Json] = {}
    if "version" not in fields:
        wanted["version"] = "1.2"
    if "creator" not in fields:
        wanted["creator"] = {"name": "unknown", "version": ""}
    if not seen_entries:
        wanted["entries"] = []
    if report.state != "complete":
        wanted["_salvaged"] = report.state
    for key, value in wanted.items():
        yield f"{',' if begun or seen_entries else ''}\n{unparsed(key)}:{unparsed(value)}"
        begun = True
