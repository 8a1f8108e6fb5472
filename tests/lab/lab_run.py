"""Runs `probe --json` against the lab's faults and prints how it does: `scripts/lab --help`."""

import argparse
import json
import shutil
import statistics
import sys
import tempfile
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from tests.lab.lab_faults import BY_ID, FAULTS, Fault
from tests.lab.lab_network import network
from tests.lab.lab_pki import make_pki

TOOLS = ("ip", "nft", "setpriv", "ping")


@dataclass(frozen=True)
class Score:
    """What was said about one fault, beside what is true."""

    fault: Fault
    layer: str
    cause: str
    activates: str
    seconds: float

    @property
    def layer_right(self) -> bool:
        return self.layer in (self.fault.layer, *self.fault.also_layers)

    @property
    def cause_right(self) -> bool:
        return self.cause in (self.fault.cause, *self.fault.also_causes)

    @property
    def false_alarm(self) -> bool:
        return self.fault.healthy and self.activates == "no"

    @property
    def missed(self) -> bool:
        return self.fault.activates == ("no",) and self.activates == "yes"


def missing_tools() -> list[str]:
    """Programs that the lab needs and this machine lacks."""
    return [tool for tool in TOOLS if shutil.which(tool) is None]


def probe(fault: Fault, folder: Path, python: str, user: str = "") -> Score:
    """Set the fault up, probe, take it down."""
    with network(fault, folder) as host:
        answer = host.run([python, "-m", "bot.cli.probe", "--json"], user=user)
    try:
        said = json.loads(answer.output.splitlines()[-1])
    except (ValueError, IndexError):
        said = {"layer": "?", "cause": answer.output[-200:], "activates": "?"}
    return Score(fault, said["layer"], said["cause"], said["activates"], answer.seconds)


def main() -> int:
    """Probe all faults, or those that are named; 1 when the bar is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("faults", nargs="*", help="ids; none means all")
    parser.add_argument("-j", type=int, default=2, help="side by side")
    parser.add_argument("--python", default=sys.executable, help="runs the probe")
    parser.add_argument("--user", default="", help="number of the user that probes")
    given = parser.parse_args()
    chosen = [BY_ID[name] for name in given.faults] or list(FAULTS)
    with tempfile.TemporaryDirectory() as name, ThreadPoolExecutor(given.j) as pool:
        folder = Path(name)
        folder.chmod(0o755)
        make_pki(folder)
        one = partial(probe, folder=folder, python=given.python, user=given.user)
        scores = list(pool.map(one, chosen))
    return _tell(scores)


def _tell(scores: Sequence[Score]) -> int:
    for score in scores:
        marks = "".join(
            mark if right else "-"
            for mark, right in (("L", score.layer_right), ("C", score.cause_right),
                                ("A", score.activates in score.fault.activates))
        )  # fmt: skip
        wrong = "" if marks == "LCA" else (
            f"  want {score.fault.layer}/{score.fault.cause}/{score.fault.activates[0]}"
            f" got {score.layer}/{score.cause}/{score.activates}"
        )  # fmt: skip
        sys.stdout.write(f"{score.fault.id:<44} {score.seconds:6.2f} {marks}{wrong}\n")
    seconds = sorted(score.seconds for score in scores)
    missed = _names(score for score in scores if score.missed)
    alarms = _names(score for score in scores if score.false_alarm)
    layers = sum(score.layer_right for score in scores)
    causes = sum(score.cause_right for score in scores)
    sys.stdout.write(
        f"{len(scores)} faults: layer {layers}, cause {causes}, false alarms {alarms or 'none'}, "
        f"missed {missed or 'none'}; median {statistics.median(seconds):.2f} s, "
        f"p90 {seconds[int(0.9 * len(seconds)) - 1]:.2f} s, max {seconds[-1]:.2f} s\n"
    )
    good = layers >= 0.96 * len(scores) and causes >= 0.9 * len(scores)
    return 0 if good and not missed and not alarms else 1


def _names(scores: Iterable[Score]) -> str:
    return ", ".join(score.fault.id for score in scores)


if __name__ == "__main__":
    sys.exit(main())
