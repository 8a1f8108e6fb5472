"""Fuzzes one target or all of them, within limits, and says how to repeat what was found."""

import argparse
import hashlib
import re
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from rich.console import Console
from rich.table import Table

from scripts.fuzz_seeds import seeds_of
from scripts.fuzz_targets import TARGETS

_FOLDER: Final = Path("build/fuzz")
#: Longer inputs find little and cost much; floods have tests of their own.
_LONGEST: Final = 30_000
#: libFuzzer ends by itself; this much later somebody else ends it.
_GRACE: Final = 90
_STAT: Final = re.compile(r"stat::number_of_executed_units:\s+(\d+)")
_STEP: Final = re.compile(r"#(\d+)\s+\w+\s+(?:cov: (\d+))?")


@dataclass(frozen=True, slots=True)
class Run:
    """What came of fuzzing one target."""

    target: str
    seconds: float
    inputs: int
    branches: int
    """Of `bot`, reached by some input."""
    findings: tuple[Path, ...]
    trouble: str = ""
    """Why the fuzzer ended without a finding of its own."""


def fuzz(target: str, seconds: int, megabytes: int, folder: Path) -> Run:
    """Fuzz one target in a process of its own; what it learnt stays in the folder."""
    corpus, seeds, findings = (folder / target / name for name in ("corpus", "seeds", "findings"))
    for place in (corpus, seeds, findings):
        place.mkdir(parents=True, exist_ok=True)
    for seed in seeds_of(target):
        (seeds / hashlib.sha256(seed).hexdigest()[:16]).write_bytes(seed)
    known = set(findings.iterdir())
    log = folder / target / "log.txt"
    began = time.monotonic()
    with log.open("wb") as written:
        code = _run([
            sys.executable, "-m", "scripts.fuzz_child", target, str(corpus), str(seeds),
            f"-max_total_time={seconds}", f"-rss_limit_mb={megabytes}", "-timeout=60",
            f"-max_len={_LONGEST}", f"-artifact_prefix={findings}/", "-print_final_stats=1",
            "-report_slow_units=5",
        ], written, seconds + _GRACE)  # fmt: skip
    new = tuple(sorted(path for path in findings.iterdir() if path not in known))
    crashes = tuple(path for path in new if not path.name.startswith("slow-unit"))
    text = log.read_text("utf-8", "replace")
    trouble = f"ended with {code}: see {log}" if code and not crashes else ""
    took = time.monotonic() - began
    return Run(target, took, inputs_in(text), branches_in(text), crashes, trouble)


def _run(command: list[str], log: IO[bytes], seconds: int) -> int:
    try:
        done = subprocess.run(
            command, stdout=log, stderr=subprocess.STDOUT, timeout=seconds, check=False
        )
    except subprocess.TimeoutExpired:
        return -1
    return done.returncode


def inputs_in(log: str) -> int:
    """Return how many inputs libFuzzer tried."""
    found = _STAT.search(log)
    return int(found[1]) if found else max((int(n) for n, _ in _STEP.findall(log)), default=0)


def branches_in(log: str) -> int:
    """Return how many branches they reached in the end."""
    return max((int(edges) for _, edges in _STEP.findall(log) if edges), default=0)


def repeat(target: str, file: Path) -> int:
    """Try one input again, without libFuzzer; its traceback is the answer."""
    TARGETS[target](file.read_bytes())
    print(f"{target}: nothing is wrong with {file}")
    return 0


def _show(runs: list[Run]) -> None:
    table = Table("target", "seconds", "inputs tried", "branches reached", "findings")
    for run in runs:
        found = run.trouble or str(len(run.findings))
        table.add_row(run.target, f"{run.seconds:.0f}", f"{run.inputs:,}", str(run.branches), found)
    Console().print(table)
    for run in runs:
        for path in run.findings:
            print(f"{path}: scripts/fuzz {run.target} --input {path}")


def main() -> int:
    """Return 1 when something was found, or a fuzzer did not run to its end."""
    parser = argparse.ArgumentParser(prog="scripts/fuzz", description=__doc__)
    parser.add_argument("target", nargs="?", choices=sorted(TARGETS), help="all when left out")
    parser.add_argument("--seconds", type=int, default=60, help="for each target")
    parser.add_argument("--megabytes", type=int, default=1_500, help="more memory is a finding")
    parser.add_argument("--folder", type=Path, default=_FOLDER, help="corpus, log and findings")
    parser.add_argument("--input", type=Path, help="try this one file on the target, once")
    chosen = parser.parse_args()
    if chosen.input:
        if chosen.target is None:
            parser.error("--input needs a target")
        return repeat(chosen.target, chosen.input)
    runs = [
        fuzz(target, chosen.seconds, chosen.megabytes, chosen.folder)
        for target in ([chosen.target] if chosen.target else TARGETS)
    ]
    _show(runs)
    return int(any(run.findings or run.trouble for run in runs))


if __name__ == "__main__":
    sys.exit(main())
