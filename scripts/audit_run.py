"""Checks the lock files' hashes and asks for known vulnerabilities; unknown is never called good.

Exit code: 0 all is known and well, 1 something is wrong, 2 nothing is known of some package.
"""

import argparse
import json
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).parents[1]
LOCKS: Final = ("requirements.lock", "requirements-dev.lock", "requirements-audit.lock")
WELL, WRONG, UNKNOWN = 0, 1, 2
_PINNED: Final = re.compile(r"([A-Za-z0-9][\w.-]*)==([\w.!+-]+)")
_HASH: Final = re.compile(r"--hash=sha256:[0-9a-f]{64}(?![0-9a-f])")
_ANY_HASH: Final = re.compile(r"\s*--hash=\S+")
_PATIENCE: Final = 600
_LIMITS: Final = """\
What this cannot know: without the advisory service, nothing (run it again where the service can
be reached); with it, only what was published, and only of these packages: not of Python, OpenSSL,
Chromium, or the Postgres inside the wheel. Hashes prove that a file is the one that was locked,
not that it was harmless then."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the advisory service said of one lock file."""

    flaws: tuple[str, ...] = ()
    known: int = 0
    unknown: tuple[str, ...] = ()
    """Packages of which nothing is known."""
    trouble: str = ""
    """Why there is no answer at all."""

    def code(self) -> int:
        """Return the exit code that this answer deserves."""
        if self.flaws:
            return WRONG
        return UNKNOWN if self.trouble or self.unknown or not self.known else WELL


def lock_flaws(text: str) -> Iterator[str]:
    """Yield what is wrong in a lock file: each package needs its version and a hash."""
    rows = text.replace("\\\n", " ").splitlines()
    rows = [row for row in rows if row.strip() and not row.lstrip().startswith("#")]
    if not rows:
        yield "no package is locked"
    for row in rows:
        pinned = _PINNED.match(row)
        name = re.split(r"[^\w.-]", row.strip(), maxsplit=1)[0]
        if pinned is None:
            yield f"{name}: no exact version (name==version)"
        if not _HASH.search(row):
            yield f"{name}: no sha256 hash"
        if "--hash" in _HASH.sub("", row):
            yield f"{name}: a hash that is no sha256"
        if "://" in _ANY_HASH.sub("", row):
            yield f"{name}: names an address"


def read_answer(output: str) -> Answer:
    """Read pip-audit's JSON; a package that it skipped is unknown, though it exits with 0."""
    try:
        rows: list[dict[str, Any]] = json.loads(output)["dependencies"]
    except (ValueError, KeyError, TypeError):
        return Answer(trouble="the advisory service could not be asked")
    flaws = tuple(
        f"{row['name']} {row['version']}: {found['id']}, mended in {_mended(found)}"
        for row in rows
        for found in row.get("vulns", ())
    )
    unknown = tuple(str(row["name"]) for row in rows if "skip_reason" in row)
    return Answer(flaws, len(rows) - len(unknown), unknown)


def _mended(found: dict[str, Any]) -> str:
    return ", ".join(map(str, found.get("fix_versions") or ())) or "no version yet"


def ask(lock: Path, service: str) -> Answer:
    """Ask the advisory service about every package of a lock file; nothing is installed."""
    command = [
        sys.executable, "-m", "pip_audit", "--requirement", str(lock), "--require-hashes",
        "--disable-pip", "--format", "json", "--progress-spinner", "off",
        "--vulnerability-service", service,
    ]  # fmt: skip
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=_PATIENCE, check=False
        )
    except subprocess.TimeoutExpired:
        return Answer(trouble=f"no answer within {_PATIENCE} seconds")
    answer = read_answer(done.stdout)
    if not answer.trouble:
        return answer
    said = (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
    return Answer(trouble=f"{answer.trouble}: {said.strip()}")


def _tell(lock: str, answer: Answer) -> None:
    for flaw in answer.flaws:
        print(f"{lock}: {flaw}")
    if answer.trouble:
        print(f"{lock}: not known: {answer.trouble}")
    elif answer.unknown:
        names = ", ".join(answer.unknown)
        print(f"{lock}: the service knows nothing of {len(answer.unknown)} packages: {names}")
    if answer.known:
        print(f"{lock}: {len(answer.flaws)} known vulnerabilities in {answer.known} packages")


def main(arguments: Sequence[str] | None = None) -> int:
    """Return the exit code."""
    parser = argparse.ArgumentParser(prog="scripts/audit", description=__doc__, epilog=_LIMITS)
    parser.add_argument("lock", nargs="*", help=f"lock files to ask about ({LOCKS[0]})")
    parser.add_argument("--service", choices=("pypi", "osv"), default="pypi")
    parser.add_argument("--offline", action="store_true", help="check only the hashes")
    chosen = parser.parse_args(arguments)
    flaws = [f"{lock}: {flaw}" for lock in LOCKS for flaw in lock_flaws((ROOT / lock).read_text())]
    print("\n".join(flaws or [f"every package of {', '.join(LOCKS)} has a version and a hash"]))
    codes = {WRONG} if flaws else {WELL}
    if not chosen.offline:
        for lock in chosen.lock or LOCKS[:1]:
            answer = ask(ROOT / lock, chosen.service)
            _tell(lock, answer)
            codes.add(answer.code())
    print(_LIMITS)
    return WRONG if WRONG in codes else max(codes)


if __name__ == "__main__":
    sys.exit(main())
