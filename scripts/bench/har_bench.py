"""How fast a HAR is read and made safe beside json.load, and how much memory that takes."""

import argparse
import json
import random
import resource
import string
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from bot.evidence.har.analysis import analyse
from bot.evidence.har.redaction import redact_har

MB = 1_000_000


def _page(rng: random.Random) -> str:
    words = ["subscription", "license", "project", "members", "settings", "the", "value", "of"]
    rows = (f"<tr><td>{' '.join(rng.choices(words, k=9))}</td></tr>\n" for _ in range(120))
    return "<!DOCTYPE html><html><body><table>" + "".join(rows)


def _script(rng: random.Random) -> str:
    names = ["".join(rng.choices(string.ascii_letters, k=rng.randint(1, 14))) for _ in range(80)]
    lines = (
        f"function {rng.choice(names)}(t,e){{return this.{rng.choice(names)}(t.{rng.choice(names)},"
        f'"{rng.choice(names)}",{rng.randrange(999)})}};'
        for _ in range(rng.randint(200, 900))
    )
    return "".join(lines)


def _api(rng: random.Random) -> str:
    row = {"name": "acme/widgets", "created_at": "2026-11-18T08:41:10Z", "topics": ["a", "b"]}
    return json.dumps([{"id": rng.randrange(10**6), "stars": 3, **row} for _ in range(80)])


def make_har(path: Path, size: int) -> None:
    """Write a HAR of about this many bytes: pages, scripts, API answers, a new cookie each."""
    rng = random.Random(7)
    bodies = [(_page, "text/html"), (_script, "application/javascript"), (_api, "application/json")]
    with path.open("w") as out:
        out.write('{"log":{"version":"1.2","creator":{"name":"WebInspector"},"entries":[')
        comma = ""
        while out.tell() < size:
            make, mime = rng.choice(bodies)
            out.write(comma + json.dumps(_entry(rng, make(rng), mime)))
            comma = ","
        out.write("]}}")


def _entry(rng: random.Random, body: str, mime: str) -> dict[str, Any]:
    cookie = f"_gitlab_session=5014ef5ed72014e90b82285ea7888b4a; seen={rng.getrandbits(120):030x}"
    headers = [{"name": f"x-header-{n}", "value": f"some value {n}"} for n in range(18)]
    headers += [{"name": "cookie", "value": cookie}, {"name": "accept", "value": "*/*"}]
    url = f"https://git.acme.example/assets/{rng.getrandbits(64):016x}.js?page={rng.randrange(99)}"
    return {
        "startedDateTime": "2026-11-18T08:41:07.300Z",
        "time": rng.random(),
        "request": {"method": "GET", "url": url, "headers": headers, "cookies": []},
        "response": {
            "status": 200, "headers": headers[:9], "content": {"mimeType": mime, "text": body},
        },
    }  # fmt: skip


def _load(path: Path) -> None:
    with path.open(encoding="utf-8") as file:
        json.load(file)


def _analyse(path: Path) -> None:
    with path.open("rb") as file:
        analyse(file)


def _redact(path: Path) -> None:
    with path.open("rb") as file, path.with_suffix(".safe").open("wb") as out:
        redact_har(file, out)


WAYS: dict[str, Callable[[Path], None]] = {
    "json.load": _load, "analyse": _analyse, "redact": _redact,
}  # fmt: skip


def measured(way: str, path: Path) -> tuple[float, float]:
    """Run one way in a process of its own; return its CPU seconds and its peak memory in MB."""
    done = subprocess.run(
        [sys.executable, "-m", "scripts.bench.har_bench", "--only", way, str(path)],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    seconds, memory = done.stdout.split()
    return float(seconds), float(memory)


def main() -> None:
    """Make a file, measure, print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", nargs="?", type=Path, help="a HAR of your own")
    parser.add_argument("--size", type=float, default=100, help="MB of the made file")
    parser.add_argument("--only", choices=sorted(WAYS))
    chosen = parser.parse_args()
    if chosen.only:
        begun = time.process_time()
        WAYS[chosen.only](chosen.file)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        sys.stdout.write(f"{time.process_time() - begun} {peak}")
        return
    with tempfile.TemporaryDirectory() as folder:
        path = chosen.file or Path(folder) / "made.har"
        if chosen.file is None:
            make_har(path, int(chosen.size * MB))
        _print(path)


def _print(path: Path) -> None:
    size = path.stat().st_size / MB
    table = Table(title=f"{path.name}, {size:.0f} MB, CPU time")
    for column in ("way", "seconds", "MB/s", "times json.load", "peak MB"):
        table.add_column(column, justify="right")
    load = 0.0
    for way in WAYS:
        seconds, memory = measured(way, path)
        load = load or seconds
        row = (f"{seconds:.2f}", f"{size / seconds:.1f}", f"{seconds / load:.2f}", f"{memory:.0f}")
        table.add_row(way, *row)
    Console().print(table)


if __name__ == "__main__":
    main()
